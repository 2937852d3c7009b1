"""Asking for readiness, waiting for it, and pausing."""

from __future__ import annotations

import re
from typing import Final

from lint.effects import Probe, Wait
from lint.linking import processes
from lint.linking.apis.called import Called, Handler
from lint.linking.probing import local
from lint.linking.testing import UNITS
from lint.linking.values import External, Fields, Value, texts
from lint.text import Text


def _target(called: Called) -> Text:
    for value in (*called.given.positional, *called.given.named.values()):
        for one in texts(value):
            shown = one.shown
            if "://" in shown or ":" in shown or "localhost" in shown:
                return one
    for value in called.words:
        for shape in value:
            if isinstance(shape, Text):
                return shape
            if isinstance(shape, Fields):
                for _, held in shape.entries:
                    for one in texts(held):
                        if one.known:
                            return one
    return Text()


def _asked(called: Called, how: str) -> Value | None:
    target = _target(called)
    known = target.known
    if how == "http" and known is not None and not local(known):
        return None
    effect = (
        Wait(target=target, how=how)
        if called.machine.context.polling
        else Probe(target=target, how=how)
    )
    called.emit(effect)
    return None


def _http(called: Called) -> Value | None:
    return _asked(called, "http")


def _tcp(called: Called) -> Value | None:
    return _asked(called, "tcp")


def _database(called: Called) -> Value | None:
    return _asked(called, "database")


def _sleep(called: Called) -> Value | None:
    shown = called.texts(0, "secs", "delay", "seconds")
    told = next((one.known for one in shown if one.known is not None), "")
    for shape in called.given.get(0) or ():
        if isinstance(shape, External) and shape.path in UNITS:
            told = f"1{UNITS[shape.path]}"
    processes.pause(called.machine, told, called.frame, called.at)
    return None


def _polls(called: Called) -> Value | None:
    """Runs what it is given again and again until it succeeds."""
    mark = len(called.machine.sink)
    with called.machine.under(polling=True, loop=True):
        called.callbacks()
    added = called.machine.sink[mark:]
    if not any(isinstance(effect, Wait) for effect in added) and _awaits(called):
        called.emit(Wait(target=_target(called), how="library"))
    return (External(f"{called.path}()"),)


def _awaits(called: Called) -> bool:
    """Polling for something that no probe was recognised in: a wait by the library's word."""
    return called.last in ("wait_until_responsive", "wait_until_ready", "Retry", "RetryNotify")


def _waits(called: Called) -> Value | None:
    called.emit(Wait(target=_target(called), how="library"))
    return None


EXACT: Final[dict[str, Handler]] = {
    **dict.fromkeys(
        ("urllib.request.urlopen", "requests.get", "requests.head", "requests.request",
         "httpx.get", "httpx.head", "net/http.Get", "net/http.Head", "http.client.HTTPConnection",
         "urllib3.request"),
        _http,
    ),
    **dict.fromkeys(
        ("socket.create_connection", "net.Dial", "net.DialTimeout", "net.DialTCP",
         "asyncio.open_connection"),
        _tcp,
    ),
    **dict.fromkeys(
        ("psycopg2.connect", "psycopg.connect", "asyncpg.connect", "pymysql.connect",
         "MySQLdb.connect", "mysql.connector.connect", "psycopg.AsyncConnection.connect",
         "asyncpg.create_pool", "pika.BlockingConnection", "github.com/jackc/pgx/v5.Connect",
         "github.com/jackc/pgx/v4.Connect", "github.com/rabbitmq/amqp091-go.Dial",
         "github.com/nats-io/nats.go.Connect"),
        _database,
    ),
    **dict.fromkeys(("time.sleep", "time.Sleep", "asyncio.sleep", "gevent.sleep"), _sleep),
    **dict.fromkeys(("polling.poll", "polling2.poll", "waiting.wait", "retrying.retry"), _polls),
}  # fmt: skip  # lists of names read best as paragraphs

PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"\.(?:Eventually(?:WithT|WithOffset|f)?|EventuallyWithTf)$"), _polls),
    (re.compile(r"wait\.(?:Poll\w*|Until\w*|ExponentialBackoff\w*|Jitter\w*)$"), _polls),
    (re.compile(r"(?:backoff|retry|dockertest.*)[\w./()]*\.(?:Retry\w*|Do\w*|Call\w*)$"), _polls),
    (re.compile(r"(?:tenacity|backoff|retrying)\.[\w.()]+$"), _polls),
    (re.compile(r"wait_until_responsive$"), _polls),
    (re.compile(r"^net/http\.Client(?:\(\)|\{\})\.(?:Get|Head|Do)$"), _http),
    (
        re.compile(
            r"^(?:requests\.Session|httpx\.(?:Async)?Client|aiohttp\.ClientSession)\(\)"
            r"(?:\.__a?enter__\(\))?\.(?:get|head|request)$"
        ),
        _http,
    ),
    (re.compile(r"http\.client\.HTTPConnection\(\)\.request$"), _http),
    (re.compile(r"socket\.socket\(\)\.connect(?:_ex)?$"), _tcp),
    (
        re.compile(r"(?:redis|valkey|pymongo|elasticsearch)[\w./()-]*\.(?:ping|Ping|info)$"),
        _database,
    ),
    (re.compile(r"\(\)\.(?:Ping|PingContext)$"), _database),
    (re.compile(r"sqlalchemy\.create_engine\(\)\.(?:connect|begin)$"), _database),
    (
        re.compile(
            r"(?:pgx|sqlx|pgxpool|mongo|amqp)[\w./]*\.(?:Connect|MustConnect|ConnectConfig)$"
        ),
        _database,
    ),
    (re.compile(r"testcontainers\.core\.waiting_utils\.wait\w*$"), _waits),
)
