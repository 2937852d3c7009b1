"""How an Invoke task takes its options, and how it ends."""

from __future__ import annotations

from pathlib import Path

from invoke.exceptions import Exit


def as_path(text: str | None) -> Path | None:
    """An option that names a file."""
    return Path(text) if text else None


def end(code: int) -> None:
    """Leave with the command's exit code; what went wrong has been told."""
    if code:
        raise Exit(code=code)
