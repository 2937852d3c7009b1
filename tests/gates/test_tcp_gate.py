"""`tcp`: a connect alone proves nothing."""

from __future__ import annotations

import socket

import pytest

from orchestration.gates import TcpGate, wire
from orchestration.model import NotYet, Ready
from tests.gates.peers import (
    Behaviour,
    FakeTarget,
    Patience,
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

CLOSED_AT_ONCE = NotYet("accepted and closed at once: nothing listens behind the port")


def test_a_connection_that_stays_open_is_enough_when_nothing_else_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "LOOK_SECONDS", 3600)
    with peer(Patience()) as target:
        assert TcpGate(port="grpc").look(target) == Ready("connection stays open")


def test_a_server_that_speaks_first_is_ready() -> None:
    with peer(blurt(b"220 mail.test ESMTP\r\n")) as target:
        assert TcpGate(port="smtp").look(target) == Ready('answered "220 mail.test ESMTP"')


@pytest.mark.parametrize("behaviour", [hang_up, reset])
def test_a_forwarder_that_accepts_and_hangs_up_is_not_ready(behaviour: Behaviour) -> None:
    with peer(behaviour) as target:
        assert TcpGate(port="grpc").look(target) == CLOSED_AT_ONCE


def test_a_refused_connection_is_said_so() -> None:
    with nobody() as target:
        assert TcpGate(port="grpc").look(target) == NotYet("connection refused")


def test_what_was_sent_must_be_answered() -> None:
    with peer(say(b"imok")) as target:
        assert TcpGate(port="zk", send=b"ruok").look(target) == Ready('answered "imok"')


def test_silence_after_sending_is_not_ready(impatient: str) -> None:
    with peer(stay_silent) as target:
        assert TcpGate(port="zk", send=b"ruok").look(target) == NotYet(f"no answer {impatient}")


def test_the_sent_bytes_arrive_as_they_are() -> None:
    heard: list[bytes] = []

    def listen(connection: socket.socket) -> None:
        heard.append(connection.recv(100))

    with peer(listen) as target:
        TcpGate(port="x", send=b"\0\xff\r\n").look(target)
    assert heard == [b"\0\xff\r\n"]


def test_expected_bytes_are_found_however_they_are_cut() -> None:
    def speak(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"status: READY\n":
            connection.sendall(bytes([byte]))
        stay_silent(connection)

    with peer(speak) as target:
        verdict = TcpGate(port="x", expect=rb"READY\n").look(target)
    assert verdict == Ready('answered "status: READY"')


def test_other_bytes_than_expected_are_shown() -> None:
    with peer(say(b"loading")) as target:
        verdict = TcpGate(port="x", send=b"?", expect=rb"ready|up").look(target)
    assert verdict == NotYet('answered "loading", without the expected bytes')


def test_a_peer_that_says_nothing_and_hangs_up_has_not_answered() -> None:
    with peer(say(b"")) as target:
        verdict = TcpGate(port="x", send=b"?", expect=rb"up").look(target)
    assert verdict == NotYet("connection closed before any answer")


def test_a_dripping_peer_ends_with_the_look(impatient: str) -> None:
    with peer(drip(b"load")) as target:
        verdict = TcpGate(port="x", expect=rb"ready").look(target)
    assert isinstance(verdict, NotYet)
    assert verdict.reason.startswith('answered "loadx')


def test_megabytes_are_not_read_to_their_end() -> None:
    with peer(flood(b"noise ")) as target:
        verdict = TcpGate(port="x", expect=rb"ready").look(target)
    assert isinstance(verdict, NotYet)
    assert verdict.reason.startswith('answered "noise noise')


def test_a_connection_to_itself_is_no_connection() -> None:
    # A client's own port is chosen by the kernel, one after another: sooner or later it is the one
    # it calls, and a loopback connection to oneself succeeds, answers, and blocks the port.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        # The kernel keeps odd ports for servers that let it choose, and even ones for clients.
        port = probe.getsockname()[1] & ~1
    gate = TcpGate(port="x", send=b"hello")
    answers = {gate.look(FakeTarget(port=port)) for _ in range(20_000)}
    assert answers == {NotYet("connection refused")}


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="expect is not a regular expression"):
        TcpGate(port="x", expect=b"(")


def test_a_gate_describes_itself_and_its_address() -> None:
    assert TcpGate(port="grpc").describe() == "TCP connection on grpc"
    assert TcpGate(port="grpc", send=b"?").describe() == "TCP exchange on grpc"
    gate = TcpGate(port="grpc")
    assert (gate.scheme, gate.dsn("127.0.0.1", 9)) == ("tcp", "tcp://127.0.0.1:9")
