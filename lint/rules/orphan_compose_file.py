"""orphan-compose-file: a compose file for tests that nothing uses any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.effects import Compose
from lint.model import Related, Severity, Tier
from lint.project import Project, place
from lint.rules.compose_use import certain, compose_files, mentioning, uses
from lint.rules.rule import Example, Hit, Rule
from lint.rules.territory import folder, for_tests


def check(project: Project) -> Iterator[Hit]:
    """Compose files among the tests, or named for them, that no live entry runs or names."""
    files = compose_files(project)
    used = {use.path for use in uses(project, files)}
    vague = _vague(project)
    for path, facts in sorted(files.items()):
        if path in used or not certain(path, facts) or not for_tests(path):
            continue
        if any(folder(path) == one or folder(path).startswith(f"{one}/") for one in vague):
            continue
        count = len(facts.services)
        yield Hit(
            place=place(path, facts.at),
            message=(
                f"no suite, recipe or workflow uses this compose file "
                f"({count} service{'' if count == 1 else 's'})"
            ),
            related=tuple(
                Related(place=one, why="only code that nothing reaches names it")
                for one in mentioning(project, path, files)[:2]
            ),
            services=tuple(project.attribution.get(path, ())),
            tier=Tier.INTEGRATION if "integration" in path else Tier.OTHER,
            reachable=False,
            key=path,
        )


def _vague(project: Project) -> set[str]:
    """Directories whose code runs compose on a file that cannot be told: any of them may be it."""
    return {
        folder(effect.at.path)
        for trace in project.live
        for effect in trace.effects
        if isinstance(effect, Compose)
        and any(
            name.parts and name.known is None and not name.shown.endswith("ml")
            for name in effect.files
        )
    }


RULE: Final = Rule(
    name="orphan-compose-file",
    code="SW531",
    requirement="S3",
    severity=Severity.WARNING,
    summary="A compose file for tests that no suite, recipe or workflow uses.",
    why=(
        "It is a leftover of the time before the programmatic set-up. The next reader takes it for "
        "the way to start the stack, and its ports and images no longer agree with the code."
    ),
    remedy="Delete it, or move it to `deprecated/` with a note that says what replaced it.",
    check=check,
    examples=(
        Example(
            title="Left behind after the migration",
            files={
                "test/integration/gateway/podman-compose.yml": """\
services: ◄
  postgres:
    image: postgres:16-alpine
""",
                "Makefile": """\
test-integration:
	go test ./test/integration/gateway/...
""",
            },
        ),
        Example(
            title="Named for tests, outside of their tree",
            files={
                "docker-compose.test.yml": """\
services: ◄
  redis:
    image: redis:7-alpine
""",
            },
        ),
        Example(
            title="Fine: for development, for deployment, retired, or a test's input",
            files={
                "docker-compose.yml": "services:\n  web:\n    image: web:1.2\n",
                "deploy/compose.yml": "services:\n  web:\n    image: web:1.2\n",
                "tests/deprecated/docker-compose.yml": "services:\n  web:\n    image: web:1.2\n",
                "tests/testdata/compose.yml": "services:\n  web:\n    image: web:1.2\n",
            },
        ),
        Example(
            title="Fine here: it is used, which compose-file reports",
            files={
                "tests/integration/compose.yml": "services:\n  pg:\n    image: postgres:16\n",
                "Makefile": """\
test-integration:
	docker compose -f tests/integration/compose.yml up -d
	pytest tests/integration
""",
            },
        ),
    ),
)
