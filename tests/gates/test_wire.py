"""The bounded connection under the gates."""

from __future__ import annotations

import select

import pytest

from orchestration.gates import TcpGate
from orchestration.gates.wire import HangUpError, SilenceError, Wire, WireError, dial
from orchestration.model import NotYet
from tests.gates.peers import blurt, nobody, peer, reset, stay_silent


def test_nothing_is_heard_after_the_deadline_even_when_it_is_there() -> None:
    with peer(blurt(b"too late")) as target, dial(*target.address("any")) as wire:
        assert wire.recv_into(bytearray(3)) == 3
        wire.shorten(0)
        with pytest.raises(SilenceError, match="no complete answer"):
            wire.recv_into(bytearray(3))


def test_nothing_is_said_after_the_deadline() -> None:
    with peer(stay_silent) as target, dial(*target.address("any")) as wire:
        wire.shorten(0)
        with pytest.raises(SilenceError, match="no answer"):
            wire.sendall(b"too late")


def test_a_deadline_is_only_ever_brought_forward() -> None:
    with peer(stay_silent) as target, dial(*target.address("any")) as wire:
        before = wire.deadline
        wire.shorten(3600)
        assert wire.deadline == before


def test_a_name_with_several_addresses_is_tried_one_by_one() -> None:
    with peer(stay_silent) as target, dial("localhost", target.port) as wire:
        assert wire.getpeername() == ("127.0.0.1", target.port)


def test_a_name_that_is_none_is_said_so() -> None:
    with pytest.raises(WireError, match=r"host no\.such\.host\.invalid not found: "):
        dial("no.such.host.invalid", 80)


def test_a_port_at_which_nobody_listens_refuses() -> None:
    with nobody() as target, pytest.raises(WireError, match=r"^connection refused$"):
        dial(*target.address("any"))


def test_a_reset_between_connecting_and_all_else_is_a_hang_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connect = Wire.connect

    def connect_and_wait(wire: Wire, address: tuple[object, ...]) -> None:
        connect(wire, address)
        gone = select.poll()
        gone.register(wire, select.POLLHUP)
        gone.poll()

    monkeypatch.setattr(Wire, "connect", connect_and_wait)
    with peer(reset) as target, pytest.raises(HangUpError, match="closed before any answer"):
        dial(*target.address("grpc"))
    with peer(reset) as target:
        assert TcpGate(port="grpc").look(target) == NotYet(
            "accepted and closed at once: nothing listens behind the port"
        )
        asking = TcpGate(port="grpc", send=b"ruok").look(target)
        assert asking == NotYet("connection closed before any answer")
