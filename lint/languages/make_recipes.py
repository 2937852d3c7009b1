"""Recipes of a makefile as the program that their shell runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from lint.facts import Unparsable
from lint.languages.make_items import (
    MakeConditional,
    MakeItem,
    MakeRecipeLine,
    MakeText,
)
from lint.languages.make_references import command_text, reference, shell_text, trimmed, value
from lint.languages.shell import lowered
from lint.languages.shell_links import changes_directory
from lint.languages.shell_source import ShellSource
from lint.program import Arg, Do, Expr, If, Lit, Name, Opaque, Run, Span, Stmt, Try

DEEPEST: Final = 40
"""Levels of conditionals that are followed."""
_MOST_CALLED: Final = 5_000
"""Lines of called variables that are lowered for one file; calls multiply."""
_SIGNS: Final = re.compile(r"[@+\-\s]*")
_INNER_SIGNS: Final = re.compile(r"(?<=\n)[ \t]*[@+-]+")
_CALL: Final = re.compile(r"call[ \t]+(?P<name>[^,]+?)[ \t]*(?:,(?P<words>.*))?", re.DOTALL)
_NUMBERED: Final = re.compile(r"\$(?:(\d)|\((\d)\)|\{(\d)\})")


class MakeRecipes:
    """Lowers recipes. `texts` are the variables' values, for those that hold commands."""

    def __init__(self, texts: Mapping[str, MakeText], *, one_shell: bool) -> None:
        self._texts = texts
        self._one_shell = one_shell
        self._within: list[str] = []
        self._budget = _MOST_CALLED
        self.unparsable: list[Unparsable] = []
        self.comments: list[tuple[Span, str]] = []

    def lower(
        self, recipe: Sequence[MakeItem], automatic: Mapping[str, str], depth: int = 0
    ) -> tuple[Stmt, ...]:
        """A recipe's lines in order. `automatic` gives `@`, `<`, `^` their words."""
        if self._one_shell and all(isinstance(one, MakeRecipeLine) for one in recipe):
            return tuple(self._whole(recipe, automatic))
        body: list[Stmt] = []
        for item in recipe:
            match item:
                case MakeRecipeLine(text=text):
                    body.extend(self._line(text, automatic))
                case MakeConditional() if depth < DEEPEST:
                    then = self.lower(item.then, automatic, depth + 1)
                    other = self.lower(item.other, automatic, depth + 1)
                    body.append(If(condition(item.test), then, other))
                case MakeConditional():
                    self.unparsable.append(Unparsable("nested too deep", item.test.at))
        return tuple(body)

    def _whole(self, recipe: Sequence[MakeItem], automatic: Mapping[str, str]) -> list[Stmt]:
        """Under `.ONESHELL` all lines are one script."""
        lines = [one.text for one in recipe if isinstance(one, MakeRecipeLine)]
        if not lines:
            return []
        text = _INNER_SIGNS.sub(_blanks, "\n".join(line.text for line in lines))
        joined = MakeText(text=text, line=lines[0].line, column=lines[0].column)
        return self._line(joined, automatic, indent=1)

    def _line(self, text: MakeText, automatic: Mapping[str, str], indent: int = 0) -> list[Stmt]:
        signs = _SIGNS.match(text.text)
        start = signs.end() if signs else 0
        above = text.text.count("\n", 0, start)
        column = start - (text.text.rfind("\n", 0, start) + 1)
        column += text.column if not above else 1
        bare = MakeText(text=text.text[start:], line=text.line + above, column=column)
        body = self._called(bare, automatic) or self._shell(bare, automatic, indent)
        if any(changes_directory(one) for one in body):  # the next line is a new shell
            back = Run((Arg(Lit("cd", bare.at)), Arg(Lit("-", bare.at))), bare.at)
            body = [*body, Do(back)]
        if signs and "-" in signs[0]:
            return [Try(tuple(body), ((),))]
        return body

    def _called(self, text: MakeText, automatic: Mapping[str, str]) -> list[Stmt]:
        """A line that is nothing but a variable that holds a recipe: that recipe, where it is."""
        whole = reference(text.text, 0) if text.text.startswith("$") else None
        if whole is None or whole.end != len(text.text.rstrip()):
            return []
        call = _CALL.fullmatch(whole.text)
        name = call["name"] if call else whole.text
        held = self._texts.get(name)
        if held is None or ("\n" not in held.text and not call):
            return []
        if name in self._within or self._budget <= 0:
            return []
        words = [one.strip() for one in (call["words"] or "").split(",")] if call else []
        body: list[Stmt] = []
        number = held.line
        self._within.append(name)
        for line in re.split(r"(?<!\\)\n", held.text):
            margin = len(line) - len(line.lstrip())
            column = (held.column if number == held.line else 1) + margin
            filled = MakeText(text=_filled(line[margin:], words), line=number, column=column)
            if filled.text:
                self._budget -= 1
                body.extend(self._line(filled, automatic))
            number += line.count("\n") + 1
        self._within.pop()
        return body

    def _inline(self, name: str, words: list[str]) -> str | None:
        """`$(call name,…)` amid other words, where it is one line."""
        held = self._texts.get(name)
        if held is None or not words or "\n" in held.text:
            return None
        return shell_text(_filled(held.text, words), {})

    def _shell(self, text: MakeText, automatic: Mapping[str, str], indent: int) -> list[Stmt]:
        plain = text.text
        if "\n" in plain and all(line.startswith("\t") for line in plain.split("\n")[1:]):
            plain = plain.replace("\n\t", "\n")
            indent = 1
        plain = trimmed(plain)
        shell = command_text(plain, automatic, self._inline)
        lowered_line = lowered(ShellSource(shell, text.line, text.column, indent))
        self.unparsable.extend(lowered_line.unparsable)
        self.comments.extend(lowered_line.comments)
        return list(lowered_line.body)


def _blanks(one: re.Match[str]) -> str:
    return " " * len(one[0])


def condition(test: MakeText) -> Expr:
    """`ifeq (…)`: only what it reads matters."""
    word = re.match(r"\w+[ \t]*", test.text)
    start = word.end() if word else 0
    rest = MakeText(text=test.text[start:], line=test.line, column=test.column + start)
    operator = word[0].strip() if word else ""
    read = Name(rest.text) if operator in ("ifdef", "ifndef") else value(rest)
    return Opaque((read,), operator)


def _filled(text: str, words: Sequence[str]) -> str:
    """A text with the arguments of its call in place of `$(1)`."""

    def word(one: re.Match[str]) -> str:
        number = int(one[1] or one[2] or one[3])
        return words[number - 1] if 0 < number <= len(words) else ""

    return _NUMBERED.sub(word, text) if words else text
