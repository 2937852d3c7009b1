"""Documents of single actions in Redis. A cache that does not answer is as good as an empty one."""

from __future__ import annotations

import logging
from uuid import UUID

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from serving.exchange import HttpError

LOG = logging.getLogger("datastorage")
LIFETIME_S = 300
ANSWER_S = 1.0


class ActionCache:
    """Keeps each document `LIFETIME_S` seconds under `action:<id>`; actions never change."""

    def __init__(self, host: str, port: int) -> None:
        self._redis = Redis(
            host=host,
            port=port,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            # By itself the client waits seconds between its tries: more than a cache is worth.
            retry=Retry(NoBackoff(), 1),
        )
        self._well = True

    def get(self, action: UUID) -> bytes | None:
        """The document, None when it is not here or Redis does not answer."""
        try:
            found = self._redis.get(f"action:{action}")
        except RedisError as error:
            self._note(error)
            return None
        self._note(None)
        return found if isinstance(found, bytes) else None

    def put(self, action: UUID, document: bytes) -> None:
        """Keep the document, when Redis answers."""
        try:
            self._redis.set(f"action:{action}", document, ex=LIFETIME_S)
        except RedisError as error:
            self._note(error)

    def ping(self) -> None:
        """Raise HttpError 503 when Redis does not answer."""
        try:
            self._redis.ping()
        except RedisError as error:
            raise HttpError(503, f"Redis does not answer: {error}") from None

    def _note(self, error: RedisError | None) -> None:
        """Log when the cache is lost and when it is back, not every request between."""
        if error is not None and self._well:
            LOG.warning("working without the cache: %s", error)
        if error is None and not self._well:
            LOG.info("the cache is back")
        self._well = error is None
