"""`e2e logs`: what the containers of a platform have written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path

from orchestration.cluster.answering import answering
from orchestration.cluster.api import ApiError
from orchestration.cluster.client import Client
from orchestration.cluster.loop import EventLoop
from orchestration.cluster.run_logs import (
    PodContainer,
    containers_of_run,
    log_of,
    workloads,
)
from orchestration.errors import ConfigError, StackwrightError, StoppedError
from orchestration.nearest import suggest
from orchestration.operations.e2e_records import run_meant
from orchestration.operations.outcome import outcome
from orchestration.patience import LOOK_S
from orchestration.platform_place import connected
from orchestration.platform_source import PlatformSource
from orchestration.record import RunRecord
from orchestration.redact import Redactor
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace


def logs(
    *,
    service: str | None = None,
    workload: str | None = None,
    follow: bool = False,
    tail: int | None = None,
    config: Path | None = None,
) -> int:
    """Show the logs of all pods of a platform, or of one workload; with `follow` until Ctrl-C."""

    def command() -> int:
        workplace = Workplace.here()
        record = run_meant(workplace, config, service)
        redact = redactor_of(workplace, record)
        show_logs(workplace, record, redact, workload=workload, follow=follow, tail=tail)
        return 0

    return outcome(command)


def show_logs(
    workplace: Workplace,
    record: RunRecord,
    redact: Redactor,
    *,
    workload: str | None,
    follow: bool,
    tail: int | None,
) -> None:
    """Print them. Raises ConfigError (no such workload), ClusterError, StoppedError."""
    shown = _Shown(workplace, record, redact, workload or "", tail)
    with SignalCancel() as cancel, EventLoop() as loop:
        try:
            loop.run(shown.logs(follow=follow), cancel)
        except StoppedError:
            # That is how following ends.
            if not follow:
                raise


def redactor_of(workplace: Workplace, record: RunRecord) -> Redactor:
    """What hides the secrets of a run, as far as its configuration and manifests can be read."""
    environ = workplace.environ
    try:
        project = workplace.project(Path(record.config))
        if record.command == "e2e":
            return PlatformSource.read(project, record.stack, environ).redact
        generated = record.generated
        return PlatformSource.of_stack(project, record.stack, environ, generated=generated).redact
    except StackwrightError:
        return Redactor((record.generated,))


@dataclass(frozen=True, slots=True)
class _Shown:
    workplace: Workplace
    record: RunRecord
    redact: Redactor
    workload: str
    tail: int | None

    async def logs(self, *, follow: bool) -> None:
        """Raises ConfigError (no such workload), ClusterError."""
        namespace = self.record.place.namespace
        async with connected(self.workplace, self.record) as client:
            async with answering(LOOK_S, client.context.name):
                found = await containers_of_run(client, namespace)
            chosen = self._chosen(found)
            several = len(chosen) > 1
            if follow:
                await asyncio.gather(*(self._follow(client, each, several) for each in chosen))
                return
            for each in chosen:
                for line in (await self._log(client, each)).splitlines():
                    self._print(each, line, several)

    async def _log(self, client: Client, container: PodContainer) -> str:
        """Raises SilentClusterError when nothing else is answered either: a long log takes time."""
        namespace = self.record.place.namespace
        reading = asyncio.create_task(log_of(client, namespace, container, tail=self.tail))
        try:
            while not (await asyncio.wait([reading], timeout=LOOK_S))[0]:
                async with answering(LOOK_S, client.context.name):
                    with suppress(ApiError):
                        await client.version()
            return reading.result()
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    def _chosen(self, found: Sequence[PodContainer]) -> list[PodContainer]:
        wanted = self.workload.rpartition("/")[2]
        chosen = [each for each in found if wanted in ("", each.workload, each.pod)]
        if chosen:
            return chosen
        name = self.record.stack
        raise ConfigError(
            f"platform {name} has no pod of {self.workload}"
            if self.workload
            else f"platform {name} has no pods",
            fix=suggest(
                wanted,
                workloads(found),
                nothing="`stackwright e2e status` tells what there is",
            ),
        )

    async def _follow(self, client: Client, container: PodContainer, several: bool) -> None:
        """Lines are printed whole: everything here runs on one thread."""
        lines = client.follow_logs(
            container.pod, self.record.place.namespace, container.container, tail=self.tail
        )
        try:
            async with aclosing(lines):
                async for line in lines:
                    self._print(container, line, several)
        except ApiError as error:
            self._print(container, f"({error.message})", several)

    def _print(self, container: PodContainer, line: str, several: bool) -> None:
        shown = self.redact.clean(line)
        print(f"{container.name} | {shown}" if several else shown, flush=True)
