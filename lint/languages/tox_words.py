"""The commands of tox: words as a process gets them, substitutions as names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from lint.languages.dialect import span
from lint.languages.yaml_nodes import Scalar
from lint.program import Arg, Choice, Do, Expr, Glue, Lit, Name, Run, Span, Stmt, Try

ARGUMENTS: Final = "tox arguments"
"""The name of `{posargs}`: what follows `--` on tox's command line."""

Look = Callable[[str, str], Scalar | None]
"""What `{[section]key}` stands for."""

_HOLE: Final = re.compile(
    r"(?:posargs|env|tty)(?::.*)?|\[[^\]]*\][\w.-]+|[a-z][a-z_]*|/|:", re.DOTALL
)
_DEEPEST: Final = 6


def nothing(_section: str, _key: str) -> Scalar | None:
    """A file without references."""
    return None


def command(scalar: Scalar, look: Look = nothing) -> Stmt | None:
    """One line of `commands`: a process, without a shell. `-` and `!` before it: it may fail."""
    text = scalar.text
    start = 0
    while start < len(text) and text[start] in "-! \t":
        if text[start] == "-" and text[start + 1 : start + 2] not in ("", " ", "\t"):
            start += 1
            break
        start += 1
    words = Words(scalar, look).read(start, len(text))
    if not words:
        return None
    run = Do(Run(tuple(words), span(scalar, start, len(text))))
    return Try((run,), ((),)) if start else run


def value(scalar: Scalar, look: Look = nothing) -> Expr:
    """A text with its substitutions, as one word."""
    words = Words(scalar, look, whole=True).read(0, len(scalar.text))
    return words[0].value if words else Lit("", scalar.at)


class Words:
    """Splits one text as `shlex` does, and reads what stands in braces."""

    def __init__(self, scalar: Scalar, look: Look, *, whole: bool = False, depth: int = 0) -> None:
        self._scalar = scalar
        self._text = scalar.text
        self._look = look
        self._whole = whole
        self._depth = depth
        self._words: list[Arg] = []
        self._parts: list[Expr] = []
        self._plain: list[str] = []
        self._plain_at = 0
        self._start = -1

    def read(self, start: int, end: int) -> list[Arg]:
        """The words between two offsets."""
        at = start
        quote = ""
        while at < end:
            sign = self._text[at]
            if not quote and not self._whole and sign.isspace():
                self._word_ends(at)
                at += 1
                continue
            if self._start < 0:
                self._start = at
            if sign == quote:
                quote = ""
            elif not quote and not self._whole and sign in "'\"":
                quote = sign
            elif sign == "\\" and quote != "'" and self._text[at + 1 : at + 2]:
                if quote and self._text[at + 1] not in '"\\{':
                    self._add(sign, at)
                self._add(self._text[at + 1], at)
                at += 1
            elif sign == "{" and (close := self._closing(at, end)):
                alone = not quote and at == self._start and self._ends(close + 1, end)
                self._hole(at, close, alone=alone)
                at = close
            else:
                self._add(sign, at)
            at += 1
        self._word_ends(end)
        return self._words

    def _ends(self, at: int, end: int) -> bool:
        return at >= end or self._text[at].isspace()

    def _closing(self, at: int, end: int) -> int:
        """Where the braces end that open here; 0 where they are no substitution."""
        depth = 0
        for here in range(at, end):
            if self._text[here] == "{":
                depth += 1
            elif self._text[here] == "}":
                depth -= 1
                if not depth:
                    inner = self._text[at + 1 : here].strip()
                    return here if _HOLE.fullmatch(inner) else 0
        return 0

    def _hole(self, at: int, close: int, *, alone: bool) -> None:
        inner = self._text[at + 1 : close].strip()
        name, colon, default = inner.partition(":")
        if name == "posargs":
            begin = self._text.index(":", at) + 1 if colon else close
            told = self._inside(begin, close)
            if alone and not self._whole:
                self._words.extend(told or [Arg(Name(ARGUMENTS), spread=1)])
                self._start = -1
                return
            self._part(told[0].value if told else Name(ARGUMENTS))
        elif inner.startswith("[") and (found := self._referred(inner)):
            apart = alone and not self._whole
            words = Words(found, self._look, whole=not apart, depth=self._depth + 1)
            told = words.read(0, len(found.text))
            if apart:
                self._words.extend(told)
                self._start = -1
                return
            self._part(*(one.value for one in told))
        elif inner in ("/", ":"):
            self._add(inner, at)
        elif name == "env" and colon:
            variable, more, _ = default.partition(":")
            told = self._inside(close - len(default) + len(variable) + 1, close) if more else []
            known: Expr = Name(variable)
            self._part(Choice((known, told[0].value)) if told else known)
        elif name == "tty":
            self._part(Name("tty"))
        else:
            self._part(Name(inner))

    def _inside(self, start: int, end: int) -> list[Arg]:
        if self._depth >= _DEEPEST:
            return []
        return Words(self._scalar, self._look, depth=self._depth + 1).read(start, end)

    def _referred(self, inner: str) -> Scalar | None:
        section, _, key = inner.removeprefix("[").partition("]")
        return self._look(section, key) if self._depth < _DEEPEST else None

    def _add(self, sign: str, at: int) -> None:
        if not self._plain:
            self._plain_at = at
        self._plain.append(sign)

    def _part(self, *parts: Expr) -> None:
        self._plain_ends()
        self._parts.extend(parts)

    def _plain_ends(self) -> None:
        if self._plain:
            line, column = self._scalar.place(self._plain_at)
            text = "".join(self._plain)
            self._parts.append(Lit(text, Span(line, column, line, column + len(text))))
            self._plain = []

    def _word_ends(self, at: int) -> None:
        self._plain_ends()
        if self._start >= 0:
            where = span(self._scalar, self._start, at)
            made: Expr = Lit("", where)
            if len(self._parts) == 1:
                made = self._parts[0]
            elif self._parts:
                made = Glue(tuple(self._parts), where)
            self._words.append(Arg(made))
        self._parts = []
        self._start = -1
