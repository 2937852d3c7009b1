"""unused-suppression: an ignore comment under which nothing is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.model import Severity
from lint.project import Project
from lint.rules.rule import Example, Hit, Rule


def check(project: Project) -> Iterator[Hit]:
    """Nothing: only the checker knows which suppressions were used, so it reports them itself."""
    del project
    yield from ()


RULE: Final = Rule(
    name="unused-suppression",
    code="SW902",
    requirement="",
    severity=Severity.WARNING,
    summary="An ignore comment covers no finding of the rules that it names.",
    why="It hides the next real finding on that line, and tells the reader of a problem long gone.",
    remedy="Delete the comment, or the rule's name from it.",
    check=check,
    examples=(
        Example(
            title="Python: the line was mended, the comment stayed",
            files={
                "tests/integration/conftest.py": """\
import subprocess


def stop():
    # stackwright: ignore[compose-invocation] until the stack is migrated ◄
    subprocess.run(["podman", "rm", "-f", "pg"], check=True)
""",
            },
        ),
        Example(
            title="Shell: the same",
            files={
                "scripts/test.sh": """\
#!/bin/bash
echo done  # stackwright: ignore[fixed-sleep-wait] the probe needs it ◄
""",
            },
        ),
        Example(
            title="Fine: it covers a finding",
            files={
                "Makefile": """\
test-integration:
	docker compose up -d  # stackwright: ignore[compose-invocation] moved next week -- owner=ann
	go test ./test/integration/...
""",
            },
        ),
    ),
)
