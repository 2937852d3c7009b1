"""References and functions of make: `$(X)`, `$@`, `$(shell …)`, in values and in recipes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lint.languages.make_items import MakeText
from lint.languages.shell import lower
from lint.program import (
    Arg,
    Choice,
    Do,
    Expr,
    Glue,
    Listing,
    Lit,
    Loop,
    Name,
    Nothing,
    Opaque,
    Output,
    Run,
)

_CLOSE: Final = {"(": ")", "{": "}"}
_FUNCTION: Final = re.compile(r"(?P<name>[a-z-]+)[ \t]+")
_SUBSTITUTION: Final = re.compile(r"^(?P<name>[\w.@<^*-]+):[^=]*=")
_PATHS: Final = {"dir": "dirname", "notdir": "basename", "D": "dirname", "F": "basename"}
_AUTOMATIC: Final = "@<^+*?%|"
_IDENTIFIER: Final = re.compile(r"\w+")
_SHELL: Final = re.compile(r"\$[({]shell[ \t]")
_NOT_WORD: Final = re.compile(r"\W")
_FUNCTIONS: Final = {
    "addprefix", "addsuffix", "basename", "filter", "filter-out", "firstword", "join", "lastword",
    "patsubst", "subst", "wildcard", "word",
}  # fmt: skip  # a list of words reads best as a paragraph
"""Functions over words; they are written as commands named `make.…` in a substitution."""
DEEPEST: Final = 30
"""References inside references that are followed."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference that begins at `start` and ends before `end`.

    `text` is what stands between its brackets, or its one character; it begins at `inner`.
    """

    text: str
    start: int
    inner: int
    end: int


def reference(text: str, start: int) -> Reference | None:
    """The reference whose `$` stands at `start`; None for `$$` or a `$` that opens nothing."""
    sign = text[start + 1 : start + 2]
    if sign in ("", "$", " ", "\t", "\n", '"', "'"):
        return None
    if sign not in _CLOSE:
        return Reference(sign, start, start + 1, start + 2)
    depth = 0
    for at in range(start + 1, len(text)):
        if text[at] == sign:
            depth += 1
        elif text[at] == _CLOSE[sign]:
            depth -= 1
            if not depth:
                return Reference(text[start + 2 : at], start, start + 2, at + 1)
    return None


def references(text: str) -> Iterator[Reference]:
    """The outermost references in order, and every `$$` as one to `$`.

    After one that is never closed, no other bracket is looked for.
    """
    at = 0
    closed = True
    while (dollar := text.find("$", at)) >= 0:
        bracket = text[dollar + 1 : dollar + 2] in _CLOSE
        found = reference(text, dollar) if closed or not bracket else None
        if text.startswith("$$", dollar):
            found = Reference("$", dollar, dollar + 1, dollar + 2)
        if found:
            yield found
        closed = closed and not (bracket and found is None)
        at = found.end if found else dollar + 1


def outside(text: str, sign: str, start: int = 0) -> int:
    """Where a character first stands outside of references and without a backslash, else -1."""
    at = start
    closed = True
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
        elif char == "$":
            found = reference(text, at) if closed else None
            closed = closed and (found is not None or text[at + 1 : at + 2] not in _CLOSE)
            at = found.end if found else at + 2
        elif char == sign:
            return at
        else:
            at += 1
    return -1


def arguments(text: str) -> list[tuple[str, int]]:
    """A function's arguments, which commas part, each with its offset."""
    found: list[tuple[str, int]] = []
    start = 0
    while True:
        comma = outside(text, ",", start)
        found.append((text[start : comma if comma >= 0 else None], start))
        if comma < 0:
            return found
        start = comma + 1


def trimmed(text: str) -> str:
    """A text without white space and continuation signs at its end."""
    text = text.rstrip()
    while (len(text) - len(text.rstrip("\\"))) % 2:
        text = text[:-1].rstrip()
    return text


def _joined(text: str) -> str:
    """Lines that backslashes continue, with one blank for each join."""
    if "\\\n" not in text:
        return text
    first, *middle, last = text.split("\\\n")
    return " ".join(
        [first.rstrip(" \t"), *(one.strip(" \t") for one in middle), last.lstrip(" \t")]
    )


