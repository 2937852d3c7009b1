"""The page of the command line, from the parsers: `python -m tests.docs.cli_page` writes it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lint.cli import EXIT_CODES as LINT_EXIT_CODES
from orchestration.cli import EXIT_CODES
from stackwright import parser

PAGE: Final = Path(__file__).parents[2] / "docs" / "commands.md"
_HEAD: Final = """\
# The commands

Made from the command line itself; `stackwright COMMAND --help` shows the same. Every command is an
Invoke task too: `stackwright stack up --service gateway` is `invoke stack.up --service gateway`,
and `stackwright lint baseline create` is `invoke lint.baseline-create`. What can be given several
times is a repeated option there: `invoke lint.check --path src --path test`. Results go to stdout,
all else to stderr.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for words, command in commands(parser(), ("stackwright",)):
        parts.append(f"## `{' '.join(words)}`\n\n{command.description}\n")
        rows = [row for action in command._actions if (row := _row(action))]
        if rows:
            parts.append("| option | meaning |\n|---|---|\n" + "".join(rows))
    codes = re.sub(r"^exit codes:\n", "", EXIT_CODES)
    lint = re.sub(r"^exit codes of lint:\n", "", LINT_EXIT_CODES)
    parts.append(
        f"## Exit codes\n\n```text\n{codes}```\n\n[failures.md](failures.md) tells more. "
        f"`stackwright lint` has its own:\n\n```text\n{lint}```\n\n[lint.md](lint.md) tells more.\n"
    )
    return "\n".join(parts)


def commands(
    top: argparse.ArgumentParser, words: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Every command that can be run, with the words that name it."""
    groups = [a for a in top._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield words, top
    for group in groups:
        for name, below in group.choices.items():
            yield from commands(below, (*words, name))


def _row(action: argparse.Action) -> str:
    if isinstance(action, argparse._HelpAction):
        return ""
    name = ", ".join(action.option_strings) or str(action.metavar)
    value = ""
    if action.option_strings and action.nargs != 0:
        value = " " + ("\\|".join(action.choices) if action.choices else str(action.metavar))
    return f"| `{name}{value}` | {action.help} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
