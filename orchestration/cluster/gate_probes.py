"""Gates as a kubelet can ask them: startup and readiness probes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from orchestration.cluster.api import Body
from orchestration.cluster.literal import literal
from orchestration.errors import ConfigError
from orchestration.gates import ExecGate, HttpGate, LogGate, PostgresGate, RedisGate, TcpGate
from orchestration.gates.exec_gate import EXEC_SECONDS
from orchestration.gates.wire import LOOK_SECONDS
from orchestration.model import Pacing, Secret, names_a_secret, reveal
from orchestration.ports import Gate
from orchestration.redact import spelled_secrets

REDIS_PASSWORD: Final = "REDISCLI_AUTH"  # noqa: S105 - the name of redis-cli's variable
"""Where redis-cli looks for a password that stands in no command line."""

_HEADER: Final = re.compile(r"[-A-Za-z0-9]+")
"""Names of headers that the API server lets a probe send (IsHTTPHeaderName)."""

_PING: Final = 'redis-cli "$@" ping | { read -r said; echo "$said"; test "$said" = PONG; }'
"""redis-cli exits with 0 whatever the server answers, LOADING and NOAUTH included; its `-e` exists
from Redis 7 on."""

_PORT_ONLY: Final = "it sees only that the port takes connections"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateProbes:
    """A gate, as two probes with the same question.

    `env`: what the probe needs in the environment of the container. `weaker`: what the gate sees
    and the probes do not, "" when there is nothing. The startup probe kills a container that is not
    ready within the gate's timeout.
    """

    startup: Body
    readiness: Body
    env: Mapping[str, Secret] = field(default_factory=dict)
    weaker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    asked: Body
    seconds: float = LOOK_SECONDS
    env: Mapping[str, Secret] = field(default_factory=dict)
    weaker: str = ""


def probes_of(gate: Gate, ports: Mapping[str, int]) -> GateProbes:
    """The probes for `gate` of a component with these container's ports, by name.

    A probe is never stricter than its gate, which it would then keep shut for ever: what a probe
    cannot say is left out and told in `weaker`. Raises ConfigError where nothing would be left, and
    for a command that spells out a secret.
    """
    question = _question(gate, ports)
    pacing = gate.pacing
    # Whole seconds are the finest a kubelet knows.
    period = max(1, int(pacing.longest))
    common = {
        **question.asked,
        "periodSeconds": period,
        "timeoutSeconds": math.ceil(question.seconds),
    }
    return GateProbes(
        startup={**common, "failureThreshold": max(1, math.ceil(pacing.timeout / period))},
        readiness={**common, "successThreshold": _successes(pacing), "failureThreshold": 3},
        env=question.env,
        weaker=question.weaker,
    )


def _successes(pacing: Pacing) -> int:
    """The first success is the startup probe's, after which the kubelet asks at once again."""
    return max(1, pacing.successes - 1)


def _question(gate: Gate, ports: Mapping[str, int]) -> _Question:
    match gate:
        case HttpGate():
            return _http(gate, _number(gate, ports))
        case TcpGate():
            return _tcp(gate, _number(gate, ports))
        case ExecGate():
            return _exec(gate)
        case PostgresGate():
            return _postgres(gate, _number(gate, ports))
        case RedisGate():
            return _redis(gate, _number(gate, ports))
        case LogGate():
            return _log(gate, ports)
        case _:
            raise ConfigError(f"there is no probe for the gate ({gate.describe()})")


def _number(gate: Gate, ports: Mapping[str, int]) -> int:
    if gate.port is None or gate.port not in ports:
        raise ConfigError(f"the gate ({gate.describe()}) probes a port that does not exist")
    return ports[gate.port]


def _port(number: int, weaker: str = "") -> _Question:
    return _Question(asked={"tcpSocket": {"port": number}}, weaker=weaker)


