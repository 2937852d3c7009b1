"""Everything it takes to talk to one cluster: where it is, whom to trust, and as whom."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from orchestration.cluster.kubeconfig import Entry, Kubeconfig
from orchestration.errors import ClusterError

_LOGIN: Final = "write the credentials of the cluster anew (your provider's login)"
_FILES: Final = {
    "cluster": ("certificate-authority",),
    "user": ("client-certificate", "client-key", "tokenFile"),
}
_DATA: Final = {
    "cluster": ("certificate-authority-data",),
    "user": ("client-certificate-data", "client-key-data"),
}
_IN_NAMES: Final = "!#$&'*+^`|"
"""What may stand in a header's name besides what `quote` leaves alone, but for `%`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterContext:
    """Which cluster is meant. `server`: its URL, without credentials. `namespace`: where what names
    none goes. `kubeconfig`: the file of the context; None inside of a cluster.
    """

    name: str
    server: str
    namespace: str
    kubeconfig: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAccess:
    """What a connection is made from; paths in it are absolute.

    `cluster`, `user`: as in the kubeconfig. `plugin`: the entry of a user whose token a program
    gives; `user` does not have it. `headers`: of every request. `server_name`: whom the certificate
    names, "" for the host.
    """

    context: ClusterContext
    cluster: Mapping[str, object] = field(repr=False)
    user: Mapping[str, object] = field(repr=False)
    plugin: Entry | None = field(repr=False)
    headers: tuple[tuple[str, str], ...]
    proxy: str = field(repr=False)
    server_name: str

    @property
    def local(self) -> bool:
        """Whether the server is this machine, which no proxy leads to."""
        host = urlsplit(self.context.server).hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.")


def cluster_access(config: Kubeconfig, name: str | None) -> ClusterAccess:
    """What a context leads to, the current one for None.

    Raises ClusterError: a context that names nothing, files that are not there, what is no URL.
    """
    context = config.context(name)
    cluster = config.of_context(context, "cluster")
    if cluster is None:
        raise ClusterError(
            f"{context.where}: context `{context.name}` names no cluster",
            why="nobody knows where to connect to",
            fix="correct the context, or choose another with `--context NAME`",
        )
    user = config.of_context(context, "user")
    if user is not None:
        _check_user(user)
    return ClusterAccess(
        context=ClusterContext(
            name=context.name,
            server=_server(cluster),
            namespace=context.text("namespace") or "default",
            kubeconfig=context.place.path if config.files else None,
        ),
        cluster=_whole(cluster, "cluster"),
        user={} if user is None else _whole(user, "user"),
        plugin=user if user is not None and _asks_plugin(user) else None,
        headers=() if user is None else _other_user(user),
        proxy=cluster.text("proxy-url"),
        server_name=cluster.text("tls-server-name"),
    )


def _server(cluster: Entry) -> str:
    given = cluster.text("server")
    try:
        parts = urlsplit(given)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
        # A port that is none raises only when it is asked for.
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        netloc = f"{host}:{parts.port}" if parts.port else f"{host}"
    except ValueError:
        fits, netloc, parts = False, "", urlsplit("")
    if not fits:
        raise ClusterError(
            f"{cluster.where}: `server` of `{cluster.name}` is no URL of a server",
            why="it is missing" if not given else "",
            fix="write it as `https://HOST:PORT`",
        )
    return parts._replace(netloc=netloc, query="", fragment="").geturl()


def _whole(entry: Entry, key: str) -> Mapping[str, object]:
    # What is empty is not set, as in Go.
    body = {name: each for name, each in entry.body.items() if name != "exec" and each != ""}
    if "token" in body:
        body["token"] = _token(entry) or None
    for each in _FILES[key]:
        path = entry.file(each)
        if path is not None:
            body[each] = str(path)
    for each in _DATA[key]:
        try:
            # Go's decoder ignores line ends, too.
            text = entry.text(each).replace("\r", "").replace("\n", "")
            b64decode(text, validate=True)
        except ValueError:
            raise ClusterError(
                f"{entry.where}: `{each}` of `{entry.name}` is no Base64", fix=_LOGIN
            ) from None
    return body


def _check_user(user: Entry) -> None:
    for key in ("token", "username", "password"):
        user.text(key)
    if user.body.get("auth-provider"):
        raise ClusterError(
            f"{user.where}: user `{user.name}` has an `auth-provider`",
            why="kubectl no longer takes it either, since 1.26",
            fix="use the credential plugin of your provider (`exec:`)",
        )
    for kind in ("client-certificate", "client-key"):
        other = "client-key" if kind == "client-certificate" else "client-certificate"
        if _has(user, kind) and not _has(user, other):
            raise ClusterError(
                f"{user.where}: user `{user.name}` has a `{kind}`, and no `{other}`",
                why="one is of no use without the other",
                fix=_LOGIN,
            )


def _has(user: Entry, key: str) -> bool:
    return bool(user.text(key) or user.text(f"{key}-data"))


def _asks_plugin(user: Entry) -> bool:
    """A token that is written goes first, as with kubectl."""
    return bool(user.body.get("exec")) and not (_token(user) or user.text("tokenFile"))


def _token(user: Entry) -> str:
    """Without the end of line of `token: |`, which no header may have."""
    return user.text("token").strip()


def _other_user(user: Entry) -> tuple[tuple[str, str], ...]:
    """As client-go sends it (transport/round_trippers.go)."""
    extra = user.body.get("as-user-extra") or {}
    if not isinstance(extra, Mapping):
        raise _no_texts(user, "as-user-extra", "table of lists")
    given = [
        ("User", user.text("as")),
        ("Uid", user.text("as-uid")),
        *(("Group", each) for each in _texts(user, "as-groups", user.body.get("as-groups"))),
        *(
            (f"Extra-{quote(str(key), safe=_IN_NAMES)}", each)
            for key, listed in extra.items()
            for each in _texts(user, "as-user-extra", listed)
        ),
    ]
    found = tuple((f"Impersonate-{name}", each.strip()) for name, each in given if each.strip())
    if found and found[0][0] != "Impersonate-User":
        raise ClusterError(
            f"{user.where}: user `{user.name}` has groups or a uid of somebody else, and no `as`",
            why="the server takes them only along with a name",
            fix="write who it is as `as: NAME`, or leave them out",
        )
    return found


def _texts(user: Entry, key: str, found: object) -> list[str]:
    listed = found or []
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise _no_texts(user, key, "list")
    return listed


def _no_texts(user: Entry, key: str, kind: str) -> ClusterError:
    return ClusterError(
        f"{user.where}: `{key}` of `{user.name}` is no {kind} of texts",
        fix="write a list as `[one, two]`, and numbers in quotes",
    )
