"""A cluster made with Kind for one run, and removed again."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orchestration.cluster.command_line import CommandLine, Ended, Ending
from orchestration.cluster.kind_failure import (
    Attempt,
    failure,
    is_name_taken,
    missing,
    name_taken,
    port_in_use,
    too_old,
)
from orchestration.cluster.kind_readiness import until_ready
from orchestration.cluster.kind_record import KindRecord, forget, is_remembered, remember
from orchestration.errors import (
    ClusterError,
    ConfigError,
    EngineError,
    StackwrightError,
    TeardownError,
)
from orchestration.model import LOOPBACK
from orchestration.platform import ClusterChoice

MADE_S: Final = 300.0
"""Seconds until a cluster must be ready: about 30 s where the node image is here (kind's quick
start), and its pull of 1 GB where it is not."""
READY_S: Final = 120.0
"""Seconds of these that it may take from made to ready: its network plugin comes last, and a node
that is not Ready by then lacks something."""
REMOVED_S: Final = 60.0
"""Seconds until it must be gone."""
SETTLED_S: Final = 1.0
"""How long no node may turn up where there was none: a container engine goes on with what a Kind
that was ended had asked for."""
_ANSWER_S: Final = 30.0
"""For `kind version` and `kind get clusters`: a call of docker or podman."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCluster:
    """One cluster. All of its files are in `directory`, which only this user may enter; those of
    the user (`~/.kube/config`) are never touched.

    `environ`: what `kind` gets, and finds the container engine by. `ports`: node port to port of
    this machine, on 127.0.0.1. `image`: of the node, "" for the one Kind was released with.
    """

    record: KindRecord
    directory: Path
    environ: Mapping[str, str] = field(repr=False)
    ports: Mapping[int, int] = field(default_factory=dict)
    image: str = ""

    @property
    def name(self) -> str:
        """As Kind knows it."""
        return self.record.name

    @property
    def context(self) -> str:
        """The context in its kubeconfig."""
        return f"kind-{self.name}"

    @property
    def kubeconfig(self) -> Path:
        """Its own kubeconfig."""
        return self._file("kubeconfig")

    @property
    def log(self) -> Path:
        """What Kind said, kept until the cluster is removed."""
        return self._file("log")

    @property
    def begun(self) -> bool:
        """Whether there may be anything of it: its record is there before it is."""
        return is_remembered(self.record, self.directory)

    @property
    def choice(self) -> ClusterChoice:
        """It, for `connect`."""
        return ClusterChoice(kubeconfig=self.kubeconfig, context=self.context)

    @property
    def tool_environ(self) -> Mapping[str, str]:
        """The environment for Kind, `kind load` too: the engine it is to use, and no kubeconfig of
        the user's."""
        chosen = {
            "KIND_EXPERIMENTAL_PROVIDER": self.record.engine,
            "KUBECONFIG": str(self.kubeconfig),
        }
        return {**self.environ, **chosen}

    async def create(
        self,
        *,
        deadline_s: float = MADE_S,
        ready_s: float = READY_S,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        """Make it and wait until it is ready; its record is there before it is. Whatever goes
        wrong, cancelling included, it is removed again before the error goes on.

        Raises ConfigError (an engine without containers), ClusterError, EngineError, ImageError,
        PortError, ClaimError (the name is taken).
        """
        until = asyncio.get_running_loop().time() + deadline_s
        await self._check()
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        remember(self.record, self.directory)
        settled_s = SETTLED_S
        try:
            attempt = await self._attempt(until, on_line)
            if attempt.ended.ending is Ending.EXITED:
                settled_s = 0.0
            await self._settle(attempt, deadline_s)
            ready_by = min(until, asyncio.get_running_loop().time() + ready_s)
            await until_ready(self.choice, environ=self.environ, until=ready_by, log=self.log)
        except _NotOursError as error:
            self._forget()
            raise error.told from None
        except BaseException as error:
            try:
                await self.delete(keep_log=True, settled_s=settled_s)
            except StackwrightError as left:
                error.add_note(str(left))
                # Without an engine nothing was made, and its error says all there is to do.
                if isinstance(error, StackwrightError) and not isinstance(error, EngineError):
                    error.why += f"\n    (and {left.what}; {left.fix})"
            raise

    async def delete(
        self,
        *,
        timeout_s: float = REMOVED_S,
        keep_log: bool = False,
        settled_s: float = SETTLED_S,
    ) -> bool:
        """Remove it, and its record once it is seen to be gone; content when it never was: when
        it is not there now, nor `settled_s` later. False, and Kind is not even asked, when it was
        never begun.

        Raises TeardownError, and keeps the record.
        """
        if not self.begun:
            return False
        if not await self._there() and settled_s:
            await asyncio.sleep(settled_s)
        if await self._there():
            words: tuple[str, ...] = ("delete", "cluster", "--name", self.name)
            words += ("--kubeconfig", str(self.kubeconfig))
            ended = await self._kind(*words, timeout=timeout_s)
            if await self._there():
                raise self._left("Kind lists it still" if ended.ok else ended.told())
        self._forget(keep_log=keep_log)
        return True

    async def _there(self) -> bool:
        """Raises TeardownError when nobody can tell."""
        listed = await self._kind("get", "clusters", timeout=_ANSWER_S)
        if not listed.ok:
            raise self._left(listed.told())
        return self.name in listed.out.split()

    def _left(self, why: str) -> TeardownError:
        return TeardownError(
            f"the cluster {self.name}, made with Kind, could not be removed",
            why=why,
            fix=f"`kind delete cluster --name {self.name}`, or `stackwright e2e clean`, once its "
            "container engine answers",
        )

    async def _check(self) -> None:
        """What can be known before anything is made."""
        if self.record.engine == "embedded":
            raise ConfigError(
                "no cluster can be made: Kind runs its nodes in containers, and this engine has "
                "none",
                fix="choose Docker or Podman (`--engine`), or a cluster that is there "
                "(`--context`)",
            )
        version = await self._kind("version", timeout=_ANSWER_S)
        if version.ending is Ending.MISSING:
            raise missing()
        if (old := too_old(version.out)) is not None:
            raise old
        taken = [port for port in self.ports.values() if not _free(port)]
        if taken:
            raise port_in_use(taken)

    async def _attempt(self, until: float, on_line: Callable[[str], None] | None) -> Attempt:
        config = self._file("config")
        _write(config, json.dumps(self._config(), indent=1))
        words = ["create", "cluster", "--name", self.name, "--config", str(config)]
        words += ["--kubeconfig", str(self.kubeconfig)]
        if self.image:
            words += ["--image", self.image]
        now = asyncio.get_running_loop().time
        ended = await self._kind(*words, timeout=until - now(), on_line=on_line)
        _write(self.log, ended.said)
        published = tuple(self.ports.values())
        return Attempt(name=self.name, ports=published, ended=ended, log=str(self.log))

    async def _settle(self, attempt: Attempt, deadline_s: float) -> None:
        """Return when there is a cluster and its kubeconfig, whatever Kind says."""
        ended = attempt.ended
        if is_name_taken(ended.said):
            raise _NotOursError(name_taken(attempt))
        if ended.ending is Ending.TIMED_OUT:
            raise ClusterError(
                f"Kind has not made the cluster {self.name} within {deadline_s:g} s",
                why=attempt.why,
                fix="the first time, its node image is pulled (1 GB): pull it beforehand, or "
                "raise the deadline",
            )
        # Its exit code is no answer: 0 comes without a cluster that is ready (kind issue 2654), and
        # 1 with one of which only the kubeconfig could not be written.
        if not ended.ok and not await self._listed():
            raise failure(attempt)
        if not self.kubeconfig.exists():
            await self._export(attempt)

    async def _export(self, attempt: Attempt) -> None:
        name, file = self.name, str(self.kubeconfig)
        words = ("export", "kubeconfig", "--name", name, "--kubeconfig", file)
        exported = await self._kind(*words, timeout=_ANSWER_S)
        if not exported.ok or not self.kubeconfig.exists():
            if attempt.ended.ok and not await self._listed():
                raise ClusterError(
                    f"Kind says that it has made the cluster {name}, and there is none",
                    why=attempt.why,
                    fix="see whether its container engine keeps containers running "
                    "(`kind get clusters`)",
                )
            raise failure(attempt)

    async def _listed(self) -> bool:
        listed = await self._kind("get", "clusters", timeout=_ANSWER_S)
        return self.name in listed.out.split()

    async def _kind(
        self, *words: str, timeout: float, on_line: Callable[[str], None] | None = None
    ) -> Ended:
        line = CommandLine(words=("kind", *words), environ=self.tool_environ)
        return await line.run(timeout=timeout, on_line=on_line)

    def _config(self) -> Mapping[str, object]:
        """`kind.x-k8s.io/v1alpha4`; JSON is YAML."""
        published = [
            {
                "containerPort": node,
                "hostPort": host,
                "listenAddress": LOOPBACK,
                "protocol": "TCP",
            }
            for node, host in sorted(self.ports.items())
        ]
        node: dict[str, object] = {"role": "control-plane"}
        if published:
            node["extraPortMappings"] = published
        return {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": [node]}

    def _forget(self, *, keep_log: bool = False) -> None:
        for each in (self.kubeconfig, self._file("config"), *(() if keep_log else (self.log,))):
            each.unlink(missing_ok=True)
        forget(self.record, self.directory)

    def _file(self, suffix: str) -> Path:
        return self.directory / f"{self.name}.{suffix}"


class _NotOursError(Exception):
    """What is there under the name is somebody else's, and stays."""

    def __init__(self, told: StackwrightError) -> None:
        self.told = told
        super().__init__(told.what)


def _free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        # As the engines listen: what is only in TIME_WAIT keeps nobody away.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((LOOPBACK, port))
        return True
    return False


def _write(path: Path, text: str) -> None:
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(text)
