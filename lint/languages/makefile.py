"""The front end for makefiles: variables are the module's, every target is a function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lint.facts import FileFacts, Unparsable
from lint.languages import comments
from lint.languages.hash_comments import hash_comments
from lint.languages.make_items import (
    MakeAssignment,
    MakeCall,
    MakeConditional,
    MakeInclude,
    MakeItem,
    flat,
)
from lint.languages.make_lines import MakeLines
from lint.languages.make_recipes import DEEPEST, MakeRecipes, condition
from lint.languages.make_references import shell_text, value
from lint.languages.make_targets import functions
from lint.languages.shell import lower
from lint.program import (
    Arg,
    Assign,
    Do,
    Expr,
    Glue,
    If,
    Lit,
    Module,
    Name,
    Output,
    Run,
    Span,
    Stmt,
)

_ONE_SHELL: Final = re.compile(r"^\.ONESHELL[ \t]*:", re.MULTILINE)


def extract(data: bytes) -> FileFacts:
    """All facts of a makefile."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\0", " ")
    lines = MakeLines(text)
    own: dict[str, list[Assign]] = {}
    held = {}
    for item in flat(lines.items):
        if isinstance(item, MakeAssignment):
            held[item.name] = item.value
            for target in item.targets.split():
                own.setdefault(target, []).append(_assign(item))
    recipes = MakeRecipes(held, one_shell=bool(_ONE_SHELL.search(text)))
    unparsable = list(lines.unparsable)
    body = _module(lines.items, unparsable)
    targets = functions(lines.items, recipes, own)
    written = text.split("\n")
    spans = (*lines.comments, *_in_recipes(written, dict.fromkeys(recipes.comments)))
    remarks = hash_comments(written, spans)
    return FileFacts(
        "makefile",
        Module((*body, *targets)),
        mentions=comments.mentions(remarks),
        suppressions=comments.suppressions(remarks),
        unparsable=(*unparsable, *dict.fromkeys(recipes.unparsable)),
    )


def _module(items: Sequence[MakeItem], unparsable: list[Unparsable], depth: int = 0) -> list[Stmt]:
    """What make does while it reads: assignments, inclusions, calls."""
    body: list[Stmt] = []
    for item in items:
        match item:
            case MakeAssignment(targets=""):
                body.append(_assign(item))
            case MakeInclude():
                body.append(_include(item))
            case MakeCall():
                body.append(Do(value(item.text)))
            case MakeConditional() if depth < DEEPEST:
                then = _module(item.then, unparsable, depth + 1)
                other = _module(item.other, unparsable, depth + 1)
                if then or other:
                    body.append(If(condition(item.test), tuple(then), tuple(other)))
            case MakeConditional():
                unparsable.append(Unparsable("nested too deep", item.test.at))
    return body


def _assign(item: MakeAssignment) -> Assign:
    target = Name(item.name)
    if item.operator == "!=":
        command = item.value
        body, _ = lower(shell_text(command.text, {}), command.line, command.column)
        return Assign(target, Output(body))
    given = value(item.value)
    if item.operator == "+=":
        return Assign(target, _apart(given, item.value.at), augment=True)
    return Assign(target, given, default=item.operator == "?=")


def _apart(given: Expr, at: Span) -> Expr:
    """What is appended, with the blank that make puts before it."""
    match given:
        case Lit(text=text, at=where):
            return Lit(f" {text}", where)
        case Glue(parts=(Lit(text=text, at=where), *rest)):
            return Glue((Lit(f" {text}", where), *rest), at)
        case Glue(parts=parts):
            return Glue((Lit(" ", at), *parts), at)
    return Glue((Lit(" ", at), given), at)


def _include(item: MakeInclude) -> Stmt:
    at = item.files.at
    files = value(item.files)
    words = (
        tuple(Arg(Lit(word, files.at)) for word in files.text.split())
        if isinstance(files, Lit)
        else (Arg(files, spread=1),)
    )
    return Do(Run((Arg(Lit("include", at)), *words), at))


def _in_recipes(lines: Sequence[str], found: Iterable[tuple[Span, str]]) -> Iterator[Span]:
    """Comments of the shell where they stand in the file.

    References are longer in the file than in the shell text, so that columns are told by the
    comment's own words.
    """
    for at, text in found:
        line = lines[at.line - 1] if at.line <= len(lines) else ""
        column = line.rfind(text) if text in line else line.find("#", at.column - 1)
        if column >= 0:
            yield Span(at.line, column + 1, at.line, len(line) + 1)
