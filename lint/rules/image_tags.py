"""The image names that traces build and run, as rules on tags see them (R4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lint.effects import AnyEffect, Build, Start, Trace, Word
from lint.model import Place, Severity, Tier
from lint.project import Project
from lint.rules.images import Built, Image, Tag, images, normal
from lint.rules.scope import weigh

_TIER: Final = re.compile(r"integration|e2e|(?:^|[-_.])it(?:$|[-_.])", re.IGNORECASE)
_BAD: Final = (Tag.MISSING, Tag.LATEST, Tag.CONSTANT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """An image named by a build or a start. `local`: the project builds it itself."""

    trace: Trace
    effect: AnyEffect
    image: Image
    local: bool
    severity: Severity
    """What an error here weighs in this trace."""

    @property
    def place(self) -> Place:
        """Where the name stands: its literal, else the call that decides it."""
        return self.image.at or self.effect.decided


def namings(project: Project) -> Iterator[Naming]:
    """Every image name that is wrong or may be, in traces that are judged (E2E: as a note).

    A name with an alternative that is unique is left alone: some path makes it right.
    """
    built, started = Built(project), _started(project)
    for trace in project.traces:
        for effect in trace.effects:
            match effect:
                case Build():
                    found = [(tag, True) for tag in _of_build(effect, trace, started)]
                case Start():
                    found = [(image, built.local(image)) for image in _wrong(effect.image)]
                case _:
                    continue
            severity = weigh(trace, effect, Severity.ERROR, e2e=Severity.NOTE)
            if severity is None and isinstance(effect, Build) and _serves(trace, effect, started):
                severity = Severity.ERROR
            for image, local in found if severity else ():
                yield Naming(
                    trace=trace,
                    effect=effect,
                    image=image,
                    local=local,
                    severity=severity or Severity.NOTE,
                )


def _serves(trace: Trace, build: Build, started: Mapping[str, set[str]]) -> bool:
    """Whether a recipe or job builds what the tests of the same file's others run."""
    if trace.entry.kind not in ("recipe", "job") or trace.entry.tier is not Tier.OTHER:
        return False
    names = {normal(image.repository) for tag in build.tags for image in images(tag)}
    return any(trace.entry.place.path in started.get(name, ()) for name in names)


def _of_build(build: Build, trace: Trace, started: Mapping[str, set[str]]) -> Iterator[Image]:
    """A build that also gives a unique tag is right. Recipes and jobs also build what they publish
    or only try to build: their images count where tests run them, also as the tests' own program,
    and where a recipe of tests builds them next to its stack."""
    named = [images(tag) for tag in build.tags]
    if any(image.tag in (Tag.UNIQUE, Tag.DIGEST) for tag in named for image in tag):
        return
    ours = (
        trace.entry.kind in ("suite", "unreached")
        or _TIER.search(trace.entry.name)
        or _with_stack(trace)
    )
    for word in build.tags:
        for image in _wrong(word):
            published = image.host not in ("", "localhost") and not image.host.startswith("local")
            if normal(image.repository) in started or (ours and not published):
                yield image


def _started(project: Project) -> Mapping[str, set[str]]:
    """What tests run, and the files of the entries that do and leave its build to others."""
    found: dict[str, set[str]] = {}
    for trace in project.traces:
        if trace.entry.tier not in (Tier.INTEGRATION, Tier.E2E):
            continue
        tags = [tag for one in trace.effects if isinstance(one, Build) for tag in one.tags]
        own = {normal(image.repository) for tag in tags for image in images(tag)}
        for effect in trace.effects:
            if not isinstance(effect, Start):
                continue
            if effect.one_shot and weigh(trace, effect, Severity.ERROR) is not Severity.ERROR:
                continue
            for image in images(effect.image):
                by = found.setdefault(normal(image.repository), set())
                if normal(image.repository) not in own:
                    by.add(trace.entry.place.path)
    return found


def _with_stack(trace: Trace) -> bool:
    """Whether it is a recipe of tests that starts containers which stay."""
    return (
        trace.entry.kind == "recipe"
        and trace.entry.tier is Tier.INTEGRATION
        and any(isinstance(one, Start) and not one.one_shot for one in trace.effects)
    )


def _wrong(word: Word) -> tuple[Image, ...]:
    named = images(word)
    if any(image.tag in (Tag.UNIQUE, Tag.DIGEST) for image in named):
        return ()
    return tuple(image for image in named if image.tag in _BAD and image.last not in ("", "?"))
