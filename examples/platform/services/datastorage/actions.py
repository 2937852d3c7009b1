"""The table of actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow, class_row, dict_row
from psycopg.types.json import Jsonb

from datastorage.action import Action, NewAction
from datastorage.connections import Connections

SCHEMA_VERSION = 2
"""The last migration that the statements below count on."""

_INSERT = """
    INSERT INTO actions
        (id, service, kind, signal, target, outcome, summary, parameters, embedding)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::real[])
    ON CONFLICT (id) DO UPDATE SET id = EXCLUDED.id
    RETURNING sequence, id, recorded_at, service, kind, signal, target, outcome, summary, parameters
"""
_FIND = """
    SELECT sequence, id, recorded_at, service, kind, signal, target, outcome, summary, parameters
    FROM actions WHERE id = %s
"""
_LIST = """
    SELECT sequence, id, recorded_at, service, kind, signal, target, outcome, summary, parameters
    FROM actions
    WHERE (%(before)s::bigint IS NULL OR sequence < %(before)s::bigint)
      AND (%(signal)s::text IS NULL OR signal = %(signal)s::text)
    ORDER BY sequence DESC LIMIT %(limit)s
"""
_NEAREST = """
    SELECT sequence, id, recorded_at, service, kind, signal, target, outcome, summary, parameters, (
        SELECT sum(pair.stored::float8 * pair.wanted)
        FROM unnest(embedding, %s::float8[]) AS pair (stored, wanted)
    ) AS similarity
    FROM actions WHERE embedding IS NOT NULL
    ORDER BY similarity DESC, sequence DESC LIMIT %s
"""


class Actions:
    """Records actions and finds them again. Methods raise as `Connections.run` does."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def schema_version(self) -> int:
        """The last migration that ran, 0 for none. Raises psycopg.OperationalError."""

        def work(connection: Connection[TupleRow]) -> int:
            try:
                row = connection.execute("SELECT max(version) FROM schema_migrations").fetchone()
            except psycopg.errors.UndefinedTable:
                return 0
            return int(row[0] or 0) if row else 0

        return self._connections.run(work)

    def ping(self) -> None:
        """Ask the database for a sign of life."""
        self._connections.run(lambda connection: connection.execute("SELECT 1").fetchone())

    def record(self, new: NewAction) -> Action:
        """Record an action; its id is made here, so that a repeated try records it once."""
        embedding = None if new.embedding is None else list(new.embedding)
        fields = (new.service, new.kind, new.signal, new.target, new.outcome, new.summary)
        values = (uuid4(), *fields, Jsonb(new.parameters), embedding)
        return self._select(_INSERT, values)[0]

    def find(self, wanted: UUID) -> Action | None:
        """The action of that id, None when there is none."""
        found = self._select(_FIND, (wanted,))
        return found[0] if found else None

    def page(self, limit: int, before: int | None, signal: str | None) -> list[Action]:
        """The newest actions with a sequence below `before`, newest first."""
        return self._select(_LIST, {"limit": limit, "before": before, "signal": signal})

    def nearest(self, embedding: tuple[float, ...], limit: int) -> list[tuple[Action, float]]:
        """The actions with the nearest embeddings, with the cosine of the angle, nearest first."""

        def work(connection: Connection[TupleRow]) -> list[tuple[Action, float]]:
            with connection.cursor(row_factory=dict_row) as cursor:
                rows = cursor.execute(_NEAREST, (list(embedding), limit)).fetchall()
            cosines = [float(row.pop("similarity")) for row in rows]
            return [(Action(**row), near) for row, near in zip(rows, cosines, strict=True)]

        return self._connections.run(work)

    def _select(
        self, statement: LiteralString, values: Sequence[object] | dict[str, object]
    ) -> list[Action]:
        def work(connection: Connection[TupleRow]) -> list[Action]:
            with connection.cursor(row_factory=class_row(Action)) as cursor:
                return cursor.execute(statement, values).fetchall()

        return self._connections.run(work)
