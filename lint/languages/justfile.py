"""The front end for justfiles: variables are the module's, every recipe is a function."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lint.facts import FileFacts
from lint.languages import comments
from lint.languages.dialect import JUST
from lint.languages.hash_comments import hash_comments
from lint.languages.scripts import Scripts
from lint.languages.yaml_nodes import Mark, Scalar
from lint.program import (
    Arg,
    Assign,
    Call,
    Define,
    Do,
    Expr,
    Function,
    Lit,
    Module,
    Name,
    Output,
    Param,
    Plus,
    Span,
    Stmt,
)

_ASSIGNS: Final = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_][\w-]*)\s*:=\s*(?P<value>.*)")
_RECIPE: Final = re.compile(
    r"@?(?P<name>[A-Za-z_][\w-]*)(?P<params>(?:\s+(?:\"[^\"]*\"|'[^']*'|[^:\"'])*)?)\s*:(?!=)"
    r"(?P<needs>[^#]*)"
)
_PARAM: Final = re.compile(
    r"[*+$]*(?P<name>[A-Za-z_][\w-]*)(?:\s*=\s*(?P<default>\"[^\"]*\"|'[^']*'|[^\s]+))?"
)
_NEED: Final = re.compile(
    r"(?P<also>&&)|\((?P<called>[\w:-]+)(?P<args>[^()]*)\)|(?P<name>[A-Za-z_][\w:-]*)"
)
_PART: Final = re.compile(
    r"\"(?P<double>(?:\\.|[^\"\\])*)\"|'(?P<single>[^']*)'|`(?P<command>[^`]*)`"
    r"|env(?:_var)?(?:_or_default)?\(\s*['\"](?P<env>\w+)['\"](?:\s*,\s*['\"](?P<other>[^'\"]*)['\"])?"
    r"\s*\)|(?P<name>[A-Za-z_][\w-]*)(?!\()"
)
_SIGNS: Final = re.compile(r"[@-]*")
_PYTHON: Final = re.compile(r"#!.*\bpython")


class _Line(NamedTuple):
    number: int
    text: str


def extract(data: bytes) -> FileFacts:
    """All facts of a justfile."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\0", " ")
    lines = text.split("\n")
    scripts = Scripts(JUST)
    body: list[Stmt] = []
    recipes: list[Function] = []
    told: list[Span] = []
    at = 0
    while at < len(lines):
        line = _Line(at + 1, lines[at])
        at += 1
        if line.text.startswith("#"):
            told.append(Span(line.number, 1, line.number, len(line.text) + 1))
        elif assigned := _ASSIGNS.fullmatch(line.text.rstrip()):
            start = Span(line.number, assigned.start("value") + 1)
            body.append(Assign(Name(assigned["name"]), _value(assigned["value"], start, scripts)))
        elif not line.text[:1].isspace() and (found := _RECIPE.match(line.text)):
            inner: list[_Line] = []
            while at < len(lines) and (not lines[at].strip() or lines[at][0].isspace()):
                inner.append(_Line(at + 1, lines[at]))
                at += 1
            recipes.append(_recipe(found, line, inner, scripts, first=not recipes))
    remarks = hash_comments(lines, told)
    facts = scripts.facts(Module((*body, *(Define(one) for one in recipes))))
    return FileFacts(
        "justfile",
        facts.program,
        mentions=(*comments.mentions(remarks), *facts.mentions),
        suppressions=(*comments.suppressions(remarks), *facts.suppressions),
        unparsable=facts.unparsable,
    )


def _recipe(
    found: re.Match[str], line: _Line, inner: Sequence[_Line], scripts: Scripts, *, first: bool
) -> Function:
    at = Span(
        line.number, 1, max([line.number, *(one.number for one in inner if one.text.strip())])
    )
    params = tuple(
        Param(one["name"], _value(one["default"], at, scripts) if one["default"] else None)
        for one in _PARAM.finditer(found["params"] or "")
    )
    needs: list[str] = []
    before: list[Stmt] = []
    behind: list[Stmt] = []
    after = False
    for one in _NEED.finditer(found["needs"]):
        after = after or bool(one["also"])
        if one["name"] and not after:
            needs.append(one["name"])
        elif name := one["called"] or one["name"]:
            args = tuple(_arguments(one["args"] or "", at, scripts))
            (behind if after else before).append(Do(Call(Name(name), args, at)))
    script = _script(inner)
    lowered = scripts.lower(script, "python" if _PYTHON.match(script.text) else "")
    return Function(
        found["name"],
        params,
        (*before, *lowered, *behind),
        at,
        needs=tuple(needs),
        labels=("default",) if first else (),
    )


def _script(inner: Sequence[_Line]) -> Scalar:
    """The lines of a recipe without indentation and signs, each with its place."""
    shebang = any(one.text.strip() for one in inner) and next(
        one.text.strip() for one in inner if one.text.strip()
    ).startswith("#!")
    shared = min(
        (len(one.text) - len(one.text.lstrip()) for one in inner if one.text.strip()), default=0
    )
    pieces: list[str] = []
    marks: list[Mark] = []
    length = 0
    for one in inner:
        bare = one.text[shared:]
        if not shebang:
            signs = _SIGNS.match(bare)
            bare = bare[signs.end() if signs else 0 :]
        marks.append(Mark(length, one.number, len(one.text) - len(bare) + 1))
        pieces.append(bare + "\n")
        length += len(bare) + 1
    start = Span(inner[0].number, 1) if inner else Span(1, 1)
    return Scalar(text="".join(pieces), at=start, style="literal", marks=tuple(marks))


def _arguments(told: str, at: Span, scripts: Scripts) -> Iterator[Arg]:
    for one in _PART.finditer(told):
        yield Arg(_part(one, at, scripts))


def _value(told: str, at: Span, scripts: Scripts) -> Expr:
    """`"a" + b / env("C", "d")`: side by side; a bare word is a name."""
    parts = [_part(one, at, scripts) for one in _PART.finditer(told)]
    if not parts:
        return Lit(told, at)
    made = parts[0]
    for one in parts[1:]:
        made = Plus(made, one)
    return made


def _part(one: re.Match[str], at: Span, scripts: Scripts) -> Expr:
    if one["command"] is not None:
        line, column = at.line, at.column + one.start("command")
        return Output(scripts.lower(Scalar(text=one["command"], at=Span(line, column))))
    if one["env"]:
        return Lit(one["other"], at) if one["other"] is not None else Name(one["env"])
    if one["name"]:
        return Name(one["name"])
    return Lit(one["double"] if one["double"] is not None else one["single"], at)
