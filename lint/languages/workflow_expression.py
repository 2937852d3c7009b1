"""The expressions of GitHub Actions, `${{ matrix.engine || 'podman' }}`, as IR."""

from __future__ import annotations

import re
from typing import Final

from lint.program import Choice, Expr, Flag, Glue, Lit, Name, Nothing, Opaque, Span, Test

_DEEPEST: Final = 24
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d[\w.]*)"
    r"|(?P<name>[A-Za-z_][\w-]*(?:\.(?:[A-Za-z_*][\w-]*|\d+))*)"
    r"|(?P<sign>\|\||&&|==|!=|<=|>=|[<>!()\[\],.*]))"
)
_HOLE: Final = re.compile(r"\{(\d+)\}")
_COMPARES: Final = ("==", "!=", "<", ">", "<=", ">=")
_WORDS: Final[dict[str, Expr]] = {"true": Flag(True), "false": Flag(False), "null": Nothing()}


def expression(source: str, at: Span) -> Expr:
    """What stands between `${{` and `}}`; what cannot be read is `Opaque`.

    `env.X` is the variable `X`, `matrix.x` and all other contexts are names with dots.
    """
    reader = _Expression(source, at)
    try:
        found = reader.either(0)
    except ValueError:
        return Opaque((), source.strip())
    return found if reader.done else Opaque((found,), source.strip())


class _Expression:
    """Recursive descent over the tokens."""

    def __init__(self, source: str, at: Span) -> None:
        self._at = at
        self._tokens: list[re.Match[str]] = []
        end = 0
        while token := _TOKEN.match(source, end):
            self._tokens.append(token)
            end = token.end()
        self._whole = not source[end:].strip()
        self._next = 0

    @property
    def done(self) -> bool:
        """Whether all of it was read."""
        return self._whole and self._next >= len(self._tokens)

    def _take(self, *signs: str) -> str | None:
        if self._next < len(self._tokens):
            sign = self._tokens[self._next]["sign"]
            if sign in signs:
                self._next += 1
                return sign
        return None

    def either(self, depth: int) -> Expr:
        """`a || b`; `test && a || b` is a conditional expression."""
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        found = self._both(depth)
        options = [found]
        while self._take("||"):
            options.append(self._both(depth))
        if len(options) == 1:
            return found
        match found:
            case Test("and", (*tests, value)) if len(tests) == 1:
                return Choice((value, *options[1:]), tests[0])
            case Test("and", (*tests, value)):
                return Choice((value, *options[1:]), Test("and", tuple(tests)))
        if all(isinstance(one, Test | Opaque | Flag) for one in options):
            return Test("or", tuple(options))
        return Choice(tuple(options))

    def _both(self, depth: int) -> Expr:
        parts = [self._compared(depth)]
        while self._take("&&"):
            parts.append(self._compared(depth))
        return Test("and", tuple(parts)) if len(parts) > 1 else parts[0]

    def _compared(self, depth: int) -> Expr:
        left = self._single(depth)
        while sign := self._take(*_COMPARES):
            left = Test(sign, (left, self._single(depth)))
        return left

    def _single(self, depth: int) -> Expr:
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        if self._take("!"):
            return Test("not", (self._single(depth + 1),))
        if self._take("("):
            found = self.either(depth + 1)
            if not self._take(")"):
                raise ValueError("`)` is missing")
            return self._indexed(found, depth)
        if self._next >= len(self._tokens):
            raise ValueError("a value is missing")
        token = self._tokens[self._next]
        self._next += 1
        if token["string"] is not None:
            return Lit(token["string"][1:-1].replace("''", "'"), self._at)
        if token["number"] is not None:
            return Lit(token["number"], self._at, True)
        name = token["name"]
        if name is None:
            raise ValueError("a value is missing")
        if self._take("("):
            return self._indexed(self._called(name, depth), depth)
        return self._indexed(_WORDS.get(name, Name(_variable(name))), depth)

    def _called(self, name: str, depth: int) -> Expr:
        args: list[Expr] = []
        while not self._take(")"):
            args.append(self.either(depth + 1))
            if not self._take(",") and self._sign != ")":
                raise ValueError("`)` is missing")
        if name.lower() == "format" and args and isinstance(args[0], Lit):
            return self._formatted(args[0].text, args[1:])
        return Opaque(tuple(args), name)

    @property
    def _sign(self) -> str | None:
        return self._tokens[self._next]["sign"] if self._next < len(self._tokens) else None

    def _formatted(self, template: str, args: list[Expr]) -> Expr:
        parts: list[Expr] = []
        for number, piece in enumerate(_HOLE.split(template)):
            if number % 2:
                hole = int(piece[:4])
                parts.append(args[hole] if hole < len(args) else Opaque())
            elif piece:
                parts.append(Lit(piece, self._at))
        return Glue(tuple(parts), self._at)

    def _indexed(self, of: Expr, depth: int) -> Expr:
        """`matrix['x']` is `matrix.x`; other subscripts and `.field` are not modelled."""
        while True:
            if self._take("["):
                if self._take("*"):
                    key: Expr = Opaque()
                else:
                    key = self.either(depth + 1)
                if not self._take("]"):
                    raise ValueError("`]` is missing")
            elif self._take("."):
                key = self._single(depth + 1)
            else:
                return of
            if isinstance(of, Name) and isinstance(key, Lit):
                of = Name(_variable(f"{of.id}.{key.text}"))
            else:
                of = Opaque((of, key))


def _variable(name: str) -> str:
    if name.startswith("env."):
        return name.removeprefix("env.")
    return name.removeprefix("github.event.") if name.startswith("github.event.inputs.") else name
