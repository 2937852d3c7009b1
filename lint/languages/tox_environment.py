"""An environment of tox, however it is written down, as a function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import msgspec

from lint.languages.tox_words import ARGUMENTS
from lint.languages.workflow_steps import deferred
from lint.program import (
    Arg,
    Assign,
    Attr,
    Call,
    Define,
    Do,
    Expr,
    Function,
    Listing,
    Lit,
    Name,
    Param,
    Run,
    Span,
    Stmt,
)

MOST: Final = 200
"""Environments of one file."""
_BRACES: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToxContainer:
    """A container that the plugin tox-docker runs around an environment's commands."""

    name: str
    at: Span
    image: Expr | None = None
    dockerfile: Expr | None = None
    ports: tuple[Lit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToxEnvironment:
    """`before`, `main` and `after` are `commands_pre`, `commands` and `commands_post`."""

    name: str
    at: Span
    listed: bool
    """A bare `tox` runs it."""
    variables: tuple[tuple[str, Expr], ...] = ()
    directory: Expr | None = None
    containers: tuple[ToxContainer, ...] = ()
    before: tuple[Stmt, ...] = ()
    main: tuple[Stmt, ...] = ()
    after: tuple[Stmt, ...] = ()

    def function(self) -> Function:
        """`commands_post` is teardown: it runs whatever happened before."""
        body = (
            *(Assign(Name(name), one) for name, one in self.variables),
            *_around(self.containers),
            *deferred((*self._inside(), *self.after) if self.after else ()),
            *self._inside(),
            *self.before,
            *self.main,
        )
        labels = ("default",) if self.listed else ()
        params = (Param(ARGUMENTS, Listing(())),)
        return Function(self.name, params, body, self.at, labels=labels)

    def _inside(self) -> tuple[Stmt, ...]:
        if self.directory is None:
            return ()
        return (Do(Run((Arg(Lit("cd", self.at)), Arg(self.directory)), self.at)),)


def definitions(environments: Iterable[ToxEnvironment]) -> tuple[Define, ...]:
    """A function for each; those that do the same are one, with labels for its other names."""
    found: dict[tuple[Stmt, ...], Function] = {}
    for one in environments:
        function = one.function()
        known = found.get(function.body)
        if known is not None:
            labels = (*known.labels, *function.labels, f"alias:{function.name}")
            labels = tuple(dict.fromkeys(labels))
            function = msgspec.structs.replace(known, labels=labels)
        found[function.body] = function
    return tuple(Define(function) for function in found.values())


def names(text: str) -> Iterator[str]:
    """The names of a list: `py{39,310}-{unit,integration}, lint`."""
    count = 0
    for word in re.split(r"[\s,]+(?![^{}]*\})", text):
        pieces = [
            [one.strip() for one in piece.split(",")] if number % 2 else [piece]
            for number, piece in enumerate(_BRACES.split(word))
        ]
        for way in product(*pieces):
            count += 1
            if count > MOST:
                return
            if name := "".join(way).strip():
                yield name


def _around(containers: tuple[ToxContainer, ...]) -> tuple[Stmt, ...]:
    """They are started, waited for, and removed by the plugin."""
    made: list[Stmt] = []
    for one in containers:
        args = [Arg(one.image)] if one.image is not None else []
        args.append(Arg(Lit(one.name, one.at), "name"))
        if one.dockerfile is not None:
            args.append(Arg(one.dockerfile, "dockerfile"))
        if one.ports:
            args.append(Arg(Listing(tuple(Arg(port) for port in one.ports)), "ports"))
        made.append(Do(Call(Attr(Name("tox_docker"), "start"), tuple(args), one.at)))
        removal = Call(Attr(Name("tox_docker"), "remove"), (Arg(Lit(one.name, one.at)),), one.at)
        made.extend(deferred((Do(removal),)))
    return tuple(made)
