"""Reads a makefile line by line, as make itself does.

Make is a language of lines, and its tree-sitter grammar errs on about three real makefiles in ten
(and then loses recipes), so the lines are what this front end goes by.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lint.facts import Unparsable
from lint.languages.make_items import (
    MakeAssignment,
    MakeCall,
    MakeConditional,
    MakeInclude,
    MakeItem,
    MakeRecipeLine,
    MakeRule,
    MakeText,
)
from lint.languages.make_references import outside, trimmed
from lint.program import Span

_CONDITION: Final = re.compile(r"(?:ifn?eq|ifn?def)(?=[\s(\"'])")
_ELSE: Final = re.compile(r"else\b[ \t]*")
_ENDIF: Final = re.compile(r"endif\b")
_INCLUDE: Final = re.compile(r"[-s]?include[ \t]+(?=\S)")
_DEFINE: Final = re.compile(
    r"(?:override[ \t]+)?define[ \t]+(?P<name>\S+)[ \t]*(?P<operator>[:?+]{0,3}=)?[ \t]*$"
)
_ENDEF: Final = re.compile(r"[ \t]*endef\b")
_IGNORED: Final = re.compile(r"(?:export|unexport|vpath|undefine|load|private)\b")
_WORDS_BEFORE: Final = re.compile(r"(?:(?:export|override|private|unexport)[ \t]+)+")
_ASSIGN: Final = re.compile(r":::=|::=|[:?+!]?=")
_MARGIN: Final = re.compile(r"(?:\s|\\\n)*")
_PREFIX: Final = re.compile(r"\.RECIPEPREFIX[ \t]*:?=[ \t]*(?P<sign>\S?)")


@dataclass(frozen=True, slots=True)
class _Line:
    """A logical line: physical lines joined by backslashes, as written."""

    text: str
    number: int

    def piece(self, start: int, end: int | None = None) -> MakeText:
        """A part of it, stripped, with its place."""
        raw = self.text[start:end]
        margin = _MARGIN.match(raw)
        start += margin.end() if margin else 0
        raw = trimmed(self.text[start:end])
        above = self.text.count("\n", 0, start)
        column = start - (self.text.rfind("\n", 0, start) + 1) + 1
        return MakeText(text=raw, line=self.number + above, column=column)


class MakeLines:
    """A makefile's items in order; `comments` are spans, `unparsable` what is no make."""

    def __init__(self, text: str) -> None:
        self.items: list[MakeItem] = []
        self.comments: list[Span] = []
        self.unparsable: list[Unparsable] = []
        self._lines = text.split("\n")
        self._next = 0
        self._prefix = "\t"
        self._rule: MakeRule | None = None
        self._outer: list[list[MakeItem]] = [self.items]
        self._inner: list[list[MakeItem]] = []
        self._open: list[tuple[MakeConditional, bool]] = []
        while self._next < len(self._lines):
            self._read()
        for conditional, _ in self._open:
            self._fault("this conditional has no `endif`", conditional.test.at)

    def _read(self) -> None:
        number = self._next
        first = self._lines[number]
        if first.startswith(self._prefix) and self._rule is not None:
            line = self._logical()
            text = MakeText(text=line.text[1:], line=number + 1, column=2)
            if line.text.strip():
                self._inner[-1].append(MakeRecipeLine(text=text))
            return
        line = self._logical()
        bare = self._without_comment(line)
        start = len(bare) - len(bare.lstrip())
        if start < len(bare):
            self._directive(_Line(bare, line.number), start)

    def _logical(self) -> _Line:
        start = self._next
        while self._next < len(self._lines) - 1 and _continued(self._lines[self._next]):
            self._next += 1
        self._next += 1
        return _Line("\n".join(self._lines[start : self._next]), start + 1)

    def _without_comment(self, line: _Line) -> str:
        sign = outside(line.text, "#")
        if sign < 0:
            return line.text
        piece = line.piece(sign)
        self.comments.append(piece.at)
        return line.text[:sign]

    def _fault(self, why: str, at: Span) -> None:
        self.unparsable.append(Unparsable(why, at))

    # ---- what a line is

    def _directive(self, line: _Line, start: int) -> None:
        text = line.text[start:]
        if _CONDITION.match(text):
            self._condition(line.piece(start))
        elif found := _ELSE.match(text):
            self._else(line, start, start + found.end())
        elif _ENDIF.match(text):
            self._endif(line)
        elif found := _DEFINE.match(text):
            self._define(found["name"], found["operator"] or "=", line)
        elif found := _INCLUDE.match(text):
            self._add(MakeInclude(files=line.piece(start + found.end())))
        elif not _IGNORED.match(text) or outside(text, "=") >= 0:
            self._statement(line, start)

    def _add(self, item: MakeItem) -> None:
        """An item that is no part of a recipe, hence ends the one before it."""
        self._rule = None
        self._inner = []
        self._outer[-1].append(item)

    def _statement(self, line: _Line, start: int) -> None:
        words = _WORDS_BEFORE.match(line.text, start)
        begin = words.end() if words else start
        equals = _assignment(line.text, begin)
        colon = outside(line.text, ":", begin)
        if equals and not 0 <= colon < equals.start():
            if found := _PREFIX.match(line.text, start):
                self._prefix = found["sign"] or "\t"
            self._assign(line, begin, equals, "")
        elif colon >= 0:
            self._rule_line(line, start, colon)
        elif line.text[start:].startswith("$"):
            self._add(MakeCall(text=line.piece(start)))
        else:
            self._fault("this is neither a rule nor an assignment", line.piece(start).at)

    def _assign(self, line: _Line, begin: int, equals: re.Match[str], targets: str) -> None:
        self._add(
            MakeAssignment(
                name=_plain(line.text[begin : equals.start()]),
                operator=equals[0],
                value=line.piece(equals.end()),
                targets=targets,
            )
        )

    def _rule_line(self, line: _Line, start: int, colon: int) -> None:
        targets = line.piece(start, colon)
        double = line.text.startswith("::", colon)
        after = colon + 1 + double
        words = _WORDS_BEFORE.match(line.text, _blank(line.text, after))
        begin = words.end() if words else after
        semicolon = outside(line.text, ";", after)
        equals = _assignment(line.text, begin)
        if equals and not 0 <= semicolon < equals.start():
            self._assign(line, begin, equals, targets.text)
            return
        end = semicolon if semicolon >= 0 else len(line.text)
        needs = line.text[after:end]
        pattern = outside(needs, ":")  # static pattern: `objects: %.o: %.c`
        needs = needs[pattern + 1 :] if pattern >= 0 else needs
        rule = MakeRule(targets=targets, needs=needs.replace("\\\n", " "), double=double)
        self._add(rule)
        self._rule = rule
        self._inner = [rule.recipe]
        if semicolon >= 0:
            rule.recipe.append(MakeRecipeLine(text=line.piece(semicolon + 1)))

    # ---- blocks

    def _condition(self, test: MakeText) -> None:
        conditional = MakeConditional(test=test)
        inner = self._rule is not None and self._recipe_follows()
        if not inner:
            self._add(conditional)
        else:
            self._inner[-1].append(conditional)
        (self._inner if inner else self._outer).append(conditional.then)
        self._open.append((conditional, inner))

    def _recipe_follows(self) -> bool:
        """Whether the next line that says anything is one of a recipe."""
        for line in self._lines[self._next :]:
            text = line.strip()
            if text and not text.startswith(("#", "if", "else", "endif")):
                return line.startswith(self._prefix)
        return False

    def _else(self, line: _Line, start: int, after: int) -> None:
        if not self._open:
            self._fault("this `else` belongs to no conditional", line.piece(start).at)
            return
        conditional, inner = self._open[-1]
        block = conditional.other
        if _CONDITION.match(line.text, after):
            chained = MakeConditional(test=line.piece(after))
            block.append(chained)
            block = chained.then
            self._open[-1] = (chained, inner)
        if not inner:
            self._rule = None
            self._outer[-1] = block
        elif len(self._inner) > 1:
            self._inner[-1] = block

    def _endif(self, line: _Line) -> None:
        """Closes a conditional. A recipe may go on after it, or begin."""
        if not self._open:
            self._fault("this `endif` belongs to no conditional", line.piece(0).at)
            return
        _, inner = self._open.pop()
        if not inner:
            self._outer.pop()
        elif len(self._inner) > 1:
            self._inner.pop()

    def _define(self, name: str, operator: str, line: _Line) -> None:
        start = self._next
        depth = 1
        while self._next < len(self._lines):
            text = self._lines[self._next]
            depth += bool(_DEFINE.match(text.strip())) - bool(_ENDEF.match(text))
            if not depth:
                break
            self._next += 1
        else:
            self._fault("this `define` has no `endef`", line.piece(0).at)
        body = "\n".join(self._lines[start : self._next])
        self._next += 1
        value = MakeText(text=body, line=start + 1, column=1)
        self._add(MakeAssignment(name=name, operator=operator, value=value))


def _continued(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _assignment(text: str, start: int) -> re.Match[str] | None:
    """The operator of an assignment: its name has no space in it and no reference around it."""
    equals = outside(text, "=", start)
    if equals < 0:
        return None
    begin = equals
    while begin > start and text[begin - 1] in ":?+!":
        begin -= 1
    name = _plain(text[start:begin])
    if not name or (" " in _collapsed(name)) or ";" in name:
        return None
    return _ASSIGN.match(text, begin)


def _plain(name: str) -> str:
    return name.replace("\\\n", " ").strip()


def _collapsed(name: str) -> str:
    """A name without what its references hold."""
    return re.sub(r"\$[({][^)}]*[)}]", "", name).replace("\t", " ")


def _blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    return at
