"""compose-file: a compose file that the integration tier uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lint.effects import Compose
from lint.facts import ComposeFile
from lint.model import Related, Severity, Tier
from lint.project import Project, place
from lint.rules.compose_use import Use, compose_files, uses
from lint.rules.rule import Example, Hit, Rule
from lint.rules.scope import of_tests, weigh
from lint.rules.sightings import Merged, Sighting, beginning, hits, who
from lint.rules.territory import for_integration, in_tests, is_input, of_end_to_end


def check(project: Project) -> Iterator[Hit]:
    """Compose files that tests run, those of a test tree that live code names, and compose text
    inside programs that run compose."""
    files = compose_files(project)
    yield from hits(_of_files(project, files), _message)
    yield from hits(_of_strings(project), _message)


def _message(one: Merged) -> str:
    return f"a compose file with {one.value}, used by {one.who}"


def _of_files(project: Project, files: Mapping[str, ComposeFile]) -> Iterator[Sighting]:
    for use in uses(project, files):
        severity = _weigh(use)
        if severity is None:
            continue
        facts = files[use.path]
        related = [Related(place=use.run.at, why=f"`{_typed(use.run)}` runs it")] if use.run else []
        start = beginning(use.trace, use.run) if use.run else use.trace.entry.place
        if use.run is None or start.path != use.run.at.path:
            related.append(
                Related(place=start, why=f"reached from {who((use.trace.entry,), True)}")
            )
        yield Sighting(
            place=place(use.path, facts.at),
            value=_content(facts),
            entry=use.trace.entry,
            severity=severity,
            services=tuple(project.attribution.get(use.path, ())),
            related=tuple(related),
        )


def _weigh(use: Use) -> Severity | None:
    """A file that is only named must lie among the tests; one that nobody's tests run, or what
    runs it."""
    ours = in_tests(use.path) and not of_end_to_end(use.path)
    severity = of_tests(use.trace, Severity.ERROR)
    if use.run is None:
        return severity if ours and not is_input(use.path) else None
    if severity is None and ours and use.trace.entry.tier is not Tier.E2E:
        return Severity.ERROR if for_integration(use.path) else Severity.WARNING
    return severity or weigh(use.trace, use.run, Severity.ERROR)


def _of_strings(project: Project) -> Iterator[Sighting]:
    embedded = {
        path: facts.compose
        for path, facts in project.files.items()
        if any(one.embedded for one in facts.compose)
    }
    if not embedded:
        return
    for trace in project.live:
        severity = of_tests(trace, Severity.ERROR)
        if severity is None or not any(isinstance(one, Compose) for one in trace.effects):
            continue
        through = {step.defined.path for effect in trace.effects for step in effect.chain}
        through |= {effect.at.path for effect in trace.effects} | {trace.entry.place.path}
        for path in sorted(through & embedded.keys()):
            for facts in embedded[path]:
                if facts.embedded:
                    yield Sighting(
                        place=place(path, facts.at),
                        value=_content(facts),
                        entry=trace.entry,
                        severity=severity,
                    )


def _content(facts: ComposeFile) -> str:
    count = len(facts.services)
    if not count:
        return f"{len(facts.reads)} included"
    return f"{count} service{'' if count == 1 else 's'}"


def _typed(run: Compose) -> str:
    return f"{run.tool} {run.verb}".strip()


RULE: Final = Rule(
    name="compose-file",
    code="SW202",
    requirement="R2",
    severity=Severity.ERROR,
    summary="A compose file brings up infrastructure of the integration tier.",
    why=(
        "The file describes what should run, but not when each part is ready; whatever runs it "
        "starts everything at once. While it is there and used, the tier rests on compose."
    ),
    remedy="Start its services one by one from the suite, then delete the file.",
    check=check,
    examples=(
        Example(
            title="The suite's recipe runs it",
            files={
                "Makefile": """\
test-integration:
	podman-compose -f test/integration/gateway/compose.yml up -d
	go test ./test/integration/gateway/...
""",
                "test/integration/gateway/compose.yml": """\
services: ◄
  postgres:
    image: postgres:16-alpine
    ports: ["15437:5432"]
""",
            },
        ),
        Example(
            title="A fixture hands it to compose",
            files={
                "tests/integration/conftest.py": """\
import subprocess
from pathlib import Path

import pytest

FILE = Path(__file__).parent / "docker-compose.catalog.yml"


@pytest.fixture(scope="session", autouse=True)
def stack():
    subprocess.run(["docker", "compose", "-f", str(FILE), "up", "-d"], check=True)
    yield
    subprocess.run(["docker", "compose", "-f", str(FILE), "down"], check=True)
""",
                "tests/integration/test_catalog.py": """\
def test_lists(stack):
    assert True
""",
                "tests/integration/docker-compose.catalog.yml": """\
services: ◄
  redis:
    image: redis:7-alpine
""",
            },
        ),
        Example(
            title="Fine: production and development files that no test runs",
            files={
                "docker-compose.yml": """\
services:
  gateway:
    image: gateway:1.4
""",
                "deploy/compose.yml": """\
services:
  gateway:
    image: gateway:1.4
""",
                "Makefile": """\
deploy:
	docker compose -f deploy/compose.yml up -d

test-integration:
	go test ./test/integration/...
""",
            },
        ),
    ),
)
