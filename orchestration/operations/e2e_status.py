"""`e2e status`: what is up on clusters, object by object."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.cluster.client import connect
from orchestration.cluster.loop import EventLoop
from orchestration.cluster.platform_status import ObjectStatus, platform_status
from orchestration.columns import columns
from orchestration.operations.e2e_records import runs_meant
from orchestration.operations.outcome import outcome
from orchestration.platform_removal import choice_of, platform_run
from orchestration.record import RunRecord
from orchestration.redact import Redactor
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformStatus:
    """A run on a cluster as it is now."""

    record: RunRecord
    objects: tuple[ObjectStatus, ...]

    @property
    def ready(self) -> bool:
        """Whether all of it is."""
        return all(each.ready for each in self.objects)

    def as_json(self) -> dict[str, object]:
        """For machines; see docs/e2e.md."""
        place = self.record.place
        return {
            "run": self.record.run,
            "platform": self.record.stack,
            "phase": self.record.phase.value,
            "context": place.context,
            "namespace": place.namespace,
            "objects": [
                {
                    "kind": each.ref.kind,
                    "name": each.ref.name,
                    "ready": each.ready,
                    "reason": Redactor().line(each.reason),
                }
                for each in self.objects
            ],
        }

    def lines(self) -> list[str]:
        """For people."""
        place = self.record.place
        rows = [
            (each.ref.short, "ready" if each.ready else "not ready", Redactor().line(each.reason))
            for each in self.objects
        ]
        return [
            f"{self.record.stack}: {self.record.phase}, run {self.record.run}, in namespace "
            f"{place.namespace} of context {place.context}",
            *columns(rows, indent="  "),
        ]


def status(*, service: str | None = None, as_json: bool = False, config: Path | None = None) -> int:
    """Each object of the platforms that are up; exit code 14 when one is not ready."""

    def command() -> int:
        workplace = Workplace.here()
        records = runs_meant(workplace, config, service, everything=service is None)
        found = statuses(workplace, records)
        if as_json:
            print(json.dumps({"schema_version": 1, "runs": [each.as_json() for each in found]}))
        elif found:
            print(render(found), end="")
        else:
            print("nothing is up", file=sys.stderr)
        return 0 if all(each.ready for each in found) else 14

    return outcome(command)


def statuses(workplace: Workplace, records: Sequence[RunRecord]) -> tuple[PlatformStatus, ...]:
    """One look at each run. Raises ClusterError when a cluster cannot be asked."""
    if not records:
        return ()

    async def look(record: RunRecord) -> PlatformStatus:
        async with connect(choice_of(record.place), environ=workplace.environ) as client:
            objects = await platform_status(client, platform_run(workplace, record))
            return PlatformStatus(record=record, objects=objects)

    with SignalCancel() as cancel, EventLoop() as loop:
        return tuple(loop.run(look(each), cancel) for each in records)


def render(found: Iterable[PlatformStatus]) -> str:
    """All of them, for people; each line ends with a newline."""
    return "".join(f"{line}\n" for each in found for line in each.lines())
