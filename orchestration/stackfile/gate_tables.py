"""The tables of gates: when a component counts as ready."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from orchestration.stackfile.table import Table
from orchestration.stackfile.values import (
    Command,
    DatabaseName,
    Duration,
    Header,
    Name,
    Pattern,
    TextValue,
    UrlPath,
)

Status = Annotated[int, Field(ge=100, le=599)]


def _list(value: object) -> object:
    return value if isinstance(value, list) else [value]


Statuses = Annotated[
    list[Status],
    Field(min_length=1),
    BeforeValidator(
        _list, json_schema_input_type=Status | Annotated[list[Status], Field(min_length=1)]
    ),
]

_PROBED = "The name of the port to probe; needed only where the component has several."
_REACHED = "The name of the port by which tests reach the component; the first if left out."


class Paced(Table):
    """What every gate has: how often and how long it looks."""

    timeout: Duration | None = Field(
        default=None, description='How long the gate may stay shut: "30s" if left out.'
    )
    interval: Duration | None = Field(
        default=None, description='The first pause between two looks: "10ms", for `exec` "150ms".'
    )
    growth: float | None = Field(
        default=None,
        ge=1,
        le=10,
        description="What each pause is multiplied by: 1.05, for `exec` 1.5.",
    )
    longest: Duration | None = Field(
        default=None, description='The longest pause: "250ms", for `exec` "1s".'
    )
    successes: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="How many looks in a row must find it ready: 2, for `exec` 1.",
    )


class HttpGateTable(Paced):
    """Ready when an HTTP request is answered as expected."""

    kind: Literal["http"]
    port: Name | None = Field(default=None, description=_PROBED)
    path: UrlPath = Field(description="The path to ask for, such as `/health`.")
    status: Statuses = Field(
        default=[200], description="The status, or list of statuses, that will do."
    )
    body: Pattern | None = Field(
        default=None, description="A regular expression that must be found in the body."
    )
    headers: dict[Header, TextValue] = Field(
        default_factory=dict, description="Headers to send with the request."
    )


class TcpGateTable(Paced):
    """Ready when the port holds a connection, or answers."""

    kind: Literal["tcp"]
    port: Name | None = Field(default=None, description=_PROBED)
    send: str = Field(default="", description="What to send; an answer is then required.")
    expect: Pattern | None = Field(
        default=None, description="A regular expression that must be found in the answer."
    )


class ExecGateTable(Paced):
    """Ready when a command inside the component exits with 0."""

    kind: Literal["exec"]
    command: Command = Field(description="The command, as a list of words.")
    port: Name | None = Field(default=None, description=_REACHED)


class LogGateTable(Paced):
    """Ready when the log says so."""

    kind: Literal["log"]
    pattern: Pattern = Field(description="A regular expression to find in the log.")
    count: int = Field(default=1, ge=1, le=100000, description="How often it must be found.")
    port: Name | None = Field(default=None, description=_REACHED)


class PostgresGateTable(Paced):
    """Ready when PostgreSQL lets the user into the database, over TCP."""

    kind: Literal["postgres"]
    port: Name | None = Field(default=None, description=_PROBED)
    user: DatabaseName | None = Field(
        default=None, description="The role; the component's POSTGRES_USER, else `postgres`."
    )
    password: TextValue | None = Field(
        default=None, description="Its password; the component's POSTGRES_PASSWORD."
    )
    database: DatabaseName | None = Field(
        default=None, description="The database; the component's POSTGRES_DB, else the user's name."
    )


class RedisGateTable(Paced):
    """Ready when a Redis-compatible server answers PING with PONG."""

    kind: Literal["redis"]
    port: Name | None = Field(default=None, description=_PROBED)
    password: TextValue | None = Field(
        default=None, description="The password, where it demands one."
    )
    username: str = Field(default="", description="The user, for servers with access lists.")


GateTable = Annotated[
    HttpGateTable
    | TcpGateTable
    | ExecGateTable
    | LogGateTable
    | PostgresGateTable
    | RedisGateTable,
    Field(discriminator="kind"),
]
GATE_KINDS = ("exec", "http", "log", "postgres", "redis", "tcp")
