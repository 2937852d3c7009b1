"""`e2e logs`: what the containers of a platform have written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from pathlib import Path

from orchestration.cluster.api import ApiError, Body
from orchestration.cluster.client import Client, connect
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.fields import Fields
from orchestration.cluster.loop import EventLoop
from orchestration.cluster.platform_status import pods_of_run
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
        pods = await pods_of_run(client, place.namespace)
        chosen = [each for each in pods if workload is None or _belongs(each, workload)]
        if not chosen:
            raise ConfigError(
                f"platform {record.stack} has no pod of {workload}"
                if workload
                else f"platform {record.stack} has no pods",
                fix=suggest(
                    workload or "",
                    sorted({_workload(each) for each in pods}),
                    nothing="`stackwright e2e status` tells what there is",
                ),
            )
        containers = [(pod, name) for pod in chosen for name in _containers(pod)]
        show = _Show(client, place.namespace, len(containers) > 1, tail)
        if not follow:
            for pod, name in containers:
                await show.once(pod, name)
            return
        await asyncio.gather(*(show.followed(pod, name) for pod, name in containers))


class _Show:
    """Prints lines whole: everything here runs on one thread."""

    def __init__(self, client: Client, namespace: str, several: bool, tail: int | None) -> None:
        self._client = client
        self._namespace = namespace
        self._several = several
        self._tail = tail
        self._redact = Redactor()

    async def once(self, pod: Body, container: str) -> None:
        try:
            text = await self._client.logs(_name(pod), self._namespace, container, tail=self._tail)
        except ApiError as error:
            if error.code != 400:
                raise told(error, context=self._client.context) from error
            # The container has not begun, so that there is no log of it.
            self._print(pod, container, f"({error.message})")
            return
        for line in text.splitlines():
            self._print(pod, container, line)

    async def followed(self, pod: Body, container: str) -> None:
        lines = self._client.follow_logs(_name(pod), self._namespace, container, tail=self._tail)
        try:
            async with aclosing(lines):
                async for line in lines:
                    self._print(pod, container, line)
        except ApiError as error:
            self._print(pod, container, f"({error.message})")

    def _print(self, pod: Body, container: str, line: str) -> None:
        many = len(_containers(pod)) > 1
        head = f"{_name(pod)}/{container}" if many else _name(pod)
        shown = self._redact.clean(line)
        print(f"{head} | {shown}" if self._several else shown, flush=True)


def _name(pod: Body) -> str:
    return Fields(pod).text("metadata", "name")


def _containers(pod: Body) -> tuple[str, ...]:
    spec = Fields(pod).table("spec")
    tables: Iterable[Fields] = (*spec.tables("initContainers"), *spec.tables("containers"))
    return tuple(each.text("name") for each in tables)


def _workload(pod: Body) -> str:
    """`api` of `api-7f9c-x2k1`: what a Deployment, StatefulSet or Job calls itself."""
    metadata = Fields(pod).table("metadata")
    owners = metadata.tables("ownerReferences")
    if not owners:
        return metadata.text("name")
    name = owners[0].text("name")
    hash_ = metadata.text("labels", "pod-template-hash")
    return name.removesuffix(f"-{hash_}") if hash_ else name


def _belongs(pod: Body, workload: str) -> bool:
    wanted = workload.rpartition("/")[2]
    return wanted in (_name(pod), _workload(pod))
