from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.engines.embedded.port_choice import PortChoice
from orchestration.errors import EngineError, PortError
from orchestration.model import PortBinding, PortRequest


def serves_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.fixture
def choice() -> Iterator[PortChoice]:
    made = PortChoice()
    yield made
    made.close()


def request(host: int | None = None, bind: str = "127.0.0.1") -> PortRequest:
    return PortRequest(name="http", container=80, host=host, bind=bind)


def test_no_port_is_given_twice_and_none_that_outgoing_connections_take(
    choice: PortChoice,
) -> None:
    ports = [choice.plan(request()).host for _ in range(300)]
    outgoing = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]
    assert len(set(ports)) == 300
    assert max(ports) < int(outgoing)


def test_a_planned_port_is_kept_from_everybody_until_its_start(choice: PortChoice) -> None:
    binding = choice.plan(request())
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", binding.host))
    choice.hand_over("store", binding)
    with socket.socket() as server:
        server.bind(("127.0.0.1", binding.host))


def test_an_address_may_be_one_of_ipv6_where_the_machine_has_it(choice: PortChoice) -> None:
    if not serves_ipv6():
        with pytest.raises(EngineError, match="cannot listen on ::1"):
            choice.plan(request(bind="::1"))
        return
    binding = choice.plan(request(bind="::1"))
    with socket.socket(socket.AF_INET6) as other, pytest.raises(OSError, match="in use"):
        other.bind(("::1", binding.host))
    choice.hand_over("store", binding)
    with socket.create_server(("::1", binding.host), family=socket.AF_INET6):
        pinned = choice.plan(request(host=binding.host, bind="::1"))
        with pytest.raises(PortError, match=r"on ::1 is in use"):
            choice.hand_over("store", pinned)


def test_closing_lets_go_of_all_ports() -> None:
    choice = PortChoice()
    binding = choice.plan(request())
    choice.close()
    with socket.socket() as server:
        server.bind(("127.0.0.1", binding.host))


def test_a_pinned_port_whose_connections_just_ended_is_free(choice: PortChoice) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            accepted.close()
            client.recv(1)
    choice.hand_over("store", choice.plan(request(host=port)))


@pytest.mark.parametrize("bind", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - only for a moment
def test_a_pinned_port_that_somebody_listens_on_is_an_error(choice: PortChoice, bind: str) -> None:
    with socket.create_server((bind, 0)) as server:
        binding = choice.plan(request(host=server.getsockname()[1]))
        with pytest.raises(PortError, match="is in use"):
            choice.hand_over("store", binding)


def test_an_address_of_another_machine_is_an_error(choice: PortChoice) -> None:
    with pytest.raises(EngineError, match=r"cannot listen on 192\.0\.2\.1"):
        choice.plan(request(bind="192.0.2.1"))
    pinned = PortBinding(name="http", inside=15_440, host=15_440, bind="192.0.2.1")
    with pytest.raises(PortError, match="cannot be listened on"):
        choice.hand_over("store", pinned)


def test_a_port_whose_connections_go_elsewhere_is_not_chosen_and_an_error_when_pinned(
    choice: PortChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is noticed as `tests/engines/test_astray_port.py` has it, with real rules."""
    lost = choice.plan(request()).host
    choice.close()
    monkeypatch.setattr(f"{PortChoice.__module__}.leads_elsewhere", lambda _, port: port == lost)
    drawn = iter([lost - 20_000, 7, 8])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(drawn))
    fresh = PortChoice()
    assert fresh.plan(request()).host in (20_007, 20_008)
    fresh.close()
    with pytest.raises(PortError, match=f"{lost} .store, port http. is free, but connections"):
        choice.hand_over("store", choice.plan(request(host=lost)))
