from __future__ import annotations

import json
import logging
import socket
from http.client import HTTPConnection
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from serving.environment import RefusalError
from serving.exchange import HttpError, Reply, Request, Route, answer
from serving.server import BODY_LIMIT, Server

from tests.examples.platform.local_server import local_server


def _echo(request: Request) -> Reply:
    return answer({"parts": dict(request.parts), "query": dict(request.query)})


def _take(request: Request) -> Reply:
    return Reply(body=request.body, content_type="text/plain")


def _break(request: Request) -> Reply:
    raise ZeroDivisionError("a defect")


def _refuse(request: Request) -> Reply:
    raise HttpError(409, "not now")


ROUTES = (
    Route("GET", "/things/{id}", _echo),
    Route("POST", "/things", _take),
    Route("GET", "/broken", _break),
    Route("GET", "/refused", _refuse),
)


def _ask(
    server: Server, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_a_route_gets_the_parts_and_the_query() -> None:
    with local_server(*ROUTES) as server:
        status, text = _ask(server, "GET", "/things/a%2Fb?limit=3&empty=")

    assert status == 200
    assert json.loads(text) == {"parts": {"id": "a/b"}, "query": {"limit": "3", "empty": ""}}


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/nothing", 404, "no such path"),
        ("DELETE", "/things/1", 405, "DELETE is not possible here, only GET"),
        ("GET", "/refused", 409, "not now"),
        ("GET", "/broken", 500, "internal error, see the service's log"),
    ],
)
def test_what_cannot_be_answered_is_an_error_in_json(
    method: str, path: str, status: int, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with local_server(*ROUTES) as server:
        found, text = _ask(server, method, path)

    assert (found, json.loads(text)) == (status, {"error": reason})
    assert ("a defect" in caplog.text) == (status == 500)


def test_a_body_is_taken_up_to_the_limit_and_not_beyond() -> None:
    with local_server(*ROUTES) as server:
        within = _ask(server, "POST", "/things", b"x" * BODY_LIMIT)
        beyond = _ask(server, "POST", "/things", b"", Content_Length=str(BODY_LIMIT + 1))

    assert within == (200, "x" * BODY_LIMIT)
    assert beyond[0] == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Transfer_Encoding": "chunked"}, 411),
        ({"Content_Length": "many"}, 400),
        ({"Content_Length": "9" * 400}, 413),
    ],
)
def test_a_body_of_unclear_length_is_refused(headers: dict[str, str], status: int) -> None:
    with local_server(*ROUTES) as server:
        assert _ask(server, "POST", "/things", None, **headers)[0] == status


def test_one_connection_serves_request_after_request() -> None:
    with local_server(*ROUTES) as server:
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        bodies: list[bytes] = []
        for body in (b"one", b"two"):
            connection.request("POST", "/things", body)
            bodies.append(connection.getresponse().read())
        connection.close()

    assert bodies == [b"one", b"two"]


def test_a_refused_body_is_not_taken_for_the_next_request() -> None:
    smuggled = b"GET /things/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    head = f"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: {len(smuggled)}\r\n\r\n"
    with (
        local_server(*ROUTES) as server,
        socket.create_connection(("127.0.0.1", server.server_port), 5) as connection,
    ):
        connection.sendall(head.encode() + smuggled)
        received = b"".join(iter(lambda: connection.recv(4096), b""))

    assert received.count(b"HTTP/1.1 ") == 1
    assert b"404" in received


def test_what_is_not_http_gets_a_400_in_json() -> None:
    with (
        local_server(*ROUTES) as server,
        socket.create_connection(("127.0.0.1", server.server_port), 5) as connection,
    ):
        connection.sendall(b"one two three four HTTP/1.1\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(4096), b""))

    assert b" 400 " in received.splitlines()[0]
    assert b'{"error":' in received


def test_a_client_that_goes_away_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    asked = Event()
    answered = Event()

    def wait(request: Request) -> Reply:
        asked.set()
        answered.wait(5)
        return Reply(body=b"x" * 1_000_000)

    caplog.set_level(logging.DEBUG)
    with local_server(Route("GET", "/slow", wait)) as server:
        connection = socket.create_connection(("127.0.0.1", server.server_port), 5)
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert asked.wait(5)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        answered.set()
        deadline = monotonic() + 5
        while "went away" not in caplog.text and monotonic() < deadline:
            sleep(0.01)

    assert "went away" in caplog.text
    assert "Traceback" not in caplog.text


def test_draining_waits_for_the_answer_under_way() -> None:
    asked = Event()
    answered = Event()

    def wait(request: Request) -> Reply:
        asked.set()
        answered.wait(5)
        return answer({})

    with local_server(Route("GET", "/slow", wait)) as server:
        results: list[int] = []
        client = Thread(target=lambda: results.append(_ask(server, "GET", "/slow")[0]))
        client.start()
        assert asked.wait(5)
        server.drain(0.01)
        assert results == []
        answered.set()
        server.drain(5)
        client.join()

    assert results == [200]


def test_a_port_in_use_is_a_refusal() -> None:
    with (
        local_server(*ROUTES) as server,
        pytest.raises(RefusalError, match=f"cannot listen on 127.0.0.1:{server.server_port}"),
    ):
        Server("127.0.0.1", server.server_port, ROUTES)
