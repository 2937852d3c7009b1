"""A few connections to PostgreSQL that request threads take turns with."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, LifoQueue
from typing import TypeVar

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow
from serving.exchange import HttpError

from datastorage.settings import Database

CONNECT_S = 5
TURN_S = 2.0
STATEMENT_MS = 2000

Result = TypeVar("Result")


class Connections:
    """At most `size` connections, opened when first needed and again when they broke."""

    def __init__(self, database: Database, size: int = 8) -> None:
        self._database = database
        self._turns: LifoQueue[Connection[TupleRow] | None] = LifoQueue()
        for _ in range(size):
            self._turns.put(None)

    def run(self, work: Callable[[Connection[TupleRow]], Result]) -> Result:
        """What `work` makes of a connection. It is called twice when the first one had died.

        Raises psycopg.OperationalError when the database cannot be reached, HttpError 503 when no
        connection came free within `TURN_S` seconds.
        """
        try:
            connection = self._turns.get(timeout=TURN_S)
        except Empty:
            raise HttpError(503, "all database connections are busy") from None
        try:
            if connection is None:
                connection = self._open()
                return work(connection)
            try:
                return work(connection)
            except psycopg.OperationalError:
                if not connection.broken:
                    raise
            connection = None
            connection = self._open()
            return work(connection)
        finally:
            broken = connection is None or connection.closed
            self._turns.put(None if broken else connection)

    def _open(self) -> Connection[TupleRow]:
        return psycopg.connect(
            host=self._database.host,
            port=self._database.port,
            dbname=self._database.name,
            user=self._database.user,
            password=self._database.password,
            connect_timeout=CONNECT_S,
            application_name="datastorage",
            options=f"-c statement_timeout={STATEMENT_MS}",
            autocommit=True,
        )
