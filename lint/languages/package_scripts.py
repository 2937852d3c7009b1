"""The scripts of a `package.json`: recipes that npm, yarn, pnpm and bun run, as functions.

A script's function also runs `preX` before and `postX` behind it. What the caller hands on
(`npm run X -- args`) is the parameter `ARGUMENTS`, which ends the script's last command.
"""

from __future__ import annotations

from typing import Final

import msgspec

from lint.facts import FileFacts
from lint.languages.dialect import PLAIN
from lint.languages.scripts import Scripts
from lint.languages.yaml_nodes import Mapping, Pair, Scalar
from lint.languages.yaml_tree import read
from lint.program import (
    Arg,
    Assign,
    Call,
    Define,
    Do,
    Function,
    If,
    Listing,
    Lit,
    Module,
    Name,
    Param,
    Run,
    Stmt,
)

ARGUMENTS: Final = "npm arguments"
"""The name by which a script's function takes the words that follow its own."""

_NONE: Final = FileFacts("npm")
_VARIABLES: Final = ("name", "version")


def extract(data: bytes) -> FileFacts:
    """All facts of a `package.json`. JSON is read as the YAML that it is, for the places."""
    tree = read(data.decode("utf-8-sig", "replace"))
    root = tree.roots[0] if tree.roots else None
    if not isinstance(root, Mapping):
        return msgspec.structs.replace(_NONE, unparsable=tree.unparsable)
    told = root.mapping("scripts")
    scripts = Scripts(PLAIN)
    pairs = {pair.key: pair for pair in told.pairs} if told else {}
    body: list[Stmt] = [
        Assign(Name(f"npm_package_{key}"), Lit(one.text, one.at))
        for key in _VARIABLES
        if (one := root.scalar(key))
    ]
    for pair in pairs.values():
        if isinstance(pair.value, Scalar) and pair.value.text:
            body.append(Define(_script(pair, pair.value, pairs, scripts)))
    facts = scripts.facts(Module(tuple(body)) if pairs else None)
    return msgspec.structs.replace(
        facts, language="npm", unparsable=(*tree.unparsable, *facts.unparsable)
    )


def _script(pair: Pair, command: Scalar, known: dict[str, Pair], scripts: Scripts) -> Function:
    body = (
        *_beside(f"pre{pair.key}", known),
        *_handed_on(scripts.lower(command)),
        *_beside(f"post{pair.key}", known),
    )
    params = (Param(ARGUMENTS, Listing(())),)
    return Function(pair.key, params, body, pair.at)


def _beside(name: str, known: dict[str, Pair]) -> tuple[Stmt, ...]:
    """What is run with a script because of its name."""
    found = known.get(name)
    return (Do(Call(Name(name), (), found.key_at)),) if found else ()


def _handed_on(body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """The last command takes what the caller adds."""
    match body:
        case (*before, Do(Run() as run)):
            words = (*run.words, Arg(Name(ARGUMENTS), spread=1))
            return (*before, Do(msgspec.structs.replace(run, words=words)))
        case (*before, If() as last) if not last.other:
            return (*before, If(last.test, _handed_on(last.then)))
    return body
