"""Finds and reads kubeconfigs, merged as kubectl merges them, each entry with its file and line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orchestration.cluster.document import Document, LineNumbers
from orchestration.cluster.manifest import Place
from orchestration.cluster.manifest_mistakes import ManifestMistakes, shown_place
from orchestration.errors import ClusterError
from orchestration.nearest import suggest
from orchestration.platform import ClusterChoice
from orchestration.printable import one_line

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod finds its credentials."""

_IN_CLUSTER: Final = "in-cluster"
_ALIAS_OR_TAG: Final = re.compile(r"`([*!])[^`]*`")
"""What YAML takes a password for that begins so and stands in no quotes."""
_ANOTHER: Final = (
    "name the right one with `--kubeconfig FILE` or KUBECONFIG, or have a cluster made: `--kind`"
)


class NoClusterError(ClusterError):
    """No cluster is known here: there is no kubeconfig, or it has no current context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A cluster, a user or a context. `place`: where it is written."""

    name: str
    body: Mapping[str, object] = field(repr=False)
    place: Place

    @property
    def where(self) -> str:
        """`/home/me/.kube/config:12`."""
        return shown_place(self.place)

    def text(self, key: str) -> str:
        """A text, "" when there is none. Raises ClusterError when something else stands there."""
        found = self.body.get(key)
        if found is None:
            return ""
        if isinstance(found, str):
            return found
        raise ClusterError(
            f"{self.where}: `{key}` of `{self.name}` is no text",
            why=f"it is read as {type(found).__name__}",
            fix="put it in quotes",
        )

    def file(self, key: str) -> Path | None:
        """The file that `key` names, seen from the kubeconfig. Raises ClusterError."""
        named = self.text(key)
        if not named:
            return None
        path = self.place.path.parent / named
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise ClusterError(
                f"{self.where}: `{key}` of `{self.name}` names {path}, which cannot be read",
                why=error.strerror or str(error),
                fix="write the credentials of the cluster anew (`kind export kubeconfig`, your "
                f"provider's login), or {_ANOTHER}",
            ) from None
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubeconfig:
    """What all files say together. `files`: those that were read; none inside of a cluster.

    `current`: the name of the context that is used when none is asked for, "" when there is none.
    """

    files: tuple[Path, ...]
    current: str
    contexts: Mapping[str, Entry]
    clusters: Mapping[str, Entry]
    users: Mapping[str, Entry]

    def context(self, name: str | None) -> Entry:
        """The context of this name, the current one for None. Raises ClusterError."""
        where = ", ".join(map(str, self.files))
        if not self.contexts:
            raise NoClusterError(
                f"{where}: there is no context in it",
                why="a kubeconfig has `clusters`, `users` and `contexts`",
                fix=f"write one with your cluster's tool, or {_ANOTHER}",
            )
        wanted = self.current if name is None else name
        if not wanted:
            raise NoClusterError(
                f"{where}: no context is the current one",
                why=suggest("", self.contexts),
                fix="name one with `--context NAME`, or `kubectl config use-context NAME`",
            )
        if wanted not in self.contexts:
            raise ClusterError(
                f"{where}: there is no context `{wanted}`",
                why="" if name is not None else "`current-context` names it",
                fix=f"{suggest(wanted, self.contexts)} (`--context NAME`, or "
                "`kubectl config use-context NAME`)",
            )
        return self.contexts[wanted]

    def of_context(self, context: Entry, key: str) -> Entry | None:
        """The `cluster` or `user` of a context; None when it names none. Raises ClusterError."""
        named = context.text(key)
        known = {"cluster": self.clusters, "user": self.users}[key]
        if not named:
            return None
        if named not in known:
            raise ClusterError(
                f"{context.where}: context `{context.name}` is for the {key} `{named}`, which is "
                "not there",
                why=suggest(named, known, nothing=f"there is no {key} at all"),
                fix=f"correct the context, or {_ANOTHER}",
            )
        return known[named]


def read_kubeconfig(
    choice: ClusterChoice,
    environ: Mapping[str, str],
    home: Path | None = None,
    *,
    service_account: Path = SERVICE_ACCOUNT,
) -> Kubeconfig:
    """The kubeconfig of a choice: its file; else those of KUBECONFIG; else that of `home`, or HOME.

    Of what several files say the first is taken. Only where there is none of them, and this is a
    pod, the pod's service account. Raises ClusterError.
    """
    places = tuple(_places(choice, environ, home))
    given = choice.kubeconfig is not None
    read = tuple(_read(path, needed=given) for path in places)
    found = tuple(each for each in read if each is not None)
    if found:
        return _merged(found)
    if environ.get("KUBERNETES_SERVICE_HOST") and not given:
        return _of_pod(environ, service_account)
    looked = ", ".join(map(str, places)) or "no place to look at: HOME is not set"
    raise NoClusterError(
        "no cluster is known: there is no kubeconfig",
        why=f"looked at: {looked}" if places else looked,
        fix=_ANOTHER,
    )


