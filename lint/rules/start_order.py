"""start-order: the containers of a stack are started in the wrong order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lint.effects import AnyEffect, Network, Removal, RunsTests, Start, Trace
from lint.model import Related, Severity
from lint.project import Project
from lint.rules.functions import Functions
from lint.rules.images import Built, Role, images, role
from lint.rules.likeness import may_meet
from lint.rules.rule import Example, Hit, Rule
from lint.rules.scope import of_tests
from lint.rules.sequences import exclusive, same_component, sequences
from lint.rules.sightings import Merged, Sighting, also, hits, sighting
from lint.rules.start_without_wait import shown

_RANK: Final = {Role.POSTGRES: 0, Role.MIGRATIONS: 1, Role.REDIS: 2, Role.APPLICATION: 3}


def check(project: Project) -> Iterator[Hit]:
    """Starts that come before what they depend on, and networks made after containers."""
    yield from hits(_sightings(project), _message)


def _message(one: Merged) -> str:
    order = "network, PostgreSQL, migrations, Redis, application"
    return f"{one.value} by {one.who}; the order is {order}"


def _sightings(project: Project) -> Iterator[Sighting]:
    functions, built = Functions(project), Built(project)
    for trace in project.live:
        severity = of_tests(trace, Severity.ERROR)
        if severity is None:
            continue
        for sequence in sequences(trace, functions):
            yield from _starts(trace, sequence, built, severity)
            yield from _networks(trace, sequence, severity)


def _starts(
    trace: Trace, sequence: Sequence[AnyEffect], built: Built, severity: Severity
) -> Iterator[Sighting]:
    """Each start against those that run already and should have come after it."""
    running: list[tuple[Start, Role]] = []
    whole = {role(effect, built) for effect in sequence if isinstance(effect, Start)} >= {
        Role.POSTGRES,
        Role.REDIS,
        Role.APPLICATION,
    }
    for effect in sequence:
        match effect:
            case RunsTests():
                running.clear()
            case Removal(what="container" | "stop" | "all" | "compose"):
                running = [one for one in running if not _removes(effect, one[0])]
            case Start() if (kind := role(effect, built)) in _RANK:
                if any(same_component(effect, one) for one, _ in running):
                    continue
                for early, other in running:
                    if _wrong(other, kind, late=effect, whole=whole):
                        told = f"{shown(early, other.value)} is started before "
                        told += shown(effect, kind.value)
                        found = sighting(trace, early, told, severity)
                        yield also(found, Related(place=effect.at, why="it is started here"))
                running.append((effect, kind))


def _wrong(early: Role, late_role: Role, *, late: Start, whole: bool) -> bool:
    """Whether the first of two roles should have come second."""
    if _RANK[early] <= _RANK[late_role]:
        return False
    match early:
        case Role.MIGRATIONS:
            return late_role is Role.POSTGRES
        case Role.REDIS:
            return late_role is Role.POSTGRES and whole
    return late_role is not Role.MIGRATIONS or late.one_shot


def _removes(removal: Removal, start: Start) -> bool:
    if not removal.names or not start.name:
        return not removal.names
    return any(may_meet(name, start.name) for name in removal.names)


def _networks(
    trace: Trace, sequence: Sequence[AnyEffect], severity: Severity
) -> Iterator[Sighting]:
    made = [at for at, effect in enumerate(sequence) if isinstance(effect, Network)]
    starts = [
        at
        for at, effect in enumerate(sequence)
        if isinstance(effect, Start)
        and not effect.one_shot
        and not any(image.tool for image in images(effect.image))
    ]
    if not made or not starts or not starts[0] < made[0] < starts[-1]:
        return
    first, network = sequence[starts[0]], sequence[made[0]]
    if isinstance(first, Start) and not exclusive(first, network):
        told = f"the network is created after {shown(first, 'a container')} was started"
        found = sighting(trace, network, told, severity)
        yield also(found, Related(place=first.at, why="the first container is started here"))


RULE: Final = Rule(
    name="start-order",
    code="SW601",
    requirement="R6",
    severity=Severity.ERROR,
    summary="Containers are started before what they depend on.",
    why=(
        "An application that starts before its database crashes or retries; a migration that runs "
        "after it leaves it without tables. One order for every stack is one thing to remember."
    ),
    remedy=(
        "Start in this order, each behind its wait: clean up, network, PostgreSQL, migrations, "
        "Redis, application services."
    ),
    check=check,
    examples=(
        Example(
            title="Recipe: the application first",
            files={
                "Makefile": """\
TAG := $(shell uuidgen)

test-integration:
	podman build -t datastorage:$(TAG) .
	podman run -d --name ds -p 18090:8080 datastorage:$(TAG) ◄
	until curl -sf localhost:18090/health; do sleep 1; done
	podman run -d --name pg -p 15433:5432 postgres:16-alpine
	until podman exec pg pg_isready; do sleep 1; done
	go test ./test/integration/... ; podman rm -f ds pg
""",
            },
        ),
        Example(
            title="Fine: PostgreSQL, Redis, application",
            files={
                "Makefile": """\
TAG := $(shell uuidgen)

test-integration:
	podman build -t datastorage:$(TAG) .
	podman network create it || true
	podman run -d --network it --name pg postgres:16-alpine
	until podman exec pg pg_isready; do sleep 1; done
	podman run -d --network it --name cache redis:7-alpine
	until podman exec cache redis-cli ping; do sleep 1; done
	podman run -d --network it --name ds -p 18090:8080 datastorage:$(TAG)
	until curl -sf localhost:18090/health; do sleep 1; done
	go test ./test/integration/... ; podman rm -f ds cache pg; podman network rm it
""",
            },
        ),
    ),
)
