"""Environments of tox that a command line asks for."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from lint.effects import RunsTests
from lint.languages.tox_words import ARGUMENTS
from lint.linking import processes
from lint.linking.arguments import Arguments
from lint.linking.argv import Line, first
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import Func, Items, known
from lint.program import Span

_FILES = ("tox.ini", "setup.cfg", "pyproject.toml", "tox.toml")
_RUNS = frozenset({"run", "r", "run-parallel", "p"})
_LOOKS = frozenset({"list", "l", "config", "c", "devenv", "d", "depends", "de", "quickstart", "q"})
_ONLY_LOOKS = frozenset(
    {"--version", "--help", "-h", "-l", "--listenvs", "-a", "--listenvs-all", "--showconfig"}
    | {"--notest", "-n"}
)


def run(machine: Machine, line: Line, frame: Frame, at: Span) -> None:
    """`tox -e a,b -- args`; without names, the environments that its file lists."""
    words, names = list(line.words[1:]), list[str]()
    directory, file = frame.directory, ""
    given = Items((), rest=not line.complete)
    while words:
        word = words.pop(0)
        told = first(word)
        if told == "--":
            given = Items(tuple(words), rest=not line.complete)
            break
        option, equals, behind = told.partition("=")
        if told in _ONLY_LOOKS or told in _LOOKS:
            return
        if told in ("-e", "--env") and words:
            names.extend(_names(known(words.pop(0))))
        elif option in ("-e", "--env") and equals:
            names.extend(_names((behind,)))
        elif told.startswith("-e") and len(told) > 2:
            names.extend(_names((told[2:],)))
        elif told in ("-c", "--conf") and words:
            file = first(words.pop(0))
        elif told in ("-f", "-m", "-x", "--workdir", "--root") and words:
            words.pop(0)
    if not names and (held := frame.scope.find("TOXENV")):
        names.extend(_names(known(held.names["TOXENV"])))
    mark = len(machine.sink)
    for func in _chosen(machine, directory, file, names):
        _call(machine, func, given, frame, at)
    if not any(isinstance(one, RunsTests) for one in machine.sink[mark:]):
        machine.emit(RunsTests(runner="tox"), frame, at)


def _names(told: tuple[str, ...]) -> list[str]:
    return [name for one in told for name in one.replace(",", " ").split()]


def _chosen(machine: Machine, directory: str, file: str, names: list[str]) -> Iterator[Func]:
    path = _file(machine, directory, file)
    if path is None:
        return
    every = [
        shape
        for value in machine.module(path).names.values()
        for shape in value
        if isinstance(shape, Func)
    ]
    if not names or names == ["ALL"]:
        yield from (one for one in every if "default" in one.function.labels or names)
        return
    for name in names:
        yield from (
            one
            for one in every
            if name == one.function.name or f"alias:{name}" in one.function.labels
        )


def _file(machine: Machine, directory: str, file: str) -> str | None:
    """The file that defines environments: the one that is named, else the nearest above."""
    files = machine.symbols.files
    if file:
        path = posixpath.normpath(posixpath.join(directory, file))
        path = path if path in files else posixpath.join(path, "tox.ini")
        return path if path in files else None
    while True:
        for name in _FILES:
            path = posixpath.join(directory, name)
            if path in files and files[path].language == "tox" and files[path].program:
                return path
        if not directory:
            return None
        directory = posixpath.dirname(directory)


def _call(machine: Machine, func: Func, given: Items, frame: Frame, at: Span) -> None:
    from lint.linking import calling

    inner = processes.replace_directory(frame, posixpath.dirname(func.path))
    arguments = Arguments(named={ARGUMENTS: (given,)})
    calling.call_function(machine, func, arguments, at, inner)
