"""Plain HTTP to an API server, with nothing of a client library between."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import urlencode

from tests.kube.json_values import Doc, Json, child, docs, text

APPLY: Final = "application/apply-patch+yaml"
MERGE: Final = "application/merge-patch+json"
JSON_PATCH: Final = "application/json-patch+json"
STRATEGIC: Final = "application/strategic-merge-patch+json"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. `doc`: {} when it is no JSON object."""

    code: int
    doc: Doc
    body: str
    headers: Mapping[str, str]

    @property
    def message(self) -> str:
        return text(self.doc, "message")

    @property
    def reason(self) -> str:
        return text(self.doc, "reason")

    @property
    def causes(self) -> list[Doc]:
        return docs(self.doc, "details", "causes")

    @property
    def fields(self) -> set[str]:
        """The fields that the causes of a refusal name."""
        return {text(each, "field") for each in self.causes}


@dataclass(slots=True)
class Events:
    """A watch that is open."""

    response: http.client.HTTPResponse
    seen: list[Doc] = field(default_factory=list)

    def __iter__(self) -> Iterator[Doc]:
        """The events that are still to come, until the server ends the watch."""
        while line := self.response.readline():
            event: Doc = json.loads(line)
            self.seen.append(event)
            yield event

    def next(self) -> tuple[str, Doc]:
        """The type and the object of the next event. Raises StopIteration."""
        event = next(iter(self))
        return text(event, "type"), child(event, "object")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Talks to `host:port` over HTTP."""

    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        body: Json | bytes = None,
        *,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request. `kind`: the content type of `body`; bytes go as they are."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            content = None if body is None else _written(body)
            sent = {**self.headers, "Accept": "application/json", **(headers or {})}
            if content is not None:
                sent["Content-Type"] = kind
            connection.request(method, _with(path, query or {}), content, sent)
            response = connection.getresponse()
            said = response.read().decode()
            return Reply(
                code=response.status, doc=_doc(said), body=said, headers=dict(response.headers)
            )
        finally:
            connection.close()

    def get(self, path: str, **query: str) -> Reply:
        return self.call("GET", path, query=query)

    def create(self, path: str, body: Doc, **query: str) -> Reply:
        return self.call("POST", path, body, query=query)

    def replace(self, path: str, body: Doc, **query: str) -> Reply:
        return self.call("PUT", path, body, query=query)

    def delete(self, path: str, body: Doc | None = None, **query: str) -> Reply:
        return self.call("DELETE", path, body, query=query)

    def patch(self, path: str, body: Json, kind: str = MERGE, **query: str) -> Reply:
        return self.call("PATCH", path, body, kind=kind, query=query)

    def apply(self, path: str, body: Doc | bytes, manager: str, **query: str) -> Reply:
        """Server-side apply."""
        return self.call("PATCH", path, body, kind=APPLY, query={"fieldManager": manager, **query})

    def made(self, path: str, body: Doc, **query: str) -> Doc:
        """Create what must be created."""
        reply = self.create(path, body, **query)
        assert reply.code == 201, reply.body
        return reply.doc

    @contextmanager
    def watch(self, path: str, **query: str) -> Iterator[Events]:
        """Watch a collection."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            asked = {"watch": "true", "timeoutSeconds": "20", **query}
            connection.request("GET", _with(path, asked), headers=dict(self.headers))
            response = connection.getresponse()
            assert response.status == 200, response.read()
            yield Events(response)
        finally:
            connection.close()


def _written(body: Json | bytes) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _with(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _doc(said: str) -> Doc:
    try:
        found: Json = json.loads(said)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def eventually(look: Callable[[], _T], *, within: float = 20.0) -> _T:
    """The first thing that `look` finds; what controllers do takes its time. Fails after
    `within` seconds."""
    ends = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < ends, f"nothing after {within} s"
        time.sleep(0.02)
