"""Nothing that a stack can say is passed over in silence: every field matters, or is known not to.

Whoever gives one of these nouns another field adds it here, with what a cluster makes of it.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from orchestration.cluster.stack_manifests import manifests_of
from orchestration.errors import ConfigError
from orchestration.gates import GATES, ExecGate, HttpGate, LogGate, PostgresGate, RedisGate, TcpGate
from orchestration.model import Embedded, Mount, Pacing, PortRequest, Secret
from orchestration.ports import Gate
from orchestration.stack import Build, Component, Stack
from tests.cluster.stack_making import component

HERE: Final = Path(__file__).parent
PORTS: Final = (
    PortRequest(name="one", container=8080),
    PortRequest(name="two", container=9090),
)
MOUNT: Final = Mount(source=HERE / "__init__.py", target="/a")
BUILD: Final = Build(context=HERE)
HTTP: Final = HttpGate(port="one", path="/health")
TCP: Final = TcpGate(port="one")
EXEC: Final = ExecGate(command=("true",))
LOG: Final = LogGate(pattern="up", port="one")
POSTGRES: Final = PostgresGate(port="one", user="u", database="d")
REDIS: Final = RedisGate(port="one")
DB: Final = component("db")
PLAIN: Final = Stack(
    name="shop",
    service="shop",
    project=HERE,
    components=(DB, component("task"), component(ports=PORTS, gate=HTTP, mounts=(MOUNT,))),
)


def outcome(stack: Stack) -> str:
    """All that comes of it, places included, or the refusal."""
    images = {each.name: "built:1" for each in stack.components if isinstance(each.source, Build)}
    try:
        made = manifests_of(stack, place=stack.project / "stackwright.toml", images=images)
    except ConfigError as error:
        return str(error)
    bodies = [each.body for each in made.manifests]
    return json.dumps([bodies, made.notices, str(made.manifests[0].place)])


def of(**changes: object) -> Stack:
    """PLAIN with its last component changed."""
    *others, last = PLAIN.components
    changed = replace(last, **changes)  # type: ignore[arg-type]  # the fields' own names
    return replace(PLAIN, components=(*others, changed))


def gated(gate: Gate, **changes: object) -> tuple[Stack, Stack]:
    refers = {"PORT": "${self.port}", "DSN": "${self.dsn}"}
    return of(gate=gate, env=refers), of(env=refers, gate=replace(gate, **changes))  # type: ignore[type-var]  # a dataclass


def paced(**changes: object) -> tuple[Stack, Stack]:
    return gated(EXEC, pacing=replace(EXEC.pacing, **changes))  # type: ignore[arg-type]  # as above


def built(**changes: object) -> tuple[Stack, Stack]:
    return of(source=BUILD), of(source=replace(BUILD, **changes))  # type: ignore[arg-type]  # as above


Pair = tuple[Stack, Stack]
SLOW: Final = Pacing(timeout=77)
MATTERS: Final[dict[type, dict[str, Pair]]] = {
    Stack: {
        "name": (PLAIN, replace(PLAIN, name="other")),
        "project": (PLAIN, replace(PLAIN, project=HERE.parent)),
        "components": (PLAIN, replace(PLAIN, components=PLAIN.components[:-1])),
        "deadline": (PLAIN, replace(PLAIN, deadline=1.0)),
    },
    Component: {
        "name": (PLAIN, of(name="other")),
        "source": (PLAIN, of(source="other:1")),
        "ports": (PLAIN, of(ports=PORTS[:1])),
        "env": (PLAIN, of(env={"A": "1"})),
        "mounts": (PLAIN, of(mounts=())),
        "command": (PLAIN, of(command=("serve",))),
        "aliases": (PLAIN, of(aliases=("other",))),
        "gate": (PLAIN, of(gate=TCP)),
        "after": (PLAIN, of(after=("db",))),
        "one_shot": (of(gate=None, ports=()), of(gate=None, ports=(), one_shot=True)),
        "timeout": (
            of(gate=None, one_shot=True),
            of(gate=None, one_shot=True, timeout=99.0),
        ),
    },
    Build: {},
    Mount: {
        "source": (PLAIN, of(mounts=(replace(MOUNT, source=HERE / "bodies.py"),))),
        "target": (PLAIN, of(mounts=(replace(MOUNT, target="/b"),))),
        "read_only": (PLAIN, of(mounts=(replace(MOUNT, read_only=False),))),
    },
    PortRequest: {
        "name": (PLAIN, of(ports=(PORTS[0], replace(PORTS[1], name="three")))),
        "container": (PLAIN, of(ports=(PORTS[0], replace(PORTS[1], container=9999)))),
        "host": (PLAIN, of(ports=(PORTS[0], replace(PORTS[1], host=9999)))),
    },
    Pacing: {
        "timeout": paced(timeout=77.0),
        "longest": paced(longest=7.0),
        "successes": paced(successes=7),
    },
    ExecGate: {
        "command": gated(EXEC, command=("false",)),
        "port": gated(EXEC, port="two"),
        "pacing": gated(EXEC, pacing=SLOW),
    },
    HttpGate: {
        "port": gated(HTTP, port="two"),
        "path": gated(HTTP, path="/other"),
        "status": gated(HTTP, status=(503,)),
        "body": gated(HTTP, body="ok"),
        "headers": gated(HTTP, headers={"A": "1"}),
        "pacing": gated(HTTP, pacing=SLOW),
    },
    LogGate: {
        # What is not looked for is told.
        "pattern": gated(LOG, pattern="other"),
        "count": gated(LOG, count=2),
        "port": gated(LOG, port="two"),
        "pacing": gated(LOG, pacing=SLOW),
    },
    PostgresGate: {
        "port": gated(POSTGRES, port="two"),
        "user": gated(POSTGRES, user="other"),
        "password": gated(POSTGRES, password=Secret("hidden")),
        "database": gated(POSTGRES, database="other"),
        "pacing": gated(POSTGRES, pacing=SLOW),
    },
    RedisGate: {
        "port": gated(REDIS, port="two"),
        "password": gated(REDIS, password=Secret("hidden")),
        "username": gated(REDIS, username="ann"),
        "pacing": gated(REDIS, pacing=SLOW),
    },
    TcpGate: {
        "port": gated(TCP, port="two"),
        "send": gated(TCP, send=b"hi"),
        "expect": gated(TCP, expect=b"hi"),
        "pacing": gated(TCP, pacing=SLOW),
    },
}
MEANS_NOTHING: Final[dict[type, dict[str, Pair]]] = {
    # Whoever deploys names the service.
    Stack: {"service": (PLAIN, replace(PLAIN, service="other"))},
    Component: {"embedded": (PLAIN, of(embedded=Embedded(kind="redis")))},
    # Images are built before.
    Build: {
        "context": built(context=HERE.parent),
        "containerfile": built(containerfile="Other"),
        "args": built(args={"A": "1"}),
        "target": built(target="other"),
    },
    Mount: {},
    # An address of this machine.
    PortRequest: {"bind": (PLAIN, of(ports=(PORTS[0], replace(PORTS[1], bind="10.0.0.7"))))},
    # A kubelet asks at even intervals, the shortest of which is a second.
    Pacing: {"interval": paced(interval=0.5), "growth": paced(growth=2.0)},
    ExecGate: {},
    HttpGate: {},
    LogGate: {},
    PostgresGate: {},
    RedisGate: {},
    TcpGate: {},
}
NOUNS: Final = (Stack, Component, Build, Mount, PortRequest, Pacing)
FIELDS: Final = [(noun, name) for noun in MATTERS for name in MATTERS[noun]]
NOTHING: Final = [(noun, name) for noun in MEANS_NOTHING for name in MEANS_NOTHING[noun]]


@pytest.mark.parametrize(
    "noun", [Stack, Component, Build, Mount, PortRequest, Pacing, *GATES.values()]
)
def test_every_field_is_known(noun: type) -> None:
    assert dataclasses.is_dataclass(noun)
    fields = {each.name for each in dataclasses.fields(noun)}
    assert fields == {*MATTERS[noun], *MEANS_NOTHING[noun]}


@pytest.mark.parametrize(("noun", "name"), FIELDS)
def test_a_field_that_matters_changes_what_comes_of_it(noun: type, name: str) -> None:
    before, after = MATTERS[noun][name]
    assert outcome(before) != outcome(after)


@pytest.mark.parametrize(("noun", "name"), NOTHING)
def test_a_field_without_a_meaning_in_a_cluster_changes_nothing(noun: type, name: str) -> None:
    before, after = MEANS_NOTHING[noun][name]
    assert outcome(before) == outcome(after)
