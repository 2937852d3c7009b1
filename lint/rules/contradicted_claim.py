"""contradicted-claim: a document tells a status of a service that its code contradicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lint.claims import PastClaim
from lint.model import CheckedClaim, Related, Severity
from lint.project import Project
from lint.rules.rule import Example, Hit, Rule


def check(_project: Project) -> Iterator[Hit]:
    """Nothing: claims are compared with verdicts, which exist only after all other rules have
    spoken. `hits` reports them then."""
    return iter(())


def hits(claims: Iterable[CheckedClaim]) -> Iterator[Hit]:
    """A hit for each contradicted claim of a living document, the code that contradicts it
    related.

    Records of a day and superseded documents were right in their time, or say themselves that
    they are not; their claims stay in the report without a finding.
    """
    for claim in claims:
        if claim.contradicted and not isinstance(claim, PastClaim):
            whom = f"`{claim.service}`" if claim.service else "the services"
            yield Hit(
                place=claim.place,
                message=(
                    f'it says "{_short(claim.claimed)}" of {whom}; the code shows: {claim.actual}'
                ),
                related=tuple(Related(place=one.place, why=one.why) for one in claim.shown_by),
                services=(claim.service,) if claim.service else (),
                key=f"{claim.service}|{claim.claimed}",
            )


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59].rstrip()}…"


RULE: Final = Rule(
    name="contradicted-claim",
    code="SW554",
    requirement="S5",
    severity=Severity.WARNING,
    summary="A table, list or sentence tells a status that the code contradicts.",
    why=(
        "Nobody migrates what the status page calls migrated, and work is planned for what was "
        "done long ago. A claim is compared with the requirement that it names, with R1 to R3 "
        "where it speaks of migration, else with the verdict; what the code leaves unknown "
        "contradicts nothing."
    ),
    remedy="Correct the document, or generate the status with `stackwright lint status`.",
    check=check,
    examples=(
        Example(
            title="a migration table that runs ahead of the code",
            files={
                "docs/testing/migration.md": (
                    "# Integration test migration status\n\n"
                    "| Service | Status |\n"
                    "|---|---|\n"
                    "| Gateway | ✅ Migrated | ◄\n"
                ),
                "services/gateway/tests/integration/conftest.py": (
                    "import subprocess\n\nimport pytest\n\n\n"
                    '@pytest.fixture(scope="session", autouse=True)\n'
                    "def stack():\n"
                    '    subprocess.run(["podman-compose", "up", "-d"], check=True)\n'
                    "    yield\n"
                    '    subprocess.run(["podman-compose", "down"], check=True)\n'
                ),
                "services/gateway/tests/integration/test_gateway.py": (
                    "def test_answers(stack):\n    assert True\n"
                ),
            },
        ),
        Example(
            title="the same claim in a record of a day, and one that is true",
            files={
                "docs/handoff/MIGRATION_DEC_20_2025.md": (
                    "# Integration test migration status\n\n- ✅ **Gateway**: migrated\n"
                ),
                "docs/testing/migration.md": (
                    "# Integration test migration status\n\n- ⏳ **Gateway**: pending\n"
                ),
                "services/gateway/tests/integration/conftest.py": (
                    "import subprocess\n\nimport pytest\n\n\n"
                    '@pytest.fixture(scope="session", autouse=True)\n'
                    "def stack():\n"
                    '    subprocess.run(["podman-compose", "up", "-d"], check=True)\n'
                    "    yield\n"
                    '    subprocess.run(["podman-compose", "down"], check=True)\n'
                ),
                "services/gateway/tests/integration/test_gateway.py": (
                    "def test_answers(stack):\n    assert True\n"
                ),
            },
        ),
    ),
)
