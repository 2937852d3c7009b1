"""The command `stackwright`: two halves that know nothing of each other, under one name."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final

LINT: Final = "lint"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == [LINT]:
        from lint import cli as lint

        return lint.main(words[1:])
    from orchestration import cli as orchestration

    # Help and mistakes show the whole command line, of which the other half knows only its own.
    return orchestration.main(words, whole=parser)


def parser() -> argparse.ArgumentParser:
    """The whole command line of both halves."""
    from lint import cli as lint
    from orchestration import cli as orchestration

    top = orchestration.parser()
    top.description = f"{top.description} Tell where each service stands against the guidance."
    top.epilog = f"{top.epilog}\n{lint.EXIT_CODES}"
    groups = next(
        action for action in top._actions if isinstance(action, argparse._SubParsersAction)
    )
    lint.add_commands(groups.add_parser(LINT, help=lint.SUMMARY, description=lint.DESCRIPTION))
    return top


if __name__ == "__main__":
    raise SystemExit(main())
