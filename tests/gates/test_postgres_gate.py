"""`postgres`: a real PostgreSQL 16, and answers that are hard to get out of one."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

import psycopg
import pytest

from orchestration.gates import PostgresGate
from orchestration.model import Failed, NotYet, Ready, Secret, Text, Verdict, reveal
from tests.gates.conftest import PASSWORD, PostgresServer
from tests.gates.peers import (
    Behaviour,
    blurt,
    drip,
    flood,
    hang_up,
    nobody,
    peer,
    reset,
    say,
    stay_silent,
)


def gate(user: str, password: Text | None = None, database: str = "postgres") -> PostgresGate:
    return PostgresGate(port="postgres", user=user, password=password, database=database)


def frame(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def failure(code: str, text: str) -> bytes:
    fields = {"S": "FATAL", "V": "FATAL", "C": code, "M": text}
    return frame(b"E", "".join(f"{key}{value}\0" for key, value in fields.items()).encode() + b"\0")


def look_at(behaviour: Behaviour, password: Text | None = None) -> Verdict:
    with peer(behaviour) as target:
        return gate("somebody", password).look(target)


@pytest.mark.parametrize("user", ["cleartext", "digested", "scrambled"])
def test_every_way_to_check_a_password_is_spoken(postgres: PostgresServer, user: str) -> None:
    verdict = gate(user, Secret(PASSWORD)).look(postgres.target)
    assert isinstance(verdict, Ready)
    assert verdict.answer.startswith("PostgreSQL 16")


@pytest.mark.parametrize("user", ["cleartext", "digested", "scrambled"])
def test_a_gate_fails_at_once_when_the_password_is_wrong(
    postgres: PostgresServer, user: str
) -> None:
    verdict = gate(user, Secret("wr0ng")).look(postgres.target)
    assert verdict == Failed(f'password authentication failed for user "{user}"')


@pytest.mark.parametrize("user", ["cleartext", "digested", "scrambled"])
def test_a_gate_fails_at_once_when_a_password_is_demanded(
    postgres: PostgresServer, user: str
) -> None:
    verdict = gate(user).look(postgres.target)
    assert verdict == Failed(f'the server demands a password of user "{user}"; none is configured')


@pytest.mark.parametrize("password", [None, PASSWORD])
def test_a_trusting_server_needs_no_password(
    postgres: PostgresServer, password: str | None
) -> None:
    assert isinstance(gate("trusted", password).look(postgres.target), Ready)


def test_a_role_that_does_not_exist_is_a_failure(postgres: PostgresServer) -> None:
    verdict = gate("stranger").look(postgres.target)
    assert isinstance(verdict, Failed)
    assert verdict.reason.startswith('user "stranger" was refused: role "stranger" does not exist')


@pytest.mark.parametrize("user", ["unlisted", "encrypted"])
def test_a_user_whom_pg_hba_does_not_let_in_is_a_failure(
    postgres: PostgresServer, user: str
) -> None:
    verdict = gate(user, Secret(PASSWORD)).look(postgres.target)
    assert isinstance(verdict, Failed)
    assert "no pg_hba.conf entry" in verdict.reason


def test_a_refusal_by_the_operating_system_is_a_failure(postgres: PostgresServer) -> None:
    verdict = gate("foreign").look(postgres.target)
    assert isinstance(verdict, Failed)
    assert 'user "foreign"' in verdict.reason


def test_a_database_that_is_missing_may_still_come(postgres: PostgresServer) -> None:
    verdict = gate("trusted", database="tomorrow").look(postgres.target)
    assert verdict == NotYet('database "tomorrow" does not exist (SQLSTATE 3D000)')


def test_too_many_connections_are_waited_out(postgres: PostgresServer) -> None:
    verdict = gate("trusted", database="full_house").look(postgres.target)
    assert isinstance(verdict, NotYet)
    assert "(SQLSTATE 53300)" in verdict.reason


def test_fewer_iterations_than_the_library_accepts_are_a_failure_with_its_reason(
    postgres: PostgresServer,
) -> None:
    verdict = gate("strained", Secret(PASSWORD)).look(postgres.target)
    assert isinstance(verdict, Failed)
    assert verdict.reason.startswith('user "strained" cannot log in: SCRAM-SHA-256 failed')


def test_a_stopped_server_is_not_ready_and_a_started_one_is(postgres: PostgresServer) -> None:
    knock = gate("scrambled", Secret(PASSWORD))
    postgres.stop()
    try:
        stopped = knock.look(postgres.target)
    finally:
        postgres.start()
    assert stopped == NotYet("connection refused")
    assert isinstance(knock.look(postgres.target), Ready)


def test_the_gate_takes_its_leave_as_the_protocol_wants() -> None:
    heard: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(frame(b"R", bytes(4)) + frame(b"Z", b"I"))
        heard.append(connection.recv(65536))

    assert look_at(serve) == Ready("PostgreSQL")
    assert heard == [frame(b"X", b"")]


def test_the_gate_leaves_no_session_behind(postgres: PostgresServer) -> None:
    address = gate("trusted").dsn("127.0.0.1", postgres.port)
    assert isinstance(gate("trusted").look(postgres.target), Ready)
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'stackwright'"
    with psycopg.connect(reveal(address), autocommit=True) as session:
        # The server notices the farewell in its own time.
        looks = (session.execute(sessions).fetchone() for _ in range(2000))
        assert (0,) in looks


def test_its_address_is_one_that_clients_take(postgres: PostgresServer) -> None:
    address = gate("scrambled", PASSWORD).dsn("127.0.0.1", postgres.port)
    assert isinstance(address, Secret)
    with psycopg.connect(reveal(address)) as session:
        assert session.execute("SELECT current_user").fetchone() == ("scrambled",)


@pytest.mark.parametrize("code", ["57P03", "57P01", "XX000"])
def test_a_server_that_starts_or_stops_is_not_yet_ready(code: str) -> None:
    verdict = look_at(say(failure(code, "the database system is starting up")))
    assert verdict == NotYet(f"the database system is starting up (SQLSTATE {code})")


def test_a_wrong_password_is_told_in_our_words_whatever_the_servers_language() -> None:
    verdict = look_at(say(failure("28P01", "Passwort-Authentifizierung fehlgeschlagen")), "x")
    assert verdict == Failed('password authentication failed for user "somebody"')


def test_a_password_that_the_server_echoes_is_not_shown() -> None:
    verdict = look_at(say(failure("28000", f"no {PASSWORD} here")), PASSWORD)
    assert isinstance(verdict, Failed)
    assert PASSWORD not in verdict.reason
    assert PASSWORD not in repr(gate("somebody", PASSWORD))


@pytest.mark.parametrize(
    ("method", "name"),
    [(2, "Kerberos"), (7, "GSSAPI"), (9, "SSPI"), (99, "authentication method 99")],
)
def test_an_authentication_that_is_not_spoken_is_a_failure(method: int, name: str) -> None:
    verdict = look_at(say(frame(b"R", struct.pack("!i", method))), PASSWORD)
    assert verdict == Failed(f"the server demands {name}, which this gate does not speak")


def test_a_sasl_mechanism_that_is_not_spoken_is_a_failure() -> None:
    offer = struct.pack("!i", 10) + b"OAUTHBEARER\0\0"
    verdict = look_at(say(frame(b"R", offer)), PASSWORD)
    assert isinstance(verdict, Failed)
    assert "OAUTHBEARER" in verdict.reason


def scram_server(first: Callable[[bytes], bytes]) -> Behaviour:
    """Offers SCRAM-SHA-256 and answers the client's first message with `first(nonce)`."""

    def behaviour(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(frame(b"R", struct.pack("!i", 10) + b"SCRAM-SHA-256\0\0"))
        nonce = connection.recv(65536).rpartition(b"r=")[2]
        connection.sendall(frame(b"R", struct.pack("!i", 11) + first(nonce)))
        connection.recv(65536)
        proof = b"v=" + b"A" * 43 + b"="
        connection.sendall(frame(b"R", struct.pack("!i", 12) + proof))
        stay_silent(connection)

    return behaviour


SALT = b",s=c2FsdHNhbHRzYWx0c2FsdA=="


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        (b"more" + SALT + b",i=4096", "SCRAM-SHA-256 failed"),
        (b"more" + SALT + b",i=9999999", "demands 9999999 iterations"),
        (b"more" + SALT + b",i=" + b"9" * 4000, "demands 99999999999999999999 iterations"),
        (b"" + SALT + b",i=4096", "nonce"),
        (b"garbage", "SCRAM-SHA-256 failed"),
    ],
)
def test_a_server_that_cannot_do_scram_right_is_a_failure(tail: bytes, reason: str) -> None:
    verdict = look_at(scram_server(lambda nonce: nonce and b"r=" + nonce + tail), PASSWORD)
    assert isinstance(verdict, Failed)
    assert verdict.reason.startswith('user "somebody" cannot log in: ')
    assert reason in verdict.reason


