"""HTTP as these tests speak it: every status is an answer, none an exception."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

ANSWER_S = 10

PostAction = Callable[..., dict[str, Any]]
"""Records an action with the given fields; what DataStorage stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a service said. `document`: the decoded JSON, None for other content."""

    status: int
    headers: Mapping[str, str]
    text: str
    document: Any


class ServiceClient:
    """One service at `url`, called directly whatever proxy the environment names."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = build_opener(ProxyHandler({}))

    def get(self, path: str) -> Answer:
        return self._ask(Request(self.url + path))

    def post(self, path: str, document: object) -> Answer:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self._ask(Request(self.url + path, data=body))

    def _ask(self, request: Request) -> Answer:
        try:
            response = self._opener.open(request, timeout=ANSWER_S)
        except HTTPError as error:
            response = error
        with response:
            text = response.read().decode()
            is_json = response.headers["Content-Type"] == "application/json"
            return Answer(
                status=response.status,
                headers=dict(response.headers),
                text=text,
                document=json.loads(text) if is_json else None,
            )
