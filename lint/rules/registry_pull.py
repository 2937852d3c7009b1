"""registry-pull: an image of the project is pulled, or run without a build before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lint.effects import Build, Command, Pull, Start
from lint.model import Severity, Tier
from lint.project import Project
from lint.rules.images import Built, Image, images, normal
from lint.rules.rule import Example, Hit, Rule
from lint.rules.scope import of_tests, staged, weigh
from lint.rules.sightings import Merged, Sighting, hits, sighting

_LOADS: Final = frozenset(("load", "import"))
_CLIENTS: Final = frozenset(("docker", "podman", "nerdctl", "buildah"))
_PUNCTUATION: Final = re.compile(r"[^a-z0-9]")


def check(project: Project) -> Iterator[Hit]:
    """Explicit pulls of project images, and starts of images that no tested path builds."""
    yield from hits(_pulls(project), _pulled, prefix="pull")
    yield from hits(_unbuilt(project), _run, prefix="run")


def _pulled(one: Merged) -> str:
    return f"project image {one.value} is pulled instead of built, by {one.who}"


def _run(one: Merged) -> str:
    return f"project image {one.value} is run by {one.who}, and nothing builds it before"


def _pulls(project: Project) -> Iterator[Sighting]:
    own = _Own(project)
    for trace in project.traces:
        for effect in trace.effects:
            if not isinstance(effect, Pull) or effect.context.ignored or effect.context.handler:
                continue
            severity = weigh(trace, effect, Severity.ERROR)
            if severity is None:
                continue
            for image in images(effect.image):
                if own.has(image):
                    yield sighting(trace, effect, f"`{image.shown}`", severity)


def _unbuilt(project: Project) -> Iterator[Sighting]:
    own = _Own(project)
    if own.loads:
        return
    for trace in project.traces:
        severity = of_tests(trace, Severity.ERROR)
        if severity is None:
            continue
        blind = any(_opaque(effect) for effect in trace.effects if isinstance(effect, Build))
        if blind or trace.unresolved:
            continue
        for effect in staged(trace):
            if not isinstance(effect, Start):
                continue
            named = images(effect.image)
            if not named or len(named) < len(effect.image):
                continue
            if all(own.has(image) and not own.tested(image) for image in named):
                yield sighting(trace, effect, f"`{named[0].shown}`", severity, at=named[0].at)


def _opaque(build: Build) -> bool:
    """A build whose names cannot be told may be the one that is missing."""
    return not build.tags or any(
        "?" in image.last or not image.last for tag in build.tags for image in images(tag)
    )


class _Own:
    """Which images are the project's, and which of them some tests build."""

    def __init__(self, project: Project) -> None:
        self._built = Built(project)
        self._tested: set[str] = set()
        self._services = {
            _PUNCTUATION.sub("", name.lower())
            for service in project.services
            for name in (service.name, *service.names)
        }
        self._owners: set[str] = set()
        self.loads = False
        for trace in project.traces:
            for effect in trace.effects:
                if isinstance(effect, Build):
                    found = [image for tag in effect.tags for image in images(tag)]
                    self._owners.update(_owner(image) for image in found)
                    tests = trace.entry.tier in (Tier.INTEGRATION, Tier.E2E)
                    self._tested.update(
                        image.last for image in found if tests or image.host in ("", "localhost")
                    )
                elif isinstance(effect, Command) and trace.entry.live:
                    self.loads = self.loads or _loads(effect)

    def has(self, image: Image) -> bool:
        """Built by this repository, or a service of it under `localhost/` or a known owner."""
        if image.public or "?" in image.last:
            return False
        if self._built.seen(image):
            return True
        if image.host == "localhost":
            return True
        service = _PUNCTUATION.sub("", image.last.lower()) in self._services
        return service and bool(image.host) and _owner(image) in self._owners

    def tested(self, image: Image) -> bool:
        """Whether tests build an image of that name, or any recipe does without publishing it."""
        return image.last in self._tested


def _owner(image: Image) -> str:
    """`ghcr.io/org` of `ghcr.io/org/service`."""
    return normal(image.repository).rpartition("/")[0] or "-"


def _loads(command: Command) -> bool:
    """`docker load`: the image was built by another job."""
    words = [word[0].known or "" for word in command.argv[:3] if word]
    return bool(words) and words[0].rpartition("/")[2] in _CLIENTS and bool(_LOADS & {*words[1:]})


RULE: Final = Rule(
    name="registry-pull",
    code="SW501",
    requirement="R5",
    severity=Severity.ERROR,
    summary="An image of the project is pulled, or run without being built from the tree.",
    why=(
        "The tests then judge what somebody published, not what is in the tree; they pass on a "
        "broken change and fail on a machine that cannot reach the registry."
    ),
    remedy="Build the image from the tree before it is run, under a unique tag.",
    check=check,
    examples=(
        Example(
            title="Pulled from where the release job publishes it",
            files={
                "Makefile": """\
release:
	docker build -t registry.example.com/acme/gateway:1.4 .
	docker push registry.example.com/acme/gateway:1.4

test-integration:
	docker pull registry.example.com/acme/gateway:1.4 ◄
	go test ./test/integration/...
""",
            },
        ),
        Example(
            title="Fine: built before it is run; third-party images may be pulled",
            files={
                "Makefile": """\
test-integration:
	docker pull postgres:16-alpine
	docker build -t gateway:$$(uuidgen) .
	go test ./test/integration/...
""",
            },
        ),
    ),
)