def test_scram_that_continues_before_it_began_is_no_postgresql() -> None:
    verdict = look_at(say(frame(b"R", struct.pack("!i", 12))), PASSWORD)
    assert isinstance(verdict, NotYet)


def test_a_password_that_scram_cannot_carry_is_a_failure_that_does_not_show_it() -> None:
    verdict = look_at(scram_server(lambda nonce: nonce), Secret("bell\a s3cret"))
    assert isinstance(verdict, Failed)
    assert "this password cannot be used" in verdict.reason
    assert "s3cret" not in verdict.reason


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (hang_up, "connection closed before any answer"),
        (reset, "connection closed before any answer"),
        (say(b"R\0\0"), "connection closed in the middle of an answer"),
        (say(frame(b"R", bytes(4))), "connection closed in the middle of an answer"),
        (blurt(b"HTTP/1.1 400 Bad Request"), 'not a PostgreSQL answer: "HTTP/"'),
        (blurt(b"Ecould not fork new process"), 'not a PostgreSQL answer: "Ecoul"'),
        (blurt(b"\0" * 500), r'not a PostgreSQL answer: "\x00\x00\x00\x00\x00"'),
        (flood(frame(b"N", b"notice")), "more than 256 KiB of answer"),
    ],
)
def test_faulty_peers_are_not_yet_ready(behaviour: Behaviour, reason: str) -> None:
    assert look_at(behaviour) == NotYet(reason)


