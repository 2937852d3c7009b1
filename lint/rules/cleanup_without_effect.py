"""cleanup-without-effect: a teardown that cannot remove what the suite made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.effects import AnyEffect, Build, Compose, Removal, Start, Trace, Word
from lint.model import Place, Related, Severity
from lint.project import Project
from lint.rules.argv import Argv
from lint.rules.cleanup import can_match, images_left, made
from lint.rules.rule import Example, Hit, Rule
from lint.rules.scope import of_tests
from lint.rules.sightings import Merged, Sighting, also, hits, nearest_owned, sighting
from lint.text import Text

_LABELS: Final = ("io.podman.compose.", "com.docker.compose.")


def check(project: Project) -> Iterator[Hit]:
    """Removals whose names or filters fit nothing that was made, and images built for good."""
    yield from hits(_aimless(project), _misses, prefix="miss")
    yield from hits(_filtered(project), _misses, prefix="filter")
    yield from hits(_kept(project), _stays, prefix="kept")


def _misses(one: Merged) -> str:
    return f"{one.value}; the clean-up of {one.who} has no effect"


def _stays(one: Merged) -> str:
    return f"image {one.value} is built by {one.who} and never removed"


def _suites(project: Project) -> Iterator[tuple[Trace, Severity]]:
    for trace in project.live:
        severity = of_tests(trace, Severity.ERROR)
        if severity is not None and trace.entry.kind == "suite" and not trace.unresolved:
            yield trace, severity


def _aimless(project: Project) -> Iterator[Sighting]:
    everything = tuple(effect for trace in project.traces for effect in trace.effects)
    names, tags = made(everything)
    for trace, severity in _suites(project):
        if any(isinstance(one, Compose) for one in trace.effects):
            continue
        here, here_tags = made(trace.effects)
        places: dict[Place, list[Removal]] = {}
        for effect in trace.effects:
            if isinstance(effect, Removal) and effect.context.phase == "teardown":
                places.setdefault(effect.at, []).append(effect)
        for group in places.values():
            for what, local, known in (
                ("container", here, names),
                ("image", here_tags, tags),
            ):
                ours = [one for one in group if one.what == what and one.names]
                if not ours or not local or not all(_told(one.names) for one in ours):
                    continue
                if any(can_match(one.names, known) for one in ours) or _nameless(trace, what):
                    continue
                shown = f"{what} `{ours[0].names[0][0].shown}` is removed, but never made"
                yield also(sighting(trace, ours[0], shown, severity), *_instead(trace, what))


def _told(names: tuple[Word, ...]) -> bool:
    return all(word and not any(one.opaque for one in word) for word in names)


def _nameless(trace: Trace, what: str) -> bool:
    """A container without a name gets one from the engine, an image built without a tag none."""
    return any(
        (what == "container" and isinstance(one, Start) and not one.one_shot and not one.name)
        or (what == "image" and isinstance(one, Build) and not one.tags)
        for one in trace.effects
    )


def _instead(trace: Trace, what: str) -> Iterator[Related]:
    seen: set[str] = set()
    for effect in trace.effects:
        for text in _names(effect, what):
            if text.shown not in seen and len(seen) < 2:
                seen.add(text.shown)
                yield Related(place=effect.at, why=f"`{text.shown}` is what is made")


def _names(effect: AnyEffect, what: str) -> tuple[Text, ...]:
    match effect:
        case Start(name=name) if what == "container":
            return name
        case Build(tags=tags) if what == "image":
            return tuple(text for word in tags for text in word)
    return ()


def _filtered(project: Project) -> Iterator[Sighting]:
    """Filters by the labels that compose sets, in a suite that no longer runs compose."""
    for trace, severity in _suites(project):
        if any(isinstance(one, Compose) for one in trace.effects):
            continue
        if not any(isinstance(one, Start | Build) for one in trace.effects):
            continue
        argv = Argv(trace)
        for effect in trace.effects:
            if isinstance(effect, Removal) and effect.context.phase == "teardown":
                label = argv.mentions(effect.at, *_LABELS)
                if label:
                    told = f"nothing has the label `{label.removeprefix('label=')}`"
                    yield sighting(trace, effect, told, severity)


def _kept(project: Project) -> Iterator[Sighting]:
    for trace, severity in _suites(project):
        for build in images_left(trace):
            shown = next((one.shown for word in build.tags for one in word), "")
            at = nearest_owned(project, trace, build)
            yield sighting(trace, build, f"`{shown}`", severity, at=at)


RULE: Final = Rule(
    name="cleanup-without-effect",
    code="SW1002",
    requirement="R10",
    severity=Severity.ERROR,
    summary="A teardown removes names that were never made, or leaves built images.",
    why=(
        "Removal commands are run with their errors ignored, so one that names the wrong thing "
        "looks like a clean-up for years while containers and images pile up."
    ),
    remedy="Keep the name or tag in one variable, and hand it to start, build and removal alike.",
    check=check,
    examples=(
        Example(
            title="Python: another name is removed than was started",
            files={
                "tests/integration/conftest.py": """\
import subprocess
import time

import pytest


@pytest.fixture(scope="session", autouse=True)
def postgres():
    subprocess.run(["podman", "run", "-d", "--name", "gateway_pg", "postgres:16"], check=True)
    while subprocess.run(["podman", "exec", "gateway_pg", "pg_isready"]).returncode:
        time.sleep(1)
    yield
    subprocess.run(["podman", "rm", "-f", "gateway-postgres"], check=False) ◄
""",
                "tests/integration/test_it.py": """\
def test_it(postgres):
    assert True
""",
            },
        ),
        Example(
            title="Python: the image stays",
            files={
                "tests/integration/conftest.py": """\
import subprocess
import uuid

import pytest


@pytest.fixture(scope="session")
def image():
    tag = f"localhost/datastorage:gateway-{uuid.uuid4().hex[:8]}"
    subprocess.run(["podman", "build", "-t", tag, "."], check=True) ◄
    yield tag
""",
                "tests/integration/test_it.py": """\
def test_it(image):
    assert image
""",
            },
        ),
        Example(
            title="Fine: one variable for all",
            files={
                "tests/integration/conftest.py": """\
import subprocess
import uuid

import pytest


@pytest.fixture(scope="session")
def image():
    tag = f"localhost/datastorage:gateway-{uuid.uuid4().hex[:8]}"
    subprocess.run(["podman", "build", "-t", tag, "."], check=True)
    yield tag
    subprocess.run(["podman", "rmi", "-f", tag], check=False)
""",
                "tests/integration/test_it.py": """\
def test_it(image):
    assert image
""",
            },
        ),
    ),
)
