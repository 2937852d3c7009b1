"""expired-exemption: an exemption whose last day is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.model import Severity
from lint.project import Project
from lint.rules.rule import Example, Hit, Rule


def check(project: Project) -> Iterator[Hit]:
    """Nothing: the checker knows the day and all exemptions, and reports them itself."""
    del project
    yield from ()


RULE: Final = Rule(
    name="expired-exemption",
    code="SW903",
    requirement="",
    severity=Severity.ERROR,
    summary="An exemption, in a comment or in the settings, is past its date.",
    why=(
        "An exemption is a promise to be done by a day. After it, the findings it covered count "
        "again, and somebody has to decide anew."
    ),
    remedy="Do what was promised and delete it, or let its owner give a new date and reason.",
    check=check,
    examples=(
        Example(
            title="A comment with a date that is over",
            files={
                "Makefile": """\
test-integration:
	# stackwright: ignore[compose-invocation] being migrated -- owner=ann until=2020-01-31 ◄
	docker compose up -d
	go test ./test/integration/...
""",
            },
        ),
        Example(
            title="Fine: a date that is far away",
            files={
                "Makefile": """\
test-integration:
	# stackwright: ignore[compose-invocation] being migrated -- owner=ann until=2999-01-31
	docker compose up -d
	go test ./test/integration/...
""",
            },
        ),
    ),
)
