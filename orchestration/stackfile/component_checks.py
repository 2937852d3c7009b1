"""What can be wrong with one component, whatever the others are."""

from __future__ import annotations

from collections.abc import Callable

from orchestration.model import names_a_secret
from orchestration.nearest import suggest
from orchestration.redact import spelled_secrets
from orchestration.references import SELF
from orchestration.stackfile.component_tables import BuildTable, ComponentTable, EmbeddedTable
from orchestration.stackfile.gate_ports import gate_example, gate_port, needs_port
from orchestration.stackfile.gate_tables import ExecGateTable
from orchestration.stackfile.mistakes import Mistakes
from orchestration.stackfile.positions import Key
from orchestration.stackfile.socket_probe import HOST_VARIABLES, asks_on_the_socket, is_host


def check_component(table: ComponentTable, key: Key, mistakes: Mistakes) -> None:
    """Note what is wrong with the component at `key`."""
    for check in CHECKS:
        check(table, key, mistakes)


def _name(table: ComponentTable, key: Key, mistakes: Mistakes) -> None:
    del table
    if key[-1] == SELF:
        mistakes.add(
            key,
            "a component cannot be called `self`",
            why="in `${self.port}` it means the component itself",
            fix="give it another name",
        )


def _source(table: ComponentTable, key: Key, mistakes: Mistakes) -> None:
    if table.image is not None and table.build is not None:
        mistakes.add(
            (*key, "build"),
            "stands beside `image`, and only one of them can be run",
            fix="keep `build` for what is made from this project, `image` for what is not",
        )
    elif table.image is None and table.build is None and table.embedded is None:
        mistakes.add(
            key,
            "has neither `image` nor `build`",
            fix='write image = "redis:7-alpine", or build = { context = "." }',
        )


def _gate(table: ComponentTable, key: Key, mistakes: Mistakes) -> None:
    if table.one_shot and table.gate is not None:
        mistakes.add(
            (*key, "gate"),
            "stands on a one-shot",
            why="the gate of a one-shot is that it ends with exit code 0",
            fix="remove the gate, or `one_shot`",
        )
    elif not table.one_shot and table.gate is None:
        mistakes.add(
            (*key, "gate"),
            "is missing",
            why="nothing may start before what it needs is ready (R7 health-gates), and a "
            "component that stays up says so by its gate",
            fix=f"write {gate_example(table)}, or one_shot = true if it is to end",
        )


def _gate_socket(table: ComponentTable, key: Key, mistakes: Mistakes) -> None:
    gate = table.gate
    if not isinstance(gate, ExecGateTable) or not asks_on_the_socket(gate.command):
        return
    given = [table.env[name] for name in HOST_VARIABLES if name in table.env]
    if any(not isinstance(value, str) or is_host(value) for value in given):
        return
    mistakes.add(
        (*key, "gate", "command"),
        "asks PostgreSQL on its Unix socket",
        why="the temporary server that fills a fresh volume answers there, before any client is "
        "let in over TCP",
        fix='give pg_isready "-h", "127.0.0.1", or write gate = { kind = "postgres" }',
    )


def _gate_port(table: ComponentTable, key: Key, mistakes: Mistakes) -> None:
    gate, port = table.gate, gate_port(table)
    if gate is None:
        return
    if port is None and needs_port(table):
        mistakes.add(
            (*key, "gate"),
            "does not say which `port` to probe"
            if table.ports
            else "probes a port, and the component has none",
            fix=suggest("", table.ports, nothing="declare it: ports.http = 8080"),
        )
    elif port is not None and port not in table.ports:
        mistakes.add(
            (*key, "gate", "port"),
            f"the component has no port `{port}`",
            fix=suggest(port, table.ports, nothing=f"declare it: ports.{port} = 8080"),
        )


def _one_shot(table: ComponentTable, key: Key, mistakes: Mistakes) -> None:
    if table.timeout is not None and not table.one_shot:
        mistakes.add(
            (*key, "timeout"),
            "is for one-shots",
            fix="a gate has a `timeout` of its own: gate = { …, timeout = … }",
        )


def _ports(table: ComponentTable, key: Key, mistakes: Mistakes) -> None:
    seen: dict[int, str] = {}
    for name, port in table.ports.items():
        first = seen.setdefault(port.container, name)
        if first != name:
            mistakes.add(
                (*key, "ports", name),
                f"is the container's port {port.container}, as `{first}` is",
                fix="keep one of the two names",
            )


def _volumes(table: ComponentTable, key: Key, mistakes: Mistakes) -> None:
    seen: set[str] = set()
    for index, volume in enumerate(table.volumes):
        target = volume.target.rstrip("/")
        if ".." in target.split("/") or ":" in target:
            mistakes.add(
                (*key, "volumes", index),
                f"the target `{target}` is not a plain absolute path",
                fix="write it without `..` and `:`",
            )
        if target in seen:
            mistakes.add(
                (*key, "volumes", index),
                f"the target `{target}` is taken by another volume",
                fix="give each volume a target of its own",
            )
        seen.add(target)


def _embedded(table: ComponentTable, key: Key, mistakes: Mistakes) -> None:
    if table.embedded is not None:
        check_embedded(table.embedded, (*key, "embedded"), mistakes)


def _build(table: ComponentTable, key: Key, mistakes: Mistakes) -> None:
    if table.build is not None:
        check_build(table.build, (*key, "build"), mistakes)


def check_build(table: BuildTable, key: Key, mistakes: Mistakes) -> None:
    """Note secrets that are to be built in."""
    for name, text in table.args.items():
        if (text and names_a_secret(name)) or any(spelled_secrets((text,))):
            mistakes.add(
                (*key, "args", name),
                "looks like a secret, and build arguments stay in the image's history for all to "
                "read",
                fix="give it to the component when it runs (`env`); what is no secret, call by "
                "another name",
            )


def check_embedded(table: EmbeddedTable, key: Key, mistakes: Mistakes) -> None:
    """Note what is wrong with how a component runs embedded."""
    if table.kind in ("postgres", "redis"):
        for setting in ("command", "cwd"):
            if getattr(table, setting) is not None:
                mistakes.add(
                    (*key, setting),
                    f'has no meaning beside kind = "{table.kind}"',
                    fix="remove it: stackwright knows how to run that server",
                )
    elif table.command is None:
        mistakes.add(
            key,
            "does not say what to run",
            fix='write command = ["python", "app.py"], or kind = "postgres" or "redis"',
        )


CHECKS: tuple[Callable[[ComponentTable, Key, Mistakes], None], ...] = (
    _name,
    _source,
    _gate,
    _gate_port,
    _gate_socket,
    _one_shot,
    _ports,
    _volumes,
    _build,
    _embedded,
)
