"""The engine for machines without containers: components are processes of this machine."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import NoReturn

from orchestration.engines.embedded.binaries import REMEDY, postgres_version, valkey_version
from orchestration.engines.embedded.environment import clean_environment
from orchestration.engines.embedded.execution import execute_in
from orchestration.engines.embedded.home import Home
from orchestration.engines.embedded.instance_directory import (
    InstanceDirectory,
    InstanceRecord,
    boot_id,
)
from orchestration.engines.embedded.local_command import cannot_run, command_order
from orchestration.engines.embedded.log_file import follow_log, read_log
from orchestration.engines.embedded.order import Order, supervise
from orchestration.engines.embedded.port_choice import PortChoice
from orchestration.engines.embedded.postgres import (
    postgres_order,
    quit_server,
    remove_shared_memory,
)
from orchestration.engines.embedded.processes import bury, end
from orchestration.engines.embedded.scratch import find_scratch
from orchestration.engines.embedded.seat import Seat
from orchestration.engines.embedded.valkey import valkey_order
from orchestration.errors import ComponentError, EngineError
from orchestration.model import (
    LOOPBACK,
    BuildOrder,
    EngineInfo,
    Executed,
    Instance,
    Kind,
    Launch,
    Life,
    PortBinding,
    PortRequest,
    Resource,
    State,
)
from orchestration.ports import Cancel


class EmbeddedEngine:
    """`Engine` on local processes; on disk below `home`, so that any later process can go on.

    `environ`: what processes inherit the little from that they inherit; this process's own if None.
    """

    def __init__(
        self, home: Path, info: EngineInfo, environ: Mapping[str, str] | None = None
    ) -> None:
        self._home = Home(home.absolute())
        self._info = info
        self._environ = environ
        self._ports = PortChoice()
        self._children: set[int] = set()
        self._lock = Lock()

    @property
    def info(self) -> EngineInfo:
        """What this engine is."""
        return self._info

    def create_network(self, name: str, labels: Mapping[str, str]) -> None:
        """Note the network; processes meet on 127.0.0.1. Raises ClaimError, EngineError."""
        with _disk_errors(f"network {name} cannot be noted"):
            self._home.claim_network(name, labels)

    def find_image(self, reference: str) -> str | None:
        """Raises EngineError: processes have no images."""
        _no_images(reference)

    def pull_image(self, reference: str, cancel: Cancel) -> str:  # noqa: ARG002 - the protocol's
        """Raises EngineError: processes have no images."""
        _no_images(reference)

    def build_image(
        self,
        order: BuildOrder,
        on_line: Callable[[str], None],  # noqa: ARG002 - the protocol's
        cancel: Cancel,  # noqa: ARG002 - the protocol's
    ) -> str:
        """Raises EngineError: processes have no images."""
        _no_images(order.tag)

    def plan_ports(self, requests: tuple[PortRequest, ...]) -> tuple[PortBinding, ...]:
        """The pinned ports, and free ones for the rest: the same inside and outside."""
        return tuple(self._ports.plan(each) for each in requests)

    def peer_host(self, alias: str) -> str:  # noqa: ARG002 - the protocol's
        """127.0.0.1."""
        return LOOPBACK

    def start(self, launch: Launch) -> Instance:
        """Start a supervisor with the component's process; returns when that executes.

        PostgreSQL is then still making its cluster: its gate does the waiting. Raises ClaimError,
        PortError, ComponentError, EngineError; nothing is left then.
        """
        with _disk_errors(f"component {launch.component} cannot be started"):
            directory = self._home.claim_instance(launch.name, launch.labels)
            identity = f"{directory.path.parent.name}/{launch.name}"
            try:
                self._launch(launch, directory, identity)
            except BaseException:
                self._remove_instance(directory)
                raise
        return Instance(id=identity, name=launch.name, ports=launch.ports)

    def look(self, instance: str) -> State:
        """The state by the supervisor's files and the process table."""
        self._bury_children()
        directory = self._home.instance(instance)
        if directory is None:
            return State(life=Life.MISSING)
        with _disk_errors(f"the state of {instance} cannot be read"):
            return directory.state(boot_id())

    def logs(self, instance: str, *, tail: int | None = None) -> str:
        """The log, or only its end."""
        directory = self._home.instance(instance)
        if directory is None:
            return ""
        with _disk_errors(f"the log of {instance} cannot be read"):
            return read_log(directory.log, tail)

    def follow(self, instance: str, cancel: Cancel) -> Iterator[str]:
        """Lines of the log as they come, from now, until the instance ends or `cancel`."""
        directory = self._home.instance(instance)
        if directory is None:
            return

        def ended() -> bool:
            alive = self.look(instance).life in (Life.RUNNING, Life.CREATED)
            return not alive or cancel.requested() is not None

        yield from follow_log(directory.log, ended, cancel.pause)

    def execute(self, instance: str, command: tuple[str, ...], *, timeout: float) -> Executed:
        """Run a command with the variables and in the directory of the instance.

        Exit codes as for the protocol; 137 when the instance does not run (any more).
        """
        directory = self._home.instance(instance)
        record = directory.read() if directory is not None else None
        state = self.look(instance)
        if record is None or state.life is not Life.RUNNING:
            return Executed(exit_code=137, output=f"{instance}: {state.describe()}")
        with _disk_errors(f"nothing can be executed in {instance}"):
            return execute_in(record, command, timeout=timeout)

    def list_resources(self, labels: Mapping[str, str]) -> tuple[Resource, ...]:
        """Instances and networks that have all `labels` (an empty value: any value)."""
        with _disk_errors("what the embedded engine holds cannot be listed"):
            return tuple(
                each
                for each in self._home.resources()
                if all(
                    name in each.labels and value in ("", each.labels[name])
                    for name, value in labels.items()
                )
            )

    def remove(self, resource: Resource) -> None:
        """Kill every process of an instance and delete its files; forget a network."""
        with _disk_errors(f"{resource.describe()} cannot be removed"):
            if resource.kind is Kind.NETWORK:
                self._home.drop_network(resource.id)
            elif (
                resource.kind is Kind.CONTAINER
                and (directory := self._home.instance(resource.id)) is not None
            ):
                self._remove_instance(directory)

    def close(self) -> None:
        """Let go of ports that were planned and not used. Instances go on."""
        self._ports.close()
        self._bury_children()

    def _launch(self, launch: Launch, directory: InstanceDirectory, identity: str) -> None:
        environ = os.environ if self._environ is None else self._environ
        seat = Seat(
            directory=directory.path, mark=secrets.token_hex(8), env=clean_environment(environ)
        )
        kind, order = _order(launch, seat)
        for port in launch.ports:
            self._ports.hand_over(launch.component, port)
        directory.write(
            InstanceRecord(
                name=launch.name,
                kind=kind,
                labels=launch.labels,
                mark=seat.mark,
                boot=boot_id(),
                created=time.time_ns(),
                ports={port.name: port.host for port in launch.ports},
                env=order.env,
                cwd=str(order.cwd),
                mounts=tuple((each.target, str(each.source)) for each in launch.mounts),
                scratch=str(order.scratch or ""),
            )
        )
        order.make_scratch()
        supervised = supervise(order, directory.path, identity, seat.mark)
        with self._lock:
            self._children.add(supervised.pid)
        if supervised.report == "ok":
            return
        if supervised.report.isdecimal():
            raise cannot_run(launch.component, order.steps[0].argv[0], int(supervised.report))
        raise EngineError(
            f"the supervisor of component {launch.component} did not start",
            why=supervised.report.strip() or read_log(directory.log, 20) or "it said nothing",
        )

    def _remove_instance(self, directory: InstanceDirectory) -> None:
        record, supervisor = directory.read(), directory.supervisor()
        if record is not None:
            mark = record.mark if record.boot == boot_id() else ""
            scratch = Path(record.scratch) if record.scratch else None
        else:
            # What it started has to be ended all the same.
            mark = supervisor.mark() if supervisor is not None else ""
            scratch = find_scratch(mark, directory.path) if mark else None
        if mark:
            # What is said here of a PostgreSQL finds nothing in what others keep.
            if scratch is not None and supervisor is not None:
                quit_server(scratch, supervisor)
            end(supervisor, mark)
            if scratch is not None:
                remove_shared_memory(scratch)
        self._bury_children()
        directory.delete(scratch)
        self._home.drop_run_if_empty(directory.path.parent)

    def _bury_children(self) -> None:
        """Supervisors are children of whoever started them: no zombies while that lives."""
        with self._lock:
            self._children = {pid for pid in self._children if not bury(pid)}


