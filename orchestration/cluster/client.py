"""Requests to an API server: objects go and come as plain JSON, whole.

lightkube makes the connection (kubeconfig, credentials, TLS); its typed models would drop every
field that they do not know.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from orchestration.cluster.answering import answering
from orchestration.cluster.api import (
    MANAGER,
    ApiError,
    Body,
    Change,
    ChangeKind,
    Listing,
    ResourceKind,
)
from orchestration.cluster.channel import APPLY, OPENING_S, Channel, as_table, garbled
from orchestration.cluster.cluster_access import ClusterContext, cluster_access
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.fields import Fields
from orchestration.cluster.http_failure import of_status
from orchestration.cluster.server_clock import ServerClock
from orchestration.errors import ClusterError
from orchestration.patience import LOOK_S
from orchestration.platform import LIMIT, ClusterChoice

PAGE: Final = 500
"""Objects in one page of a list, as kubectl asks for them."""
WATCH_S: Final = 290
"""How long a watch may last until the server ends it; up to a tenth more, so that watches that
began together do not begin again together. Whatever stands between often cuts after 300 s."""

_MERGE: Final = "application/merge-patch+json"
_JSON: Final = "application/json"
_EVENTS: Final = ResourceKind(api_version="v1", kind="Event", plural="events", namespaced=True)
_PODS: Final = ResourceKind(api_version="v1", kind="Pod", plural="pods", namespaced=True)


class Client:
    """Asks one API server, with at most `limit` requests under way, streams aside.

    Made by `connect`, for the event loop it was made in. Every method raises ApiError, and nothing
    is tried twice. Cancelling whoever reads a stream closes it. `context`: which cluster;
    `server_version`: as it said when it was connected to, `v1.32.0`.
    """

    def __init__(self, channel: Channel, context: ClusterContext, clock: ServerClock) -> None:
        self.context = context
        self.server_version = ""
        self._channel = channel
        self._clock = clock
        self._ahead: dict[str, asyncio.Task[tuple[ResourceKind, ...]]] = {}

    @property
    def requests(self) -> int:
        """How many were sent so far."""
        return self._channel.requests

    def now(self) -> float:
        """Seconds since the epoch by the cluster's clock; see ServerClock for how exact."""
        return self._clock.now()

    def ask_ahead(self, api_versions: Iterable[str]) -> None:
        """Begin to ask what `discover` will want to know first; it takes the answers once."""
        for each in set(api_versions):
            self._ahead[each] = asyncio.create_task(self._served(each))

    async def discover(self, api_versions: Iterable[str]) -> Mapping[tuple[str, str], ResourceKind]:
        """The kinds that are served, by API version and kind.

        One request for each API version, all at once. One that is not served contributes nothing.
        """
        asked = sorted(set(api_versions))
        requests: list[Awaitable[tuple[ResourceKind, ...]]] = [
            self._ahead.pop(each) if each in self._ahead else self._served(each) for each in asked
        ]
        answers = await asyncio.gather(*requests, return_exceptions=True)
        found: dict[tuple[str, str], ResourceKind] = {}
        for each in answers:
            if isinstance(each, BaseException):
                raise each
            for kind in each:
                found.setdefault((kind.api_version, kind.kind), kind)
        return found

    async def apply(
        self,
        kind: ResourceKind,
        body: Body,
        *,
        force: bool = False,
        dry_run: bool = False,
        manager: str = MANAGER,
        warned: Callable[[str], object] | None = None,
    ) -> Body:
        """Server-side apply: create the object, or change the fields that are written; as it is
        then. 409 with a cause for each field that somebody else manages, unless `force`. `warned`
        is told what the server warns of, whether it takes the object or not.
        """
        named = Fields(body).table("metadata")
        path = self._path(kind, named.text("namespace"), named.text("name"))
        query = {"fieldManager": manager, "force": "true" if force else "false"}
        if dry_run:
            query["dryRun"] = "All"
        if (kind.group, kind.kind) != ("", "Namespace") or dry_run:
            return await self._channel.table("patch", path, query, body, APPLY, warned)
        made, new = None, self._channel.new
        new.begin(named.text("name"))
        try:
            answer = await self._channel.table("patch", path, query, body, APPLY, warned)
            made = Fields(answer).time("metadata", "creationTimestamp")
        finally:
            new.end(named.text("name"), made)
        return answer

    async def get(self, kind: ResourceKind, name: str, namespace: str | None) -> Body:
        """One object."""
        return await self._channel.table("get", self._path(kind, namespace, name))

    async def list(
        self, kind: ResourceKind, namespace: str | None = None, labels: str = ""
    ) -> Listing:
        """All objects of a kind, in a namespace or everywhere. `labels`: a selector."""
        path = _path(kind, namespace)
        first = _selected(labels) | {"limit": str(PAGE)}
        query, items = first, list[Body]()
        while True:
            try:
                page = Fields(await self._channel.table("list", path, query))
            except ApiError as error:
                if error.code != 410 or "limit" not in query:
                    raise
                # What was listed so far is too old to go on with: once more, in one piece.
                query, items = _selected(labels), []
                continue
            # A server leaves out of each item what the list itself says.
            known = {"apiVersion": kind.api_version, "kind": kind.kind}
            items += [known | dict(each.body) for each in page.tables("items")]
            token = page.text("metadata", "continue")
            if not token:
                version = page.text("metadata", "resourceVersion")
                return Listing(items=tuple(items), resource_version=version)
            query = first | {"continue": token}

    async def watch(
        self,
        kind: ResourceKind,
        namespace: str | None = None,
        labels: str = "",
        *,
        resource_version: str,
    ) -> AsyncGenerator[Change, None]:
        """What changes from `resource_version` on, bookmarks among it.

        Ends when the server ends it, after WATCH_S or earlier; go on from the newest
        resourceVersion then. ApiError 410: that part of history is gone, list again.
        """
        path = _path(kind, namespace)
        lasts = WATCH_S * random.uniform(1.0, 1.1)  # noqa: S311 - nothing depends on its secrecy
        query = _selected(labels) | {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(round(lasts)),
        }
        async with aclosing(self._channel.lines("watch", path, query, lasts + OPENING_S)) as lines:
            async for line in lines:
                if not line.strip():
                    continue
                event = Fields(as_table("watch", path, line))
                seen = event.table("object").body
                if event.text("type") == "ERROR":
                    raise of_status("watch", path, seen)
                try:
                    change = Change(kind=ChangeKind(event.text("type")), body=seen)
                except ValueError:
                    raise garbled("watch", path, line) from None
                yield change

    async def delete(
        self,
        kind: ResourceKind,
        name: str,
        namespace: str | None,
        *,
        uid: str = "",
        resource_version: str = "",
    ) -> bool:
        """Delete an object, and in the background what it owns. False: it was not there.

        409 when it is another than `uid` names, or has changed since `resource_version`.
        """
        body: dict[str, object] = {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "propagationPolicy": "Background",
        }
        wanted = {"uid": uid, "resourceVersion": resource_version}
        conditions = {key: each for key, each in wanted.items() if each}
        if conditions:
            body["preconditions"] = conditions
        try:
            await self._channel.table("delete", self._path(kind, namespace, name), {}, body, _JSON)
        except ApiError as error:
            if error.code == 404:
                return False
            raise
        return True

    async def patch_merge(
        self, kind: ResourceKind, name: str, namespace: str | None, body: Body
    ) -> Body:
        """Change what `body` has (JSON merge patch, RFC 7386: null removes); as it is then."""
        path = self._path(kind, namespace, name)
        return await self._channel.table("patch", path, {"fieldManager": MANAGER}, body, _MERGE)

    async def logs(
        self,
        pod: str,
        namespace: str,
        container: str,
        *,
        tail: int | None = None,
        previous: bool = False,
    ) -> str:
        """What a container wrote. `tail`: only the last lines. `previous`: before it restarted."""
        query = _log_query(container, tail) | ({"previous": "true"} if previous else {})
        path = _log_path(pod, namespace)
        return (await self._channel.send("get", path, query)).decode(errors="replace")

    async def follow_logs(
        self, pod: str, namespace: str, container: str, *, tail: int | None = None
    ) -> AsyncGenerator[str, None]:
        """What a container writes, line by line, until it ends."""
        query = _log_query(container, tail) | {"follow": "true"}
        async with aclosing(
            self._channel.lines("get", _log_path(pod, namespace), query, None)
        ) as lines:
            async for line in lines:
                yield line.decode(errors="replace").removesuffix("\r")

    async def events(self, namespace: str) -> tuple[Body, ...]:
        """The events of a namespace."""
        return (await self.list(_EVENTS, namespace)).items

    async def version(self) -> str:
        """The server's: `v1.32.0`."""
        return Fields(await self._channel.table("get", "/version")).text("gitVersion")

    async def close(self) -> None:
        """Close every connection."""
        for each in self._ahead.values():
            each.cancel()
        await asyncio.gather(*self._ahead.values(), return_exceptions=True)
        await self._channel.close()

    def _path(self, kind: ResourceKind, namespace: str | None, name: str) -> str:
        """Of one object; where none is named, it is in the namespace of the context."""
        return _path(kind, namespace or self.context.namespace, name)

    async def _served(self, api_version: str) -> tuple[ResourceKind, ...]:
        root = "/apis" if "/" in api_version else "/api"
        try:
            found = Fields(await self._channel.table("get", f"{root}/{quote(api_version)}"))
        except ApiError as error:
            if error.code == 404:
                return ()
            raise
        return tuple(
            ResourceKind(
                api_version=api_version,
                kind=each.text("kind"),
                plural=each.text("name"),
                namespaced=each.get("namespaced") is True,
            )
            for each in found.tables("resources")
            if "/" not in each.text("name")
        )


