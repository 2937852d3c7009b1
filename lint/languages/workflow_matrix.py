"""The matrix of a job: each axis as a choice, and all combinations of them.

The combinations are a list of dictionaries that the name `ROWS` is set to; a dictionary's keys are
the names that a combination sets. Who runs a job once for each of them learns what belongs
together; the choices alone say what each name may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Dictionary
from itertools import islice, product
from math import prod
from typing import Final

from lint.languages.dialect import GITHUB, Dialect, literal
from lint.languages.yaml_nodes import Mapping, Node, Scalar, Sequence
from lint.languages.yaml_tree import read
from lint.program import Arg, Assign, Choice, Dict, Entry, Expr, Listing, Lit, Name, Span, Stmt

ROWS: Final = "matrix"
"""The name that the list of combinations has."""

_MOST_VALUES: Final = 64
_MOST_ROWS: Final = 64
_DEEPEST: Final = 2
_JSON: Final = re.compile(
    r"\s*\$\{\{\s*fromJSON\(\s*'(?P<json>(?:[^']|'')*)'\s*\)\s*\}\}\s*", re.IGNORECASE
)
_BESIDE: Final = ("include", "exclude")


def matrix(told: Node | None) -> tuple[Stmt, ...]:
    """Each axis as a choice of its values, those of `include` with them."""
    found = _read(told) if told is not None else None
    if not isinstance(found, Mapping):
        return ()
    axes: dict[str, list[Expr]] = {}
    for pair in found.pairs:
        if pair.key == "exclude":
            continue
        name = "matrix" if pair.key == "include" else f"matrix.{pair.key}"
        for item in _listed(pair.value):
            for each, value in _flat(name, item, GITHUB, 0):
                _add(axes.setdefault(each, []), value)
    return (
        *rows([dict(_named(one)) for one in _combinations(found)]),
        *choices(axes),
    )


def choices(axes: Dictionary[str, list[Expr]]) -> tuple[Stmt, ...]:
    """Each name as one of its values."""
    return tuple(
        Assign(Name(name), values[0] if len(values) == 1 else Choice(tuple(values)))
        for name, values in axes.items()
        if values
    )


def rows(combinations: Iterable[Dictionary[str, Expr]]) -> tuple[Stmt, ...]:
    """The combinations, where there are several."""
    told = tuple(
        Arg(Dict(tuple(Entry(Lit(key, Span(1)), value) for key, value in one.items())))
        for one in combinations
    )
    return (Assign(Name(ROWS), Listing(told)),) if len(told) > 1 else ()


def _read(node: Node) -> Node:
    """What `fromJSON('[…]')` says, else the node itself."""
    found = _JSON.fullmatch(node.text) if isinstance(node, Scalar) else None
    if found is None or not isinstance(node, Scalar):
        return node
    line, column = node.place(found.start("json"))
    text = found["json"].replace("''", "'").replace("\n", " ")
    roots = read("\n" * (line - 1) + " " * (column - 1) + text).roots
    return roots[0] if roots else node


def _listed(node: Node) -> tuple[Node, ...]:
    found = _read(node)
    return found.items if isinstance(found, Sequence) else (found,)


def _add(values: list[Expr], value: Expr) -> None:
    known = {one.text for one in values if isinstance(one, Lit)}
    if len(values) < _MOST_VALUES and not (isinstance(value, Lit) and value.text in known):
        values.append(value)


def _flat(name: str, node: Node, dialect: Dialect, depth: int) -> Iterator[tuple[str, Expr]]:
    """The scalars of one value, those inside of mappings under names with dots."""
    if isinstance(node, Mapping) and depth < _DEEPEST:
        for pair in islice(node.pairs, _MOST_VALUES):
            yield from _flat(f"{name}.{pair.key}", pair.value, dialect, depth + 1)
    else:
        yield name, literal(node, dialect)


def _named(combination: Dictionary[str, Node]) -> Iterator[tuple[str, Expr]]:
    for key, node in combination.items():
        yield from _flat(f"matrix.{key}", node, GITHUB, 0)


def _combinations(told: Mapping) -> list[dict[str, Node]]:
    """All combinations of the axes as GitHub makes them; none where they are too many."""
    axes = {pair.key: _listed(pair.value) for pair in told.pairs if pair.key not in _BESIDE}
    if prod(len(values) for values in axes.values()) > _MOST_ROWS:
        return []
    made = [dict(zip(axes, way, strict=True)) for way in product(*axes.values())] if axes else []
    excluded = [one for one in _items(told, "exclude") if one]
    made = [one for one in made if not any(_agrees(one, out) for out in excluded)]
    fresh: list[dict[str, Node]] = []
    for item in _items(told, "include"):
        own = {key: value for key, value in item.items() if key in axes}
        more = {key: value for key, value in item.items() if key not in axes}
        fitting = [one for one in made if _agrees(one, own)]
        for one in fitting:
            one.update(more)
        if not fitting:
            fresh.append(item)
    return (made + fresh)[:_MOST_ROWS]


def _items(told: Mapping, key: str) -> list[dict[str, Node]]:
    pair = told.pair(key)
    listed = _listed(pair.value) if pair else ()
    return [
        {each.key: each.value for each in one.pairs} for one in listed if isinstance(one, Mapping)
    ]


def _agrees(combination: dict[str, Node], told: dict[str, Node]) -> bool:
    return all(
        key in combination and _shown(combination[key]) == _shown(value)
        for key, value in told.items()
    )


def _shown(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else repr(node.at)
