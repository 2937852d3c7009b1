"""What a user reads when a run has failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.columns import columns
from orchestration.errors import StackwrightError
from orchestration.model import Evidence
from orchestration.redact import Redactor
from orchestration.report.log_end import LOG_LINES, log_end
from orchestration.report.prose import prose


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
    lines = [*prose("error: ", error.what, hide)]
    if error.why:
        lines += prose("  why: ", error.why, hide)
    if error.fix:
        lines += prose("  fix: ", error.fix, hide)
    if error.evidence is not None:
        for section in _sections(error.evidence, hide, log_lines):
            lines += ["", *section]
    match bundle:
        case Path():
            lines += ["", f"everything that was known is in {bundle}"]
        case NoBundle():
            lines += ["", *prose("no bundle was written: ", bundle.reason, hide)]
        case None:
            pass
    return "\n".join(lines)


def _sections(evidence: Evidence, hide: Redactor, log_lines: int) -> Iterator[list[str]]:
    yield [*_facts(evidence, hide)]
    logs = dict(evidence.logs)
    # The component that failed comes first, whatever the order of collection was.
    own = {evidence.component: logs.pop(evidence.component)} if evidence.component in logs else {}
    for name, text in {**own, **logs}.items():
        yield log_end(name, text, hide, log_lines)
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
    yield from prose("component  ", where, hide)
    if evidence.probe:
        yield from prose("probe      ", evidence.probe, hide)
    head = "answers    "
    for answer in evidence.answers:
        yield from prose(head, hide.line(answer), hide)
        head = " " * len(head)
    if evidence.state is not None:
        yield from prose("state      ", evidence.state.describe(), hide)
