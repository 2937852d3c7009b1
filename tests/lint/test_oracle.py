"""The sieve loses nothing: every rule's examples give the same findings when every file is
parsed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bench.lint_repository import Size, write
from lint.audit import AuditRequest, audit
from lint.errors import NothingToScanError
from lint.model import Report
from lint.rules.rule import Example
from lint.rules.table import RULES
from lint.settings import LintConfig
from tests.lint.repositories import Checkout
from tests.lint.verdicts import verdicts

_EXAMPLES = [
    pytest.param(example, id=f"{rule.name}: {example.title}")
    for rule in RULES
    for example in rule.examples
]


def _report(root: Path, *, everything: bool) -> Report:
    request = AuditRequest(
        root=root,
        config=LintConfig(),
        use_cache=False,
        everything=everything,
        today=date(2026, 1, 15),
    )
    return audit(request).report


@pytest.mark.parametrize("example", _EXAMPLES)
def test_the_sieve_changes_no_report(example: Example, tmp_path: Path) -> None:
    files = {path: text.replace(" ◄", "") for path, text in example.files.items()}
    Checkout(tmp_path).put(files)
    try:
        whole = _report(tmp_path, everything=True)
    except NothingToScanError:
        pytest.fail("an example holds no file that the linter reads")
    sieved = _report(tmp_path, everything=False)
    assert sieved.findings == whole.findings
    assert sieved.claims == whole.claims
    assert verdicts(sieved) == verdicts(whole)


def test_the_sieve_changes_no_report_of_a_platform(tmp_path: Path) -> None:
    write(tmp_path / "platform", Size().scaled(0.01))
    whole = _report(tmp_path / "platform", everything=True)
    sieved = _report(tmp_path / "platform", everything=False)
    assert len(sieved.findings) > 50
    assert sieved.findings == whole.findings
    assert verdicts(sieved) == verdicts(whole)
    assert sieved.coverage.matched < whole.coverage.matched
