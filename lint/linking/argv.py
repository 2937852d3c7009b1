"""Reading a command line: options, their values, and words, as far as they are known."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from lint.effects import Word
from lint.text import Literal, Text

PREFIXES: Final[dict[str, frozenset[str]]] = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "--user", "--group"}),
    "doas": frozenset({"-u"}),
    "env": frozenset({"-u", "--unset", "-C", "--chdir", "-S"}),
    "command": frozenset(),
    "exec": frozenset({"-a"}),
    "builtin": frozenset(),
    "time": frozenset({"-f", "-o"}),
    "nohup": frozenset(),
    "nice": frozenset({"-n"}),
    "ionice": frozenset({"-c", "-n"}),
    "setsid": frozenset(),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "xargs": frozenset({"-n", "-I", "-L", "-P", "-s", "-d", "-a", "-E"}),
    "chronic": frozenset(),
    "unbuffer": frozenset(),
    "flock": frozenset({"-w", "-c", "-E"}),
    "timeout": frozenset({"-s", "-k", "--signal", "--kill-after"}),
    "gtimeout": frozenset({"-s", "-k", "--signal", "--kill-after"}),
    "winpty": frozenset(),
    "cross-env": frozenset(),
    "cross-env-shell": frozenset(),
    "dotenv": frozenset({"-e", "-c", "-v", "-p"}),
    "env-cmd": frozenset({"-f", "-e", "-r"}),
    "npx": frozenset({"-p", "--package"}),
    "bunx": frozenset(),
    "pnpx": frozenset(),
    "nyc": frozenset(),
    "c8": frozenset(),
}
"""Commands that run the command behind them, and their options that take a value."""

_SETS: Final = frozenset({"env", "cross-env", "cross-env-shell"})
"""Those that take assignments before the command."""

_OWN_WORDS: Final = {"timeout": 1, "gtimeout": 1, "flock": 1}
"""How many words of its own a prefix takes before the command (a duration, a lock file)."""

RUNNERS: Final = ("uv", "poetry", "pipenv", "hatch", "pdm", "rye", "bundle", "pixi")
"""Tools whose `run` (or `exec`) starts the command behind it in an environment."""


def first(word: Word) -> str:
    """The one known text of a word, else its first known alternative, else empty."""
    for one in word:
        told = one.known
        if told is not None:
            return told
    return ""


def beginning(word: Word) -> str:
    """The literal start of a word, known whole or not."""
    return next((one.start for one in word if one.start), "")


def base(told: str) -> str:
    """A program's name without its folder and `.exe`."""
    return posixpath.basename(told.replace("\\", "/")).removesuffix(".exe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One command: words, and whether unknown ones may follow."""

    words: tuple[Word, ...]
    complete: bool = True

    @property
    def program(self) -> str:
        """The program's name, empty where it is not known."""
        return base(first(self.words[0])) if self.words else ""

    def rest(self, at: int) -> Line:
        """From a word on."""
        return Line(words=self.words[at:], complete=self.complete)


def unwrapped(line: Line) -> Line:
    """Without `sudo`, `env A=b`, `timeout 30`, `uv run` and the like in front."""
    for _ in range(6):
        program = line.program
        if program == "find":
            told = [first(word) for word in line.words]
            at = next((at for at, one in enumerate(told) if one in ("-exec", "-execdir", "-ok")), 0)
            if not at:
                return line
            line = Line(words=line.words[at + 1 :], complete=False)
        elif program in PREFIXES:
            at = _after_options(line, 1, PREFIXES[program])
            at += _OWN_WORDS.get(program, 0)
            while program in _SETS and at < len(line.words) and "=" in beginning(line.words[at]):
                at += 1
            if program == "command" and any(
                first(word) in ("-v", "-V") for word in line.words[1:at]
            ):
                return line
            words = line.words[at:]
            line = Line(words=words, complete=line.complete and program != "xargs")
        elif program in RUNNERS and len(line.words) > 1 and first(line.words[1]) in ("run", "exec"):
            at = _after_options(line, 2, frozenset({"--with", "--group", "--extra", "-p", "-e"}))
            line = line.rest(at)
        elif program == "coverage" and len(line.words) > 2 and first(line.words[1]) == "run":
            at = 2
            while (
                at < len(line.words)
                and first(line.words[at]) != "-m"
                and beginning(line.words[at]).startswith("-")
            ):
                at += 1
            python = (Text((Literal("python"),), line.words[0][0].at),)
            line = Line(words=(python, *line.words[at:]), complete=line.complete)
        else:
            break
        if not line.words:
            break
    return line


def _after_options(line: Line, at: int, valued: frozenset[str]) -> int:
    while at < len(line.words):
        told = beginning(line.words[at])
        if told == "--":
            return at + 1
        if not told.startswith("-") or told == "-":
            return at
        at += 2 if told in valued else 1
    return at


@dataclass(slots=True, kw_only=True)
class Parsed:
    """Options by name (each value in order) and the words that are none."""

    options: dict[str, list[Word]] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    complete: bool = True

    def has(self, *names: str) -> bool:
        """Whether any of the options is given."""
        return any(name in self.options for name in names)

    def values(self, *names: str) -> list[Word]:
        """All values of the options."""
        return [value for name in names for value in self.options.get(name, ())]


def parse(
    line: Line, at: int, *, flags: frozenset[str], stop_at_word: bool, shorts: str = ""
) -> Parsed:
    """Options from a word on. An option that is no flag takes the next word as its value.

    `shorts` are one-letter flags that may be bundled (`-itd`); `stop_at_word` leaves everything
    behind the first word alone, as `run IMAGE COMMAND…` does.
    """
    parsed = Parsed(complete=line.complete)
    words: Sequence[Word] = line.words
    while at < len(words):
        word = words[at]
        told = beginning(word)
        at += 1
        if told == "--":
            parsed.words.extend(words[at:])
            break
        if not told.startswith("-") or told == "-":
            parsed.words.append(word)
            if stop_at_word:
                parsed.words.extend(words[at:])
                break
            continue
        if told.startswith("--"):
            name, equals, _ = told.partition("=")
            if equals:
                parsed.options.setdefault(name, []).append(_behind(word, len(name) + 1))
            elif name in flags:
                parsed.options.setdefault(name, []).append(())
            elif at < len(words):
                parsed.options.setdefault(name, []).append(words[at])
                at += 1
            else:
                parsed.options.setdefault(name, []).append(())
            continue
        letters = told[1:]
        while letters and letters[0] in shorts:
            parsed.options.setdefault(f"-{letters[0]}", []).append(())
            letters = letters[1:]
        whole = len(word) > 0 and word[0].known is not None
        if not letters:
            continue
        name = f"-{letters[0]}"
        if len(letters) > 1 or not whole:
            value = _behind(word, len(told) - len(letters) + 1)
            parsed.options.setdefault(name, []).append(value)
        elif at < len(words):
            parsed.options.setdefault(name, []).append(words[at])
            at += 1
        else:
            parsed.options.setdefault(name, []).append(())
    return parsed


def _behind(word: Word, cut: int) -> Word:
    """A word without its first characters, `=` included."""
    made: list[Text] = []
    for one in word:
        parts = list(one.parts)
        if parts and isinstance(parts[0], Literal) and len(parts[0].text) >= cut:
            tail = parts[0].text[cut:].removeprefix("=")
            parts[0:1] = [Literal(tail)] if tail else []
        made.append(Text(tuple(parts), one.at))
    return tuple(made)
