"""Lists, records and templates of the standard libraries, as values."""

from __future__ import annotations

import re
from typing import Final

from lint.linking import calling
from lint.linking.apis.called import Called, Handler
from lint.linking.values import (
    UNKNOWN,
    ClassRef,
    External,
    Fields,
    Items,
    Value,
    glued,
    items_of,
    join,
    known,
    only,
)
from lint.program import Class, FieldOf
from lint.text import text, unknown

_HOLE: Final = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})")


def _concatenated(called: Called) -> Value:
    """`itertools.chain(a, b)`, `slices.Concat(a, b)`."""
    return _flat([items_of(one) for one in called.given.positional], rest=called.given.rest)


def _flattened(called: Called) -> Value:
    """`sum(lists, [])`, `chain.from_iterable(lists)`."""
    outer = items_of(called.given.get(0) or UNKNOWN)
    if not any(isinstance(shape, Items) for one in outer.items for shape in one):
        return UNKNOWN
    return _flat([items_of(one) for one in outer.items], rest=outer.rest)


def _flat(lists: list[Items], *, rest: bool) -> Value:
    made = tuple(one for each in lists for one in each.items)
    return (Items(made, rest=rest or any(each.rest for each in lists)),)


def _filtered(called: Called) -> Value:
    return called.given.get(1) or UNKNOWN


def _next(called: Called) -> Value:
    """One of the items, or the default."""
    one = items_of(called.given.get(0) or UNKNOWN)
    default = called.given.get(1)
    found = join(*one.items, *((default,) if default else ()))
    return found or UNKNOWN


def _field(called: Called) -> Value:
    """A dataclass's `field(default=…)` or `field(default_factory=…)`."""
    named = called.given.named
    if (default := named.get("default")) is not None:
        return default
    factory = named.get("default_factory") or named.get("factory")
    if factory is None:
        return called.given.get(0) or UNKNOWN
    return calling.apply(called.machine, factory, called.given.__class__(), called.at, called.frame)


def _record(called: Called) -> Value:
    """`SimpleNamespace(tool="x")`."""
    return (Fields(tuple(called.given.named.items()), rest=called.given.rest),)


def _named_tuple(called: Called) -> Value:
    """`namedtuple("Command", "tool verb")` is a class with these fields."""
    told = called.given.get(1, "field_names") or UNKNOWN
    listed = [only(one) or "" for one in items_of(told).items]
    names = listed or [word for one in known(told) for word in one.replace(",", " ").split()]
    definition = Class(
        name=only(called.given.get(0, "typename") or UNKNOWN) or "namedtuple",
        bases=(),
        body=(),
        at=called.at,
        fields=tuple(FieldOf(name) for name in names),
    )
    return (ClassRef(definition, called.frame.path, called.frame.scope),)


def _template(called: Called) -> Value:
    here = called.machine.place(called.frame, called.at)
    return (External("string.Template()", (called.given.get(0) or UNKNOWN,), here),)


def _substituted(called: Called) -> Value:
    """`string.Template("$tool up").substitute(tool="x")`."""
    given = dict(called.given.named)
    for shape in called.given.get(0) or ():
        if isinstance(shape, Fields):
            given = {**dict(shape.entries), **given}
    ways = [_filled(one, given) for one in known(called.words[0])] if called.words else []
    return join(*ways) if ways else UNKNOWN


def _filled(template: str, given: dict[str, Value]) -> Value:
    pieces: list[Value] = []
    last = 0
    for hole in _HOLE.finditer(template):
        pieces.append((text(template[last : hole.start()]),))
        last = hole.end()
        name = hole[1] or hole[2]
        pieces.append((text("$"),) if name is None else given.get(name, (unknown(name),)))
    pieces.append((text(template[last:]),))
    return glued(pieces)


def _names(called: Called) -> Value:
    """`globals()`: the names of the module."""
    scope = called.frame.scope
    while scope.outer is not None:
        scope = scope.outer
    return (Fields(tuple(scope.names.items()), rest=True),)


def _param(called: Called) -> Value:
    """`pytest.param(a, b)`: a row, or its only value."""
    values = called.given.positional
    return values[0] if len(values) == 1 else (Items(values, rest=called.given.rest),)


EXACT: Final[dict[str, Handler]] = {
    **dict.fromkeys(("itertools.chain", "slices.Concat"), _concatenated),
    **dict.fromkeys(("sum", "itertools.chain.from_iterable"), _flattened),
    **dict.fromkeys(("filter", "itertools.compress"), _filtered),
    **dict.fromkeys(("next", "anext"), _next),
    **dict.fromkeys(
        ("dataclasses.field", "attr.ib", "attrs.field", "attr.field", "pydantic.Field",
         "typer.Option", "typer.Argument"),
        _field,
    ),
    **dict.fromkeys(("types.SimpleNamespace", "argparse.Namespace"), _record),
    "collections.namedtuple": _named_tuple,
    "string.Template": _template,
    "globals": _names,
    "pytest.param": _param,
}  # fmt: skip  # lists of names read best as paragraphs

PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"^string\.Template\(\)\.(?:safe_)?substitute$"), _substituted),
)
