"""The stand-in put together: POST /api/v1/signals, GET /health."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import OpenerDirector, ProxyHandler, build_opener
from urllib.request import Request as Call

from serving.document import Fields, decode
from serving.environment import Environment
from serving.exchange import HttpError, Json, Reply, Request, Route, answer, encode
from serving.process import set_level
from serving.server import Server

PEER_S = 2.0
LONGEST = 200


class StandIn:
    """Answers signals by recording an action in DataStorage, in the name of `service`."""

    def __init__(self, service: str, kind: str, datastorage: str | None) -> None:
        self._service = service
        self._kind = kind
        self._datastorage = datastorage
        # Peers are called directly, whatever proxy the environment has for the web.
        self._opener: OpenerDirector = build_opener(ProxyHandler({}))

    def health(self, request: Request) -> Reply:
        """200 when DataStorage is well, where it is needed."""
        if self._datastorage is not None:
            self._call(Call(f"{self._datastorage}/health"))
        return answer({"status": "ok", "service": self._service})

    def receive(self, request: Request) -> Reply:
        """Record what is done about a signal; the stored action."""
        if self._datastorage is None:
            raise HttpError(503, "DATASTORAGE_URL is not set: nothing can be recorded")
        fields = Fields(decode(request.body))
        action: Json = {
            "service": self._service,
            "kind": self._kind,
            "signal": fields.text("signal", longest=LONGEST),
            "target": fields.text("target", longest=LONGEST),
            "outcome": "proposed",
            "summary": f"{self._service} received the signal",
        }
        fields.finish()
        where = f"{self._datastorage}/api/v1/actions"
        headers = {"Content-Type": "application/json"}
        return Reply(body=self._call(Call(where, encode(action), headers)), status=201)

    def _call(self, call: Call) -> bytes:
        try:
            with self._opener.open(call, timeout=PEER_S) as response:
                body: bytes = response.read()
        except HTTPError as error:
            with error:
                said = error.read(LONGEST).decode(errors="replace")
            raise HttpError(503, f"DataStorage answered {error.code}: {said}") from None
        except (OSError, HTTPException) as error:
            raise HttpError(503, f"DataStorage cannot be reached: {error}") from None
        return body


def start(variables: Mapping[str, str]) -> tuple[Server]:
    """The server, listening. Raises RefusalError when a setting is wrong or missing."""
    environment = Environment(variables)
    set_level(environment.text("LOG_LEVEL", "INFO"))
    stand_in = StandIn(
        environment.text("SERVICE"),
        environment.text("ACTION", "receive_signal"),
        environment.url("DATASTORAGE_URL"),
    )
    routes = (
        Route("GET", "/health", stand_in.health),
        Route("POST", "/api/v1/signals", stand_in.receive),
    )
    bind = environment.text("BIND_ADDRESS", "127.0.0.1")
    return (Server(bind, environment.port("PORT", 8080), routes),)
