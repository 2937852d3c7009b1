"""The engine's HTTP API with nothing on top: one connection, JSON in, JSON out."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

VERSION: Final = "/v1.40"
"""The oldest API of the engines in use (Docker 19.03; Podman 4 speaks it too)."""

Json = Any
"""Whatever the engine answers; its callers know their endpoint."""


class EngineApiError(Exception):
    """The engine answered with an error status."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class EngineApi:
    """Calls one engine over its socket. Not for several threads at once."""

    def __init__(self, path: Path) -> None:
        self._connection = _UnixConnection(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        content: tuple[int, ...] = (),
    ) -> Json:
        """The parsed answer, None when it is empty.

        Raises EngineApiError for a status of 400 and above that is not in `content`.
        """
        url = VERSION + path + ("?" + urlencode(query) if query else "")
        payload = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            self._connection.request(method, url, payload, headers)
            response = self._connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        if response.status >= 400 and response.status not in content:
            raise EngineApiError(f"{method} {path}: {response.status} {data.decode()[:500]}")
        return json.loads(data) if data else None

    def containers(self, token: str) -> list[Json]:
        """All containers, running or not, whose names hold `token`."""
        return list(self._list("/containers/json", token, all="true"))

    def networks(self, token: str) -> list[Json]:
        """The networks whose names hold `token`."""
        return list(self._list("/networks", token))

    def image_id(self, reference: str) -> str | None:
        """The id of a local image, None when there is none."""
        path = f"/images/{quote(reference, safe='/:')}/json"
        found = self.call("GET", path, content=(404,))
        return found.get("Id")  # type: ignore[no-any-return]  # JSON of the API

    def _list(self, path: str, token: str, **more: str) -> list[Json]:
        query = {"filters": json.dumps({"name": [token]}), **more}
        found: list[Json] = self.call("GET", path, query=query) or []
        return found