@asynccontextmanager
async def connect(
    choice: ClusterChoice,
    *,
    environ: Mapping[str, str],
    home: Path | None = None,
    limit: int = LIMIT,
    api_versions: Iterable[str] = (),
) -> AsyncIterator[Client]:
    """A client for the chosen cluster, which has answered one request.

    `home`: where `.kube/config` is looked for; None: what HOME says. `limit`: requests under way at
    once. `api_versions`: what will be discovered first, asked for along with that request. Raises
    ClusterError: no usable kubeconfig, no answer, or credentials that are not taken;
    SilentClusterError when that takes more than LOOK_S, which no later request is held to.
    """
    try:
        from orchestration.cluster.connection import open_connection
        from orchestration.cluster.kubeconfig import read_kubeconfig
    except ImportError as error:
        raise ClusterError(
            "a cluster cannot be talked to: the Kubernetes client is not installed",
            why=str(error),
            fix="pip install 'stackwright[kubernetes]'",
        ) from None
    access = cluster_access(read_kubeconfig(choice, environ, home), choice.context)
    http = await open_connection(access, environ, limit)
    clock = ServerClock()
    channel = Channel(http, limit=limit, clock=clock, server_name=access.server_name)
    client = Client(channel, access.context, clock)
    try:
        client.ask_ahead(api_versions)
        try:
            async with answering(LOOK_S, access.context.name):
                client.server_version = await client.version()
        except ApiError as error:
            raise told(_of_version(error), context=client.context) from error
        yield client
    finally:
        await client.close()


def _of_version(error: ApiError) -> ApiError:
    """Every API server has a version."""
    if error.code != 404:
        return error
    message = f"404: {error.message}"
    return ApiError(verb=error.verb, path=error.path, code=0, reason="Broken", message=message)


def _path(kind: ResourceKind, namespace: str | None, name: str = "") -> str:
    """Names come from manifests: none may lead to another path."""
    return kind.path(_segment(namespace or "") or None, _segment(name))


def _segment(name: str) -> str:
    return quote(name, safe=":") if name.strip(".") else name.replace(".", "%2E")


def _log_path(pod: str, namespace: str) -> str:
    return _path(_PODS, namespace, pod) + "/log"


def _log_query(container: str, tail: int | None) -> dict[str, str]:
    return {"container": container} | ({} if tail is None else {"tailLines": str(tail)})


def _selected(labels: str) -> dict[str, str]:
    return {"labelSelector": labels} if labels else {}
