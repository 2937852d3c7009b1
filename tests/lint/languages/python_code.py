"""Python code made at random: one tree of meaning, written in many ways."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hypothesis import strategies as st

Code = tuple[str, tuple["Code", ...], str]
"""Kind, parts, and a word: what the code means, not how it is laid out."""

_WORDS = st.sampled_from(["run", "podman", "tag_1", "é", "self"])
_TEXTS = st.sampled_from(["", "podman-compose", "up -d", "it is", "a\\nb"])


def _leaf(kind: str, words: st.SearchStrategy[str]) -> st.SearchStrategy[Code]:
    return words.map(lambda word: (kind, (), word))


def _inner(below: st.SearchStrategy[Code]) -> st.SearchStrategy[Code]:
    few = st.lists(below, max_size=3).map(tuple)
    two = st.tuples(below, below)
    three = st.tuples(below, below, below)
    return st.one_of(
        st.tuples(st.just("call"), st.lists(below, min_size=1, max_size=4).map(tuple), st.just("")),
        st.tuples(st.sampled_from(["list", "tuple"]), few, st.just("")),
        st.tuples(st.just("dict"), two, st.just("")),
        st.tuples(st.just("attr"), st.tuples(below), _WORDS),
        st.tuples(st.just("index"), two, st.just("")),
        st.tuples(st.just("binary"), two, st.sampled_from(["+", "%", "or", "and", "==", "/"])),
        st.tuples(st.just("if"), three, st.just("")),
        st.tuples(st.just("each"), two, st.just("item")),
        st.tuples(st.just("lambda"), st.tuples(below), _WORDS),
        st.tuples(st.just("not"), st.tuples(below), st.just("")),
    )


EXPRESSIONS: st.SearchStrategy[Code] = st.recursive(
    st.one_of(_leaf("name", _WORDS), _leaf("text", _TEXTS), _leaf("number", st.just("18080"))),
    _inner,
    max_leaves=12,
)
PROGRAMS = st.lists(
    st.tuples(st.sampled_from(["do", "assign", "if", "for", "def", "with"]), EXPRESSIONS),
    min_size=1,
    max_size=6,
)
"""Statements; each third of them has the rest as its body."""


class Writer:
    """Writes code in a style of its own, drawn at random.

    Sums and `or` are always inside parentheses, so that what belongs together is the same in
    every style.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a style, no secret

    def program(self, statements: list[tuple[str, Code]], indent: str = "") -> str:
        """The lines of a program."""
        out = ""
        for at, (kind, code) in enumerate(statements):
            out += self.random.choice(["", "\n", f"{indent}# a remark\n", "\n  \n\n"])
            written = self.expression(code, inside=False)
            if kind in ("do", "assign"):
                left = "" if kind == "do" else self.random.choice(["x=", "x = ", "x \\\n  = "])
                end = self.random.choice(["\n", ";\n", "  # said\n"])
                out += f"{indent}{left}({written}){end}"
                continue
            head = {
                "if": f"if {written}:",
                "for": f"for x in {written} :",
                "def": f"def f(x, y={written}):",
                "with": f"with {written} as x:",
            }[kind]
            deeper = indent + self.random.choice([" ", "    ", "\t"])
            rest = self.program(statements[at + 1 :], deeper) or f"{deeper}pass\n"
            return f"{out}{indent}{head}\n{rest}{deeper}pass\n"
        return out

    def expression(self, code: Code, *, inside: bool) -> str:
        """One expression; `inside` brackets lines may break."""
        if self.random.random() < 0.2:
            gap = self._gap(inside=True)
            return f"({gap}{self.expression(code, inside=True)}{self._gap(inside=True)})"
        kind, parts, word = code
        if not parts and kind not in ("list", "tuple"):
            return self._leaf(kind, word)
        return self._written(kind, parts, word, inside)

    def _leaf(self, kind: str, word: str) -> str:
        if kind == "text":
            quote = self.random.choice(["'", '"', "'''", '"""'])
            return f"{self.random.choice(['', '', 'u', 'b'])}{quote}{word}{quote}"
        return self.random.choice(["18080", "18_080", "0x46A0"]) if kind == "number" else word

    def _written(self, kind: str, parts: tuple[Code, ...], word: str, inside: bool) -> str:
        def one(at: int) -> str:
            return self.expression(parts[at], inside=True)

        def space() -> str:
            return self._gap(inside=True) or " "

        forms: dict[str, Callable[[], str]] = {
            "call": lambda: f"({one(0)}){self._bracketed('(', parts[1:], ')')}",
            "list": lambda: self._bracketed("[", parts, "]"),
            "tuple": lambda: self._bracketed("(", parts, ")", lone=True),
            "dict": lambda: self._bracketed("{", parts, "}", pairs=True),
            "attr": lambda: f"({one(0)}).{word}",
            "index": lambda: f"({one(0)})[{self._gap(inside=True)}{one(1)}]",
            "binary": lambda: f"(({one(0)}){space()}{word}{space()}({one(1)}))",
            "if": lambda: f"(({one(0)}){space()}if ({one(1)}) else{space()}({one(2)}))",
            "each": lambda: f"[{one(0)}{space()}for {word} in ({one(1)}){self._gap(inside=True)}]",
            "lambda": lambda: f"(lambda {word}:{space()}{one(0)})",
            "not": lambda: f"(not{space()}({one(0)}))",
        }
        return forms[kind]()

    def _bracketed(
        self,
        opening: str,
        parts: tuple[Code, ...],
        closing: str,
        *,
        lone: bool = False,
        pairs: bool = False,
    ) -> str:
        items = [self.expression(part, inside=True) for part in parts]
        if pairs:
            items = [f"{items[0]}{self._gap(inside=True)}:{items[1]}"]
        text = ""
        for item in items:
            text += f"{self._gap(inside=True)}{item}{self._gap(inside=True)},"
        if text and not (lone and len(items) == 1) and self.random.random() < 0.5:
            text = text[:-1]
        return f"{opening}{text}{self._gap(inside=True)}{closing}"

    def _gap(self, *, inside: bool) -> str:
        return self.random.choice(
            ["", "", " ", "\n", "\n\n   ", " # why\n"] if inside else ["", " "]
        )
