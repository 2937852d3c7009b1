"""Shell that stands in YAML: statements with the lines and columns of the YAML file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, cast

import msgspec

from lint.facts import FileFacts, Mention, Suppression, Unparsable
from lint.languages.dialect import Dialect, span, value
from lint.languages.yaml_nodes import Mark, Scalar
from lint.program import Arg, Assign, Do, Expr, Glue, Lit, Module, Name, Nothing, Run, Span, Stmt

_SHELLS: Final = ("sh", "bash", "dash", "ksh", "zsh", "ash")
_PYTHON: Final = re.compile(r"python[\d.]*|pypy[\d.]*")
_INTERPRETERS: Final = ("node", "perl", "ruby", "deno", "bun", "php", "Rscript")
_HOLE: Final = re.compile(r"\$\{__t(\d+)__\}")
_HOLE_NAME: Final = re.compile(r"__t(\d+)__")


class Scripts:
    """Lowers the scripts of one file and keeps what they hold besides statements."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._mentions: list[Mention] = []
        self._suppressions: list[Suppression] = []
        self._unparsable: list[Unparsable] = []
        self._lowered: dict[tuple[Scalar, str], tuple[Stmt, ...]] = {}

    def facts(self, program: Module | None) -> FileFacts:
        """A program made of these scripts, with their comments and faults."""
        return FileFacts(
            "yaml",
            program,
            mentions=tuple(self._mentions),
            suppressions=tuple(self._suppressions),
            unparsable=tuple(self._unparsable),
        )

    def lower(self, script: Scalar, shell: str = "") -> tuple[Stmt, ...]:
        """The statements of a script. `shell` is as the file tells it: `bash -e {0}`, `pwsh`.

        Python is read as Python; a script for another interpreter is its standard input. What
        PowerShell and its like share with a POSIX shell, plain commands, is read; the rest of
        them is no fault.
        """
        known = self._lowered.get((script, shell))
        if known is None:
            known = self._lowered[script, shell] = self._lower(script, shell)
        return known

    def _lower(self, script: Scalar, shell: str) -> tuple[Stmt, ...]:
        words = [one.rpartition("/")[2].removesuffix(".exe") for one in shell.split()]
        posix = not words or any(word in _SHELLS for word in words)
        if not posix and any(_PYTHON.fullmatch(word) for word in words):
            return self._python(script)
        if not posix and words[0] in _INTERPRETERS:
            args = (Arg(Lit(words[0], script.at)), Arg(Lit("-", script.at)))
            return (Do(Run(args, script.at, stdin=value(script, self.dialect))),)
        from lint.languages import shell as language  # loads a parser: only where scripts are

        return self._read(script, language.extract, faults=posix)

    def _python(self, script: Scalar) -> tuple[Stmt, ...]:
        """A program of Python, whose main part is run."""
        from lint.languages import python as language  # loads a parser: only where scripts are

        body = self._read(script, language.extract, faults=True)
        if "__name__" not in script.text:
            return body
        main = Assign(Name("__name__"), Lit("__main__", script.at))
        return (main, *body, Assign(Name("__name__"), Nothing()))

    def _read(
        self, script: Scalar, extract: Callable[[bytes], FileFacts], *, faults: bool
    ) -> tuple[Stmt, ...]:
        patched, holes = _patched(script, self.dialect)
        way_back = _WayBack(patched, holes)
        try:
            facts = extract(patched.text.encode("utf-8", "replace"))
            moved = way_back.moved(facts)
        except RecursionError:
            self._unparsable.append(Unparsable("the script is nested too deeply", script.at))
            return ()
        self._mentions.extend(moved.mentions)
        self._suppressions.extend(moved.suppressions)
        if faults:
            self._unparsable.extend(moved.unparsable)
        return moved.program.body if moved.program else ()


