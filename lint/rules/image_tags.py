"""The image names that traces build and run, as rules on tags see them (R4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
            for image, local in found if severity else ():
                yield Naming(
                    trace=trace,
                    effect=effect,
                    image=image,
                    local=local,
                    severity=severity or Severity.NOTE,
                )


def _of_build(build: Build, trace: Trace, started: set[str]) -> Iterator[Image]:
    """A build that also gives a unique tag is right. Recipes and jobs also build what they publish
    or only try to build: their images count where tests start them."""
    named = [images(tag) for tag in build.tags]
    if any(image.tag in (Tag.UNIQUE, Tag.DIGEST) for tag in named for image in tag):
        return
    ours = trace.entry.kind in ("suite", "unreached") or _TIER.search(trace.entry.name)
    for word in build.tags:
        for image in _wrong(word):
            published = image.host not in ("", "localhost") and not image.host.startswith("local")
            if normal(image.repository) in started or (ours and not published):
                yield image


def _started(project: Project) -> set[str]:
    return {
        normal(image.repository)
        for trace in project.traces
        for effect in trace.effects
        if isinstance(effect, Start)
        and not effect.one_shot
        and trace.entry.tier in (Tier.INTEGRATION, Tier.E2E)
        for image in images(effect.image)
    }


def _wrong(word: Word) -> tuple[Image, ...]:
    named = images(word)
    if any(image.tag in (Tag.UNIQUE, Tag.DIGEST) for image in named):
        return ()
    return tuple(image for image in named if image.tag in _BAD and image.last not in ("", "?"))
