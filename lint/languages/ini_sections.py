"""INI files (`tox.ini`, `setup.cfg`) as sections of values, each line with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from lint.languages.yaml_nodes import Mark, Scalar
from lint.program import Span

_HEADER: Final = re.compile(r"\[(?P<name>[^\]\n]+)\]\s*(?:[#;].*)?$")
_KEY: Final = re.compile(r"(?P<key>[^\s=:\[#;][^=:\n]*?)[ \t]*[=:](?P<value>.*)$")
_REMARK: Final = re.compile(r"(?:^|(?<=\s))#.*$")


@dataclass(slots=True, kw_only=True)
class IniSection:
    """A section: its values by key, each as the lines that say something."""

    at: Span
    values: dict[str, list[Scalar]] = field(default_factory=dict)

    def lines(self, *keys: str) -> list[Scalar] | None:
        """The lines of the first of the keys that is there."""
        return next((self.values[key] for key in keys if key in self.values), None)

    def commands(self, *keys: str) -> list[Scalar] | None:
        """The same with lines joined where they end in a backslash."""
        lines = self.lines(*keys)
        return _joined(lines) if lines is not None else None

    def text(self, *keys: str) -> str:
        """All lines of a value as one text."""
        return "\n".join(one.text for one in self.lines(*keys) or ())


@dataclass(slots=True, kw_only=True)
class IniSections:
    """A file: its sections by name and where its comments stand."""

    sections: dict[str, IniSection]
    comments: tuple[Span, ...]


def read(lines: list[str], first: int = 1) -> IniSections:
    """Never fails: a line that is none of INI is left out. `first` is the number of line one."""
    sections: dict[str, IniSection] = {}
    comments: list[Span] = []
    section: IniSection | None = None
    values: list[Scalar] | None = None
    for number, line in enumerate(lines, start=first):
        told = line.strip()
        if not told:
            continue
        if told[0] in "#;":
            start = line.index(told[0])
            comments.append(Span(number, start + 1, number, len(line) + 1))
            continue
        if header := _HEADER.match(line):
            at = Span(number, 1, number, len(line) + 1)
            section = sections.setdefault(header["name"].strip(), IniSection(at=at))
            values = None
        elif section is not None and line[0] not in " \t" and (pair := _KEY.match(line)):
            values = section.values[pair["key"].strip()] = []
            _add(values, line, number, pair.start("value"), comments)
        elif values is not None and line[0] in " \t":
            _add(values, line, number, 0, comments)
        else:
            continue
        if section is not None:
            section.at = Span(section.at.line, 1, number, len(line) + 1)
    return IniSections(sections=sections, comments=tuple(comments))


def _add(values: list[Scalar], line: str, number: int, start: int, comments: list[Span]) -> None:
    told = line[start:]
    if remark := _REMARK.search(told):
        comments.append(Span(number, start + remark.start() + 1, number, len(line) + 1))
        told = told[: remark.start()]
    text = told.strip()
    if text:
        column = start + len(told) - len(told.lstrip()) + 1
        values.append(Scalar(text=text, at=Span(number, column, number, column + len(text))))


def _joined(lines: list[Scalar]) -> list[Scalar]:
    found: list[Scalar] = []
    open_: list[Scalar] = []
    for one in lines:
        open_.append(one)
        if not one.text.endswith("\\"):
            found.append(_one(open_))
            open_ = []
    return [*found, _one(open_)] if open_ else found


def _one(lines: list[Scalar]) -> Scalar:
    """Continued lines as one, every character with its place."""
    if len(lines) == 1:
        return lines[0]
    texts: list[str] = []
    marks: list[Mark] = []
    length = 0
    for one in lines:
        text = one.text.removesuffix("\\").rstrip() + " "
        marks.append(Mark(length, one.at.line, one.at.column))
        texts.append(text)
        length += len(text)
    first, last = lines[0].at, lines[-1].at
    at = Span(first.line, first.column, last.end_line, last.end_column)
    return Scalar(text="".join(texts).rstrip(), at=at, style="folded", marks=tuple(marks))
