"""The documents of a YAML text. The one room that speaks PyYAML.

Documents are read one by one, as kubectl does: an anchor is known in its document only, and a
mistake in one document does not hide those of the next. Values are built from parser events, not
by PyYAML's composer: that one calls itself for each level in C, and deep nesting kills the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml
from yaml.error import Mark
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.reader import ReaderError

from orchestration.cluster.document import DEEPEST_PLACED, Document, Keys, LineNumbers
from orchestration.cluster.manifest import Place
from orchestration.cluster.manifest_mistakes import ManifestMistakes
from orchestration.cluster.yaml_scalar import TAG, Scalar, key_text, plain, tagged

DEEPEST: Final = 200
"""Levels of nesting; the deepest schemas of real CRDs have some forty."""
LARGEST: Final = 1_000_000
"""Values in one document once its aliases are written out; etcd refuses objects of 1.5 MiB."""

# `---` begins a document wherever it stands at the start of a line, also inside of a block scalar;
# the directives of a document (`%YAML 1.1`) stand before it.
_BEGIN: Final = re.compile(
    r"^(?:%[^\r\n]*(?:\r\n|\r|\n)(?:[ \t]*(?:[#%][^\r\n]*)?(?:\r\n|\r|\n))*)?---(?=\s|\Z)",
    re.MULTILINE,
)
_TEMPLATE: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_RENDER: Final = (
    "render the template first, and name what comes out: `helm template --skip-tests … > out.yaml`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlText:
    """A text, or a part of one that begins at `start`. `lines`: those of the whole text."""

    path: Path
    text: str = field(repr=False)
    lines: LineNumbers = field(repr=False)
    start: int = 0

    def place(self, offset: int) -> Place:
        """Where the character at `offset` of this part is."""
        return Place(path=self.path, line=self.lines.at(self.start + offset))


def yaml_documents(
    path: Path, text: str, lines: LineNumbers, mistakes: ManifestMistakes
) -> Iterator[Document]:
    """The documents of `text` that hold anything and can be read; `mistakes` gets the others."""
    starts = [found.start() for found in _BEGIN.finditer(text)]
    if not starts or starts[0] > 0:
        starts.insert(0, 0)
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = YamlText(path=path, text=text[start:end], lines=lines, start=start)
        yield from part_documents(part, mistakes)


def part_documents(part: YamlText, mistakes: ManifestMistakes) -> Iterator[Document]:
    """The documents of one part; it has several where `...` ends them."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    building = _Building(part=part, events=yaml.parse(part.text, Loader=loader), mistakes=mistakes)
    try:
        yield from building.documents()
    except yaml.YAMLError as error:
        offset, what = _told(error, part.text)
        mistakes.add(part.place(offset), f"is not YAML: {what}", fix=_fix(part.text, offset))
    except _UnusableError as error:
        fix = _RENDER if _TEMPLATE.search(part.text) else error.fix
        mistakes.add(part.place(error.offset), error.what, fix=fix)


class _UnusableError(Exception):
    """The rest of the part cannot be read."""

    def __init__(self, offset: int, what: str, fix: str) -> None:
        self.offset, self.what, self.fix = offset, what, fix
        super().__init__(what)


