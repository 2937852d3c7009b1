"""From the files of an example to what the product says of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from lint.audit import Audit, AuditRequest, audit
from lint.config import load_config
from lint.config_file import read_config
from lint.settings import LintConfig

TODAY: Final = date(2026, 1, 15)
MARK: Final = " ◄"


def marked(files: Mapping[str, str]) -> tuple[dict[str, str], set[tuple[str, int]]]:
    """The files without marks, and the lines that had one."""
    plain: dict[str, str] = {}
    lines: set[tuple[str, int]] = set()
    for path, content in files.items():
        written = content.split("\n")
        lines |= {(path, at) for at, one in enumerate(written, 1) if one.endswith(MARK)}
        plain[path] = "\n".join(one.removesuffix(MARK) for one in written)
    return plain, lines


def audited(files: Mapping[str, str], root: Path, *, everything: bool = False) -> Audit:
    """Writes the files below `root` and audits them; `stackwright.toml` is read as usual."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    settings = root / "stackwright.toml"
    config = load_config(read_config(settings), root) if settings.exists() else LintConfig()
    return audit(
        AuditRequest(root=root, config=config, use_cache=False, everything=everything, today=TODAY)
    )
