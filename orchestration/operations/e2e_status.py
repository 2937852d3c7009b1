"""`e2e status`: what is up on clusters, object by object."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.cluster.loop import EventLoop
from orchestration.cluster.platform_status import ObjectStatus, platform_status
from orchestration.columns import columns
from orchestration.errors import StackwrightError, StoppedError
from orchestration.operations.e2e_logs import redactor_of
from orchestration.operations.e2e_records import runs_meant
from orchestration.operations.outcome import outcome, raise_last
from orchestration.platform_place import looking
from orchestration.platform_removal import platform_run
from orchestration.record import RunRecord
from orchestration.redact import Redactor
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformStatus:
    """A run on a cluster as it is now. `redact` hides its secrets, which pods and the server may
    quote. `problem`: why the cluster could not be asked, "" when it answered.
    """

    record: RunRecord
    redact: Redactor = field(repr=False)
    objects: tuple[ObjectStatus, ...] = ()
    problem: str = ""

    @property
    def ready(self) -> bool:
        """Whether all of it is known to be."""
        return not self.problem and all(each.ready for each in self.objects)

    def as_json(self) -> dict[str, object]:
        """For machines; see docs/e2e.md."""
        place = self.record.place
        return {
            "run": self.record.run,
            "platform": self.record.stack,
            "phase": self.record.phase.value,
            "context": place.context,
            "namespace": place.namespace,
            "problem": self.redact.line(self.problem),
            "objects": [
                {
                    "kind": each.ref.kind,
                    "name": each.ref.name,
                    "ready": each.ready,
                    "reason": self.redact.line(each.reason),
                }
                for each in self.objects
            ],
        }

    def lines(self) -> list[str]:
        """For people."""
        place = self.record.place
        rows = [
            (each.ref.short, "ready" if each.ready else "not ready", self.redact.line(each.reason))
            for each in self.objects
        ]
        return [
            f"{self.record.stack}: {self.record.phase}, run {self.record.run}, in namespace "
            f"{place.namespace} of context {place.context}",
            *([f"  not known: {self.redact.line(self.problem)}"] if self.problem else ()),
            *columns(rows, indent="  "),
        ]


def status(*, service: str | None = None, as_json: bool = False, config: Path | None = None) -> int:
    """Each object of the platforms that are up; exit code 14 when one is not ready.

    Exit code 13 when a cluster cannot be asked: what is known of all runs is told then.
    """

    def command() -> int:
        workplace = Workplace.here()
        records = runs_meant(workplace, config, service, everything=service is None)
        found, problems = statuses(workplace, records)
        if as_json:
            print(json.dumps({"schema_version": 1, "runs": [each.as_json() for each in found]}))
        elif found:
            print(render(found), end="")
        else:
            print("nothing is up", file=sys.stderr)
        raise_last(problems)
        return 0 if all(each.ready for each in found) else 14

    return outcome(command)


def statuses(
    workplace: Workplace, records: Sequence[RunRecord]
) -> tuple[tuple[PlatformStatus, ...], tuple[StackwrightError, ...]]:
    """One look at each run, at all at once, and why some clusters could not be asked.

    Raises StoppedError.
    """
    if not records:
        return (), ()
    problems: list[StackwrightError] = []

    async def look(record: RunRecord, redact: Redactor) -> PlatformStatus:
        try:
            async with looking(workplace, record) as client:
                objects = await platform_status(client, platform_run(workplace, record))
                return PlatformStatus(record=record, redact=redact, objects=objects)
        except StoppedError:
            raise
        except StackwrightError as error:
            problems.append(error)
            return PlatformStatus(record=record, redact=redact, problem=error.what)

    async def looks() -> list[PlatformStatus]:
        return await asyncio.gather(*map(look, records, redactors))

    redactors = [redactor_of(workplace, each) for each in records]
    with SignalCancel() as cancel, EventLoop() as loop:
        return tuple(loop.run(looks(), cancel)), tuple(problems)


def render(found: Iterable[PlatformStatus]) -> str:
    """All of them, for people; each line ends with a newline."""
    return "".join(f"{line}\n" for each in found for line in each.lines())
