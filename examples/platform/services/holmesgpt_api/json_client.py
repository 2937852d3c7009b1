"""JSON over HTTP to another service."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.error import HTTPError, URLError
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from serving.document import decode
from serving.exchange import HttpError, Json, encode

ANSWER_LIMIT = 4 * 1024 * 1024


class JsonClient:
    """Calls one service, named `name` in messages, at `url` (http or https, no slash at the end).

    Peers are called directly; `proxied` lets the proxies of the environment apply.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        timeout_s: float,
        headers: Mapping[str, str] | None = None,
        proxied: bool = False,
    ) -> None:
        self._name = name
        self._url = url
        self._timeout_s = timeout_s
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        handlers = [] if proxied else [ProxyHandler({})]
        self._opener: OpenerDirector = build_opener(*handlers)

    def get(self, path: str) -> dict[str, Json]:
        """The object at `path`. Raises as `post` does."""
        return self._call(path, None)

    def post(self, path: str, document: Json) -> dict[str, Json]:
        """The object that answers `document`.

        Raises HttpError 502 when the service refuses or answers nonsense, 503 when it cannot be
        reached, 504 when it takes longer than the client's time.
        """
        return self._call(path, encode(document))

    def _call(self, path: str, body: bytes | None) -> dict[str, Json]:
        request = Request(self._url + path, data=body, headers=self._headers)
        try:
            with self._opener.open(request, timeout=self._timeout_s) as response:
                received: bytes = response.read(ANSWER_LIMIT)
        except HTTPError as error:
            with error:
                said = error.read(500).decode(errors="replace")
            reason = f"{self._name} answered {error.code} to {path}: {said}"
            raise HttpError(502, reason) from None
        except TimeoutError:
            raise HttpError(
                504, f"{self._name} did not answer within {self._timeout_s:g} s"
            ) from None
        except URLError as error:
            if isinstance(error.reason, TimeoutError):
                reason = f"{self._name} could not be reached within {self._timeout_s:g} s"
                raise HttpError(504, reason) from None
            raise HttpError(503, f"{self._name} cannot be reached: {error.reason}") from None
        except OSError as error:
            raise HttpError(503, f"{self._name} broke off: {error}") from None
        try:
            document = decode(received)
        except HttpError:
            raise HttpError(
                502, f"{self._name} answered {path} with something else than JSON"
            ) from None
        if not isinstance(document, dict):
            raise HttpError(502, f"{self._name} answered {path} with something else than an object")
        return document
