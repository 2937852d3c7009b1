"""Paths as messages show them."""

from __future__ import annotations

from pathlib import Path


def shown_path(path: Path) -> str:
    """`path` as a user in the current directory would write it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
