from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from orchestration.engines.port_reach import leads_elsewhere
from tests.contract.engines import free_port


@pytest.mark.parametrize("bind", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - only for a moment
def test_a_free_port_is_reached_and_stays_free(bind: str) -> None:
    port = free_port()
    for _ in range(3):
        assert not leads_elsewhere(bind, port)
    with socket.socket() as server:
        server.bind((bind, port))


def test_of_a_port_in_use_nothing_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not leads_elsewhere("127.0.0.1", server.getsockname()[1])


def test_nor_of_an_address_of_another_machine() -> None:
    assert not leads_elsewhere("192.0.2.1", free_port())


def test_others_who_knock_meanwhile_are_not_mistaken_for_it() -> None:
    port, over = free_port(), threading.Event()

    def knock() -> None:
        while not over.is_set():
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                pass

    others = [threading.Thread(target=knock) for _ in range(4)]
    for each in others:
        each.start()
    try:
        assert not any(leads_elsewhere("127.0.0.1", port) for _ in range(200))
    finally:
        over.set()
        for each in others:
            each.join()