def _patched(script: Scalar, dialect: Dialect) -> tuple[Scalar, list[tuple[str, Expr]]]:
    """The script with a variable in the place of each expression, and what these stand for."""
    holes: list[tuple[str, Expr]] = []
    texts: list[str] = []
    marks: list[Mark] = []
    at = length = 0
    for match in dialect.scripts.finditer(script.text):
        start, end = match.span()
        hole = f"${{__t{len(holes)}__}}"
        holes.append((match[0], dialect.read(match, span(script, start, end))))
        marks.extend(_shifted(script, at, start, length - at))
        length += start - at
        marks.extend(_shifted(script, start, start, length - start))
        texts.extend((script.text[at:start], hole))
        length += len(hole)
        at = end
    marks.extend(_shifted(script, at, len(script.text), length - at))
    if not holes:
        return script, holes
    texts.append(script.text[at:])
    return Scalar(text="".join(texts), at=script.at, style=script.style, marks=tuple(marks)), holes


def _shifted(script: Scalar, start: int, end: int, by: int) -> list[Mark]:
    return [Mark(start + by, *script.place(start))] + [
        Mark(mark.offset + by, mark.line, mark.column)
        for mark in script.marks
        if start < mark.offset < end
    ]


class _WayBack:
    """From the places and variables of a patched script to those of the file."""

    def __init__(self, script: Scalar, holes: list[tuple[str, Expr]]) -> None:
        self._script = script
        self._holes = holes
        self._starts = [0]
        for match in re.finditer("\n", script.text):
            self._starts.append(match.end())

    def moved(self, facts: FileFacts) -> FileFacts:
        """The facts with all spans and names replaced."""
        return cast("FileFacts", self._moved(facts))

    def _moved(self, node: object) -> object:
        match node:
            case Span():
                return self._span(node)
            case Lit(text, at) if self._holes and _HOLE.search(text):
                return self._glued(text, self._span(at))
            case Name(name) if self._holes and (hole := _HOLE_NAME.fullmatch(name)):
                return self._expression(int(hole[1]), node)
            case Suppression():
                moved = cast("Suppression", self._rebuilt(node))
                covers = self._place(node.covers, 1)[0] if node.covers else 0
                return msgspec.structs.replace(moved, covers=covers)
            case msgspec.Struct():
                return self._rebuilt(node)
            case tuple():
                return tuple(self._moved(one) for one in node)
            case str() if self._holes and "__t" in node:
                return _HOLE.sub(self._written, node)
            case _:
                return node

    def _rebuilt(self, node: msgspec.Struct) -> object:
        make = cast("Callable[..., object]", type(node))
        return make(*(self._moved(getattr(node, name)) for name in node.__struct_fields__))

    def _expression(self, number: int, otherwise: Expr) -> Expr:
        return self._holes[number][1] if number < len(self._holes) else otherwise

    def _written(self, hole: re.Match[str]) -> str:
        number = int(hole[1])
        return self._holes[number][0] if number < len(self._holes) else hole[0]

    def _glued(self, text: str, at: Span) -> Expr:
        """Text that no shell expands, but into which the expressions were put before."""
        parts: list[Expr] = []
        for number, piece in enumerate(_HOLE.split(text)):
            if number % 2:
                parts.append(self._expression(int(piece), Lit(piece, at)))
            elif piece:
                parts.append(Lit(piece, at))
        return parts[0] if len(parts) == 1 else Glue(tuple(parts), at)

    def _span(self, at: Span) -> Span:
        if at.line < 1:
            return at
        line, column = self._place(at.line, at.column)
        if not at.end_line:
            return Span(line, column)
        end_line, end_column = self._place(at.end_line, max(at.end_column - 1, 1))
        return Span(line, column, end_line, end_column + (1 if at.end_column > 1 else 0))

    def _place(self, line: int, column: int) -> tuple[int, int]:
        start = self._starts[min(line, len(self._starts)) - 1]
        return self._script.place(start + column - 1)


def words(values: Iterable[Expr], at: Span) -> Stmt:
    """A command of these words."""
    return Do(Run(tuple(Arg(one) for one in values), at))