# ---- values


def value(source: MakeText, depth: int = 0) -> Expr:
    """What make makes of a text: literals, names, and what functions give."""
    text = source.text
    parts: list[Expr] = []
    known: list[str] = []
    begin = at = 0

    def flush(end: int) -> None:
        joined = _joined("".join(known)).replace("\\#", "#")
        if joined:
            parts.append(Lit(joined, _inside(source, begin, end).at))
        known.clear()

    for found in references(text) if depth < DEEPEST else ():
        known.append(text[at : found.start])
        at = found.end
        if found.text == "$":
            known.append("$")
            continue
        flush(found.start)
        inner = _inside(source, found.inner, found.inner + len(found.text))
        parts.append(_referred(inner, depth + 1))
        begin = at
    known.append(text[at:])
    flush(len(text))
    if not parts:
        return Nothing()
    return parts[0] if len(parts) == 1 else Glue(tuple(parts), source.at)


def _inside(source: MakeText, start: int, end: int) -> MakeText:
    above = source.text.count("\n", 0, start)
    column = start - (source.text.rfind("\n", 0, start) + 1) + 1
    if not above:
        column += source.column - 1
    return MakeText(text=source.text[start:end], line=source.line + above, column=column)


def _referred(inner: MakeText, depth: int) -> Expr:
    """What stands between the brackets of a reference."""
    text = inner.text
    function = _FUNCTION.match(text)
    if not function:
        substitution = _SUBSTITUTION.match(text)
        name = substitution["name"] if substitution else text.strip()
        return Name(name) if "$" not in name else Opaque((value(inner, depth),), "reference")
    start = function.end()
    name = function["name"]
    if name == "shell":
        command = _inside(inner, start, len(text))
        body, _ = lower(shell_text(command.text, {}), command.line, command.column)
        return Output(body)
    given = [
        value(_inside(inner, start + offset, start + offset + len(one)), depth)
        for one, offset in arguments(text[start:])
    ]
    match name, given:
        case "or", _:
            return Choice(tuple(given))
        case "if", [test, then]:
            return Choice((then, Nothing()), test)
        case "if", [test, then, other]:
            return Choice((then, other), test)
        case (("strip" | "sort" | "realpath" | "abspath"), [only]):
            return only
        case "foreach", [Lit(variable), over, each]:
            turns = Listing((Arg(over, spread=1),))
            echo = Do(_command("make.echo", [each], inner))
            return Output((Loop((echo,), target=Name(variable.strip()), over=turns),))
        case "call", [Lit(called), *words]:
            return Output((Do(_command("make.call", [Name(called.strip()), *words], inner)),))
        case (("dir" | "notdir"), [_]):
            return Output((Do(_command(f"make.{name}", given, inner)),))
    if name in _FUNCTIONS:
        return Output((Do(_command(f"make.{name}", given, inner)),))
    return Opaque(tuple(given), name)


def _command(name: str, words: Sequence[Expr], source: MakeText) -> Run:
    return Run((Arg(Lit(name, source.at)), *(Arg(word) for word in words)), source.at)


# ---- recipes


def shell_text(
    text: str,
    automatic: Mapping[str, str],
    called: Callable[[str, list[str]], str | None] | None = None,
    depth: int = 0,
) -> str:
    """A recipe's text as the shell text that it stands for.

    `automatic` gives `@`, `<`, `^` their words; `called` the text of a variable that is known to
    hold commands, given its name and the arguments of `$(call …)`.
    """
    parts: list[str] = []
    at = 0
    for found in references(text) if depth < DEEPEST else ():
        parts.append(text[at : found.start])
        at = found.end
        plain = found.text == "$"
        parts.append("$" if plain else _shell(found.text, automatic, called, depth + 1))
    parts.append(text[at:])
    return "".join(parts)


