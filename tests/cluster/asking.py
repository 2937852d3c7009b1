"""Asking a cluster from a test, and servers that are no API server."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, TypeVar

import pytest

from orchestration.cluster.api import ApiError, Body, ResourceKind
from orchestration.cluster.client import Client, connect
from orchestration.platform import ClusterChoice
from tests.kube.kube_double import KubeDouble

T = TypeVar("T")
MAPS: Final = ResourceKind(api_version="v1", kind="ConfigMap", plural="configmaps", namespaced=True)
PODS: Final = ResourceKind(api_version="v1", kind="Pod", plural="pods", namespaced=True)
SPACES: Final = ResourceKind(
    api_version="v1", kind="Namespace", plural="namespaces", namespaced=False
)
BOXES: Final = ResourceKind(
    api_version="example.com/v1", kind="Box", plural="boxes", namespaced=True
)


def ask(
    kubeconfig: Path,
    work: Callable[[Client], Awaitable[T]],
    *,
    context: str | None = None,
    environ: Mapping[str, str] | None = None,
    limit: int = 64,
) -> T:
    """What `work` comes to with a client of this kubeconfig."""

    async def asked() -> T:
        choice = ClusterChoice(kubeconfig=kubeconfig, context=context)
        async with connect(choice, environ=environ or {}, limit=limit) as client:
            return await work(client)

    return asyncio.run(asked())


def write_kubeconfig(
    path: Path,
    server: str,
    *,
    user: Mapping[str, object] | None = None,
    cluster: Mapping[str, object] | None = None,
) -> Path:
    """A kubeconfig with the one context `odd`."""
    doc = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "odd",
        "contexts": [{"name": "odd", "context": {"cluster": "odd", "user": "odd"}}],
        "clusters": [{"name": "odd", "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": "odd", "user": dict(user or {})}],
    }
    path.write_text(json.dumps(doc, indent=1))
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer, byte for byte."""

    body: bytes = b'{"gitVersion": "v1.32.0"}'
    code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class OddServer:
    """Answers by path, in turn and the last one for ever; 404 elsewhere. `seen`: the headers of
    what came."""

    url: str
    answers: dict[str, list[Given]]
    seen: list[Mapping[str, str]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, asked: str, headers: Mapping[str, str]) -> Given:
        path, _, query = asked.partition("?")
        with self._lock:
            self.seen.append(headers)
            self.queries.append(query)
            given = self.answers.get(path) or [Given(code=404, body=b"404 page not found\n")]
            return given.pop(0) if len(given) > 1 else given[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, odd: OddServer, *args: object) -> None:
        self.odd = odd
        super().__init__(*args)  # type: ignore[arg-type]  # as socketserver hands them over

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has above
        """Silence."""

    def do_GET(self) -> None:
        given = self.odd.answer(self.path, dict(self.headers.items()))
        self.send_response_only(given.code)
        for name, each in {"Content-Length": str(len(given.body)), **given.headers}.items():
            self.send_header(name, each)
        self.end_headers()
        self.wfile.write(given.body)


@contextmanager
def odd_server(answers: Mapping[str, Given | list[Given]] | None = None) -> Iterator[OddServer]:
    """Serves `/version` and `answers`, without a Date."""
    odd = OddServer("", {"/version": [Given()]})
    for path, each in (answers or {}).items():
        odd.answers[path] = each if isinstance(each, list) else [each]
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, odd))
    server.daemon_threads = True
    odd.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield odd
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def config(double: KubeDouble, folder: Path, **given: str) -> Path:
    return double.write_kubeconfig(folder / "config", **given)


def config_map(name: str, **data: str) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop"},
        "data": data,
    }


async def refused(asked: Awaitable[object]) -> ApiError:
    """How it failed."""
    with pytest.raises(ApiError) as caught:
        await asked
    return caught.value


def tokened(path: Path, token: str) -> Path:
    path.write_text(path.read_text().replace("admin-token", token))
    return path
