"""The front end for Jenkinsfiles: what their `sh` steps run, stage by stage.

Groovy is not parsed: strings, comments and braces are told apart, and the steps that matter are
known by their names.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lint.facts import FileFacts
from lint.languages import comments
from lint.languages.comments import Comment
from lint.languages.dialect import GROOVY, PLAIN, value
from lint.languages.scripts import Scripts, words
from lint.languages.stages import Stage, jobs
from lint.languages.workflow_steps import within
from lint.languages.yaml_nodes import Mark, Scalar
from lint.program import Assign, If, Lit, Loop, Module, Name, Opaque, Span, Stmt, Try

_TOKEN: Final = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<triple>'''.*?(?:'''|\Z)|\"\"\".*?(?:\"\"\"|\Z))"
    r"|(?P<string>'(?:\\.|[^'\\\n])*'?|\"(?:\\.|[^\"\\\n])*\"?)"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<number>\d+)|(?P<sign>[{}()=:\n])",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "\n": ""}
_ENDS: Final = frozenset({"always", "cleanup", "finally"})
_FAILS: Final = frozenset({"failure", "unsuccessful", "aborted", "unstable", "catch"})
_REPEATS: Final = frozenset({"waitUntil", "retry"})
_ASIDE: Final = frozenset({"when", "options", "parameters", "triggers", "tools", "input"})
_NEAR: Final = 12
"""Tokens between `sh(` and the script that it is handed."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


@dataclass(slots=True, kw_only=True)
class _Block:
    """What stands in braces: the word before them, and the string handed to it."""

    kind: str = ""
    told: Scalar | None = None
    at: Span
    body: list[Stmt] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)


