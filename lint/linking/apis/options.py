"""Command-line options of Python programs (argparse): defaults, and what the arguments choose."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from lint.linking.apis.called import Called, Handler
from lint.linking.values import (
    UNKNOWN,
    VOID,
    Bool,
    External,
    Fields,
    Items,
    Value,
    items_of,
    join,
    known,
    only,
)
from lint.model import Place
from lint.text import unknown

_PARSER: Final = "argparse.ArgumentParser()"


@dataclass(slots=True)
class Parser:
    """What one parser was told."""

    flags: dict[str, str] = field(default_factory=dict)
    """Option → destination."""
    switches: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    """Destinations of the positional arguments."""
    defaults: dict[str, Value] = field(default_factory=dict)
    commands: dict[str, Parser] = field(default_factory=dict)
    chosen: str = ""
    """Where the name of the command goes."""


def _new(called: Called) -> Value:
    here = called.machine.place(called.frame, called.at)
    _parser(called, here)
    return (External(_PARSER, (), here),)


def _parser(called: Called, made: Place | None) -> Parser:
    return called.machine.parsers.setdefault(made, Parser())


def _same(called: Called) -> Value:
    """A group of options belongs to the parser that it was asked of."""
    return (External(_PARSER, (), called.made),)


def _subparsers(called: Called) -> Value:
    parser = _parser(called, called.made)
    parser.chosen = only(called.given.named.get("dest") or UNKNOWN) or ""
    return (External(_PARSER, (), called.made),)


def _command(called: Called) -> Value:
    here = called.machine.place(called.frame, called.at)
    made = called.machine.parsers[here] = Parser()
    for name in known(called.given.get(0, "name") or ()):
        _parser(called, called.made).commands[name] = made
    return (External(_PARSER, (), here),)


def _argument(called: Called) -> Value:
    parser = _parser(called, called.made)
    named = called.given.named
    told = [name for value in called.given.positional for name in known(value)]
    long = next((one for one in told if one.startswith("--")), told[0] if told else "")
    destination = only(named.get("dest") or UNKNOWN) or long.lstrip("-").replace("-", "_")
    action = only(named.get("action") or UNKNOWN) or ""
    for one in told:
        if one.startswith("-"):
            parser.flags[one] = destination
            if action.startswith("store_") or action in ("count", "help", "version"):
                parser.switches.add(one)
        else:
            parser.words.append(destination)
    default = named.get("default")
    if default is None and not long.startswith("-"):
        default = named.get("choices")
        default = join(*items_of(default).items) if default is not None else None
    if default is None:
        switch = action in ("store_true", "store_false")
        default = (unknown(destination),) if switch or not long.startswith("-") else VOID
    parser.defaults[destination] = default
    return UNKNOWN


def _set_defaults(called: Called) -> Value:
    _parser(called, called.made).defaults.update(called.given.named)
    return UNKNOWN


def _parsed(called: Called) -> Value:
    given = called.given.get(0, "args")
    argv = called.machine.argv
    listed: Items | None = None
    for shape in given or ():
        if isinstance(shape, Items):
            listed = shape
    if listed is None and argv is not None:
        listed = Items(argv.items[1:], rest=argv.rest)
    entries: dict[str, Value] = {}
    _read(_parser(called, called.made), list(listed.items) if listed else [], entries, listed)
    fields = (Fields(tuple(entries.items()), rest=True),)
    return (Items((fields, UNKNOWN)),) if called.last == "parse_known_args" else fields


def _read(
    parser: Parser, words: list[Value], entries: dict[str, Value], listed: Items | None
) -> None:
    """Take the words of one parser; unknown ones leave the defaults beside what may be given."""
    sure = listed is not None and not listed.rest
    for name, value in parser.defaults.items():
        open_value = sure or value == VOID
        entries[name] = value if open_value else join(value, (unknown(name),))
    positional = list(parser.words)
    while words:
        word = words.pop(0)
        told = only(word) or ""
        name, equals, _ = told.partition("=")
        if name in parser.flags:
            if name in parser.switches:
                entries[parser.flags[name]] = (Bool(True),)
            elif not equals and words:
                entries[parser.flags[name]] = words.pop(0)
        elif told in parser.commands:
            entries[parser.chosen or "command"] = word
            _read(parser.commands[told], words, entries, listed)
            return
        elif positional and not told.startswith("-"):
            entries[positional.pop(0)] = word
    if sure:
        return
    for command in parser.commands.values():
        for name, value in command.defaults.items():
            entries[name] = join(entries[name], value) if name in entries else value


EXACT: Final[dict[str, Handler]] = {"argparse.ArgumentParser": _new}

PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"^argparse\.ArgumentParser\(\)\.add_argument$"), _argument),
    (re.compile(r"^argparse\.ArgumentParser\(\)\.add_subparsers$"), _subparsers),
    (re.compile(r"^argparse\.ArgumentParser\(\)\.add_parser$"), _command),
    (re.compile(r"^argparse\.ArgumentParser\(\)\.set_defaults$"), _set_defaults),
    (re.compile(r"^argparse\.ArgumentParser\(\)\.parse_(?:known_)?args$"), _parsed),
    (re.compile(r"^argparse\.ArgumentParser\(\)\.add_\w*group$"), _same),
)
