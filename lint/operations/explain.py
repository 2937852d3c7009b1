"""`lint explain`: the evidence behind a service's verdict."""

from __future__ import annotations

import sys
from pathlib import Path

from lint.operations.outcome import outcome
from lint.operations.selection import Selection, select
from lint.operations.workplace import Wishes, Workplace, for_terminal
from lint.outputs.explanation import explanation


def explain(
    *,
    service: str,
    requirement: str | None = None,
    guidance: str | None = None,
    as_of: str | None = None,
    config: Path | None = None,
    no_cache: bool = False,
) -> int:
    """Print, for each requirement or the one named, what shows that it holds or does not."""

    def command() -> int:
        wishes = Wishes(config=config, guidance=guidance, as_of=as_of, no_cache=no_cache)
        workplace = Workplace.here(wishes).whole()
        audit = workplace.audit()
        sources = workplace.sources(audit)
        wanted = Selection(services=(service,), requirements=(requirement,) if requirement else ())
        report = select(audit.report, wanted, sources.rules, sources.requirements)
        for each in report.services:
            print(explanation(each, for_terminal(sources)), end="")
        print(f"judged by {report.guidance_id} {report.guidance_version}", file=sys.stderr)
        return 0

    return outcome(command)
