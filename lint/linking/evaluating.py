"""Expressions: from a node to the values it may have, writing down effects on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from lint.linking import calling, members, shell_words, testing
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import (
    UNKNOWN,
    VOID,
    Bool,
    ClassRef,
    External,
    Fields,
    Func,
    Items,
    Namespace,
    Shape,
    Value,
    glued,
    items_of,
    join,
    known,
    lists_of,
    only,
    texts,
)
from lint.program import (
    Arg,
    Attr,
    Call,
    Choice,
    Closure,
    Dict,
    Each,
    Entry,
    Expr,
    Flag,
    Glue,
    Index,
    Listing,
    Lit,
    Name,
    Nothing,
    Opaque,
    Output,
    Percent,
    Plus,
    Run,
    Slice,
    Span,
    Test,
)
from lint.text import Literal, Text, split, text, unique, unknown

_SPEC: Final = re.compile(r"%[-+ #0]*(?:\(\w+\))?[\d.*]*[hlL]?([a-zA-Z%])")
_SHELL_UNIQUE: Final = {"RANDOM": "$RANDOM", "$": "$$", "BASHPID": "$$", "EPOCHSECONDS": "time"}
_CI_UNIQUE: Final = re.compile(
    r"^(github\.(run_id|run_number|sha)|GITHUB_(RUN_ID|RUN_NUMBER|SHA)|CI_(JOB|PIPELINE)_I?ID"
    r"|CI_COMMIT_(SHORT_)?SHA|BUILD_(ID|NUMBER)|BUILDKITE_BUILD_ID|CIRCLE_SHA1)$"
)


def evaluate(machine: Machine, expr: Expr, frame: Frame) -> Value:
    """The values of an expression."""
    if not machine.spend(frame):
        return UNKNOWN
    match expr:
        case Lit(told, at):
            return (text(told, frame.literals or machine.place(frame, at)),)
        case Flag(value):
            return (Bool(value),)
        case Nothing():
            return VOID if _language(machine, frame) in ("go", "python") else (Text(),)
        case Name(name):
            return lookup(machine, name, frame)
        case Attr(of, name):
            return members.member(machine, evaluate(machine, of, frame), name, frame)
        case Call():
            return calling.call(machine, expr, frame)
        case Glue(parts, at):
            return _placed(
                glued(_as_text(machine, part, frame) for part in parts), machine, frame, at
            )
        case Plus(left, right):
            return _plus(evaluate(machine, left, frame), evaluate(machine, right, frame))
        case Percent(template, args):
            return _percent(evaluate(machine, template, frame), evaluate(machine, args, frame))
        case Listing(items):
            return listing(machine, items, frame)
        case Dict(entries):
            return _dict(machine, entries, frame)
        case Choice():
            return testing.choice(machine, expr, frame)
        case Test():
            return testing.test(machine, expr, frame)
        case Closure(function):
            return (Func(function, frame.path, frame.scope, qualified=function.name),)
        case Index(of, key):
            held, asked = evaluate(machine, of, frame), evaluate(machine, key, frame)
            member = only(asked)
            if member is not None and any(isinstance(shape, ClassRef) for shape in held):
                return members.member(machine, held, member, frame)  # an enumeration's `Tool["X"]`
            return _index(held, asked)
        case Slice(of):
            return _slice(machine, expr, evaluate(machine, of, frame), frame)
        case Each():
            return _each(machine, expr, frame)
        case Opaque(parts, name):
            for part in parts:
                evaluate(machine, part, frame)
            return (unknown(name),)
        case Run():
            return shell_words.run(machine, expr, frame)
        case Output(body):
            return shell_words.output(machine, body, frame)


def lookup(machine: Machine, name: str, frame: Frame) -> Value:
    """What a name stands for here."""
    scope = frame.scope
    found = scope.find(name)
    if found is not None:
        return found.names[name]
    language = _language(machine, frame)
    if language == "go":
        return _go_name(machine, name, frame)
    if language == "python":
        starred = frame.scope.find("*")
        for shape in starred.names["*"] if starred else ():
            if isinstance(shape, External):
                return (External(f"{shape.path}.{name}"),)
        return (External(name),)
    if source := _SHELL_UNIQUE.get(name):
        return (unique(source),)
    if _CI_UNIQUE.match(name):
        return (unique(name),)
    return (unknown(name),)


def _go_name(machine: Machine, name: str, frame: Frame) -> Value:
    key = machine.symbols.package_of.get(frame.path, "")
    if key and (found := machine.package_value(key, name)) is not None:
        return found
    directory, _, package = key.partition("#")
    for sibling in machine.symbols.go_siblings(directory):
        if (
            sibling.key != key
            and package.endswith("_test")
            and (found := machine.package_value(sibling.key, name)) is not None
        ):
            return found
    dotted = frame.scope.find(".")
    for shape in dotted.names["."] if dotted else ():
        if isinstance(shape, Namespace):
            if (found := machine.package_value(shape.key, name)) is not None:
                return found
        elif isinstance(shape, External) and calling.speaks(f"{shape.path}.{name}"):
            return (External(f"{shape.path}.{name}"),)
    return (External(name),)


def _language(machine: Machine, frame: Frame) -> str:
    facts = machine.symbols.files.get(frame.path)
    return facts.language if facts else ""


# ---- composed values


def _placed(value: Value, machine: Machine, frame: Frame, at: Span) -> Value:
    here = frame.literals or machine.place(frame, at)
    return tuple(
        Text(shape.parts, shape.at or here) if isinstance(shape, Text) else shape for shape in value
    )


def _as_text(machine: Machine, part: Expr, frame: Frame) -> Value:
    name = part.id if isinstance(part, Name) else part.name if isinstance(part, Attr) else ""
    return texts(evaluate(machine, part, frame), name)


def _plus(left: Value, right: Value) -> Value:
    if any(isinstance(shape, Items) for shape in (*left, *right)):
        return tuple(
            Items((*one.items, *other.items), rest=one.rest or other.rest)
            for one in lists_of(left)
            for other in lists_of(right)
        )[:8]
    return glued((left, right))


def _percent(template: Value, args: Value) -> Value:
    given: list[Value] = [args]
    for shape in args:
        if isinstance(shape, Items):
            given = list(shape.items)
    return join(*(printf(one, given) for one in known(template))) if known(template) else UNKNOWN


def printf(template: str, args: list[Value]) -> Value:
    """`template` with each verb replaced by its argument."""
    pieces: list[Value] = []
    last = at = 0
    for verb in _SPEC.finditer(template):
        pieces.append((text(template[last : verb.start()]),))
        last = verb.end()
        if verb[1] == "%":
            pieces.append((text("%"),))
            continue
        pieces.append(args[at] if at < len(args) else UNKNOWN)
        at += 1
    pieces.append((text(template[last:]),))
    return glued(pieces)


def listing(machine: Machine, items: Iterable[Arg], frame: Frame) -> Value:
    """A list, its spreads opened."""
    made: list[Value] = []
    rest = False
    for item in items:
        value = evaluate(machine, item.value, frame)
        if item.spread == 0:
            made.append(value)
            continue
        words = [split(shape) for shape in value if isinstance(shape, Text) and not shape.opaque]
        if len(value) == 1 and words and words[0]:  # an unquoted variable of a shell
            made.extend((word,) for word in words[0])
            continue
        for one in lists_of(value)[:1]:
            made.extend(one.items)
            rest = rest or one.rest
    return (Items(tuple(made), rest=rest),)


def _dict(machine: Machine, entries: Iterable[Entry], frame: Frame) -> Value:
    made: dict[str, Value] = {}
    keys: dict[str, Value] = {}
    rest = False
    for entry in entries:
        value = evaluate(machine, entry.value, frame)
        if entry.key is None:
            for shape in value:
                if isinstance(shape, Fields):
                    made.update(shape.entries)
                else:
                    rest = True
            continue
        written = evaluate(machine, entry.key, frame)
        key = only(written)
        if key is None and len(written) == 1 and isinstance(shape := written[0], Text):
            key = shape.shown
            keys[key] = written
        if key is None:
            rest = True
        else:
            made[key] = value
    return (Fields(tuple(made.items()), rest=rest, keys=tuple(keys.items())),)


def item(shape: Shape, at: int) -> Value:
    """One item of a list that is taken apart."""
    if isinstance(shape, Items) and -len(shape.items) <= at < len(shape.items):
        return shape.items[at]
    return (shape,) if isinstance(shape, Text | External) and at == 0 else UNKNOWN


def _index(of: Value, key: Value) -> Value:
    told = only(key)
    found: list[Value] = []
    for shape in of:
        match shape:
            case Items(items, rest):
                if told is not None and re.fullmatch(r"-?\d+", told):
                    at = int(told)
                    sure = -len(items) <= at < len(items)
                    found.append(items[at] if sure else UNKNOWN)
                elif items:
                    found.append(join(*items, *((UNKNOWN,) if rest else ())))
            case Fields(entries, rest):
                if told is not None:
                    found.append(shape.get(told) or UNKNOWN)
                elif entries:
                    found.append(join(*(value for _, value in entries)))
            case External(path) if path == "os.environ" and told is not None:
                found.append((unknown(told),))
            case External(path):
                words = (*shape.words, key)
                found.append((External(path, words, shape.at),))
            case Text() if shape.unique or shape.opaque:
                found.append((shape,))
            case _:
                found.append(UNKNOWN)
    return join(*found) if found else UNKNOWN


def _slice(machine: Machine, expr: Slice, of: Value, frame: Frame) -> Value:
    low = only(evaluate(machine, expr.low, frame)) if expr.low else "0"
    high = only(evaluate(machine, expr.high, frame)) if expr.high else ""
    exact = all(told is not None and re.fullmatch(r"-?\d*", told) for told in (low, high))
    start, stop = (int(low or 0), int(high) if high else None) if exact else (0, None)
    cut: list[Shape] = []
    for shape in of:
        match shape:
            case Items(items, rest) if exact:
                cut.append(Items(items[start:stop], rest=rest and stop is None))
            case Items(items):
                cut.append(Items(items, rest=True))
            case Text() if shape.known is not None and exact:
                cut.append(Text((Literal(shape.known[start:stop]),), shape.at))
            case Text() if shape.unique:
                cut.append(shape)
            case _:
                cut.append(unknown())
    return tuple(dict.fromkeys(cut)) or UNKNOWN


def _each(machine: Machine, expr: Each, frame: Frame) -> Value:
    from lint.linking import assigning, looping

    made: list[Value] = []
    over = evaluate(machine, expr.over, frame)
    values, rest = looping.iterated(over)
    with machine.under(loop=True):
        for value in values or [UNKNOWN]:
            assigning.assign(machine, expr.target, value, frame)
            item_made = evaluate(machine, expr.value, frame)
            if isinstance(expr.value, Each):
                made.extend(items_of(item_made).items)  # `for … for …` makes one flat list
            else:
                made.append(item_made)
    return (Items(tuple(made), rest=rest or not values),)