def embedded_info(rule: str) -> EngineInfo:
    """What the embedded engine is on this machine. `rule`: which rule of the search chose it."""
    servers = {"PostgreSQL": postgres_version(), "Valkey": valkey_version()}
    missing = [name for name, version in servers.items() if version is None]
    return EngineInfo(
        name="embedded",
        version=", ".join(f"{name} {version}" for name, version in servers.items() if version)
        or "no servers",
        url="",
        rule=rule,
        uses_images=False,
        quirks=(f"without {' and '.join(missing)}: {REMEDY}",) if missing else (),
    )


def _order(launch: Launch, seat: Seat) -> tuple[str, Order]:
    embedded = launch.embedded
    if embedded is None:
        raise ComponentError(
            f"component {launch.component} cannot run as a local process",
            why="it says how it runs as a container only",
            fix='declare `embedded = { command = ["…"] }` for it, or use a container engine '
            "(`--engine podman`)",
        )
    match embedded.kind:
        case "postgres":
            return embedded.kind, postgres_order(launch, seat)
        case "redis":
            return embedded.kind, valkey_order(launch, seat)
        case "command":
            return embedded.kind, command_order(launch, embedded, seat)


def _no_images(reference: str) -> NoReturn:
    raise EngineError(
        f"the embedded engine has no images: {reference} was asked for",
        why="components are processes of this machine",
        fix="use a container engine (`--engine podman`)",
    )


@contextmanager
def _disk_errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EngineError(what, why=str(error), fix="see `stackwright stack doctor`") from error
