"""`lint init`: a `[lint]` table to start from, and what the linter sees without it."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lint.config_file import PYPROJECT, STACKFILE, TABLE, read_config, shown_path
from lint.errors import LintError, NothingToScanError
from lint.operations.outcome import outcome
from lint.operations.workplace import BASELINE, Wishes, Workplace, for_terminal
from lint.outputs.matrix import matrix
from lint.outputs.printable import printable
from lint.outputs.summary import summary

if TYPE_CHECKING:
    from lint.audit import Audit

TEMPLATE: Final = f"""\
[{{table}}]
# What `stackwright lint` judges. Every key may stay away; docs/lint.md tells about each.

# Rules, codes or requirements to report (all), and not to report (none).
# select = ["R2", "SW4", "constant-local-tag"]
# ignore = ["S1"]

# The least severity of a finding that makes the exit code 1: error, warning or note.
# fail-on = "error"

# Files that are not read, as globs.
# exclude = ["legacy/**"]

# The guidance to judge by (the one in force today), or that of a day; files of your own.
# guidance = "DD-INTEGRATION-001@2.0"
# as-of = 2025-12-27
# guidance-files = ["docs/guidance/ours.toml"]

# The findings you start out with: `stackwright lint baseline create` writes them.
# baseline = "{BASELINE}"

# Whose tests are where, when the paths do not tell.
# [{{table}}.tiers]
# "test/integration/**" = "integration"
# "test/e2e/**" = "e2e"

# What is let pass for a while. Owner, reason and last day are required.
# [[{{table}}.exemptions]]
# requirement = "R2"
# service = "gateway"
# owner = "team-gateway"
# reason = "moves with the v2 suite"
# until = 2027-06-30
"""


def init(*, config: Path | None = None) -> int:
    """Print what is found here; write the table where there is none yet, and touch nothing else."""

    def command() -> int:
        workplace = Workplace.here(Wishes(config=config)).whole()
        try:
            _show(workplace.audit())
        except NothingToScanError as error:
            print(f"note: {printable(error.what)}", file=sys.stderr)
        print(_write(workplace), file=sys.stderr)
        return 0

    return outcome(command)


def _show(audit: Audit) -> None:
    from lint.outputs.output import Sources

    sources = for_terminal(Sources(requirements=audit.guidance.requirements))
    for service in audit.project.services:
        known = [service.language, *service.paths]
        print(printable(f"service {service.name}: {', '.join(filter(None, known)) or 'no paths'}"))
    entries = Counter(
        f"{trace.entry.kind} ({trace.entry.tier})"
        for trace in audit.project.traces
        if trace.entry.live
    )
    for kind, count in sorted(entries.items()):
        print(f"entry points: {count} {kind}")
    print(matrix(audit.report, sources), end="")
    for line in summary(audit.report):
        print(line, file=sys.stderr)


def _write(workplace: Workplace) -> str:
    file = workplace.root / (workplace.config.file or STACKFILE)
    prefix = f"{'.'.join(TABLE)}." if file.name == PYPROJECT else ""
    text = TEMPLATE.format(table=f"{prefix}lint")
    if not workplace.config.file:
        return _create(file, text)
    read = read_config(file)
    if "lint" in read.data:
        return f"{shown_path(file)} has a [{prefix}lint] table already; nothing was written"
    try:
        with file.open("a", encoding="utf-8", newline="") as opened:
            opened.write(("" if read.text.endswith("\n") or not read.text else "\n") + f"\n{text}")
    except OSError as error:
        raise _unwritable(file, error) from error
    return f"added a [{prefix}lint] table to {shown_path(file)}"


def _create(file: Path, text: str) -> str:
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except OSError as error:
        raise _unwritable(file, error) from error
    return f"wrote {shown_path(file)}"


def _unwritable(file: Path, error: OSError) -> LintError:
    return LintError(
        f"{file} cannot be written: {error.strerror}",
        fix="write the table by hand: docs/lint.md has it",
    )
