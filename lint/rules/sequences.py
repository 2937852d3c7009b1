"""What happens one after another: the effects of each hook, fixture, test, recipe or job."""

from __future__ import annotations

from collections.abc import Iterator

from lint.effects import AnyEffect, Start, Trace
from lint.rules.functions import Functions, Root
from lint.rules.scope import staged


def sequences(trace: Trace, functions: Functions) -> Iterator[tuple[AnyEffect, ...]]:
    """The trace by what its effects hang from, each in order; teardown and handlers left out.

    Fixtures and hooks of a suite have no order that can be relied on, so they stay apart.
    """
    roots: dict[Root, list[AnyEffect]] = {}
    for effect in staged(trace):
        if effect.context.phase == "teardown" or effect.context.handler:
            continue
        roots.setdefault(functions.root(trace, effect), []).append(effect)
    for effects in roots.values():
        yield tuple(effects)


def exclusive(one: AnyEffect, other: AnyEffect) -> bool:
    """Whether only one of them happens: they are branches of the same condition."""
    return any(
        left.place == right.place and left.negated != right.negated
        for left in one.context.guards
        for right in other.context.guards
    )


def same_component(one: Start, other: Start) -> bool:
    """Whether both start the same container (two tools, two branches, a restart)."""
    if one.decided == other.decided and one.at == other.at:
        return True
    if exclusive(one, other):
        return True
    names = {text.shown for text in one.name} & {text.shown for text in other.name}
    if one.name and other.name:
        return bool(names)
    return bool({text.shown for text in one.image} & {text.shown for text in other.image})
