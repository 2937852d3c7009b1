"""Shell builtins that read text into variables: `read`, `mapfile`, `readarray`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from lint.linking import evaluating
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import UNKNOWN, Items, Value, only, texts
from lint.program import Run
from lint.text import Literal, Text, glue, split, text

READERS: Final = frozenset({"read", "mapfile", "readarray"})
_VALUED: Final = frozenset({"-d", "-i", "-n", "-N", "-p", "-t", "-u", "-O", "-s", "-C", "-c"})


def read(machine: Machine, name: str, words: Sequence[str], command: Run, frame: Frame) -> None:
    """Set the variables that the words name from the text that the command is given.

    Without one they are the user's, or an earlier command's: unknown.
    """
    lines = name != "read"
    names: list[str] = []
    array = ""
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("-"):
            names.append(word)
        elif not lines and word.endswith("a") and left:
            array = left.pop(0)
        elif word in _VALUED and not (lines and word == "-t") and left:
            left.pop(0)
    told = texts(evaluating.evaluate(machine, command.stdin, frame)) if command.stdin else ()
    whole = told[0] if len(told) == 1 else None
    scope = frame.scope.names
    if lines:
        scope[names[0] if names else "MAPFILE"] = _listed(whole, _lines)
        return
    separator = _separator(machine, command, frame)
    if array:
        scope[array] = _listed(whole, lambda one: _parts(one, separator))
        return
    parts = _parts(whole, separator) if whole is not None else []
    for at, one in enumerate(names or ["REPLY"]):
        last = at + 1 >= len(names)
        if whole is None:
            scope[one] = UNKNOWN
        elif last and len(parts) > at + 1:
            rest = [piece for part in parts[at:] for piece in (text(separator or " "), part)]
            scope[one] = (glue(rest[1:]),)
        else:
            scope[one] = (parts[at],) if at < len(parts) else (Text(),)


def _listed(whole: Text | None, cut: Callable[[Text], list[Text]]) -> Value:
    if whole is None:
        return (Items((), rest=True),)
    return (Items(tuple((one,) for one in cut(whole))),)


def _separator(machine: Machine, command: Run, frame: Frame) -> str:
    """`IFS=,` in front of the command; empty: white space."""
    for one in command.env:
        if one.name == "IFS":
            told = only(evaluating.evaluate(machine, one.value, frame)) or ""
            return told.strip()[:1]
    return ""


def _parts(whole: Text, separator: str) -> list[Text]:
    return list(split(whole)) if not separator else _cut(whole, separator)


def _lines(whole: Text) -> list[Text]:
    found = _cut(whole, "\n")
    return found[:-1] if found and not found[-1].parts else found


def _cut(whole: Text, separator: str) -> list[Text]:
    pieces: list[list[Text]] = [[]]
    for part in whole.parts:
        if not isinstance(part, Literal):
            pieces[-1].append(Text((part,), whole.at))
            continue
        for at, piece in enumerate(part.text.split(separator)):
            if at:
                pieces.append([])
            pieces[-1].append(text(piece, whole.at))
    return [glue(one) for one in pieces]
