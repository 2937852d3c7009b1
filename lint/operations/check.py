"""`lint check`: the findings."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lint.errors import UsageError
from lint.model import Report, Severity
from lint.nearest import suggestion
from lint.operations.outcome import outcome
from lint.operations.selection import select as select_of
from lint.operations.selection import selection
from lint.operations.sinks import Sink, sinks
from lint.operations.workplace import Wishes, Workplace, for_terminal
from lint.outputs.output import shown
from lint.outputs.summary import statistics as counts
from lint.outputs.summary import summary
from lint.outputs.table import OUTPUTS

FINDINGS: Final = 1
_TEXTS: Final = ("full", "concise")


def check(
    *,
    paths: Sequence[Path] = (),
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    service: Sequence[str] = (),
    requirement: Sequence[str] = (),
    since: str | None = None,
    output_format: Sequence[str] = (),
    fail_on: str | None = None,
    guidance: str | None = None,
    as_of: str | None = None,
    config: Path | None = None,
    no_cache: bool = False,
    exit_zero: bool = False,
    baseline: Path | None = None,
    no_baseline: bool = False,
    show_suppressed: bool = False,
    statistics: bool = False,
    verbose: bool = False,
    quiet: bool = False,
) -> int:
    """Print the findings; 1 when one that counts is at least as bad as `fail_on`."""

    def command() -> int:
        wanted = sinks(output_format, OUTPUTS, "full")
        if statistics and any(each.output.name not in _TEXTS for each in wanted):
            raise UsageError(
                "--statistics is a text of its own",
                fix="leave out --output-format, or --statistics",
            )
        wishes = Wishes(
            paths=paths,
            config=config,
            guidance=guidance,
            as_of=as_of,
            no_cache=no_cache,
            since=since,
            baseline=baseline,
            no_baseline=no_baseline,
        )
        workplace = Workplace.here(wishes)
        limit = severity(fail_on) or workplace.config.fail_on
        audit = workplace.audit()
        chosen = selection(
            workplace.config,
            select=select,
            ignore=ignore,
            services=service,
            requirements=requirement,
        )
        found = workplace.sources(audit, show_suppressed=show_suppressed)
        report = select_of(audit.report, chosen, found.rules, found.requirements)
        for each in wanted:
            sources = for_terminal(found) if each.file is None else found
            if statistics:
                each.write(counts(shown(report, sources)))
            else:
                each.write(each.output.render(report, sources))
        _tell(report, wanted, verbose=verbose, quiet=quiet)
        return 0 if exit_zero else exit_code(report, limit)

    return outcome(command)


def exit_code(report: Report, limit: Severity) -> int:
    """1 when a finding that is not suppressed is at least as bad as `limit`."""
    failing = any(
        each.suppressed is None and each.severity.rank >= limit.rank for each in report.findings
    )
    return FINDINGS if failing else 0


def severity(written: str | None) -> Severity | None:
    """The severity of that name. Raises UsageError."""
    if not written:
        return None
    try:
        return Severity(written)
    except ValueError:
        raise UsageError(
            f"there is no severity `{written}`", fix=suggestion(written, list(Severity))
        ) from None


def _tell(report: Report, wanted: Sequence[Sink], *, verbose: bool, quiet: bool) -> None:
    sys.stdout.flush()  # So that a terminal shows the summary after the findings.
    if quiet:
        return
    for line in summary(report, verbose=verbose):
        print(line, file=sys.stderr)
    for each in wanted:
        if each.file is not None:
            print(f"wrote {each.output.name} to {each.file}", file=sys.stderr)
