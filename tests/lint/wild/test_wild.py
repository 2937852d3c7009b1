"""Small repositories for what the linter once got wrong on real ones; one text file each."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import pytest

from lint.audit import AuditRequest, audit
from lint.settings import LintConfig
from tests.lint.platform.bundles import read
from tests.lint.repositories import checkout

HERE: Final = Path(__file__).parent
NAMES: Final = sorted(path.stem for path in HERE.glob("*.txt"))


@pytest.mark.parametrize("name", NAMES)
def test_what_was_wrong_once_is_right(name: str, tmp_path: Path) -> None:
    bundle = read(name, HERE)
    root = checkout(tmp_path / "repository", bundle.files).root
    request = AuditRequest(root=root, config=LintConfig(), use_cache=False, today=date(2026, 1, 15))
    told = [f"{one.place} {one.rule} {one.severity}" for one in audit(request).report.findings]
    assert sorted(told) == sorted(bundle.findings)


def test_there_are_cases() -> None:
    assert len(NAMES) > 10
