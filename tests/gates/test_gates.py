"""What all gates have in common."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.gates import (
    GATES,
    HttpGate,
    PostgresGate,
    RedisGate,
    TcpGate,
)
from orchestration.model import Failed, NotYet, Ready, Secret
from orchestration.ports import Gate
from orchestration.printable import one_line
from tests.gates.peers import REQUEST_LIMIT, blurt, peer

PASSWORD = "hunter2!"

PROBES: tuple[Gate, ...] = (
    HttpGate(port="p"),
    HttpGate(port="p", body="x", headers={"X-Token": Secret(PASSWORD)}),
    TcpGate(port="p"),
    TcpGate(port="p", send=b"?"),
    TcpGate(port="p", expect=rb"^x+$"),
    PostgresGate(port="p", user="u", database="d"),
    PostgresGate(port="p", user="u", password=Secret(PASSWORD), database="d"),
    RedisGate(port="p"),
    RedisGate(port="p", password=Secret(PASSWORD)),
)


def pieces(*tokens: bytes) -> st.SearchStrategy[bytes]:
    """Bytes that look like a protocol for a while, and then do not."""
    return st.lists(st.one_of(st.sampled_from(tokens), st.binary(max_size=40))).map(b"".join)


SAID = st.one_of(
    st.binary(max_size=2000),
    pieces(
        *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 503 \r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        *(b"Transfer-Encoding: chunked\r\n", b"Content-Length: ", b"Content-Length: 5\r\n"),
        *(b"\r\n", b"ffffffffffffffffffff\r\n", b"-5\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n"),
        *(b"Location: /\r\n", b"Content-Encoding: gzip\r\n", b":\r\n", b" folded\r\n"),
    ),
    pieces(
        *(b"R\0\0\0\x08\0\0\0\0", b"R\0\0\0\x08\0\0\0\x03", b"R\0\0\0\x0c\0\0\0\x05salt"),
        *(b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0", b"R\0\0\0\x04", b"R\0\0\0\x05\0"),
        *(b"R\0\0\0\x08\0\0\0\x0b", b"R\0\0\0\x08\0\0\0\x0c", b"R\0\0\0\x0c\0\0\0\x0br=,s"),
        *(b"E\0\0\0\x05\0", b"E\0\0\0\x0cC28000\0\0", b"S\0\0\0\x04", b"Z\0\0\0\x05I"),
        *(b"S\0\0\0\x13server_version\0", b"E\0\0\0\x03", b"N\xff\xff\xff\xff", b"v\0\0\0\x04"),
    ),
    pieces(b"+PONG\r\n", b"+OK\r\n", b"-", b"-NOAUTH ", b"-ERR ", b"\r\n", b"$5\r\n", b"*1\r\n"),
)


@given(said=SAID)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_bytes_from_a_peer_make_any_gate_raise(impatient: str, said: bytes) -> None:
    with peer(blurt(said)) as target:
        verdicts = [gate.look(target) for gate in PROBES]
    for verdict in verdicts:
        assert isinstance(verdict, Ready | NotYet | Failed)
        shown = verdict.answer if isinstance(verdict, Ready) else verdict.reason
        assert 0 < len(shown) < 400
        assert shown == one_line(shown)
        assert PASSWORD not in shown


SCRAM_FIRST = pieces(
    *(b"r=", b"{nonce}", b"abc", b",s=", b"c2FsdHNhbHRzYWx0c2FsdA==", b"="),
    *(b",i=", b"4096", b"0", b"-1", b",", b",e=", b"other-error", b",m=x", b",v=AAAA", b"n,,"),
)


@given(first=SCRAM_FIRST, final=SCRAM_FIRST)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_scram_message_makes_the_postgres_gate_raise(
    impatient: str, first: bytes, final: bytes
) -> None:
    def frame(method: int, data: bytes) -> bytes:
        return b"R" + (len(data) + 8).to_bytes(4, "big") + method.to_bytes(4, "big") + data

    def behave(connection: socket.socket) -> None:
        connection.recv(REQUEST_LIMIT)
        connection.sendall(frame(10, b"SCRAM-SHA-256\0\0"))
        nonce = connection.recv(REQUEST_LIMIT).rpartition(b"r=")[2]
        connection.sendall(frame(11, first.replace(b"{nonce}", nonce)))
        connection.recv(REQUEST_LIMIT)
        connection.sendall(frame(12, final) + b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I")

    gate = PostgresGate(port="p", user="u", password=Secret(PASSWORD), database="d")
    with peer(behave) as target:
        verdict = gate.look(target)
    assert isinstance(verdict, NotYet | Failed)
    assert PASSWORD not in verdict.reason


def test_every_kind_of_gate_is_in_the_table() -> None:
    assert {kind: made.__name__ for kind, made in GATES.items()} == {
        "exec": "ExecGate",
        "http": "HttpGate",
        "log": "LogGate",
        "postgres": "PostgresGate",
        "redis": "RedisGate",
        "tcp": "TcpGate",
    }


@pytest.mark.parametrize("library", ["scramp", "http.client", "ssl", "docker", "pydantic"])
def test_importing_the_gates_leaves_heavy_libraries_alone(library: str) -> None:
    script = f"import sys, orchestration.gates; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_password_is_never_part_of_a_representation() -> None:
    for gate in PROBES:
        assert PASSWORD not in repr(gate)
        assert PASSWORD not in str(gate.dsn("127.0.0.1", 1))
