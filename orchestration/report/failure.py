"""What a user reads when a run has failed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.columns import columns
from orchestration.errors import StackwrightError
from orchestration.model import Evidence
from orchestration.redact import Redactor

LOG_LINES = 20
"""Of each component; the bundle has the whole logs."""

WIDTH = 80
LOG_WIDTH = 160
"""Columns of a line of a log; longer ones are cut."""


@dataclass(frozen=True, slots=True)
class NoBundle:
    """The evidence could not be put into a directory; `reason` says why."""

    reason: str


def render_failure(
    error: StackwrightError,
    *,
    redact: Redactor | None = None,
    bundle: Path | NoBundle | None = None,
    log_lines: int = LOG_LINES,
) -> str:
    """The message for `error`: the sentence, why, what to do, then the evidence if there is any.

    Plain text, prose wrapped at 80 columns, without secrets and control characters, and without a
    newline at the end. `bundle`: what `write_bundle` returned.
    """
    hide = redact if redact is not None else Redactor()
    lines = [*_prose("error: ", error.what, hide)]
    if error.why:
        lines += _prose("  why: ", error.why, hide)
    if error.fix:
        lines += _prose("  fix: ", error.fix, hide)
    if error.evidence is not None:
        for section in _sections(error.evidence, hide, log_lines):
            lines += ["", *section]
    match bundle:
        case Path():
            lines += ["", f"everything that was known is in {bundle}"]
        case NoBundle():
            lines += ["", *_prose("no bundle was written: ", bundle.reason, hide)]
        case None:
            pass
    return "\n".join(lines)


def _sections(evidence: Evidence, hide: Redactor, log_lines: int) -> Iterator[list[str]]:
    yield [*_facts(evidence, hide)]
    logs = dict(evidence.logs)
    # The component that failed comes first, whatever the order of collection was.
    own = {evidence.component: logs.pop(evidence.component)} if evidence.component in logs else {}
    for name, text in {**own, **logs}.items():
        yield _log(name, text, hide, log_lines)
    if evidence.ports:
        rows = [
            (name, port.name, f"{port.bind}:{port.host or '(not chosen)'} -> {port.inside}")
            for name, ports in evidence.ports.items()
            for port in ports
        ]
        yield ["ports (this machine -> component)", *columns(rows, indent="  ")]
    if evidence.reproduce:
        command = hide.clean(evidence.reproduce).splitlines()
        yield ["by hand", *(f"  {line}" for line in command)]


def _facts(evidence: Evidence, hide: Redactor) -> Iterator[str]:
    where = f"{evidence.component}, step {evidence.step}, after {evidence.elapsed_s:.2f} s"
    yield from _prose("component  ", where, hide)
    if evidence.probe:
        yield from _prose("probe      ", evidence.probe, hide)
    head = "answers    "
    for answer in evidence.answers:
        yield from _prose(head, hide.line(answer), hide)
        head = " " * len(head)
    if evidence.state is not None:
        yield from _prose("state      ", evidence.state.describe(), hide)


def _log(name: str, text: str, hide: Redactor, log_lines: int) -> list[str]:
    lines = hide.clean(text).rstrip().splitlines()
    if not lines:
        return [f"log of {name}: empty"]
    shown = lines[-log_lines:]
    few = "the whole" if len(shown) == len(lines) else f"the last {len(shown)} lines"
    return [f"log of {name}: {few}", *(_cut(f"  {name} | {line}") for line in shown)]


def _cut(line: str) -> str:
    line = line.expandtabs(4).rstrip()
    return line if len(line) <= LOG_WIDTH else f"{line[: LOG_WIDTH - 1]}…"


def _prose(head: str, text: str, hide: Redactor) -> Iterator[str]:
    """`text` after `head`, wrapped; lines that are indented already are somebody's layout."""
    rest = " " * len(head)
    for line in hide.clean(text).rstrip().splitlines() or [""]:
        if line.startswith((" ", "\t")):
            yield _cut(f"{rest}{line}")
        else:
            yield from textwrap.wrap(
                line,
                WIDTH,
                initial_indent=head,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [""]
        head = rest
