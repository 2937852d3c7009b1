"""DataStorage's routes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

import psycopg
from serving.document import Fields, decode
from serving.exchange import HttpError, Reply, Request, Route, answer, encode

from datastorage.action import read_action, read_embedding
from datastorage.actions import Actions
from datastorage.cache import ActionCache
from datastorage.metrics import Metrics
from datastorage.settings import LARGEST_PAGE

LARGEST_CURSOR = 2**63 - 1


class Api:
    """Answers requests from the table and the cache."""

    def __init__(
        self, actions: Actions, cache: ActionCache | None, metrics: Metrics, page_size: int
    ) -> None:
        self._actions = actions
        self._cache = cache
        self._metrics = metrics
        self._page_size = page_size

    def routes(self) -> tuple[Route, ...]:
        """All routes of the HTTP port."""
        return (
            Route("GET", "/health", _with_database(self.health)),
            Route("POST", "/api/v1/actions", _with_database(self.record)),
            Route("GET", "/api/v1/actions", _with_database(self.page)),
            Route("POST", "/api/v1/actions/similar", _with_database(self.similar)),
            Route("GET", "/api/v1/actions/{id}", _with_database(self.find)),
        )

    def health(self, request: Request) -> Reply:
        """200 when PostgreSQL, and Redis where there is one, answer."""
        self._actions.ping()
        if self._cache is not None:
            self._cache.ping()
        return answer({"status": "ok"})

    def record(self, request: Request) -> Reply:
        """Record an action: 201 with what was stored."""
        action = self._actions.record(read_action(decode(request.body)))
        where = {"Location": f"/api/v1/actions/{action.id}"}
        return answer(action.document(), status=201, headers=where)

    def page(self, request: Request) -> Reply:
        """Actions newest first. Query: `limit`, `cursor` (the last `next_cursor`), `signal`."""
        limit = _number(request, "limit", LARGEST_PAGE) or self._page_size
        before = _number(request, "cursor", LARGEST_CURSOR)
        signal = request.query.get("signal")
        if signal is not None and "\0" in signal:
            raise HttpError(400, "signal: holds the NUL character")
        found = self._actions.page(limit + 1, before, signal)
        page = found[:limit]
        following = str(page[-1].sequence) if len(found) > limit else None
        documents = [action.document() for action in page]
        return answer({"actions": [*documents], "next_cursor": following})

    def similar(self, request: Request) -> Reply:
        """The actions nearest to `embedding`, at most `limit`, each with its `similarity`."""
        fields = Fields(decode(request.body))
        embedding = read_embedding(fields)
        limit = fields.whole("limit", least=1, most=LARGEST_PAGE, default=5)
        fields.finish()
        if embedding is None:
            raise HttpError(400, "embedding: is missing")
        found = self._actions.nearest(embedding, limit)
        documents = [{**action.document(), "similarity": round(near, 6)} for action, near in found]
        return answer({"actions": [*documents]})

    def find(self, request: Request) -> Reply:
        """One action. `X-Cache` tells whether the cache had it."""
        try:
            wanted = UUID(request.parts["id"])
        except ValueError:
            raise HttpError(400, "the id must be a UUID") from None
        kept = self._cache.get(wanted) if self._cache else None
        if kept is not None:
            self._metrics.looked_up("hit")
            return Reply(body=kept, headers={"X-Cache": "hit"})
        action = self._actions.find(wanted)
        if action is None:
            raise HttpError(404, f"there is no action {wanted}")
        document = encode(action.document())
        if self._cache:
            self._metrics.looked_up("miss")
            self._cache.put(wanted, document)
        return Reply(body=document, headers={"X-Cache": "miss"})


def _with_database(handle: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """503 with PostgreSQL's reason when it cannot be reached or does not answer in time."""

    @wraps(handle)
    def guarded(request: Request) -> Reply:
        try:
            return handle(request)
        except psycopg.OperationalError as error:
            reason = " ".join(str(error).split())
            raise HttpError(503, f"PostgreSQL does not answer: {reason}") from None

    return guarded


def _number(request: Request, name: str, most: int) -> int | None:
    value = request.query.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 19 and 1 <= int(value) <= most):
        raise HttpError(400, f"{name}: must be a whole number from 1 to {most}")
    return int(value)