def _places(choice: ClusterChoice, environ: Mapping[str, str], home: Path | None) -> Iterator[Path]:
    if choice.kubeconfig is not None:
        yield choice.kubeconfig.absolute()
        return
    named = dict.fromkeys(filter(None, environ.get("KUBECONFIG", "").split(os.pathsep)))
    if named:
        yield from (Path(each).absolute() for each in named)
        return
    own = environ.get("HOME", "")
    if home is not None or own:
        yield (home or Path(own)) / ".kube" / "config"


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    document: Document

    @property
    def top(self) -> Mapping[str, object]:
        value = self.document.value
        if isinstance(value, Mapping):
            return value
        raise self.wrong("is no kubeconfig", "it is no table of keys and values")

    def wrong(self, what: str, why: str, *keys: str | int) -> ClusterError:
        place = Place(path=self.path, line=self.document.line(*keys))
        return ClusterError(f"{shown_place(place)}: {what}", why=why, fix=_ANOTHER)

    def entries(self, plural: str, key: str) -> Iterator[Entry]:
        listed = self.top.get(plural)
        if listed is None:
            return
        if not isinstance(listed, list):
            raise self.wrong("is no kubeconfig", f"`{plural}` is no list", plural)
        for at, each in enumerate(listed):
            body = each.get(key) if isinstance(each, Mapping) else None
            name = each.get("name") if isinstance(each, Mapping) else None
            if not isinstance(name, str) or not isinstance(body, Mapping | None):
                why = f"an entry of `{plural}` has a `name` and a table `{key}`"
                raise self.wrong("is no kubeconfig", why, plural, at)
            line = self.document.line(plural, at, "name")
            place = Place(path=self.path, line=line)
            yield Entry(name=name, body=body or {}, place=place)


def _read(path: Path, *, needed: bool) -> _File | None:
    try:
        from orchestration.cluster.yaml_documents import yaml_documents
    except ImportError:
        raise ClusterError(
            f"the kubeconfig {path} cannot be read: PyYAML is not installed",
            why="the Kubernetes tier is an extra, so that others do without its libraries",
            fix="pip install 'stackwright[kubernetes]'",
        ) from None
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if not needed:
            return None
        raise ClusterError(
            f"there is no kubeconfig {path}", why="`--kubeconfig` names it", fix=_ANOTHER
        ) from None
    except (OSError, ValueError) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else "it is no text"
        raise ClusterError(
            f"the kubeconfig {path} cannot be read",
            why=why,
            fix=f"give yourself the right to read it, or {_ANOTHER}",
        ) from None
    mistakes = ManifestMistakes()
    documents = tuple(yaml_documents(path, text, LineNumbers(text), mistakes))
    for each in mistakes.found:
        why = _ALIAS_OR_TAG.sub(r"`\1…`", one_line(each.what))
        raise ClusterError(
            f"{shown_place(each.place)}: the kubeconfig cannot be read",
            why=why,
            fix=f"correct the file, or {_ANOTHER}",
        )
    return _File(path, documents[0] if documents else Document(value={}, lines={}))


def _merged(files: tuple[_File, ...]) -> Kubeconfig:
    current = ""
    found: dict[str, dict[str, Entry]] = {"contexts": {}, "clusters": {}, "users": {}}
    for file in files:
        said = file.top.get("current-context")
        current = current or (said if isinstance(said, str) else "")
        for plural, entries in found.items():
            for each in file.entries(plural, plural.removesuffix("s")):
                entries.setdefault(each.name, each)
    return Kubeconfig(files=tuple(file.path for file in files), current=current, **found)


def _of_pod(environ: Mapping[str, str], account: Path) -> Kubeconfig:
    host = environ["KUBERNETES_SERVICE_HOST"]
    server = f"https://[{host}]" if ":" in host else f"https://{host}"
    port = environ.get("KUBERNETES_SERVICE_PORT", "443")
    try:
        namespace = (account / "namespace").read_text(encoding="utf-8").strip()
    except OSError:
        namespace = ""
    bodies: dict[str, dict[str, object]] = {
        "clusters": {"server": f"{server}:{port}", "certificate-authority": "ca.crt"},
        "users": {"tokenFile": "token"},
        "contexts": {"cluster": _IN_CLUSTER, "user": _IN_CLUSTER, "namespace": namespace},
    }
    place = Place(path=account / "token", line=0)
    made = {
        plural: {_IN_CLUSTER: Entry(name=_IN_CLUSTER, body=body, place=place)}
        for plural, body in bodies.items()
    }
    return Kubeconfig(files=(), current=_IN_CLUSTER, **made)
