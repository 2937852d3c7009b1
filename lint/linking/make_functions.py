"""Functions of make over words: what `$(addprefix …)`, `$(wildcard …)` and their like yield.

The front end writes them as commands in a substitution, `$(make.addprefix "-f " "$FILES")`.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, product
from typing import Final

from lint.linking.machine import Machine
from lint.linking.values import UNKNOWN, Value
from lint.text import Literal, Text, Unknown, glue, split, text, unknown

PREFIX: Final = "make."
_MOST: Final = 4
_Words = Sequence[Text]


def apply(machine: Machine, name: str, given: Sequence[tuple[Text, ...]], path: str) -> Value:
    """What a function gives in the makefile at `path`, for each combination of its arguments."""
    made: dict[Text, None] = {}
    for arguments in islice(product(*given), _MOST):
        made.setdefault(_one(machine, name, arguments, path))
    return tuple(made) or UNKNOWN


def _one(machine: Machine, name: str, given: Sequence[Text], path: str) -> Text:
    if name == "call" and given:
        return _called(given[0], given[1:])
    if name == "wildcard" and given:
        return _spaced(_wildcard(machine, split(given[0]), posixpath.dirname(path)))
    made = _FUNCTIONS.get(name)
    found = made(given) if made else None
    return unknown(name) if found is None else _spaced(found)


def _spaced(words: Iterable[Text]) -> Text:
    pieces: list[Text] = []
    for word in words:
        pieces.extend((text(" "), word) if pieces else (word,))
    return glue(pieces)


def _called(body: Text, given: Sequence[Text]) -> Text:
    """`$(call body,…)`: the numbered holes of the body are the arguments."""
    pieces: list[Text] = []
    for part in body.parts:
        number = int(part.name) if isinstance(part, Unknown) and part.name.isdigit() else 0
        if number:
            pieces.append(given[number - 1] if number <= len(given) else Text())
        else:
            pieces.append(Text((part,)))
    return glue(pieces)


def _wildcard(machine: Machine, patterns: _Words, folder: str) -> list[Text]:
    found: list[Text] = []
    for pattern in patterns:
        told = pattern.known
        if told is None:
            found.append(pattern)
            continue
        head = f"{folder}/" if folder else ""
        wanted = posixpath.normpath(posixpath.join(folder, told))
        depth = wanted.count("/")
        found.extend(
            text(one.removeprefix(head))
            for one in sorted(machine.symbols.paths)
            if one.count("/") == depth and fnmatch.fnmatchcase(one, wanted)
        )
    return found


def _matches(pattern: Text, word: Text) -> str | None:
    """What `%` stands for; None where the word does not match."""
    told, known = pattern.known, word.known
    if told is None or known is None:
        return None
    head, percent, tail = told.partition("%")
    if not percent:
        return "" if told == known else None
    whole = len(known) >= len(head) + len(tail)
    if not (whole and known.startswith(head) and known.endswith(tail)):
        return None
    return known[len(head) : len(known) - len(tail)]


def _patsubst(given: Sequence[Text]) -> _Words | None:
    if len(given) != 3:
        return None
    pattern, made, words = given
    found: list[Text] = []
    for word in split(words):
        if pattern.known == "%":
            found.append(_stemmed(made, word))
            continue
        stem = _matches(pattern, word)
        found.append(word if stem is None else _stemmed(made, text(stem, word.at)))
    return found


def _stemmed(pattern: Text, stem: Text) -> Text:
    pieces: list[Text] = []
    done = False
    for part in pattern.parts:
        if isinstance(part, Literal) and "%" in part.text and not done:
            head, _, tail = part.text.partition("%")
            pieces.extend((text(head, pattern.at), stem, text(tail)))
            done = True
        else:
            pieces.append(Text((part,), pattern.at))
    return glue(pieces)


def _filter(given: Sequence[Text], *, keep: bool) -> _Words | None:
    if len(given) != 2:
        return None
    patterns = split(given[0])
    return [
        word
        for word in split(given[1])
        if word.known is None
        or any(_matches(pattern, word) is not None for pattern in patterns) is keep
    ]


def _subst(given: Sequence[Text]) -> _Words | None:
    if len(given) != 3:
        return None
    old, new, whole = (one.known for one in given)
    if old is None or new is None or whole is None or not old:
        return None
    return [text(whole.replace(old, new), given[2].at)]


def _nth(given: Sequence[Text]) -> _Words | None:
    number = given[0].known if len(given) == 2 else None
    if number is None or not re.fullmatch(r"[1-9]\d{0,3}", number):
        return None
    return split(given[1])[int(number) - 1 : int(number)]


def _affixed(given: Sequence[Text], *, before: bool) -> _Words | None:
    if len(given) != 2:
        return None
    affix, words = given[0], split(given[1])
    return [glue((affix, word) if before else (word, affix)) for word in words]


def _joined(given: Sequence[Text]) -> _Words | None:
    if len(given) != 2:
        return None
    left, right = split(given[0]), split(given[1])
    longest = range(max(len(left), len(right)))
    return [glue((*left[at : at + 1], *right[at : at + 1])) for at in longest]


def _named(of: Callable[[str], str]) -> Callable[[Sequence[Text]], _Words | None]:
    def each(given: Sequence[Text]) -> _Words | None:
        words = split(given[0]) if given else ()
        return [word if word.known is None else text(of(word.known), word.at) for word in words]

    return each


_FUNCTIONS: Final[dict[str, Callable[[Sequence[Text]], _Words | None]]] = {
    "echo": lambda given: given[:1],
    "addprefix": lambda given: _affixed(given, before=True),
    "addsuffix": lambda given: _affixed(given, before=False),
    "patsubst": _patsubst,
    "subst": _subst,
    "filter": lambda given: _filter(given, keep=True),
    "filter-out": lambda given: _filter(given, keep=False),
    "firstword": lambda given: split(given[0])[:1] if given else None,
    "lastword": lambda given: split(given[0])[-1:] if given else None,
    "word": _nth,
    "join": _joined,
    "dir": _named(lambda word: f"{posixpath.dirname(word) or '.'}/"),
    "notdir": _named(posixpath.basename),
    "basename": _named(lambda word: posixpath.splitext(word)[0]),
}
