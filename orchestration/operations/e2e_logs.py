"""`e2e logs`: what the containers of a platform have written."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

from orchestration.cluster.api import ApiError
from orchestration.cluster.client import Client, connect
from orchestration.cluster.loop import EventLoop
from orchestration.cluster.run_logs import (
    PodContainer,
    containers_of_run,
    log_of,
    workloads,
)
from orchestration.errors import ConfigError
from orchestration.nearest import suggest
from orchestration.operations.e2e_records import run_meant
from orchestration.operations.outcome import outcome
from orchestration.platform_removal import choice_of
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
        show_logs(workplace, record, workload=workload, follow=follow, tail=tail)
        return 0

    return outcome(command)


def show_logs(
    workplace: Workplace,
    record: RunRecord,
    *,
    workload: str | None,
    follow: bool,
    tail: int | None,
) -> None:
    """Print them. Raises ConfigError (no such workload), ClusterError, StoppedError."""
    with SignalCancel() as cancel, EventLoop() as loop:
        loop.run(_show(workplace, record, workload, follow, tail), cancel)


async def _show(
    workplace: Workplace, record: RunRecord, workload: str | None, follow: bool, tail: int | None
) -> None:
    """Raises ConfigError (no such workload), ClusterError."""
    place = record.place
    async with connect(choice_of(place), environ=workplace.environ) as client:
        found = await containers_of_run(client, place.namespace)
        wanted = (workload or "").rpartition("/")[2]
        chosen = [each for each in found if wanted in ("", each.workload, each.pod)]
        if not chosen:
            raise ConfigError(
                f"platform {record.stack} has no pod of {workload}"
                if workload
                else f"platform {record.stack} has no pods",
                fix=suggest(
                    wanted,
                    workloads(found),
                    nothing="`stackwright e2e status` tells what there is",
                ),
            )
        several = len(chosen) > 1
        if follow:
            await asyncio.gather(
                *(_follow(client, place.namespace, each, several, tail) for each in chosen)
            )
            return
        for each in chosen:
            for line in (await log_of(client, place.namespace, each, tail=tail)).splitlines():
                _print(each, line, several)


async def _follow(
    client: Client, namespace: str, container: PodContainer, several: bool, tail: int | None
) -> None:
    """Lines are printed whole: everything here runs on one thread."""
    lines = client.follow_logs(container.pod, namespace, container.container, tail=tail)
    try:
        async with aclosing(lines):
            async for line in lines:
                _print(container, line, several)
    except ApiError as error:
        _print(container, f"({error.message})", several)


def _print(container: PodContainer, line: str, several: bool) -> None:
    shown = Redactor().clean(line)
    print(f"{container.name} | {shown}" if several else shown, flush=True)
