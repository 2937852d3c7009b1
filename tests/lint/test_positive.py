"""The evidence that a requirement holds."""

from __future__ import annotations

import pytest

from lint.model import Status
from lint.positive import gates
from lint.rules.images import Built
from lint.standing import Standing
from tests.lint.rules.projects import project, start, suite, wait


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("http://admin:hunter2@localhost:18090/health", "http://localhost:18090/health"),
        ("postgresql://u:p@ss@localhost:15432/db", "postgresql://localhost:15432/db"),
        ("host=localhost password=hunter2 dbname=db", "host=localhost password= dbname=db"),
        ("http://localhost:18090/who?at=a@b", "http://localhost:18090/who?at=a@b"),
        ("localhost:16379", "localhost:16379"),
    ],
)
def test_what_is_waited_for_is_told_without_credentials(asked: str, told: str) -> None:
    of = project(suite("gateway", start("postgres:16", "pg"), wait(asked)), services=("gateway",))
    judged = gates(Standing(project=of, service=of.services[0], built=Built(of)))
    assert judged.status is Status.PASS
    assert [one.why for one in judged.evidence] == ["starts postgres:16", f"waits for {told}"]
