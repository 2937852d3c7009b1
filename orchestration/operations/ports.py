"""`ports check` and `ports table`: the registry of host ports."""

from __future__ import annotations

import sys
from pathlib import Path

from orchestration.errors import PortError
from orchestration.operations.outcome import outcome
from orchestration.stackfile import port_findings
from orchestration.wiring import Workplace


def check(*, config: Path | None = None) -> int:
    """Print every finding, one a line; the exit code of PortError when there is any but notes."""

    def command() -> int:
        project = Workplace.here().project(config)
        found = port_findings(project)
        for finding in found:
            print(finding)
        wrong = sum(not finding.note for finding in found)
        total = len(project.ports.claims) + len(project.ports.pins)
        print(f"{total} claims checked, {wrong} findings", file=sys.stderr)
        return PortError.exit_code if wrong else 0

    return outcome(command)


def table(*, config: Path | None = None) -> int:
    """Print the allocation by kind, and the next free port of each range."""

    def command() -> int:
        registry = Workplace.here().project(config).ports
        for kind, claim in registry.allocations():
            print(f"{kind:<12} {claim.port:>5}  {claim.service} {claim.name}")
        for each in registry.ranges:
            free = registry.next_free(each.kind)
            print(f"{each.kind:<12} {free if free is not None else 'full':>5}  (next free)")
        return 0

    return outcome(command)