def _http(gate: HttpGate, number: int) -> _Question:
    unsayable = _unsayable(gate)
    if unsayable:
        return _port(number, f"{unsayable}, so {_PORT_ONLY}")
    asked: dict[str, object] = {"path": gate.path, "port": number}
    if gate.headers:
        asked["httpHeaders"] = [
            {"name": name, "value": reveal(value)} for name, value in gate.headers.items()
        ]
    weaker = "it takes any status from 200 to 399 for ready, and follows redirects"
    if gate.body is not None:
        weaker += ", and reads no body"
    return _Question(asked={"httpGet": asked}, weaker=weaker)


def _unsayable(gate: HttpGate) -> str:
    """Why no httpGet can stand for the gate; "" when one can.

    Redirects count: a probe follows them, and what comes then may never be what it takes.
    """
    for name, value in gate.headers.items():
        if isinstance(value, Secret) or _tells(name, value):
            return (
                f"it cannot send the header {name} without showing its secret to all who list pods"
            )
        if not _HEADER.fullmatch(name) or not value.isascii():
            return f"it cannot send the header {name}"
    if any(spelled_secrets((gate.path,))):
        return "it cannot ask for the path without showing its secret to all who list pods"
    strange = [str(status) for status in gate.status if not 200 <= status <= 299]
    return f"it cannot take status {', '.join(strange)} for ready" if strange else ""


def _tells(name: str, value: str) -> bool:
    named = names_a_secret(name) or name.lower() in ("authorization", "cookie")
    return named or any(spelled_secrets((value,)))


def _tcp(gate: TcpGate, number: int) -> _Question:
    """That the connection stays open is for forwarders, and a kubelet asks the pod itself."""
    exchange = gate.send or gate.expect is not None
    return _port(number, f"it sends and reads nothing, so {_PORT_ONLY}" if exchange else "")


def _exec(gate: ExecGate) -> _Question:
    if any(spelled_secrets(gate.command)):
        raise ConfigError(
            f"the gate ({gate.describe()}) spells out a secret",
            why="all who list pods of the cluster can read a probe's command",
            fix='give the secret to the component in `env`, and let a shell fill it in: ["sh", '
            '"-c", "probe --key \\"$KEY\\""]',
        )
    return _command(gate.command)


def _command(words: tuple[str, ...], weaker: str = "") -> _Question:
    asked = {"exec": {"command": [literal(word) for word in words]}}
    return _Question(asked=asked, seconds=EXEC_SECONDS, weaker=weaker)


def _postgres(gate: PostgresGate, number: int) -> _Question:
    """Over TCP, where the server that initialises a fresh cluster does not listen."""
    where = ("pg_isready", "-h", "127.0.0.1", "-p", str(number))
    return _command(
        (*where, "-U", gate.user, "-d", _database(gate.database)),
        "pg_isready does not log in: a wrong user, password or database shows only at whoever "
        "connects",
    )


def _database(name: str) -> str:
    """A name that libpq would take apart as a connection string is written as one."""
    if "=" not in name and "://" not in name:
        return name
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{quoted}'"


def _redis(gate: RedisGate, number: int) -> _Question:
    where = ("-h", "127.0.0.1", "-p", str(number))
    user = ("--user", gate.username) if gate.username else ()
    question = _command(("sh", "-c", _PING, "redis-cli", *where, *user))
    env = {} if gate.password is None else {REDIS_PASSWORD: Secret(reveal(gate.password))}
    return _Question(asked=question.asked, seconds=question.seconds, env=env)


def _log(gate: LogGate, ports: Mapping[str, int]) -> _Question:
    """Without any probe, a component would count as ready as soon as it runs, and whatever needs
    it would start too early (R7 health-gates): then rather not at all."""
    port = gate.port if gate.port is not None else next(iter(ports), None)
    if port is None or port not in ports:
        raise ConfigError(
            f"the gate ({gate.describe()}) cannot be a probe",
            why="no probe of Kubernetes reads a log, and the component has no port to look at "
            "instead",
            fix='give it another gate: { kind = "exec", command = [...] }, or a port',
        )
    return _port(ports[port], f"no probe reads a log, so {_PORT_ONLY}")
