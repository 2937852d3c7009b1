"""shell-container-script: a shell script runs the containers of the integration tier."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.effects import AnyEffect, Compose, Removal, RunsFile, Start, Trace
from lint.model import Place, Related, Severity
from lint.project import Project
from lint.rules.images import images
from lint.rules.rule import Example, Hit, Rule
from lint.rules.scope import weigh
from lint.rules.sightings import Merged, Sighting, beginning, hits, who
from lint.rules.territory import is_retired, of_end_to_end

_STARTS: Final = frozenset(("up", "start", "run", "create", "restart", ""))
_ENDS: Final = frozenset(("down", "stop", "rm", "kill"))


def check(project: Project) -> Iterator[Hit]:
    """Each script once, where it first touches a container."""
    sightings = list(_sightings(project))
    first: dict[str, Place] = {}
    for one in sightings:
        known = first.get(one.place.path)
        if known is None or one.place < known:
            first[one.place.path] = one.place
    yield from hits((_at(one, first[one.place.path]) for one in sightings), _message)


def _message(one: Merged) -> str:
    return f"a shell script {one.value} the tier's containers; it is run by {one.who}"


def _at(one: Sighting, place: Place) -> Sighting:
    return Sighting(
        place=place,
        value=one.value,
        entry=one.entry,
        severity=one.severity,
        related=one.related,
        services=one.services,
    )


def _sightings(project: Project) -> Iterator[Sighting]:
    for trace in project.traces:
        done: dict[str, tuple[Place, set[str], Severity]] = {}
        for effect in trace.effects:
            path = effect.at.path
            act = _act(effect)
            if not act or not _is_script(project, path):
                continue
            severity = weigh(trace, effect, Severity.ERROR)
            if severity is not None:
                done.setdefault(path, (effect.at, set(), severity))[1].add(act)
        for path, (at, acts, severity) in done.items():
            if not trace.entry.live and (is_retired(path) or of_end_to_end(path)):
                continue
            yield Sighting(
                place=at,
                value=" and ".join(sorted(acts, reverse=True)),
                entry=trace.entry,
                severity=severity,
                services=tuple(project.attribution.get(path, ())),
                related=tuple(_calls(trace, path)),
            )


def _act(effect: AnyEffect) -> str:
    match effect:
        case Start(one_shot=False) if not any(one.tool for one in images(effect.image)):
            return "starts"
        case Compose(verb=verb) if verb in _STARTS:
            return "starts"
        case Compose(verb=verb) if verb in _ENDS:
            return "removes"
        case Removal(what="container" | "compose" | "stop"):
            return "removes"
    return ""


def _is_script(project: Project, path: str) -> bool:
    facts = project.files.get(path)
    return facts is not None and facts.language == "shell"


def _calls(trace: Trace, path: str) -> Iterator[Related]:
    calls = [one for one in trace.effects if isinstance(one, RunsFile) and one.path == path]
    for call in calls[:1]:
        yield Related(place=call.at, why="it is called here")
    start = beginning(trace, calls[0]) if calls else trace.entry.place
    if trace.entry.live and start.path != path:
        yield Related(place=start, why=f"reached from {who((trace.entry,), live=True)}")


RULE: Final = Rule(
    name="shell-container-script",
    code="SW301",
    requirement="R3",
    severity=Severity.ERROR,
    summary="A shell script creates, starts, stops or removes the integration tier's containers.",
    why=(
        "A script knows nothing of the test that needs it: its failures arrive as an exit code, "
        "its clean-up is skipped when the test process dies, and every service keeps its own copy."
    ),
    remedy=(
        "Move the steps into the suite's before-hook or a session fixture, through the shared "
        "helpers, and delete the script."
    ),
    check=check,
    examples=(
        Example(
            title="Go: the suite calls a set-up script",
            files={
                "test/integration/gateway/suite_test.go": """\
package gateway

import (
	"os/exec"
	"testing"
)

func TestMain(m *testing.M) {
	if err := exec.Command("./setup-infrastructure.sh").Run(); err != nil {
		panic(err)
	}
	m.Run()
}

func TestAnswers(t *testing.T) {}
""",
                "test/integration/gateway/setup-infrastructure.sh": """\
#!/bin/bash
set -e
podman rm -f gateway_postgres 2>/dev/null || true ◄
podman run -d --name gateway_postgres -p 15437:5432 postgres:16-alpine
until podman exec gateway_postgres pg_isready; do sleep 1; done
""",
            },
        ),
        Example(
            title="Makefile: a recipe runs the script before the tests",
            files={
                "Makefile": """\
test-integration:
	bash scripts/start-redis.sh
	pytest tests/integration
""",
                "scripts/start-redis.sh": """\
#!/bin/sh
NAME=redis_it
docker run -d --name "$NAME" -p 16379:6379 redis:7-alpine ◄
until docker exec "$NAME" redis-cli ping; do sleep 1; done
""",
            },
        ),
        Example(
            title="Workflow: a step runs it",
            files={
                ".github/workflows/integration.yml": """\
name: integration
on: [push]
jobs:
  integration:
    runs-on: ubuntu-latest
    steps:
      - run: ./hack/infra.sh
      - run: pytest tests/integration
""",
                "hack/infra.sh": """\
#!/bin/bash
podman run -d --name pg postgres:16-alpine ◄
""",
            },
        ),
        Example(
            title="Fine: scripts that build, look or deploy",
            files={
                "Makefile": """\
test-integration:
	./scripts/check-tools.sh
	pytest tests/integration

deploy:
	./scripts/deploy.sh
""",
                "scripts/check-tools.sh": """\
#!/bin/bash
command -v podman >/dev/null || exit 1
podman ps --filter name=pg
podman run --rm docker.io/library/alpine:3.20 true
""",
                "scripts/deploy.sh": """\
#!/bin/bash
docker run -d --name gateway gateway:1.4
""",
            },
        ),
    ),
)
