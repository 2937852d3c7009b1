"""Texts of YAML that hold another language's expressions: `${{ matrix.x }}`, `{{.TAG}}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lint.languages.workflow_expression import expression
from lint.languages.yaml_nodes import Node, Scalar
from lint.program import Choice, Expr, Glue, Lit, Name, Opaque, Span


@dataclass(frozen=True, slots=True)
class Dialect:
    """How expressions stand in a text, and what one is. Text outside of them is as written.

    `scripts` finds those that are put in before a shell reads its script, `values` those in any
    other text.
    """

    scripts: re.Pattern[str]
    values: re.Pattern[str]
    read: Callable[[re.Match[str], Span], Expr]


def span(scalar: Scalar, start: int, end: int) -> Span:
    """Where a part of a scalar's text stands."""
    line, column = scalar.place(start)
    end_line, end_column = scalar.place(max(end - 1, start))
    return Span(line, column, end_line, end_column + (1 if end > start else 0))


def value(scalar: Scalar, dialect: Dialect) -> Expr:
    """A text as an expression: a literal, a name, or both side by side."""
    parts: list[Expr] = []
    at = 0
    for match in dialect.values.finditer(scalar.text):
        if match.start() > at:
            parts.append(Lit(scalar.text[at : match.start()], span(scalar, at, match.start())))
        parts.append(dialect.read(match, span(scalar, match.start(), match.end())))
        at = match.end()
    if not parts:
        block = scalar.style in ("literal", "folded")
        return Lit(scalar.text, span(scalar, 0, len(scalar.text)) if block else scalar.at)
    if at < len(scalar.text):
        parts.append(Lit(scalar.text[at:], span(scalar, at, len(scalar.text))))
    return parts[0] if len(parts) == 1 else Glue(tuple(parts), scalar.at)


def literal(node: Node | None, dialect: Dialect) -> Expr:
    """The value of a scalar; other nodes are not modelled."""
    return value(node, dialect) if isinstance(node, Scalar) else Opaque()


def _github(match: re.Match[str], at: Span) -> Expr:
    return expression(match["inner"], at)


def _named(match: re.Match[str], at: Span) -> Expr:
    if match[0] == "$$":
        return Lit("$", at)
    return Name(match["name"] or match["bare"] or match["input"])


_GO_NAME: Final = re.compile(r"\.(?P<name>\w+)")
_GO_DEFAULT: Final = re.compile(
    r"""\.(?P<name>\w+)\s*\|\s*default\s+["'`]?(?P<other>[^"'`]*)["'`]?"""
    r"""|default\s+["'`]?(?P<first>[^"'`]*?)["'`]?\s+\.(?P<second>\w+)"""
)


def _task(match: re.Match[str], at: Span) -> Expr:
    inner = match["inner"].strip("- \t\n")
    if plain := _GO_NAME.fullmatch(inner):
        return Name(plain["name"])
    if default := _GO_DEFAULT.fullmatch(inner):
        other = default["other"] if default["name"] else default["first"]
        return Choice((Name(default["name"] or default["second"]), Lit(other, at)))
    return Opaque(tuple(Name(one["name"]) for one in _GO_NAME.finditer(inner)), inner)


_GROOVY: Final = re.compile(r"\$\{(?P<inner>[^{}]*)\}|\$(?P<bare>[A-Za-z_]\w*)")
_GROOVY_NAME: Final = re.compile(r"(?:(?:env|params)\.)?(?P<name>\w+)")


def _groovy(match: re.Match[str], _at: Span) -> Expr:
    if match["bare"]:
        return Name(match["bare"])
    inner = match["inner"].strip()
    plain = _GROOVY_NAME.fullmatch(inner)
    return Name(plain["name"]) if plain else Opaque((), inner)


_JUST: Final = re.compile(r"\{\{(?P<inner>.*?)\}\}", re.DOTALL)
_JUST_NAME: Final = re.compile(r"[A-Za-z_][\w-]*")
_JUST_TEXT: Final = re.compile(r"'([^']*)'|\"([^\"\\]*)\"")


def _just(match: re.Match[str], at: Span) -> Expr:
    inner = match["inner"].strip()
    if _JUST_NAME.fullmatch(inner):
        return Name(inner)
    if told := _JUST_TEXT.fullmatch(inner):
        return Lit(told[1] or told[2] or "", at)
    return Opaque((), inner)


_GITHUB: Final = re.compile(r"\$\{\{(?P<inner>(?:'[^']*'|[^'])*?)\}\}", re.DOTALL)
_GITLAB: Final = re.compile(r"\$\[\[\s*(?P<input>[\w.-]+)[^\]]*\]\](?P<name>)(?P<bare>)")
_GITLAB_VALUE: Final = re.compile(
    r"\$\$|\$\{(?P<name>\w+)\}|\$(?P<bare>[A-Za-z_]\w*)|\$\[\[\s*(?P<input>[\w.-]+)[^\]]*\]\]"
)
_CIRCLE: Final = re.compile(
    r"<<\s*(?P<name>(?:parameters|pipeline|matrix)\.[\w.-]+)\s*>>(?P<bare>)(?P<input>)"
)
_TASK: Final = re.compile(r"\{\{(?P<inner>.*?)\}\}", re.DOTALL)
_PLAIN: Final = re.compile(r"(?!)")
_AZURE: Final = re.compile(
    r"\$\{\{(?P<inner>(?:'[^']*'|[^'])*?)\}\}"
    r"|\$\((?P<macro>[A-Za-z_]\w*(?:\.[\w.]+)|[A-Z_][A-Z0-9_]*|[a-z]+[A-Z]\w*)\)",
    re.DOTALL,
)


def _azure(match: re.Match[str], at: Span) -> Expr:
    if match["macro"] is not None:
        return Name(match["macro"])
    return expression(match["inner"], at)


GITHUB: Final = Dialect(_GITHUB, _GITHUB, _github)
GITLAB: Final = Dialect(_GITLAB, _GITLAB_VALUE, _named)
CIRCLE: Final = Dialect(_CIRCLE, _CIRCLE, _named)
AZURE: Final = Dialect(_AZURE, _AZURE, _azure)
TASK: Final = Dialect(_TASK, _TASK, _task)
GROOVY: Final = Dialect(_GROOVY, _GROOVY, _groovy)
JUST: Final = Dialect(_JUST, _JUST, _just)
PLAIN: Final = Dialect(_PLAIN, _PLAIN, _named)
