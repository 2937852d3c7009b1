"""One HTTP exchange: what came, what goes back, and the refusal of a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class HttpError(Exception):
    """A request that gets `status` and `{"error": reason}` for an answer."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that matched a route. `parts`: what stood in the braces of the route's path."""

    parts: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, ready to be written."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """Which requests `handle` answers. `path` may hold names in braces: `/actions/{id}`."""

    method: str
    path: str
    handle: Callable[[Request], Reply]

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The named parts of a path that fits, else None."""
        own = self.path.split("/")
        if len(own) != len(segments):
            return None
        parts: dict[str, str] = {}
        for wanted, found in zip(own, segments, strict=True):
            if wanted.startswith("{"):
                parts[wanted.strip("{}")] = found
            elif wanted != found:
                return None
        return parts


def encode(document: Json) -> bytes:
    """A JSON document as it goes over the wire."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def answer(document: Json, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON reply."""
    return Reply(body=encode(document), status=status, headers=headers or {})
