"""The command line `stackwright lint`. Only parsing lives here, so that `--help` stays quick."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from lint.arguments import Arguments

PROG: Final = "stackwright lint"
SUMMARY: Final = "tell where each service stands against the guidance"
COMMANDS: Final = ("check", "status", "rule", "explain", "baseline", "init")
FORMATS: Final = ("full", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown")
TABLES: Final = ("text", "json", "markdown")
SEVERITIES: Final = ("error", "warning", "note")

EXIT_CODES: Final = """\
exit codes of lint:
  0 clean   1 findings   2 configuration, usage or internal   3 nothing to scan
"""
DESCRIPTION: Final = (
    "Tell where each service stands against the guidance. Without a command word it is `check`: "
    "`stackwright lint src/`."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except BrokenPipeError:
        # The reader of our output has gone; a second failure at exit must not be shown either.
        _silence()
        return 141
    except KeyboardInterrupt:
        print(f"{PROG}: stopped by Ctrl-C", file=sys.stderr)
        return 130
    except OSError as error:
        _silence()
        print(
            f"{PROG}: the output cannot be written: {error.strerror}\n"
            "  fix: make room, or write elsewhere",
            file=sys.stderr,
        )
        return 2


def _run(words: list[str]) -> int:
    if not words or words[0] not in (*COMMANDS, "-h", "--help"):
        words.insert(0, "check")
    for name in ("stdout", "stderr"):
        stream: object = getattr(sys, name)
        if stream is None:
            # Closed by whoever called (`>&-`): what would go there is not wanted.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for good
        elif isinstance(stream, io.TextIOWrapper):
            # A path or message in letters that the terminal's encoding lacks is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    try:
        arguments = vars(parser().parse_args(words))
    except SystemExit:
        # Help is output as well.
        sys.stdout.flush()
        raise
    module, name = arguments.pop("run")
    run: Callable[..., int] = getattr(import_module(f"lint.operations.{module}"), name)
    code = run(**arguments)
    sys.stdout.flush()
    return code


def _silence() -> None:
    """Let nothing more of what is left in a buffer reach standard output, nor fail there."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = Arguments(
        prog=PROG,
        description=DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_commands(top)
    return top


def add_commands(top: argparse.ArgumentParser) -> None:
    """All commands, to a parser that stands for `lint`."""
    groups = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Arguments
    )
    _check(groups)
    _status(groups)
    rule = _command(groups, "rule", "show the page of a rule", ("rule", "rule"))
    rule.add_argument("name", nargs="?", metavar="NAME", help="its name or code")
    rule.add_argument("--all", action="store_true", dest="everything", help="the list, all pages")
    _explain(groups)
    baseline = groups.add_parser("baseline", help="the findings you start out with")
    _baseline(baseline)
    init = _command(groups, "init", "write a [lint] table to start from", ("init", "init"))
    _config(init)


_Groups = argparse._SubParsersAction


def _check(groups: _Groups[Arguments]) -> None:
    check = _command(groups, "check", "report findings", ("check", "check"))
    check.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="report only of these (all of here)"
    )
    _words(
        check,
        "--select",
        "RULE",
        "only these rules, codes (`SW2` for all of R2's) or "
        "requirements; wins over the configuration",
    )
    _words(check, "--ignore", "RULE", "not these")
    _narrow(check)
    check.add_argument(
        "--since", metavar="REF", help="only what was not there yet in this commit or branch"
    )
    check.add_argument(
        "--output-format",
        action="append",
        default=[],
        metavar="FORMAT[:FILE]",
        help=f"{', '.join(FORMATS)} (full); may be repeated, one of them without a file",
    )
    check.add_argument(
        "--fail-on", choices=SEVERITIES, help="the least severity for exit code 1 (error)"
    )
    _judging(check)
    check.add_argument(
        "--exit-zero", action="store_true", help="exit code 0 even when there are findings"
    )
    check.add_argument(
        "--baseline", type=Path, metavar="FILE", help="known findings that do not count"
    )
    check.add_argument(
        "--no-baseline", action="store_true", help="let known findings count as well"
    )
    check.add_argument(
        "--show-suppressed", action="store_true", help="show what does not count, and why"
    )
    check.add_argument(
        "--statistics", action="store_true", help="a count for each rule instead of findings"
    )
    _loudness(check)


def _status(groups: _Groups[Arguments]) -> None:
    status = _command(
        groups, "status", "show where each service stands, by requirement", ("status", "status")
    )
    _narrow(status)
    status.add_argument(
        "--output-format",
        action="append",
        default=[],
        metavar="FORMAT[:FILE]",
        help=f"{', '.join(TABLES)} (text); may be repeated, one of them without a file",
    )
    _judging(status)
    _loudness(status)


def _explain(groups: _Groups[Arguments]) -> None:
    explain = _command(
        groups,
        "explain",
        "show the evidence: entry point, calls, command",
        ("explain", "explain"),
    )
    explain.add_argument("service", metavar="SERVICE", help="the service")
    explain.add_argument(
        "requirement", nargs="?", metavar="REQUIREMENT", help="only this one: `R2`, `no-compose`"
    )
    _judging(explain)


def _baseline(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Arguments
    )
    create = _command(
        commands, "create", "write all findings of now as known ones", ("baseline", "create")
    )
    create.add_argument("--force", action="store_true", help="even where there is a baseline")
    prune = _command(commands, "prune", "take out what is mended", ("baseline", "prune"))
    diff = _command(
        commands,
        "diff",
        "show what is new and what is mended; exit code 1 when there is either",
        ("baseline", "diff"),
    )
    for each in (create, prune, diff):
        each.add_argument("--baseline", type=Path, metavar="FILE", help="the baseline's file")
        _judging(each)


def _command(
    commands: _Groups[Arguments], name: str, summary: str, run: tuple[str, str]
) -> argparse.ArgumentParser:
    """A command whose options are the parameters of `run`, a module and function of `operations`.

    Named, not imported: only the command that is run pays for its imports.
    """
    command = commands.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    command.set_defaults(run=run)
    return command


def _judging(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--guidance", metavar="ID[@VERSION]", help="judge by this guidance (the one in force)"
    )
    command.add_argument(
        "--as-of", metavar="DATE", help="judge by what was in force on this day: 2025-12-23"
    )
    _config(command)
    command.add_argument("--no-cache", action="store_true", help="read every file anew")


def _config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="the configuration (else found from here up)"
    )


def _narrow(command: argparse.ArgumentParser) -> None:
    _words(command, "--service", "NAME", "only this service")
    _words(command, "--requirement", "ID", "only this requirement: `R2`, `no-compose`")


def _words(command: argparse.ArgumentParser, option: str, metavar: str, summary: str) -> None:
    command.add_argument(
        option,
        action="append",
        default=[],
        metavar=metavar,
        help=f"{summary}; may be repeated or hold commas",
    )


def _loudness(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-v", "--verbose", action="store_true", help="also each skipped file, and the guidance"
    )
    command.add_argument("-q", "--quiet", action="store_true", help="no summary")
