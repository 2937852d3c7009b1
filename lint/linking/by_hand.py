"""Whether people start a script themselves, though nothing in the repository runs it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from lint.effects import AnyEffect, Compose, Removal, RunsTests, Start
from lint.linking.roots import INTEGRATION
from lint.program import If, Module, Name, Test

_COLLECTED: Final = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$")


def by_hand(path: str, language: str, module: Module, effects: Sequence[AnyEffect]) -> bool:
    """A script that runs the tests; or a Python program among those of integration that is made to
    be run (`if __name__ == "__main__"`) and is such a test: it brings a stack up and, whatever it
    was asked for, takes it down again. A helper does one of both."""
    if any(isinstance(one, RunsTests) for one in effects):
        return True
    if language != "python" or not INTEGRATION.search(path) or _COLLECTED.search(path):
        return False
    return has_guard(module) and _whole(effects)


def has_guard(module: Module) -> bool:
    """Whether a part of a Python module is for when it is run itself."""
    return any(
        isinstance(one, If) and isinstance(one.test, Test) and Name("__name__") in one.test.parts
        for one in module.body
    )


def _whole(effects: Sequence[AnyEffect]) -> bool:
    done = [one for one in effects if not one.context.handler]
    ups = [(at, one) for at, one in enumerate(done) if _brings_up(one)]
    return any(
        not _exclusive(up, down)
        for at, up in ups
        for down in done[at + 1 :]
        if isinstance(down, Removal) or (isinstance(down, Compose) and down.verb == "down")
    )


def _brings_up(effect: AnyEffect) -> bool:
    if isinstance(effect, Compose):
        return effect.verb in ("up", "start")
    return isinstance(effect, Start) and not effect.one_shot


def _exclusive(up: AnyEffect, down: AnyEffect) -> bool:
    """Whether one run does only one of both: branches of a choice, commands of an application."""
    apart = any(
        left.place == right.place and left.negated != right.negated
        for left in up.context.guards
        for right in down.context.guards
    )
    ways = next(
        (
            (one, other)
            for one, other in zip(up.chain, down.chain, strict=False)
            if one.callee != other.callee
        ),
        None,
    )
    if apart or ways is None or ways[1].callee.endswith("__exit__"):
        return apart
    return ways[0].place == ways[1].place
