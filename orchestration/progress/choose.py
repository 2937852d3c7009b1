"""Which renderer fits where the output goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Literal, TextIO, assert_never

from orchestration.progress.json_progress import JsonProgress
from orchestration.progress.plain_progress import PlainProgress
from orchestration.progress.progress import Progress
from orchestration.progress.quiet_progress import QuietProgress
from orchestration.redact import Redactor

Format = Literal["auto", "live", "plain", "json", "quiet"]


def choose(
    format: Format,  # noqa: A002 - the option's own name
    stream: TextIO,
    environ: Mapping[str, str],
    *,
    redact: Redactor | None = None,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
) -> Progress:
    """The renderer for `format` on `stream`.

    `auto` is live on a terminal and plain elsewhere, and plain on a terminal where CI is set. A
    stream that cannot be drawn on (no terminal, TERM unset or `dumb`) gets plain lines even when
    live was asked for. `redact` takes secrets out; `clock` is seconds on a clock that never goes
    back, `wall` seconds since the epoch.
    """
    match format:
        case "json":
            return JsonProgress(stream, redact=redact, clock=clock, wall=wall)
        case "quiet":
            return QuietProgress(stream, redact=redact, clock=clock)
        case "auto" | "live" if _drawable(stream, environ) and (
            format == "live" or not _is_set(environ, "CI")
        ):
            from orchestration.progress.live_progress import LiveProgress

            return LiveProgress(stream, environ, redact=redact, clock=clock)
        case "auto" | "live" | "plain":
            return PlainProgress(stream, redact=redact, clock=clock)
        case never:
            assert_never(never)


def _drawable(stream: TextIO, environ: Mapping[str, str]) -> bool:
    return stream.isatty() and environ.get("TERM", "").lower() not in ("", "dumb", "unknown")


def _is_set(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() not in ("", "0", "false", "no")
