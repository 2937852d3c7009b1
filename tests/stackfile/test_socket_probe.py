"""Which commands ask a PostgreSQL whose temporary server would answer them."""

from __future__ import annotations

import pytest

from orchestration.stackfile.socket_probe import asks_on_the_socket


@pytest.mark.parametrize(
    "command",
    [
        ("pg_isready",),
        ("/usr/lib/postgresql/16/bin/pg_isready", "-U", "postgres", "-d", "shop", "-q"),
        ("pg_isready", "-h", "/var/run/postgresql"),
        ("pg_isready", "-h/tmp"),
        ("pg_isready", "--host=", "-p", "5432"),
        ("pg_isready", "-d", "postgresql:///shop"),
        ("pg_isready", "-d", "host=/tmp dbname=shop"),
        ("env", "PGHOST=/tmp", "gosu", "postgres", "pg_isready"),
        ("sh", "-c", 'pg_isready -U "$POSTGRES_USER" -d ${POSTGRES_DB} || exit 1'),
        ("/bin/bash", "-ec", "until pg_isready -q >/dev/null 2>&1; do sleep 1; done"),
        ("sh", "-c", "pg_isready\npsql -U shop -c 'select 1'"),
    ],
)
def test_without_a_host_it_is_the_socket(command: tuple[str, ...]) -> None:
    assert asks_on_the_socket(command)


@pytest.mark.parametrize(
    "command",
    [
        ("true",),
        ("sh",),
        ("sh", "-c"),
        ("sh", "-c", "it's not closed; pg_isready"),
        ("sh", "/probe.sh", "-c", "exit"),
        ("pg_isready", "-h", "127.0.0.1"),
        ("pg_isready", "-qhlocalhost", "-U", "postgres"),
        ("pg_isready", "--host", "db"),
        ("pg_isready", "--host=$HOST"),
        ("pg_isready", "--no-such-option"),
        ("pg_isready", "-d", "postgresql://shop@127.0.0.1/shop"),
        ("pg_isready", "-d", "dbname=shop host=localhost"),
        ("env", "PGHOST=127.0.0.1", "pg_isready"),
        ("sh", "-c", 'pg_isready -h localhost -U "$POSTGRES_USER"'),
        ("sh", "-c", 'pg_isready -d "$DATABASE_URL"'),
        ("sh", "-c", "export PGHOST=localhost; pg_isready"),
        ("sh", "-c", "pg_isready && psql -h 127.0.0.1 -c 'select 1'"),
        ("sh", "-c", "pg_isready && nc -z localhost 5432"),
    ],
)
def test_with_a_host_or_where_words_do_not_tell_it_is_not(command: tuple[str, ...]) -> None:
    assert not asks_on_the_socket(command)
