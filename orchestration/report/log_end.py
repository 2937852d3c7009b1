"""The end of a log."""

from __future__ import annotations

from orchestration.redact import Redactor
from orchestration.report.prose import cut

LOG_LINES = 20
"""Of each component or container."""


def log_end(name: str, text: str, hide: Redactor, log_lines: int = LOG_LINES) -> list[str]:
    """A headline, then the last lines of `text`, each after `name`."""
    lines = hide.clean(text).rstrip().splitlines()
    if not lines:
        return [f"log of {name}: empty"]
    shown = lines[-log_lines:]
    few = "the whole" if len(shown) == len(lines) else f"the last {len(shown)} lines"
    return [f"log of {name}: {few}", *(cut(f"  {name} | {line}") for line in shown)]
