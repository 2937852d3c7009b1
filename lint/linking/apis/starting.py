"""Processes: subprocess, os, asyncio, invoke, nox, sh, plumbum, os/exec and their kin."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from lint.effects import Word
from lint.linking import process_names, processes
from lint.linking.apis.called import Called, Handler
from lint.linking.values import (
    UNKNOWN,
    External,
    Fields,
    Items,
    Shape,
    Value,
    items_of,
    join,
    texts,
    truth,
)
from lint.text import Text, split, text


def _argv(called: Called, value: Value, *, api: str, through: bool) -> None:
    """Execute a list of words, or a text (through a shell, or as one program's name)."""
    for shape in value:
        if isinstance(shape, Items):
            words = tuple(texts(one) for one in shape.items)
            processes.execute(
                called.machine, words, called.frame, called.at, api=api, complete=not shape.rest
            )
        elif isinstance(shape, Text):
            if through:
                processes.shell_text(called.machine, shape, called.frame, called.at)
            elif not shape.opaque:
                words = tuple((one,) for one in split(shape))
                processes.execute(called.machine, words, called.frame, called.at, api=api)


def _subprocess(called: Called) -> Value | None:
    value = called.given.get(0, "args", "cmd")
    through = called.given.named.get("shell")
    if value is not None:
        shell = through is not None and truth(through) is not False
        inside = _inside(called)
        if shell:
            value = join(*(_first_of(shape) for shape in value))
        _argv(inside, value, api=f"subprocess.{called.last}", through=shell)
        told = called.given.named.get("input")
        if told is not None:
            for shape in value:
                if isinstance(shape, Items):
                    words = tuple(texts(one) for one in shape.items)
                    processes.feed(called.machine, words, texts(told), inside.frame, called.at)
    return None


def _first_of(shape: Shape) -> Value:
    """With `shell=True` only the first word of a list is the command."""
    return shape.items[0] if isinstance(shape, Items) and shape.items else (shape,)


def _spawned(called: Called) -> Value | None:
    """`pexpect.spawn("tool", ["up"])`, else one command line."""
    given = called.given.get(1, "args")
    if given is None or not any(isinstance(shape, Items) for shape in given):
        return _shell_string(called)
    listed = items_of(given)
    head = called.given.get(0, "command") or UNKNOWN
    _argv(called, (Items((head, *listed.items), rest=listed.rest),), api=called.path, through=False)
    return None


def _prepared(called: Called) -> Value:
    """Go's command object keeps its words, for `cmd.Args` and `cmd.Stdin`."""
    skip = 1 if called.last == "CommandContext" else 0
    _positional(called, skip)
    here = called.machine.place(called.frame, called.at)
    words = (Items(called.given.positional[skip:], rest=called.given.rest),)
    return (External("os/exec.Command()", (words,), here),)


def _struct_run(called: Called) -> Value | None:
    """`(&exec.Cmd{Path: …, Args: …}).Run()`."""
    for shape in called.words[0] if called.words else ():
        if isinstance(shape, Fields):
            value = shape.get("Args") or shape.get("Path")
            if value is not None:
                _argv(called, value, api="exec.Cmd", through=False)
    return None


def _inside(called: Called) -> Called:
    """The call in the directory that its `cwd` names."""
    named = called.given.named.get("cwd")
    moved = processes.directory_of(named, called.frame) if named is not None else None
    if moved is None:
        return called
    return replace(called, frame=processes.replace_directory(called.frame, moved))


def _shell_string(called: Called) -> Value | None:
    value = called.given.get(0, "command", "cmd", "cmdstring")
    if value is not None:
        _argv(called, value, api=called.path, through=True)
    return None


def _words(called: Called) -> Value | None:
    """All arguments are words (asyncio.create_subprocess_exec, session.run, exec.Command)."""
    return _positional(called, 0)


def _words_after_first(called: Called) -> Value | None:
    """The first argument is a context or a mode."""
    return _positional(called, 1)


def _positional(called: Called, skip: int) -> Value | None:
    values = called.given.positional[skip:]
    if len(values) == 1 and any(isinstance(shape, Items) for shape in values[0]):
        _argv(called, values[0], api=called.path, through=False)
        return None
    argv: tuple[Word, ...] = tuple(texts(value) for value in values)
    if argv:
        processes.execute(
            called.machine,
            argv,
            called.frame,
            called.at,
            api=_short(called.path),
            complete=not called.given.rest,
        )
    return None


def _short(path: str) -> str:
    return path.rpartition("/")[2].replace("()", "")


def _exec_list(called: Called) -> Value | None:
    """os.execvp(file, args)."""
    value = called.given.get(1)
    if value is not None:
        _argv(called, value, api=called.path, through=False)
    return None


def _spawn_list(called: Called) -> Value | None:
    value = called.given.get(2)
    if value is not None:
        _argv(called, value, api=called.path, through=False)
    return None


def _sh(called: Called) -> Value | None:
    """`sh.docker("compose", "up")`; a dotted word is a subcommand: `sh.docker.compose.up()`."""
    names = called.path.removeprefix("sh.").replace("()", "").split(".")
    if names[0] in ("Command", "bake", "contrib"):
        if called.path == "sh.Command":
            return (External("sh.@", (called.given.get(0) or UNKNOWN,)),)
        return None
    if names[-1] == "bake":
        bound = (*_head(called, names[:-1]), *called.given.positional)
        return (External("sh.@", tuple(bound)),)
    argv = tuple(texts(one) for one in (*_head(called, names), *called.given.positional))
    processes.execute(called.machine, argv, called.frame, called.at, api="sh")
    return None


def _head(called: Called, names: list[str]) -> tuple[Value, ...]:
    here = called.machine.place(called.frame, called.at)
    if names[0] == "@":
        return (*called.words, *((text(one, here),) for one in names[1:]))
    return tuple((text(one.replace("_", "-"), here),) for one in names)


def _plumbum(called: Called) -> Value | None:
    """`local["docker"]["compose", "up"]()` and `cmd.docker("compose", "up")`."""
    here = called.machine.place(called.frame, called.at)
    words: list[Value] = []
    name = called.path.removeprefix("plumbum.cmd.").partition(".")[0]
    if called.path.startswith("plumbum.cmd."):
        words.append((text(name.replace("_", "-"), here),))
    for bound in called.words:
        lists = [shape for shape in bound if isinstance(shape, Items)]
        words.extend(lists[0].items if lists else (bound,))
    words.extend(called.given.positional)
    argv = tuple(texts(one) for one in words)
    processes.execute(called.machine, argv, called.frame, called.at, api="plumbum")
    return None


def _invoke(called: Called) -> Value | None:
    value = called.given.get(0, "command")
    if value is not None:
        _argv(called, value, api="invoke run", through=True)
    return None


EXACT: Final[dict[str, Handler]] = {
    **dict.fromkeys(process_names.SUBPROCESS, _subprocess),
    **dict.fromkeys(process_names.STRINGS, _shell_string),
    **dict.fromkeys(process_names.WORDS, _words),
    **dict.fromkeys(process_names.LATER_WORDS, _words_after_first),
    **dict.fromkeys(("os/exec.Command", "os/exec.CommandContext"), _prepared),
    "pexpect.spawn": _spawned,
    **dict.fromkeys(process_names.EXEC, _exec_list),
    **dict.fromkeys(process_names.SPAWN, _spawn_list),
}

PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"^os/exec\.Cmd\{\}\.(?:Run|Start|Output|CombinedOutput)$"), _struct_run),
    (re.compile(r"^sh\.[\w@.]+$"), _sh),
    (re.compile(r"^plumbum\.(?:cmd\.[\w.]+|local(?:\.\w+)?|machines\..*)$"), _plumbum),
    (re.compile(r"^nox(?:\.sessions)?\.Session\(\)\.(?:run|run_always|run_install)$"), _words),
    (re.compile(r"(?:^|\.)(?:Context|Session|Connection|Local)\(\)\.(?:run|sudo|local)$"), _invoke),
    (re.compile(r"^(?:invoke|fabric)\.(?:run|sudo|local)$"), _invoke),
    (re.compile(r"\.(?:check_call|check_output)$"), _subprocess),
)
