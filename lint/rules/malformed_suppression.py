"""malformed-suppression: an ignore comment that cannot be understood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.model import Severity
from lint.project import Project
from lint.rules.rule import Example, Hit, Rule


def check(project: Project) -> Iterator[Hit]:
    """Nothing: the checker knows all suppressions and rules, and reports them itself."""
    del project
    yield from ()


RULE: Final = Rule(
    name="malformed-suppression",
    code="SW904",
    requirement="",
    severity=Severity.WARNING,
    summary="An ignore comment has no reason, no rule, a rule that does not exist, or a bad date.",
    why=(
        "It suppresses nothing, though it looks as if it did; and one without a reason cannot be "
        "judged by whoever reads it next."
    ),
    remedy=(
        "Write `stackwright: ignore[rule] reason -- owner=name until=YYYY-MM-DD`; owner and date "
        "may be left out."
    ),
    check=check,
    examples=(
        Example(
            title="No reason",
            files={
                "tests/integration/conftest.py": """\
import subprocess


def up():
    subprocess.run(["docker", "compose", "up"])  # stackwright: ignore[compose-invocation] ◄
""",
            },
        ),
        Example(
            title="A rule that does not exist",
            files={
                "scripts/test.sh": """\
#!/bin/bash
# stackwright: ignore[no-compose] needed for now ◄
docker compose up -d
""",
            },
        ),
        Example(
            title="Go: an unknown key",
            files={
                "test/integration/suite_test.go": """\
package integration

// stackwright: ignore[compose-invocation] needed for now -- till=2030-01-01 ◄
var compose = "docker-compose"
""",
            },
        ),
        Example(
            title="Fine: rule and reason",
            files={
                "Makefile": """\
test-integration:
	docker compose up -d  # stackwright: ignore[compose-invocation] moved next week
	go test ./test/integration/...
""",
            },
        ),
    ),
)
