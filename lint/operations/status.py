"""`lint status`: service by requirement."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from lint.model import Report
from lint.operations.outcome import outcome
from lint.operations.selection import select, selection
from lint.operations.sinks import sinks
from lint.operations.workplace import Wishes, Workplace, for_terminal
from lint.outputs import json_report
from lint.outputs.explanation import reasons
from lint.outputs.markdown import matrix_rows
from lint.outputs.matrix import LEGEND, matrix
from lint.outputs.output import Output, Sources
from lint.outputs.summary import summary


def _markdown(report: Report, sources: Sources) -> str:
    return "\n".join(matrix_rows(report, sources)) + "\n"


FORMATS: Final[Mapping[str, Output]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Output(name="text", summary="a table, for people", render=matrix),
            Output(name="json", summary="the whole report", render=json_report.render),
            Output(name="markdown", summary="a table, for a page", render=_markdown),
        )
    }
)


def status(
    *,
    service: Sequence[str] = (),
    requirement: Sequence[str] = (),
    output_format: Sequence[str] = (),
    guidance: str | None = None,
    as_of: str | None = None,
    config: Path | None = None,
    no_cache: bool = False,
    verbose: bool = False,
    quiet: bool = False,
) -> int:
    """Print the matrix; 0 whatever it says."""

    def command() -> int:
        wanted = sinks(output_format, FORMATS, "text")
        wishes = Wishes(config=config, guidance=guidance, as_of=as_of, no_cache=no_cache)
        workplace = Workplace.here(wishes).whole()
        audit = workplace.audit()
        sources = workplace.sources(audit)
        chosen = selection(workplace.config, services=service, requirements=requirement)
        report = select(audit.report, chosen, sources.rules, sources.requirements)
        for each in wanted:
            shown = for_terminal(sources) if each.file is None else sources
            each.write(each.output.render(report, shown))
        if not quiet:
            _tell(report, sources, verbose=verbose)
        return 0

    return outcome(command)


def _tell(report: Report, sources: Sources, *, verbose: bool) -> None:
    if report.services:
        print(LEGEND, file=sys.stderr)
    else:
        print("no service was found; declare them: [services.NAME]", file=sys.stderr)
    for service in report.services:
        for line in reasons(service, sources, every=verbose):
            print(line, file=sys.stderr)
    for line in summary(report, verbose=verbose):
        print(line, file=sys.stderr)