@dataclass(slots=True)
class _Building:
    """Makes values of events. `weight`: how many values the document has, aliases written out."""

    part: YamlText
    events: Iterator[Event]
    mistakes: ManifestMistakes
    lines: dict[Keys, int] = field(default_factory=dict)
    anchors: dict[str, tuple[object, int]] = field(default_factory=dict)
    weight: int = 0

    def documents(self) -> Iterator[Document]:
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                self.lines, self.anchors, self.weight = {}, {}, 0
                value = self._value(next(self.events), ())
                if value is not None:
                    yield Document(value=value, lines=self.lines)

    def _value(self, event: Event, keys: Keys) -> object:
        self._note(keys, event)
        before = self.weight
        self._weigh(1, event)
        match event:
            case AliasEvent(anchor=anchor):
                return self._alias(event, anchor or "")
            case ScalarEvent():
                value: object = self._scalar(event)
            case SequenceStartEvent():
                self._enter(event, keys)
                value = self._list(keys)
            case MappingStartEvent():
                self._enter(event, keys)
                value = self._table(keys)
            case _:
                raise AssertionError(event)  # the parser gives no other event here
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, self.weight - before)
        return value

    def _alias(self, event: NodeEvent, anchor: str) -> object:
        if anchor not in self.anchors:
            raise _UnusableError(
                _offset(event),
                f"`*{anchor}` stands for nothing that is complete before it in this document",
                f"write `&{anchor}` at what is meant, above and in the same document",
            )
        value, weight = self.anchors[anchor]
        self._weigh(weight, event)
        return value

    def _list(self, keys: Keys) -> list[object]:
        found: list[object] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            found.append(self._value(event, (*keys, len(found))))
        return found

    def _table(self, keys: Keys) -> dict[str, object]:
        found: dict[str, object] = {}
        places: dict[str, Place] = {}
        merged: list[Mapping[str, object]] = []
        while not isinstance(event := next(self.events), MappingEndEvent):
            place = self._place(event)
            if isinstance(event, ScalarEvent) and event.value == "<<" and event.implicit[0]:
                merged += self._merged(next(self.events), keys)
                continue
            key = self._key(event)
            if key in places:
                self.mistakes.add(
                    place,
                    f"the key `{key}` is written twice",
                    why=f"it stands in line {places[key].line} already, and one of the two is lost",
                    fix="remove one",
                )
            places[key] = place
            self._note((*keys, key), event)
            found[key] = self._value(next(self.events), (*keys, key))
        for each in merged:
            for key, value in each.items():
                found.setdefault(key, value)
        return found

    def _merged(self, event: Event, keys: Keys) -> list[Mapping[str, object]]:
        value = self._value(event, (*keys, "<<"))
        listed: list[object] = value if isinstance(value, list) else [value]
        tables: list[Mapping[str, object]] = [each for each in listed if isinstance(each, dict)]
        if len(tables) < len(listed):
            raise _UnusableError(
                _offset(event),
                "`<<` merges what is no table",
                "name a table, or a list of tables: `<<: *defaults`",
            )
        return tables

    def _key(self, event: Event) -> str:
        offset = _offset(event)
        if not isinstance(event, ScalarEvent | AliasEvent):
            raise _UnusableError(
                offset, "a list or table is used as a key", "use a text as the key"
            )
        value = self._value(event, ("", *("",) * DEEPEST_PLACED))
        if isinstance(value, list | dict):
            raise _UnusableError(
                offset, "a list or table is used as a key", "use a text as the key"
            )
        try:
            return key_text(_scalar(value))
        except ValueError as error:
            raise _UnusableError(offset, f"{error}", "use a text as the key, quoted") from None

    def _scalar(self, event: ScalarEvent) -> Scalar:
        try:
            if event.tag is not None and event.tag != "!":
                return tagged(event.value, event.tag)
            return plain(event.value) if event.implicit[0] else event.value
        except ValueError as error:
            fix = "remove the tag" if event.tag else "quote it if it is meant as text"
            self.mistakes.add(self._place(event), f"{error}", fix=fix)
            return ""

    def _enter(self, event: CollectionStartEvent, keys: Keys) -> None:
        tag = event.tag
        if tag is not None and tag not in ("!", f"{TAG}map", f"{TAG}seq"):
            shown = tag.replace(TAG, "!!")
            what = f"the tag `{shown}` means nothing to Kubernetes"
            self.mistakes.add(self._place(event), what, fix="remove the tag")
        if len(keys) >= DEEPEST:
            raise _UnusableError(
                _offset(event),
                f"is nested deeper than {DEEPEST} levels",
                "no object of Kubernetes is that deep: check what wrote the file",
            )

    def _weigh(self, values: int, event: Event) -> None:
        self.weight += values
        if self.weight > LARGEST:
            raise _UnusableError(
                _offset(event),
                f"holds more than {LARGEST:,} values once its aliases are written out",
                "split the document; an object of that size is refused by every cluster",
            )

    def _note(self, keys: Keys, event: Event) -> None:
        """The first line counts: a key's, not that of its value."""
        if len(keys) <= DEEPEST_PLACED:
            self.lines.setdefault(keys, self._place(event).line)

    def _place(self, event: Event) -> Place:
        return self.part.place(_offset(event))


def _offset(event: Event) -> int:
    """Where an event begins; 0 for one without a mark, which the parser does not make."""
    return event.start_mark.index if event.start_mark else 0


def _scalar(value: object) -> Scalar:
    if value is None or isinstance(value, str | int | float):
        return value
    raise AssertionError(value)  # lists and tables were refused before


def _told(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Where and what, of an error of the parser. Its own line numbers know other line breaks."""
    match error:
        case yaml.MarkedYAMLError(problem_mark=mark) if mark is not None:
            context = f" {error.context}" if error.context else ""
            return _known_place(mark.index, error.context_mark, text), f"{error.problem}{context}"
        case ReaderError():
            # PyYAML's C reader counts bytes there.
            before = text.encode(errors="replace")[: error.position]
            return len(before.decode(errors="ignore")), str(error.reason)
        case _:
            return 0, str(error)


def _known_place(offset: int, begun: Mark | None, text: str) -> int:
    """What never ends is to be looked for where it begins, or else where the text ends."""
    if text[offset:].strip():
        return offset
    last = max(len(text.rstrip()) - 1, 0)
    return min(begun.index, last) if begun else last


def _fix(text: str, offset: int) -> str:
    if _TEMPLATE.search(text):
        return _RENDER
    line = text[max(text.rfind("\n", 0, offset) + 1, 0) :].partition("\n")[0]
    if line.lstrip(" ").startswith("\t"):
        return "indent with blanks: YAML takes no tabs there"
    return "correct the syntax there or in the lines just above"