def command_text(
    text: str,
    automatic: Mapping[str, str],
    called: Callable[[str, list[str]], str | None] | None = None,
) -> str:
    """As `shell_text`, for a whole command, which `$(if …)` may be."""
    whole = reference(text, 0) if text.startswith("$") else None
    function = _FUNCTION.match(whole.text) if whole and whole.end == len(text) else None
    if whole is None or function is None or function["name"] not in ("if", "foreach"):
        return shell_text(text, automatic, called)
    given = [shell_text(one.strip(), automatic, called) for one, _ in arguments(whole.text)]
    if function["name"] == "foreach" and len(given) == 3:
        variable = given[0].removeprefix("foreach").strip()
        return f"for {variable} in {given[1]}; do {given[2].rstrip(';& ')}; done"
    then, other = [*given, "", ""][1:3]
    return f'if test "$MAKE_IF"; then {then or ":"}; else {other or ":"}; fi'


def _shell(
    text: str,
    automatic: Mapping[str, str],
    called: Callable[[str, list[str]], str | None] | None,
    depth: int,
) -> str:
    def inner(one: str) -> str:
        return shell_text(one, automatic, called, depth)

    if text == "MAKE":
        return "make"
    if text[:1] in _AUTOMATIC and text[:1]:
        word = automatic.get(text[0], "${MAKE_" + str(ord(text[0])) + "}")
        return f"$({_PATHS[text[1]]} {word})" if text[1:] in ("D", "F") else word
    function = _FUNCTION.match(text)
    if not function:
        if called and (body := called(text, [])) is not None:
            return inner(body)
        substitution = _SUBSTITUTION.match(text)
        name = substitution["name"] if substitution else text
        return "${" + (_NOT_WORD.sub("_", name) or "_") + "}"
    rest = text[function.end() :]
    given = [one.strip() for one, _ in arguments(rest)]
    match function["name"], given:
        case "shell", _:
            return f"$({inner(rest)})"
        case "call", [name, *words]:
            words = [inner(word) for word in words]
            if called and (body := called(name, words)) is not None:
                return body
            return "${" + (_NOT_WORD.sub("_", name) or "_") + "}"
        case "or", [first, second]:
            return _either(inner(first), inner(second))
        case "if", [_, then, *other]:
            return _branches(inner(then), inner(other[0]) if other else "")
        case (("strip" | "sort" | "realpath" | "abspath"), [only]):
            return inner(only)
        case (("dir" | "notdir") as name, [only]):
            return f"$({_PATHS[name]} {inner(only)})"
        case (("info" | "warning" | "error"), _):
            return ":"
        case "foreach", [variable, over, each] if '"' not in each:
            return f'$(for {variable} in {inner(over)}; do make.echo "{inner(each)}"; done)'
    if function["name"] in _FUNCTIONS and '"' not in rest:
        quoted = " ".join(f'"{inner(one)}"' for one in _raw(function["name"], rest))
        return f"$(make.{function['name']} {quoted})"
    nested = "".join(f"$({command})" for command in _shell_commands(rest, inner))
    return "${MAKE_" + _NOT_WORD.sub("_", function["name"]) + "}" + nested


def _raw(name: str, rest: str) -> list[str]:
    """The arguments with the blanks that count: `$(addprefix -f ,$(FILES))`."""
    given = [one for one, _ in arguments(rest)]
    last = 3 if name in ("patsubst", "subst") else 2
    head, tail = given[: last - 1], ",".join(given[last - 1 :])
    return [*head, tail.strip()] if len(given) >= last else given


def _either(first: str, second: str) -> str:
    """`${A:-b}`: the second where the first is a plain variable that is empty."""
    if first.startswith("${") and _IDENTIFIER.fullmatch(first[2:-1]):
        return f"{first[:-1]}:-{second}}}"
    return first or second


def _branches(then: str, other: str) -> str:
    if not (then and other):
        return f"${{MAKE_IF:+{then or other}}}"
    return f'$(if test "$MAKE_IF"; then echo {then}; else echo {other}; fi)'


def _shell_commands(text: str, inner: Callable[[str], str]) -> list[str]:
    """The commands that `$(shell …)` runs anywhere inside a function's arguments."""
    found = (reference(text, one.start()) for one in islice(_SHELL.finditer(text), DEEPEST))
    return [inner(one.text.removeprefix("shell").lstrip()) for one in found if one]
