"""Every gate as probes: what is asked, how long, and what the probe does not see."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.cluster.gate_probes import GateProbes, probes_of
from orchestration.errors import ConfigError
from orchestration.gates import (
    GATES,
    ExecGate,
    HttpGate,
    LogGate,
    PostgresGate,
    RedisGate,
    TcpGate,
)
from orchestration.model import Pacing, Secret
from orchestration.ports import Gate

PORTS = {"http": 8080, "db": 5432}
HIDDEN = Secret("hidden-in-the-tree")
ONE_OF_EACH: dict[str, Gate] = {
    "exec": ExecGate(command=("true",)),
    "http": HttpGate(port="http", path="/health"),
    "log": LogGate(pattern="ready", port="db"),
    "postgres": PostgresGate(port="db", user="u", password=HIDDEN, database="d"),
    "redis": RedisGate(port="db", password=HIDDEN),
    "tcp": TcpGate(port="db"),
}
PACING = {"periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold"}


def asked(gate: Gate) -> dict[str, object]:
    """What both probes ask."""
    probes = probes_of(gate, PORTS)
    found = [
        {key: value for key, value in probe.items() if key not in PACING}
        for probe in (probes.startup, probes.readiness)
    ]
    assert found[0] == found[1]
    return found[0]


def command(gate: Gate) -> list[str]:
    found: list[str] = json.loads(json.dumps(asked(gate)))["exec"]["command"]
    return found


@pytest.mark.parametrize("kind", GATES)
def test_every_gate_has_probes(kind: str) -> None:
    gate = ONE_OF_EACH[kind]
    assert isinstance(gate, GATES[kind])
    handlers = set(asked(gate))
    assert len(handlers) == 1
    assert handlers < {"httpGet", "tcpSocket", "exec"}


@pytest.mark.parametrize("kind", GATES)
def test_no_probe_shows_a_password(kind: str) -> None:
    probes = probes_of(ONE_OF_EACH[kind], PORTS)
    assert HIDDEN.value not in json.dumps([probes.startup, probes.readiness, probes.weaker])
    assert HIDDEN.value not in repr(probes)


def test_http_is_asked_by_path_port_and_headers() -> None:
    gate = HttpGate(port="http", path="/health?full=1", headers={"X-Probe": "1"})
    assert asked(gate) == {
        "httpGet": {
            "path": "/health?full=1",
            "port": 8080,
            "httpHeaders": [{"name": "X-Probe", "value": "1"}],
        }
    }


def test_a_body_that_no_probe_reads_is_told() -> None:
    probes = probes_of(HttpGate(port="http", path="/health", body="ok"), PORTS)
    assert probes.weaker.endswith("and reads no body")
    assert "httpGet" in probes.startup


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        (HttpGate(port="http", status=(401,)), "status 401"),
        # A probe that took only 200 would keep a gate shut that 401 opens.
        (HttpGate(port="http", status=(200, 401)), "status 401"),
        (HttpGate(port="http", status=(302,)), "status 302"),
        (HttpGate(port="http", headers={"X-Key": HIDDEN}), "header X-Key without showing"),
        (HttpGate(port="http", headers={"Authorization": "Basic x"}), "without showing"),
        (HttpGate(port="http", headers={"X_Key": "1"}), "header X_Key"),
        (HttpGate(port="http", headers={"X-Key": "\xe9"}), "header X-Key"),
        (HttpGate(port="http", path="/health?token=hidden"), "path without showing"),
    ],
)
def test_what_no_http_probe_can_say_becomes_a_look_at_the_port(gate: HttpGate, told: str) -> None:
    probes = probes_of(gate, PORTS)
    assert asked(gate) == {"tcpSocket": {"port": 8080}}
    assert told in probes.weaker
    assert probes.weaker.endswith("it sees only that the port takes connections")


def test_a_tcp_gate_is_a_connection_and_an_exchange_is_told_to_be_none() -> None:
    assert asked(TcpGate(port="db")) == {"tcpSocket": {"port": 5432}}
    assert probes_of(TcpGate(port="db"), PORTS).weaker == ""
    assert "sends and reads nothing" in probes_of(TcpGate(port="db", send=b"hi"), PORTS).weaker
    assert "sends and reads nothing" in probes_of(TcpGate(port="db", expect=b"hi"), PORTS).weaker


def test_a_command_is_run_as_it_is_written() -> None:
    gate = ExecGate(command=("sh", "-c", "test -e /run/$(hostname) && kill -0 $$ && echo $HOME"))
    assert command(gate)[2] == "test -e /run/$$(hostname) && kill -0 $$$ && echo $HOME"
    assert probes_of(gate, PORTS).weaker == ""
    assert probes_of(gate, PORTS).startup["timeoutSeconds"] == 5


def test_a_command_that_spells_out_a_secret_is_refused_without_it() -> None:
    with pytest.raises(ConfigError, match="spells out a secret") as caught:
        probes_of(ExecGate(command=("probe", "--api-key", HIDDEN.value)), PORTS)
    assert HIDDEN.value not in str(caught.value)


def test_postgres_is_asked_over_tcp_where_no_initialising_server_answers() -> None:
    gate = PostgresGate(port="db", user="slm_user", password=HIDDEN, database="history")
    assert command(gate) == [
        *("pg_isready", "-h", "127.0.0.1", "-p", "5432"),
        *("-U", "slm_user", "-d", "history"),
    ]
    assert "does not log in" in probes_of(gate, PORTS).weaker


def test_a_database_is_never_taken_for_a_connection_string() -> None:
    gate = PostgresGate(port="db", user="u", database="host=else'where")
    assert command(gate)[-1] == r"dbname='host=else\'where'"


def test_the_password_of_redis_is_in_the_environment() -> None:
    gate = RedisGate(port="db", password=HIDDEN, username="ann")
    assert probes_of(gate, PORTS).env == {"REDISCLI_AUTH": HIDDEN}
    assert command(gate)[-2:] == ["--user", "ann"]
    assert probes_of(RedisGate(port="db"), PORTS).env == {}


@pytest.mark.parametrize(
    ("answer", "code"),
    [("PONG", 0), ("LOADING Redis is loading the dataset in memory", 1), ("", 1)],
)
def test_redis_is_ready_when_it_says_pong(tmp_path: Path, answer: str, code: int) -> None:
    """redis-cli itself exits with 0 for all of these."""
    program = tmp_path / "redis-cli"
    program.write_text(f'#!/bin/sh\necho "$@" >"{tmp_path}/words"\necho "{answer}"\n')
    program.chmod(0o755)
    words = [word.replace("$$", "$") for word in command(RedisGate(port="db"))]
    path = f"{tmp_path}:{os.defpath}"
    done = subprocess.run(words, env={"PATH": path}, check=False, capture_output=True, text=True)
    assert done.returncode == code
    assert done.stdout.strip() == answer
    assert (tmp_path / "words").read_text().split() == ["-h", "127.0.0.1", "-p", "5432", "ping"]


def test_a_log_gate_looks_at_the_port_where_there_is_one() -> None:
    assert asked(LogGate(pattern="ready", port="db")) == {"tcpSocket": {"port": 5432}}
    assert asked(LogGate(pattern="ready")) == {"tcpSocket": {"port": 8080}}
    assert "no probe reads a log" in probes_of(LogGate(pattern="ready"), PORTS).weaker
    with pytest.raises(ConfigError, match="no probe of Kubernetes reads a log"):
        probes_of(LogGate(pattern="ready"), {})


def test_a_port_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ConfigError, match="probes a port that does not exist"):
        probes_of(TcpGate(port="grpc"), PORTS)


def paced(pacing: Pacing) -> GateProbes:
    return probes_of(TcpGate(port="db", pacing=pacing), PORTS)


@pytest.mark.parametrize(
    ("pacing", "period", "failures", "successes"),
    [
        (Pacing(), 1, 30, 1),
        (Pacing(timeout=0.2), 1, 1, 1),
        (Pacing(timeout=90, longest=4), 4, 23, 1),
        # One success is the startup probe's.
        (Pacing(successes=5), 1, 30, 4),
    ],
)
def test_the_timeout_is_the_startup_probe_s_and_the_successes_are_the_readiness_probe_s(
    pacing: Pacing, period: int, failures: int, successes: int
) -> None:
    probes = paced(pacing)
    assert probes.startup["periodSeconds"] == probes.readiness["periodSeconds"] == period
    assert probes.startup["failureThreshold"] == failures
    assert "successThreshold" not in probes.startup
    assert probes.readiness["successThreshold"] == successes
    assert probes.startup["timeoutSeconds"] == 2


@given(
    st.builds(
        Pacing,
        timeout=st.floats(0.001, 86400),
        longest=st.floats(0.001, 86400),
        successes=st.integers(1, 100),
    )
)
def test_a_startup_probe_lasts_at_least_as_long_as_the_gate(pacing: Pacing) -> None:
    probes = paced(pacing)
    numbers = [value for probe in (probes.startup, probes.readiness) for value in probe.values()]
    assert all(number >= 1 for number in numbers if isinstance(number, int))
    period, failures = probes.startup["periodSeconds"], probes.startup["failureThreshold"]
    assert isinstance(period, int)
    assert isinstance(failures, int)
    assert period * failures >= pacing.timeout
