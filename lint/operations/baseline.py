"""`lint baseline create|prune|diff`: the findings that a repository starts out with."""

from __future__ import annotations

import sys
from pathlib import Path

from lint import baseline as baselines
from lint.config_file import shown_path
from lint.errors import LintError, UsageError
from lint.operations.outcome import outcome
from lint.operations.workplace import Wishes, Workplace
from lint.outputs.printable import path_text, spoken


def create(
    *,
    baseline: Path | None = None,
    force: bool = False,
    guidance: str | None = None,
    as_of: str | None = None,
    config: Path | None = None,
    no_cache: bool = False,
) -> int:
    """Write all findings of now that count as known ones."""

    def command() -> int:
        workplace = _workplace(baseline, guidance, as_of, config, no_cache)
        file = workplace.baseline_file()
        if file.exists() and not force:
            raise UsageError(
                f"there is a baseline already: {shown_path(file)}",
                why="writing it anew would hide what has been found since",
                fix="`stackwright lint baseline prune` takes out what is mended; "
                "--force writes it anew",
            )
        audit = workplace.audit(baseline=False)
        made = baselines.create(audit.report.findings)
        _write(file, made)
        known = _many(len(made.entries), "finding is", "findings are")
        _say(f"{known} known now: {_shown(file)}")
        return 0

    return outcome(command)


def prune(
    *,
    baseline: Path | None = None,
    guidance: str | None = None,
    as_of: str | None = None,
    config: Path | None = None,
    no_cache: bool = False,
) -> int:
    """Take out of the baseline what is mended; nothing is added."""

    def command() -> int:
        workplace = _workplace(baseline, guidance, as_of, config, no_cache)
        file = workplace.baseline_file()
        old = workplace.known()
        audit = workplace.audit(baseline=False)
        new = baselines.prune(old, audit.report.findings, audit.paths)
        if new.written() != old.written():
            _write(file, new)
        gone = len(old.entries) - len(new.entries)
        _say(
            f"{_many(gone, 'entry', 'entries')} taken out, {len(new.entries)} left: {_shown(file)}"
        )
        return 0

    return outcome(command)


def diff(
    *,
    baseline: Path | None = None,
    guidance: str | None = None,
    as_of: str | None = None,
    config: Path | None = None,
    no_cache: bool = False,
) -> int:
    """Print what is new (`+`) and what is mended (`-`); 1 when there is either."""

    def command() -> int:
        workplace = _workplace(baseline, guidance, as_of, config, no_cache)
        old = workplace.known()
        audit = workplace.audit(baseline=False)
        found = baselines.diff(old, audit.report.findings, paths=audit.paths)
        for each in found.new:
            at = f"{path_text(each.place.path)}:{each.place.line}"
            print(f"+ {at}: {each.code} {each.rule} {spoken(each.message)}")
        for entry in found.stale:
            print(f"- {path_text(entry.path)}: {entry.rule} {spoken(entry.message)}")
        _say(f"{len(found.new)} new, {len(found.stale)} mended")
        return 1 if found.new or found.stale else 0

    return outcome(command)


def _workplace(
    baseline: Path | None,
    guidance: str | None,
    as_of: str | None,
    config: Path | None,
    no_cache: bool,
) -> Workplace:
    """Always the whole repository, wherever one stands: a baseline is of all of it."""
    wishes = Wishes(
        config=config, guidance=guidance, as_of=as_of, no_cache=no_cache, baseline=baseline
    )
    return Workplace.here(wishes).whole()


def _write(file: Path, made: baselines.Baseline) -> None:
    try:
        file.write_text(made.written(), encoding="utf-8", newline="\n")
    except OSError as error:
        raise LintError(
            f"the baseline {shown_path(file)} cannot be written: {error.strerror}",
            fix="name another place: --baseline FILE",
        ) from error


def _shown(file: Path) -> str:
    return path_text(shown_path(file))


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _say(text: str) -> None:
    print(text, file=sys.stderr)
