"""A port of this machine that leads into a cluster, held open by `kubectl port-forward`."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orchestration.cluster.cluster_access import ClusterContext
from orchestration.cluster.command_line import Child, CommandLine, Ending
from orchestration.errors import ClusterError
from orchestration.model import LOOPBACK

OPEN_S: Final = 30.0
"""Seconds until kubectl must listen; it asks the API server five times before."""

# kubectl: pkg/kubectl/cmd/portforward; client-go: tools/portforward.
_OPENED: Final = re.compile(rf"^Forwarding from {re.escape(LOOPBACK)}:(\d+) -> \d+$")


@dataclass(frozen=True, slots=True)
class PortForward:
    """An open one. `port`: on 127.0.0.1."""

    port: int
    service: str
    shown: str
    _child: Child

    @property
    def broken(self) -> ClusterError | None:
        """What is wrong when it has ended: it is never started anew, as whoever was connected has
        lost the connection."""
        code = self._child.exit_code
        if code is None:
            return None
        return ClusterError(
            f"the way to Service {self.service} is gone: its port-forward has ended",
            why=self._child.ended(self.shown, Ending.EXITED, code).told(4),
            fix="mostly the pod behind it was replaced or has crashed: see its log. A Service of "
            "type NodePort has a way that outlives its pods",
        )


@asynccontextmanager
async def port_forward(
    service: str,
    port: int,
    *,
    context: ClusterContext,
    namespace: str,
    environ: Mapping[str, str],
    timeout_s: float = OPEN_S,
) -> AsyncIterator[PortForward]:
    """Open one to a Service for as long as the block lasts. Raises ClusterError."""
    words = (
        "kubectl",
        *_to(context, environ),
        *("--namespace", namespace, "port-forward", "--address", LOOPBACK),
        *(f"service/{service}", f":{port}"),
    )
    line = CommandLine(words=words, environ=environ)
    if line.program is None:
        raise ClusterError(
            f"Service {service} cannot be reached from this machine: kubectl is not installed",
            why="a Service of type ClusterIP is reached by `kubectl port-forward`",
            fix="install kubectl and put it on PATH, or make the Service a NodePort",
        )
    opened: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def hear(said: str) -> None:
        found = _OPENED.match(said.strip())
        if found is not None and not opened.done():
            opened.set_result(int(found[1]))

    async with line.started(hear) as child:
        ended = asyncio.ensure_future(child.wait())
        try:
            either = {opened, ended}
            await asyncio.wait(either, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if not opened.done():
                raise _not_open(line, child, service, timeout_s)
            yield PortForward(opened.result(), service, line.shown, child)
        finally:
            ended.cancel()


def _to(context: ClusterContext, environ: Mapping[str, str]) -> tuple[str, ...]:
    """How kubectl is told which cluster. One whose kubeconfig has several files finds them by the
    environment, as each of them may have only a part."""
    if context.kubeconfig is None:
        return ()
    listed = environ.get("KUBECONFIG", "").split(os.pathsep)
    named = {Path(each).absolute() for each in listed if each}
    if context.kubeconfig in named:
        return ("--context", context.name)
    return ("--kubeconfig", str(context.kubeconfig), "--context", context.name)


def _not_open(line: CommandLine, child: Child, service: str, seconds: float) -> ClusterError:
    code = child.exit_code
    ending = Ending.TIMED_OUT if code is None else Ending.EXITED
    told = child.ended(line.shown, ending, 124 if code is None else code)
    what = f"no way to Service {service} can be opened"
    if code is None:
        what += f": kubectl does not listen after {seconds:g} s"
    fix = f"try it by hand: `{line.shown}`"
    if "forbidden" in told.said.lower():
        fix = "whoever runs this needs the right to `create` `pods/portforward` in the namespace, "
        fix += "or a Service of type NodePort"
    return ClusterError(what, why=told.told(6), fix=fix)
