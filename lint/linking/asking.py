"""Whether what was tried only asks if something is there: `docker ps | grep db || docker run …`.

What happens then is no reaction to a failure, but the other of two ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from lint.effects import (
    AnyEffect,
    Build,
    Command,
    Compose,
    Network,
    Probe,
    Removal,
    RunsTests,
    Skip,
    Start,
)
from lint.linking.argv import Line, first, unwrapped
from lint.linking.engine_cli import ENGINES
from lint.program import Assign, Attr, Call, Do, Expr, Return, Stmt, Test

_SEARCHES: Final = frozenset({"grep", "egrep", "fgrep", "rg", "pgrep", "lsof", "ss", "test"})
_VERBS: Final = frozenset({"ps", "inspect", "exists", "ls", "images", "port", "start"})
"""What an engine is asked; `start` fails where there is no such container."""
_NOUNS: Final = frozenset({"container", "image", "network", "volume", "pod"})
_FINDS: Final = frozenset({"get", "inspect"})
_COLLECTIONS: Final = frozenset({"containers", "container", "images", "image", "networks"})


def asks(body: Sequence[Stmt], effects: Sequence[AnyEffect]) -> bool:
    """Whether a block only ends with a question; `effects` are what it did."""
    if any(_acts(one) for one in effects):
        return False
    if body and _question(body[-1]):
        return True
    told = [one for one in effects if isinstance(one, Command | Probe)]
    if not told:
        return False
    last = told[-1]
    return isinstance(last, Probe) or _of_command(last)


def otherwise(effects: Sequence[AnyEffect]) -> list[AnyEffect]:
    """What is done when the answer is no: a start is no reaction to a failure then, nor what comes
    with it; a removal still is one."""
    if not any(isinstance(one, Start | Compose | Network) for one in effects):
        return list(effects)
    return [
        one
        if isinstance(one, Removal | Skip)
        else replace(one, context=replace(one.context, handler=False))
        for one in effects
    ]


def _acts(effect: AnyEffect) -> bool:
    if isinstance(effect, Start):
        return effect.api != "cli start"
    return isinstance(effect, Compose | Build | Network | Removal | RunsTests)


def _of_command(command: Command) -> bool:
    line = unwrapped(Line(words=command.argv, complete=command.complete))
    if line.program in _SEARCHES:
        return True
    words = [first(word) for word in line.words[1:]]
    plain = [word for word in words if word and not word.startswith("-")]
    if plain and plain[0] in _NOUNS:
        plain = plain[1:]
    return line.program in ENGINES and plain[:1] != [] and plain[0] in _VERBS


def _question(statement: Stmt) -> bool:
    match statement:
        case Do(Test()):
            return True
        case Do(value) | Assign(value=value):
            return _finds(value)
        case Return(value) if value is not None:
            return _finds(value)
    return False


def _finds(value: Expr) -> bool:
    """`client.containers.get("db")`."""
    match value:
        case Call(func=Attr(of=Attr(name=collection), name=name)):
            return name in _FINDS and collection in _COLLECTIONS
    return False