def extract(data: bytes) -> FileFacts:
    """All facts of a Jenkinsfile."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\0", " ")
    reader = _Reader(text)
    reader.run()
    shell = [one.facts(None) for one in (reader.plain, reader.expanded)]
    remarks = tuple(reader.remarks())
    body = (*reader.variables, *jobs(reader.stages, tuple(reader.after)))
    return FileFacts(
        "jenkinsfile",
        Module(body, labels=("workflow:jenkins",)) if body else None,
        mentions=(*comments.mentions(remarks), *(one for each in shell for one in each.mentions)),
        suppressions=(
            *comments.suppressions(remarks),
            *(one for each in shell for one in each.suppressions),
        ),
        unparsable=shell[0].unparsable,
    )


class _Reader:
    def __init__(self, text: str) -> None:
        self.plain, self.expanded = Scripts(PLAIN), Scripts(GROOVY)
        self.variables: list[Stmt] = []
        self.stages: list[Stage] = []
        self.after: list[Stmt] = []
        self._text = text
        self._lines = [0, *(one.end() for one in re.finditer("\n", text))]
        found = [
            _Token(match.lastgroup or "", match[0], match.start())
            for match in _TOKEN.finditer(text)
        ]
        self._comments = [one for one in found if one.kind == "comment"]
        self._tokens = [one for one in found if one.kind != "comment"]
        self._open = [_Block(at=Span(1, 1))]

    def run(self) -> None:
        """Walk over all tokens; what no brace closes ends with the file."""
        head: list[_Token] = []
        for number, token in enumerate(self._tokens):
            match token.text if token.kind == "sign" else token.kind:
                case "{":
                    self._open.append(self._block(head, token))
                    head = []
                case "}":
                    if len(self._open) > 1:
                        self._close()
                    head = []
                case "\n":
                    head = []
                case _:
                    head.append(token)
                    if token.kind == "word":
                        self._word(number, token)
        while len(self._open) > 1:
            self._close()
        outer = self._open[0]
        self._stage(outer)

    def _block(self, head: list[_Token], at: _Token) -> _Block:
        named = [one.text for one in head if one.kind == "word"]
        told = [one for one in head if one.kind in ("string", "triple")]
        kinds = [one for one in named if one in _ENDS | _FAILS | {"else"}] or named[:1]
        return _Block(
            kind=kinds[0] if kinds else "",
            told=self._scalar(told[0])[0] if told else None,
            at=Span(*self._place(head[0].start if head else at.start)),
        )

    def _close(self) -> None:
        done = self._open.pop()
        above = self._open[-1]
        body = tuple(done.body)
        if done.kind in _ASIDE or not body:
            return
        if done.kind == "stage":
            self._stage(done)
            return
        above.scripts.extend(done.scripts)
        if done.kind in _ENDS:
            self.after.extend(body)
        elif done.kind in _FAILS:
            self.after.append(Try((), (body,)))
        elif done.kind in _REPEATS:
            above.body.append(Loop(body, test=Opaque(), at=done.at))
        elif done.kind in ("if", "else"):
            above.body.append(If(Opaque(), body))
        elif done.kind == "dir":
            above.body.extend(within(done.told, PLAIN, body))
        else:
            above.body.extend(body)

    def _stage(self, block: _Block) -> None:
        if block.body:
            name = block.told.text if block.told else ""
            script = "\n".join(block.scripts)
            self.stages.append(Stage(name=name, script=script, body=tuple(block.body), at=block.at))

    def _word(self, number: int, token: _Token) -> None:
        following = self._tokens[number + 1 : number + 1 + _NEAR]
        method = self._text[max(token.start - 1, 0) : token.start] == "."
        here = self._open[-1]
        at = Span(*self._place(token.start))
        if token.text == "sh" and not method:
            if script := self._script(following):
                told, scripts = self._scalar(script)
                here.body.extend(scripts.lower(told))
                here.scripts.append(told.text)
        elif token.text == "sleep":
            for one in following[:4]:
                if one.kind == "number":
                    here.body.append(words((Lit("sleep", at), Lit(one.text, at)), at))
                    break
        elif here.kind == "environment":
            match following:
                case [_Token(text="="), _Token(kind="string") as given, *_]:
                    told, scripts = self._scalar(given)
                    self.variables.append(Assign(Name(token.text), value(told, scripts.dialect)))

    def _script(self, following: list[_Token]) -> _Token | None:
        """The string that `sh` is handed: the only one, or that named `script`."""
        bracketed = bool(following) and following[0].text == "("
        named = "script"
        for one in following:
            if one.kind in ("string", "triple"):
                if named == "script":
                    return one
                named = "script"
            elif one.kind == "word":
                named = one.text
            elif one.text in ("{", "}", ")") or not (bracketed or one.text == ":"):
                return None
        return None

    def _scalar(self, token: _Token) -> tuple[Scalar, Scripts]:
        """A string's text, each character with its place, and how its variables are read."""
        quote = 3 if token.kind == "triple" else 1
        closed = len(token.text) > 2 * quote - 1 and token.text.endswith(token.text[:quote])
        start, end = quote, len(token.text) - (quote if closed else 0)
        pieces: list[str] = []
        marks: list[Mark] = []
        length = 0
        raw = token.text[start:end]
        at = 0
        for match in (*_ESCAPE.finditer(raw), None):
            stop = match.start() if match else len(raw)
            piece = raw[at:stop]
            for offset in (0, *(one.end() for one in re.finditer("\n", piece))):
                place = self._place(token.start + start + at + offset)
                marks.append(Mark(length + offset, *place))
            pieces.append(piece)
            length += len(piece)
            if match:
                meant = _ESCAPES.get(match[1], match[1])
                marks.append(Mark(length, *self._place(token.start + start + stop)))
                pieces.append(meant)
                length += len(meant)
                at = match.end()
        line, column = self._place(token.start + start)
        scalar = Scalar(
            text="".join(pieces), at=Span(line, column), style="literal", marks=tuple(marks)
        )
        return scalar, self.expanded if token.text[0] == '"' else self.plain

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def remarks(self) -> Iterator[Comment]:
        """The comments of Groovy, with the line of the code that follows each."""
        starts = [one.start for one in self._tokens if one.kind != "sign" or one.text != "\n"]
        for one in self._comments:
            line, column = self._place(one.start)
            after = bisect_right(starts, one.start)
            alone = not self._text[self._lines[line - 1] : one.start].strip()
            yield Comment(
                text=one.text.removesuffix("*/").lstrip("/*").strip(),
                at=Span(line, column, *self._place(one.start + len(one.text))),
                alone=alone,
                next_code=self._place(starts[after])[0] if after < len(starts) else 0,
            )