def test_a_refused_connection_is_said_so() -> None:
    with nobody() as target:
        assert gate("somebody", PASSWORD).look(target) == NotYet("connection refused")


@pytest.mark.parametrize(
    ("behaviour", "what"),
    [
        (stay_silent, "no answer"),
        (drip(b"N\0\0\xff\0"), "no complete answer"),
        (drip(frame(b"R", bytes(4)) + b"N\0\0\xff\0"), "no complete answer"),
    ],
)
def test_a_slow_peer_ends_with_the_look(impatient: str, behaviour: Behaviour, what: str) -> None:
    assert look_at(behaviour) == NotYet(f"{what} {impatient}")


@pytest.mark.parametrize(
    ("user", "password", "database", "named"),
    [
        ("", None, "d", "user is empty"),
        ("u", None, "", "database is empty"),
        ("u\0x", None, "d", "user holds"),
        ("u", "s3cret\0", "d", "password holds"),
        ("u", "s3cret\udcff", "d", "password holds"),
    ],
)
def test_settings_that_cannot_be_sent_are_refused_by_name(
    user: str, password: str | None, database: str, named: str
) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        gate(user, password, database)
    assert "s3cret" not in str(refusal.value)


def test_a_gate_describes_itself_and_its_address() -> None:
    knock = gate("slm_user", "p@ss/word", "action history")
    assert knock.describe() == "PostgreSQL start-up as slm_user to action history on postgres"
    wanted = "postgresql://slm_user:p%40ss%2Fword@127.0.0.1:5432/action%20history"
    assert reveal(knock.dsn("127.0.0.1", 5432)) == wanted
    assert gate("me").dsn("::1", 1) == "postgresql://me@[::1]:1/postgres"
