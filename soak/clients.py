"""Clients that know nothing of gates: each uses the stack once, at once, without a second try."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Final

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from soak.scene import ORDERS

_PATIENCE_S: Final = 10
"""For an answer to come, not for a server to get ready: a refusal is one at once."""

_PORT: Final = re.compile(r"port \d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a stack is published. `app`: `http://127.0.0.1:12345`."""

    dsn: str
    redis_host: str
    redis_port: int
    app: str


def complaint(at: Addresses) -> str:
    """What a client could not do, "" when PostgreSQL, Redis and the application did all."""
    for name, use in (("postgres", _use_postgres), ("redis", _use_redis), ("app", _use_app)):
        try:
            wrong = use(at)
        except (psycopg.Error, redis.RedisError, OSError) as error:
            wrong = _in_a_line(error)
        if wrong:
            return f"{name}: {wrong}"
    return ""


def _use_postgres(at: Addresses) -> str:
    """Read what the migrations made, write, commit, and read that back as another client."""
    with psycopg.connect(at.dsn, connect_timeout=_PATIENCE_S) as writer:
        found = writer.execute("SELECT count(*) FROM orders").fetchone()
        if found != (ORDERS,):
            return f"{found} orders instead of {ORDERS}"
        writer.execute("INSERT INTO orders (what) VALUES ('soak')")
        writer.commit()
        with psycopg.connect(at.dsn, connect_timeout=_PATIENCE_S) as reader:
            read = reader.execute("SELECT count(*) FROM orders WHERE what = 'soak'").fetchone()
    return "" if read == (1,) else f"{read} orders read back instead of 1"


def _use_redis(at: Addresses) -> str:
    with redis.Redis(
        at.redis_host,
        at.redis_port,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=_PATIENCE_S,
        socket_connect_timeout=_PATIENCE_S,
    ) as cache:
        cache.set("soak", "yes")
        read = cache.get("soak")
    return "" if read == b"yes" else f"read back {read!r}"


def _use_app(at: Addresses) -> str:
    try:
        with urllib.request.urlopen(f"{at.app}/both", timeout=_PATIENCE_S) as response:
            answer = response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.code} {error.read().decode(errors='replace')[:200]}"
    # The row that the client of PostgreSQL has written is there too.
    return "" if answer == f"{ORDERS + 1} True" else f"answered {answer!r}"


def _in_a_line(error: BaseException) -> str:
    text = _PORT.sub("port …", f"{type(error).__name__}: {error}")
    return text.splitlines()[0][:200]
