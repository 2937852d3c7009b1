"""Environments of tox in TOML: `tox.toml`, and `[tool.tox]` of a `pyproject.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Final, cast

from lint.languages.toml_keys import Key, TomlKeys
from lint.languages.tox_environment import MOST, ToxContainer, ToxEnvironment, names
from lint.languages.tox_words import ARGUMENTS, value
from lint.languages.yaml_nodes import Scalar
from lint.program import Arg, Choice, Do, Expr, Lit, Name, Run, Span, Stmt, Try

Table = dict[str, object]
_DEEPEST: Final = 6


def environments(text: str) -> Iterator[ToxEnvironment]:
    """Those of a text; none where it is no TOML (which its own tools tell) or has none."""
    try:
        whole = cast("Table", tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    above: Key = ()
    tables = whole
    if "env_run_base" not in whole and "env" not in whole:
        above = ("tool", "tox")
        tables = _table(_table(whole.get("tool")).get("tox"))
    own = _table(tables.get("env"))
    if not own and "env_run_base" not in tables:
        return
    yield from _Toml(tables, above, TomlKeys(text)).environments(own)


def _table(node: object) -> Table:
    return cast("Table", node) if isinstance(node, dict) else {}


def _list(node: object) -> list[object]:
    return cast("list[object]", node) if isinstance(node, list) else []


class _Toml:
    """The environments of one table of tox."""

    def __init__(self, tables: Table, above: Key, keys: TomlKeys) -> None:
        self._tables = tables
        self._above = above
        self._keys = keys

    def environments(self, own: Table) -> Iterator[ToxEnvironment]:
        """Those with a table of their own, and those that only the list names."""
        told = _list(self._tables.get("env_list") or self._tables.get("envlist"))
        listed = [name for one in told if isinstance(one, str) for name in names(one)]
        for name in list(dict.fromkeys((*own, *listed)))[:MOST] or ["py"]:
            table = _table(own.get(name))
            yield self._environment(name, table, ("env", name), listed=name in listed or not listed)

    def _environment(self, name: str, table: Table, at: Key, *, listed: bool) -> ToxEnvironment:
        def found(*keys: str) -> tuple[object, Key]:
            for key in keys:
                if key in table:
                    return table[key], (*at, key)
            base = _table(self._tables.get("env_run_base"))
            for key in keys:
                if key in base:
                    return base[key], ("env_run_base", key)
            return None, at

        variables, where = found("set_env", "setenv")
        directory, inside = found("change_dir", "changedir")
        return ToxEnvironment(
            name=name,
            at=self._span(at if table else ("env_run_base",)),
            listed=listed,
            variables=tuple(
                (key, self._value(one, (*where, key)))
                for key, one in _table(variables).items()
                if isinstance(one, str)
            ),
            directory=self._value(directory, inside) if isinstance(directory, str) else None,
            containers=tuple(self._containers(*found("docker"))),
            before=tuple(self._commands(*found("commands_pre"), 0)),
            main=tuple(self._commands(*found("commands"), 0)),
            after=tuple(self._commands(*found("commands_post"), 0)),
        )

    def _commands(self, told: object, at: Key, depth: int) -> Iterator[Stmt]:
        for number, one in enumerate(_list(told)):
            key = (*at, number)
            if isinstance(one, dict):
                yield from self._referred(_table(one), depth)
                continue
            words = [
                word
                for index, each in enumerate(_list(one))
                for word in self._words(each, (*key, index))
            ]
            fails = False
            if words and isinstance(first := words[0].value, Lit) and first.text[:1] in "-!":
                fails = bool(first.text)
                rest = first.text[1:]
                words[:1] = [Arg(Lit(rest, first.at))] if rest else []
            if words:
                run = Do(Run(tuple(words), self._span(key)))
                yield Try((run,), ((),)) if fails else run

    def _referred(self, told: Table, depth: int) -> Iterator[Stmt]:
        """`{ replace = "ref", of = ["env_run_base", "commands"] }`."""
        of = tuple(one for one in _list(told.get("of")) if isinstance(one, str))
        if told.get("replace") != "ref" or depth >= _DEEPEST:
            return
        node: object = self._tables
        for one in of:
            node = _table(node).get(one)
        yield from self._commands(node, of, depth + 1)

    def _words(self, told: object, at: Key) -> Iterator[Arg]:
        if isinstance(told, str):
            yield Arg(self._value(told, at))
            return
        table = _table(told)
        default = table.get("default")
        if table.get("replace") == "posargs":
            if default is None or default == []:
                yield Arg(Name(ARGUMENTS), spread=1)
            for one in _list(default):
                if isinstance(one, str):
                    yield Arg(self._value(one, at))
        elif table.get("replace") == "env" and isinstance(name := table.get("name"), str):
            known: Expr = Name(name)
            if isinstance(default, str):
                known = Choice((known, self._value(default, at)))
            yield Arg(known)

    def _value(self, told: object, at: Key) -> Expr:
        place = self._span(at)
        column = place.column + 1 if isinstance(at[-1], int) else place.column
        where = Span(place.line, column, place.line, column + len(str(told)))
        return value(Scalar(text=str(told), at=where))

    def _containers(self, told: object, at: Key) -> Iterator[ToxContainer]:
        for number, one in enumerate(_list(told)):
            name = str(one)
            table = _table(_table(self._tables.get("docker")).get(name))
            image = table.get("image")
            key: Key = ("docker", name, "image") if table else (*at, number)
            ports = _list(table.get("ports"))
            yield ToxContainer(
                name=name,
                at=self._span(key),
                image=self._value(image if table else name, key) if image or not table else None,
                ports=tuple(Lit(str(port), self._span(key)) for port in ports),
            )

    def _span(self, at: Key) -> Span:
        line, column = self._keys.place((*self._above, *at))
        return Span(max(line, 1), max(column, 1))
