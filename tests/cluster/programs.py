"""Programs that tests put on a PATH of their own."""

from __future__ import annotations

import sys
from pathlib import Path


def put_on_path(directory: Path, name: str, source: str) -> Path:
    """An executable of this name, in Python; `directory` is what belongs on PATH."""
    program = directory / name
    program.write_text(f"#!{sys.executable} -S\n{source}\n")
    program.chmod(0o755)
    return program
