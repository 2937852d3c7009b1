"""The Invoke tasks: the same commands as `stackwright lint …`, for `invoke lint.check`.

Another repository gets them by one line in its `tasks.py`:

    from lint.tasks import namespace

and adds its own with `namespace.add_task(...)`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lint.operations import baseline as baselines
from lint.operations import check as checking
from lint.operations import explain as explaining
from lint.operations import init as initial
from lint.operations import rule as ruling
from lint.operations import status as standing

_JUDGING: Final = {
    "guidance": "judge by this guidance, ID or ID@VERSION (the one in force)",
    "as_of": "judge by what was in force on this day",
    "config": "the configuration file",
    "no_cache": "read every file anew",
}
_NARROW: Final = {
    "service": "only this service; may be repeated",
    "requirement": "only this requirement; may be repeated",
}
_LOUDNESS: Final = {
    "verbose": "also each skipped file, and the guidance",
    "quiet": "no summary",
}


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _end(code: int) -> None:
    """Leave with the command's exit code; what was found has been told."""
    if code:
        raise Exit(code=code)


@task(
    iterable=["path", "select", "ignore", "service", "requirement", "output_format"],
    help={
        "path": "report only of this file or directory; may be repeated",
        "select": "only these rules, codes or requirements; may be repeated",
        "ignore": "not these; may be repeated",
        **_NARROW,
        "since": "only what was not there yet in this commit or branch",
        "output_format": "FORMAT or FORMAT:FILE; may be repeated",
        "fail_on": "the least severity for exit code 1: error, warning or note",
        **_JUDGING,
        "exit_zero": "exit code 0 even when there are findings",
        "baseline": "known findings that do not count",
        "no_baseline": "let known findings count as well",
        "show_suppressed": "show what does not count, and why",
        "statistics": "a count for each rule instead of findings",
        **_LOUDNESS,
    },
)
def check(
    _context: Context,
    path: list[str] | None = None,
    select: list[str] | None = None,
    ignore: list[str] | None = None,
    service: list[str] | None = None,
    requirement: list[str] | None = None,
    since: str | None = None,
    output_format: list[str] | None = None,
    fail_on: str | None = None,
    guidance: str | None = None,
    as_of: str | None = None,
    config: str | None = None,
    no_cache: bool = False,
    exit_zero: bool = False,
    baseline: str | None = None,
    no_baseline: bool = False,
    show_suppressed: bool = False,
    statistics: bool = False,
    verbose: bool = False,
    quiet: bool = False,
) -> None:
    """Report findings."""
    _end(
        checking.check(
            paths=[Path(each) for each in path or ()],
            select=select or (),
            ignore=ignore or (),
            service=service or (),
            requirement=requirement or (),
            since=since,
            output_format=output_format or (),
            fail_on=fail_on,
            guidance=guidance,
            as_of=as_of,
            config=_path(config),
            no_cache=no_cache,
            exit_zero=exit_zero,
            baseline=_path(baseline),
            no_baseline=no_baseline,
            show_suppressed=show_suppressed,
            statistics=statistics,
            verbose=verbose,
            quiet=quiet,
        )
    )


@task(
    iterable=["service", "requirement", "output_format"],
    help={
        **_NARROW,
        "output_format": "text, json or markdown, and :FILE; may be repeated",
        **_JUDGING,
        **_LOUDNESS,
    },
)
def status(
    _context: Context,
    service: list[str] | None = None,
    requirement: list[str] | None = None,
    output_format: list[str] | None = None,
    guidance: str | None = None,
    as_of: str | None = None,
    config: str | None = None,
    no_cache: bool = False,
    verbose: bool = False,
    quiet: bool = False,
) -> None:
    """Show where each service stands, by requirement."""
    _end(
        standing.status(
            service=service or (),
            requirement=requirement or (),
            output_format=output_format or (),
            guidance=guidance,
            as_of=as_of,
            config=_path(config),
            no_cache=no_cache,
            verbose=verbose,
            quiet=quiet,
        )
    )


@task(help={"name": "its name or code", "all": "the list, and all pages"})
def rule(
    _context: Context,
    name: str | None = None,
    all: bool = False,  # noqa: A002 - the name of the flag
) -> None:
    """Show the page of a rule."""
    _end(ruling.rule(name=name, everything=all))


@task(
    help={
        "service": "the service",
        "requirement": "only this one: R2, no-compose",
        **_JUDGING,
    }
)
def explain(
    _context: Context,
    service: str,
    requirement: str | None = None,
    guidance: str | None = None,
    as_of: str | None = None,
    config: str | None = None,
    no_cache: bool = False,
) -> None:
    """Show the evidence: entry point, calls, command."""
    _end(
        explaining.explain(
            service=service,
            requirement=requirement,
            guidance=guidance,
            as_of=as_of,
            config=_path(config),
            no_cache=no_cache,
        )
    )


@task(
    help={
        "baseline": "the baseline's file",
        "force": "even where there is a baseline",
        **_JUDGING,
    }
)
def baseline_create(
    _context: Context,
    baseline: str | None = None,
    force: bool = False,
    guidance: str | None = None,
    as_of: str | None = None,
    config: str | None = None,
    no_cache: bool = False,
) -> None:
    """Write all findings of now as known ones."""
    _end(
        baselines.create(
            baseline=_path(baseline),
            force=force,
            guidance=guidance,
            as_of=as_of,
            config=_path(config),
            no_cache=no_cache,
        )
    )


@task(help={"baseline": "the baseline's file", **_JUDGING})
def baseline_prune(
    _context: Context,
    baseline: str | None = None,
    guidance: str | None = None,
    as_of: str | None = None,
    config: str | None = None,
    no_cache: bool = False,
) -> None:
    """Take out of the baseline what is mended."""
    _end(
        baselines.prune(
            baseline=_path(baseline),
            guidance=guidance,
            as_of=as_of,
            config=_path(config),
            no_cache=no_cache,
        )
    )


@task(help={"baseline": "the baseline's file", **_JUDGING})
def baseline_diff(
    _context: Context,
    baseline: str | None = None,
    guidance: str | None = None,
    as_of: str | None = None,
    config: str | None = None,
    no_cache: bool = False,
) -> None:
    """Show what is new and what is mended."""
    _end(
        baselines.diff(
            baseline=_path(baseline),
            guidance=guidance,
            as_of=as_of,
            config=_path(config),
            no_cache=no_cache,
        )
    )


@task(help={"config": "the configuration file"})
def init(_context: Context, config: str | None = None) -> None:
    """Write a [lint] table to start from."""
    _end(initial.init(config=_path(config)))


namespace = Collection(
    lint=Collection(
        check, status, rule, explain, baseline_create, baseline_prune, baseline_diff, init
    )
)
"""All tasks, as `lint.*`."""
