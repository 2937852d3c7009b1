"""The embedding service put together: POST /embed, GET /health."""

from __future__ import annotations

from collections.abc import Mapping

from serving.document import Fields, decode
from serving.environment import Environment
from serving.exchange import HttpError, Reply, Request, Route, answer
from serving.process import set_level
from serving.server import Server

from embedding.vector import DIMENSIONS, MODEL, embed

LONGEST_TEXT = 8192


def start(variables: Mapping[str, str]) -> tuple[Server]:
    """The server, listening. Raises RefusalError when a setting is wrong."""
    environment = Environment(variables)
    set_level(environment.text("LOG_LEVEL", "INFO"))
    bind = environment.text("BIND_ADDRESS", "127.0.0.1")
    routes = (Route("GET", "/health", health), Route("POST", "/embed", embed_text))
    return (Server(bind, environment.port("PORT", 8086), routes),)


def health(request: Request) -> Reply:
    """Always well: it depends on nothing."""
    return answer({"status": "ok"})


def embed_text(request: Request) -> Reply:
    """The vector of `text`."""
    fields = Fields(decode(request.body))
    text = fields.text("text", longest=LONGEST_TEXT)
    fields.finish()
    try:
        vector = embed(text)
    except ValueError as error:
        raise HttpError(400, f"text: {error}") from None
    return answer({"embedding": [*vector], "dimensions": DIMENSIONS, "model": MODEL})
