"""`redis`: a real Valkey, and answers it only gives in bad times."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestration.gates import RedisGate
from orchestration.model import Failed, NotYet, Ready, Secret, reveal
from tests.gates.conftest import PASSWORD
from tests.gates.peers import (
    Behaviour,
    FakeTarget,
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


@pytest.fixture(scope="module")
def open_server(start_redis: Callable[..., FakeTarget]) -> FakeTarget:
    return start_redis()


@pytest.fixture(scope="module")
def guarded(start_redis: Callable[..., FakeTarget]) -> FakeTarget:
    """A server whose default user and whose user `app` have the password, `mute` no rights."""
    everything = ("~*", "+@all", f">{PASSWORD.replace(' ', '')}")
    return start_redis(
        *("--requirepass", PASSWORD),
        *("--user", "app", "on", *everything),
        *("--user", "mute", "on", "-@all", f">{PASSWORD.replace(' ', '')}"),
    )


def test_a_server_that_says_pong_is_ready(open_server: FakeTarget) -> None:
    assert RedisGate(port="redis").look(open_server) == Ready("PONG")


def test_the_right_password_opens_the_gate(guarded: FakeTarget) -> None:
    assert RedisGate(port="redis", password=Secret(PASSWORD)).look(guarded) == Ready("PONG")


def test_a_user_of_an_access_list_gets_in(guarded: FakeTarget) -> None:
    gate = RedisGate(port="redis", username="app", password=PASSWORD.replace(" ", ""))
    assert gate.look(guarded) == Ready("PONG")


def test_a_gate_fails_at_once_when_the_password_is_wrong(guarded: FakeTarget) -> None:
    verdict = RedisGate(port="redis", password=Secret("wr0ng")).look(guarded)
    assert isinstance(verdict, Failed)
    assert verdict.reason.startswith('the server refused the password of user "default"')
    assert "wr0ng" not in verdict.reason


def test_a_gate_fails_at_once_when_a_password_is_demanded(guarded: FakeTarget) -> None:
    verdict = RedisGate(port="redis").look(guarded)
    assert verdict == Failed("the server demands a password, and none is configured")


def test_a_gate_fails_at_once_when_the_server_has_no_password(open_server: FakeTarget) -> None:
    verdict = RedisGate(port="redis", password=Secret(PASSWORD)).look(open_server)
    assert isinstance(verdict, Failed)
    assert verdict.reason.startswith("the server refused AUTH")


def test_a_gate_fails_at_once_when_the_user_may_not_ping(guarded: FakeTarget) -> None:
    gate = RedisGate(port="redis", username="mute", password=PASSWORD.replace(" ", ""))
    verdict = gate.look(guarded)
    assert isinstance(verdict, Failed)
    assert verdict.reason.startswith('the server refused user "mute"')


def test_a_gate_fails_at_once_in_protected_mode() -> None:
    with peer(blurt(b"-DENIED Redis is running in protected mode\r\n")) as target:
        verdict = RedisGate(port="redis").look(target)
    assert isinstance(verdict, Failed)


@pytest.mark.parametrize("password", [None, PASSWORD])
@pytest.mark.parametrize(
    "said",
    [
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"-BUSY Redis is busy running a script\r\n",
        b"-ERR max number of clients reached\r\n",
    ],
)
def test_a_server_that_loads_or_is_busy_is_not_yet_ready(said: bytes, password: str | None) -> None:
    with peer(say(said)) as target:
        verdict = RedisGate(port="redis", password=password).look(target)
    assert verdict == NotYet(said.decode().strip()[1:])


def test_a_password_that_the_server_echoes_is_not_shown() -> None:
    said = f"-ERR unknown command 'AUTH', with args beginning with: '{PASSWORD}'\r\n".encode()
    with peer(say(said)) as target:
        gate = RedisGate(port="redis", password=PASSWORD)
        verdict = gate.look(target)
    assert isinstance(verdict, Failed)
    assert PASSWORD not in verdict.reason
    assert PASSWORD not in repr(gate)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (hang_up, "connection closed before any answer"),
        (reset, "connection closed before any answer"),
        (blurt(b"HTTP/1.1 400 Bad Request\r\n\r\n"), 'not Redis: "HTTP/1.1 400 Bad Request"'),
        (say(b"+PONG"), "connection closed in the middle of an answer"),
        (say(b"-\r\n"), 'not Redis: "-"'),
        (flood(b"x"), f'not Redis: "{"x" * 120}…"'),
    ],
)
def test_faulty_peers_are_not_yet_ready(behaviour: Behaviour, reason: str) -> None:
    with peer(behaviour) as target:
        assert RedisGate(port="redis").look(target) == NotYet(reason)


def test_a_refused_connection_is_said_so() -> None:
    with nobody() as target:
        assert RedisGate(port="redis").look(target) == NotYet("connection refused")


@pytest.mark.parametrize(
    ("behaviour", "what"), [(stay_silent, "no answer"), (drip(b"+PON"), "no complete answer")]
)
def test_a_slow_peer_ends_with_the_look(impatient: str, behaviour: Behaviour, what: str) -> None:
    with peer(behaviour) as target:
        assert RedisGate(port="redis").look(target) == NotYet(f"{what} {impatient}")


def test_credentials_that_cannot_be_sent_are_refused() -> None:
    with pytest.raises(ValueError, match="password holds characters") as refusal:
        RedisGate(port="redis", password=Secret("s3cret\udcff"))
    assert "s3cret" not in str(refusal.value)


def test_a_gate_describes_itself_and_its_address() -> None:
    gate = RedisGate(port="redis", username="app", password="a b/c")
    assert gate.describe() == "PING on redis"
    address = gate.dsn("127.0.0.1", 6379)
    assert isinstance(address, Secret)
    assert reveal(address) == "redis://app:a%20b%2Fc@127.0.0.1:6379"
    assert RedisGate(port="redis").dsn("127.0.0.1", 6379) == "redis://127.0.0.1:6379"
