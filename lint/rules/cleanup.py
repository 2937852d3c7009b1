"""What a trace leaves behind: containers, networks and images against what removes them (R10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lint.effects import AnyEffect, Build, Network, Removal, Start, Trace, Word
from lint.rules.argv import Argv
from lint.rules.likeness import may_meet
from lint.rules.scope import is_subject
from lint.text import Literal, Text

_REAPED: Final = ("testcontainers",)
"""Libraries whose own reaper removes what they started (dockertest has none)."""
_CONTAINERS: Final = frozenset(("container", "compose", "all"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something that stays. `stopped`: a container that is stopped, but not removed."""

    effect: Start | Network | Build
    stopped: bool = False


def left_behind(trace: Trace) -> Iterator[Left]:
    """Containers and networks that nothing in the trace removes after they were made."""
    argv = Argv(trace)
    for at, effect in enumerate(trace.effects):
        if effect.context.handler or effect.context.phase == "teardown":
            continue
        if is_subject(trace, effect):
            continue
        after = removals_after(trace, at)
        match effect:
            case Start(one_shot=False) if not effect.api.startswith(_REAPED):
                named = [one for one in after if _means(one, effect.name)]
                if any(one.what in _CONTAINERS for one in named):
                    continue
                stopped = any(one.what == "stop" for one in named)
                if stopped and _removes_itself(effect, argv):
                    continue
                yield Left(effect=effect, stopped=stopped)
            case Network():
                if not any(
                    one.what in ("network", "all", "compose")
                    and (one.what != "network" or _means(one, effect.name))
                    for one in after
                ):
                    yield Left(effect=effect)


def images_left(trace: Trace) -> Iterator[Build]:
    """Images with a name that no removal of images follows at all."""
    for at, effect in enumerate(trace.effects):
        if not isinstance(effect, Build) or not effect.tags or effect.context.handler:
            continue
        if effect.api.startswith(_REAPED) or is_subject(trace, effect):
            continue
        if not any(one.what in ("image", "all") for one in removals_after(trace, at)):
            yield effect


def removals_after(trace: Trace, at: int) -> list[Removal]:
    """Removals of a teardown, and those that come after an effect outside of the set-up."""
    return [
        one
        for index, one in enumerate(trace.effects)
        if isinstance(one, Removal)
        and not one.context.handler
        and (one.context.phase == "teardown" or (index > at and one.context.phase != "setup"))
    ]


def can_match(names: tuple[Word, ...], made: list[Text]) -> bool:
    """Whether a removal by these names may reach anything that was made."""
    plain = [bare(one) for one in made]
    return not names or any(
        not word or may_meet(tuple(bare(one) for one in word), plain) for word in names
    )


def bare(name: Text) -> Text:
    """A name without `localhost/`, which engines add and leave out as they like."""
    first = name.parts[0] if name.parts else None
    if isinstance(first, Literal) and first.text.startswith("localhost/"):
        rest = first.text.removeprefix("localhost/")
        return Text(((Literal(rest),) if rest else ()) + name.parts[1:], name.at)
    return name


def _means(removal: Removal, name: Word) -> bool:
    return not name or not removal.names or can_match(removal.names, list(name))


def _removes_itself(start: Start, argv: Argv) -> bool:
    """`--rm`, or what an SDK calls so."""
    return start.vanishes or argv.holds(start.at, "--rm")


def made(trace_effects: tuple[AnyEffect, ...]) -> tuple[list[Text], list[Text]]:
    """The names of all containers that are started, and the tags of all images built or run."""
    names = [text for one in trace_effects if isinstance(one, Start) for text in one.name]
    tags = [
        text
        for one in trace_effects
        if isinstance(one, Build | Start)
        for word in (one.tags if isinstance(one, Build) else (one.image,))
        for text in word
    ]
    return names, tags
