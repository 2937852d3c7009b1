"""`http`: real requests to servers that say what the tests want."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from orchestration.gates import HttpGate, wire
from orchestration.model import NotYet, Ready, Secret, Text
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


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
def healthy() -> Iterator[FakeTarget]:
    with peer(say(answer("200 OK", b'{"status": "ok"}'))) as target:
        yield target


def test_a_gate_opens_on_the_expected_status(healthy: FakeTarget) -> None:
    assert HttpGate(port="http").look(healthy) == Ready("HTTP 200")


def test_a_gate_opens_when_its_pattern_is_in_the_body(healthy: FakeTarget) -> None:
    assert HttpGate(port="http", body=r'"status":\s*"ok"').look(healthy) == Ready("HTTP 200")


def test_a_wrong_body_is_not_yet_ready_and_shown(healthy: FakeTarget) -> None:
    verdict = HttpGate(port="http", body="ready").look(healthy)
    assert verdict == NotYet('HTTP 200, and /ready/ is not in "{"status": "ok"}"')


def test_an_unexpected_status_is_not_yet_ready_and_its_body_is_shown() -> None:
    with peer(say(answer("503 Service Unavailable", b"starting\n"))) as target:
        assert HttpGate(port="http").look(target) == NotYet('HTTP 503: "starting"')


def test_a_service_that_says_503_and_then_200_becomes_ready() -> None:
    answers = iter([answer("503 Service Unavailable"), answer("200 OK")])
    with peer(lambda connection: say(next(answers))(connection)) as target:
        gate = HttpGate(port="http")
        assert [gate.look(target), gate.look(target)] == [NotYet('HTTP 503: ""'), Ready("HTTP 200")]


def test_any_of_several_statuses_will_do() -> None:
    with peer(say(answer("204 No Content"))) as target:
        assert HttpGate(port="http", status=(200, 204)).look(target) == Ready("HTTP 204")


def test_a_redirect_is_not_followed() -> None:
    with (
        peer(say(answer("200 OK"))) as elsewhere,
        peer(
            say(answer("302 Found", b"", f"Location: http://127.0.0.1:{elsewhere.port}/"))
        ) as here,
    ):
        verdict = HttpGate(port="http").look(here)
    assert verdict == NotYet(f'HTTP 302 to "http://127.0.0.1:{elsewhere.port}/": ""')


def test_a_proxy_of_the_environment_is_not_used(
    healthy: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with peer(say(answer("502 Bad Gateway"))) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert HttpGate(port="http").look(healthy) == Ready("HTTP 200")


def test_path_and_headers_reach_the_server() -> None:
    heard: list[bytes] = []

    def listen(connection: socket.socket) -> None:
        heard.append(connection.recv(65536))
        connection.sendall(answer("200 OK"))

    with peer(listen) as target:
        headers: dict[str, Text] = {"Host": "gateway.test", "Authorization": Secret("Bearer t0ken")}
        HttpGate(port="http", path="/health?full=1", headers=headers).look(target)
    lines = heard[0].decode().lower().splitlines()
    assert lines[0] == "get /health?full=1 http/1.1"
    assert {"host: gateway.test", "authorization: bearer t0ken", "connection: close"} <= set(lines)
    assert sum(line.startswith("host:") for line in lines) == 1


def test_a_secret_header_that_the_server_echoes_is_not_shown() -> None:
    body = b"x" * 110 + b" unknown token Bearer t0ken"
    with peer(say(answer("401 Unauthorized", body))) as target:
        gate = HttpGate(port="http", headers={"Authorization": Secret("Bearer t0ken")})
        verdict = gate.look(target)
    assert isinstance(verdict, NotYet)
    assert "Bearer" not in verdict.reason
    assert "t0ken" not in repr(gate)


def test_a_body_cannot_act_on_the_terminal() -> None:
    with peer(
        say(answer("500 Oops", b"\x1b[2J\x1b]0;title\x07line one\r\nline two\xff"))
    ) as target:
        verdict = HttpGate(port="http").look(target)
    assert verdict == NotYet('HTTP 500: "line one line two\N{REPLACEMENT CHARACTER}"')


def test_only_the_beginning_of_a_long_body_is_shown() -> None:
    with peer(say(answer("500 Oops", b"abcdefghij" * 1000))) as target:
        verdict = HttpGate(port="http").look(target)
    assert verdict == NotYet(f'HTTP 500: "{"abcdefghij" * 12}…"')


def test_a_chunked_body_is_put_together() -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nrea\r\n2\r\ndy\r\n0\r\n\r\n"
    )
    with peer(say(chunked)) as target:
        assert HttpGate(port="http", body="^ready$").look(target) == Ready("HTTP 200")


def test_a_pattern_is_searched_in_the_first_64_kib_only() -> None:
    body = b"x" * 65530 + b"early" + b"x" * 100 + b"late"
    with peer(say(answer("200 OK", body))) as target:
        assert HttpGate(port="http", body="early").look(target) == Ready("HTTP 200")
        assert isinstance(HttpGate(port="http", body="late").look(target), NotYet)


@pytest.mark.parametrize("status", ["200 OK", "503 Busy"])
def test_a_body_without_end_is_not_waited_for_when_the_status_decides(
    monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setattr(wire, "LOOK_SECONDS", 3600)
    patience = Patience(f"HTTP/1.1 {status}\r\n\r\ndata".encode())
    with peer(patience) as target:
        verdict = HttpGate(port="http").look(target)
    assert verdict in (Ready("HTTP 200"), NotYet('HTTP 503: "data"'))
    assert not patience.lost


def test_a_body_of_megabytes_is_cut() -> None:
    def speak(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 503 Busy\r\n\r\n")
        flood(b"busy ")(connection)

    with peer(speak) as target:
        verdict = HttpGate(port="http").look(target)
    assert isinstance(verdict, NotYet)
    assert verdict.reason.startswith('HTTP 503: "busy busy')


def test_a_refused_connection_is_said_so() -> None:
    with nobody() as target:
        assert HttpGate(port="http").look(target) == NotYet("connection refused")


@pytest.mark.parametrize("behaviour", [hang_up, reset])
def test_an_accepted_connection_that_is_dropped_is_no_answer(behaviour: Behaviour) -> None:
    with peer(behaviour) as target:
        verdict = HttpGate(port="http").look(target)
    assert verdict == NotYet("connection closed before any answer")


def test_silence_ends_with_the_look(impatient: str) -> None:
    with peer(stay_silent) as target:
        assert HttpGate(port="http").look(target) == NotYet(f"no answer {impatient}")


@pytest.mark.parametrize("begun", [b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_dripping_headers_end_with_the_look(impatient: str, begun: bytes) -> None:
    with peer(drip(begun)) as target:
        assert HttpGate(port="http").look(target) == NotYet(f"no complete answer {impatient}")


def test_a_dripping_body_is_judged_by_what_has_come(impatient: str) -> None:
    with peer(drip(b"HTTP/1.1 200 OK\r\n\r\nready ")) as target:
        assert HttpGate(port="http", body="ready").look(target) == Ready("HTTP 200")
        assert isinstance(HttpGate(port="http", body="never").look(target), NotYet)


def test_headers_without_end_are_given_up() -> None:
    with peer(flood(b"HTTP/1.1 100 Continue\r\n\r\n")) as target:
        assert HttpGate(port="http").look(target) == NotYet("more than 256 KiB of answer")


@pytest.mark.parametrize("said", [b"+PONG\r\n", b"SSH-2.0-OpenSSH\r\n", b"\0" * 500, b"E\r\n\r\n"])
def test_a_server_of_another_protocol_is_told_apart(said: bytes) -> None:
    with peer(blurt(said)) as target:
        verdict = HttpGate(port="http").look(target)
    assert isinstance(verdict, NotYet)
    assert verdict.reason.startswith('not HTTP: "')


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"path": "health"}, "path"),
        ({"path": "/with space"}, "path"),
        ({"path": "/a\r\nX-Injected: 1"}, "path"),
        ({"body": "("}, "body"),
        ({"headers": {"X-Bad": "a\r\nb"}}, "X-Bad"),
        ({"headers": {"X Bad": "a"}}, "X Bad"),
        ({"headers": {"X-Token": Secret("s3cret\n")}}, "X-Token"),
    ],
)
def test_settings_that_cannot_be_sent_are_refused_by_name(
    settings: dict[str, str], named: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(named)) as refusal:
        HttpGate(port="http", **settings)  # type: ignore[arg-type]  # any setting
    assert "s3cret" not in str(refusal.value)


def test_a_gate_describes_itself_and_its_address() -> None:
    gate = HttpGate(port="http", path="/health")
    assert gate.describe() == "GET /health on http"
    assert (gate.scheme, gate.dsn("::1", 8080)) == ("http", "http://[::1]:8080")
