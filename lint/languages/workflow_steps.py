"""The steps of GitHub Actions, in jobs and in composite actions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lint.languages.dialect import GITHUB, Dialect, literal, value
from lint.languages.scripts import Scripts, words
from lint.languages.workflow_expression import expression
from lint.languages.yaml_nodes import Mapping, Node, Scalar, items
from lint.program import (
    Arg,
    Assign,
    Attr,
    Call,
    Defer,
    Do,
    Expr,
    Flag,
    If,
    Lit,
    Name,
    Opaque,
    Output,
    Span,
    Stmt,
    Try,
)

_WRAPPED: Final = re.compile(r"\$\{\{(.*)\}\}", re.DOTALL)
_ALWAYS: Final = frozenset(
    {"always()", "!cancelled()", "success()||failure()", "failure()||success()"}
)
_ASKS_ALWAYS: Final = re.compile(r"\balways\(\)|!\s*cancelled\(\)|!\s*success\(\)\s*\|\|")
_ASKS_FAILURE: Final = re.compile(r"\b(?:failure|cancelled)\(\)")
_ASKS_SUCCESS: Final = re.compile(r"\bsuccess\(\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDefaults:
    """`defaults.run` of a workflow or job."""

    program: str = ""
    """What reads the scripts: `bash -e {0}`, `pwsh`."""
    directory: Scalar | None = None

    def over(self, defaults: Mapping | None) -> StepDefaults:
        """These, where `defaults:` does not say otherwise."""
        run = defaults.mapping("run") if defaults else None
        if run is None:
            return self
        return StepDefaults(
            program=run.text("shell") or self.program,
            directory=run.scalar("working-directory") or self.directory,
        )


def variables(env: Mapping | None) -> tuple[Stmt, ...]:
    """`env:` as assignments."""
    return tuple(
        Assign(Name(pair.key), literal(pair.value, GITHUB))
        for pair in (env.pairs if env else ())
        if pair.key
    )


def uses(mapping: Mapping, at: Span) -> Stmt | None:
    """`uses: owner/action@v1` with its inputs, as a call of `actions.uses`."""
    name = mapping.scalar("uses")
    if name is None:
        return None
    args = [Arg(value(name, GITHUB))]
    given = mapping.mapping("with")
    for pair in given.pairs if given else ():
        args.append(Arg(literal(pair.value, GITHUB), pair.key))
    return Do(Call(Attr(Name("actions"), "uses"), tuple(args), at))


def condition(scalar: Scalar | None) -> Expr | None:
    """An `if:` as an expression; None where there is none or it always holds."""
    if scalar is None:
        return None
    found = expression(_bare(scalar.text), scalar.at)
    match found:
        case Flag(True) | Opaque(name="success"):
            return None
        case _:
            return found


def _bare(text: str) -> str:
    """Without `${{ }}`, which may be left out in conditions."""
    wrapped = _WRAPPED.fullmatch(text.strip())
    return wrapped[1] if wrapped and "${{" not in wrapped[1] else text


def steps(nodes: Iterable[Node], scripts: Scripts, defaults: StepDefaults) -> tuple[Stmt, ...]:
    """All steps in order.

    What runs also after a failure is deferred; what runs only then is a handler inside of that.
    """
    body: list[Stmt] = []
    for node in nodes:
        for step in items(node):
            if isinstance(step, Mapping):
                body.extend(_step(step, scripts, defaults))
    return tuple(body)


def _step(step: Mapping, scripts: Scripts, defaults: StepDefaults) -> tuple[Stmt, ...]:
    body: list[Stmt] = [*variables(step.mapping("env"))]
    run = step.scalar("run")
    if run is not None:
        directory = step.scalar("working-directory") or defaults.directory
        lowered = scripts.lower(run, step.text("shell") or defaults.program)
        body.extend(within(directory, GITHUB, lowered))
    elif call := uses(step, step.at):
        body.append(call)
    if not body:
        return ()
    if step.text("continue-on-error") == "true":
        body = [Try(tuple(body), ((),))]
    return _conditional(step.scalar("if"), tuple(body))


def within(directory: Scalar | None, dialect: Dialect, body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """Statements that run in another directory."""
    if directory is None or not directory.text:
        return body
    cd = Lit("cd", directory.at)
    go = words((cd, value(directory, dialect)), directory.at)
    return (go, *body, words((cd, Lit("-", directory.at)), directory.at))


def _conditional(scalar: Scalar | None, body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    test = condition(scalar)
    if scalar is None or test is None:
        return body
    text = _bare(scalar.text)
    plain = "".join(text.split())
    if plain in _ALWAYS:
        return deferred(body)
    if _ASKS_ALWAYS.search(text) or (_ASKS_FAILURE.search(text) and _ASKS_SUCCESS.search(text)):
        return deferred((If(test, body),))
    if _ASKS_FAILURE.search(text):
        return deferred((Try((), (body,)),))
    return (If(test, body),)


def deferred(body: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """Statements that run at the end, whatever happened before."""
    return (Defer(Output(body)),) if body else ()
