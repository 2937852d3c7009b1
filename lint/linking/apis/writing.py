"""Text that Go programs put together piece by piece: builders, buffers, templates."""

from __future__ import annotations

import re
from typing import Final

from lint.linking import evaluating
from lint.linking.apis.called import Called, Handler
from lint.linking.machine import Machine
from lint.linking.values import (
    UNKNOWN,
    External,
    Fields,
    Instance,
    Value,
    glued,
    join,
    known,
    only,
    texts,
)
from lint.model import Place
from lint.text import Text, text, unknown

_WRITERS: Final = re.compile(r"^(?:strings\.Builder|bytes\.Buffer)(?:\{\}|\(\))?$")
_HOLE: Final = re.compile(r"\{\{-?\s*(?P<inner>[^{}]*?)\s*-?\}\}")
_FIELD: Final = re.compile(r"\.(?P<name>\w*)")
_CONTROLS: Final = ("if", "range", "with", "end", "else", "define", "block", "template")


def _held(machine: Machine, made: Place | None) -> int:
    """The object that holds what is written into the builder that was made at a place."""
    ref = machine.writers.get(made)
    if ref is None:
        ref = machine.writers[made] = machine.new(None)
        machine.heap[ref]["text"] = (Text(),)
    return ref


def _append(machine: Machine, made: Place | None, more: Value) -> None:
    ref = _held(machine, made)
    machine.write(ref, "text", glued((machine.heap[ref]["text"], texts(more))))


def _write(called: Called) -> Value:
    _append(called.machine, called.made, called.given.get(0) or UNKNOWN)
    return UNKNOWN


def _string(called: Called) -> Value:
    return called.machine.heap[_held(called.machine, called.made)]["text"]


def _reset(called: Called) -> Value:
    called.machine.write(_held(called.machine, called.made), "text", (Text(),))
    return UNKNOWN


def _fprint(called: Called) -> Value:
    """`fmt.Fprintf(&b, …)`."""
    rest = called.given.positional[1:]
    if called.last == "Fprintf":
        found = known(rest[0]) if rest else ()
        made = (
            join(*(evaluating.printf(one, list(rest[1:])) for one in found)) if found else UNKNOWN
        )
    else:
        spaced = [piece for one in rest for piece in ((text(" "),), one)][1:]
        made = glued([*spaced, (text("\n"),)] if called.last == "Fprintln" else rest)
    _into(called, called.given.get(0), made)
    return UNKNOWN


def _into(called: Called, target: Value | None, made: Value) -> None:
    for shape in target or ():
        if isinstance(shape, External) and shape.at and _WRITERS.match(shape.path):
            _append(called.machine, shape.at, made)


def _buffer(called: Called) -> Value:
    """`bytes.NewBufferString("…")`, `bytes.NewBuffer(nil)`."""
    here = called.machine.place(called.frame, called.at)
    told = [one for one in called.given.get(0) or () if isinstance(one, Text)]
    called.machine.writers.pop(here, None)
    called.machine.write(_held(called.machine, here), "text", tuple(told) or (Text(),))
    return (External("bytes.Buffer{}", (), here),)


def _parsed(called: Called) -> Value:
    return (External("text/template.parsed", (called.given.get(0) or UNKNOWN,), called.made),)


def _execute(called: Called) -> Value:
    """A parsed template is filled into a builder or buffer."""
    data = called.given.get(1) or UNKNOWN
    for one in called.words[:1]:
        told = only(one)
        made = _filled(called.machine, told, data) if told is not None else UNKNOWN
        _into(called, called.given.get(0), made)
    return UNKNOWN


def _filled(machine: Machine, template: str, data: Value) -> Value:
    """The template with the fields it names; control words make it unknown."""
    pieces: list[Value] = []
    last = 0
    for hole in _HOLE.finditer(template):
        pieces.append((text(template[last : hole.start()]),))
        last = hole.end()
        field = _FIELD.fullmatch(hole["inner"])
        if hole["inner"].partition(" ")[0] in _CONTROLS:
            return UNKNOWN
        pieces.append(_field(machine, data, field["name"]) if field else (unknown(),))
    pieces.append((text(template[last:]),))
    return glued(pieces)


def _field(machine: Machine, data: Value, name: str) -> Value:
    if not name:
        return data
    found: list[Value] = []
    for shape in data:
        match shape:
            case Fields():
                found.append(shape.get(name) or (unknown(name),))
            case Instance(ref):
                found.append(machine.heap[ref].get(name) or (unknown(name),))
            case External(path, words) if path.endswith("{}") and words:
                inner = [one for one in words[0] if isinstance(one, Fields)]
                found.append((inner[0].get(name) if inner else None) or (unknown(name),))
            case _:
                found.append((unknown(name),))
    return join(*found)


_WRITER: Final = r"^(?:strings\.Builder|bytes\.Buffer)(?:\{\}|\(\))"

EXACT: Final[dict[str, Handler]] = {
    **dict.fromkeys(("fmt.Fprintf", "fmt.Fprint", "fmt.Fprintln", "io.WriteString"), _fprint),
    **dict.fromkeys(("bytes.NewBufferString", "bytes.NewBuffer"), _buffer),
    "text/template.Must": lambda called: called.given.get(0) or UNKNOWN,
    "html/template.Must": lambda called: called.given.get(0) or UNKNOWN,
    "text/template.parsed.Execute": _execute,
}

PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(_WRITER + r"\.(?:Write|WriteString|WriteByte|WriteRune)$"), _write),
    (re.compile(_WRITER + r"\.(?:String|Bytes)$"), _string),
    (re.compile(_WRITER + r"\.(?:Reset|Truncate)$"), _reset),
    (re.compile(r"^(?:text|html)/template\.New\(\)(?:\.\w+\(\))*\.Parse$"), _parsed),
)
