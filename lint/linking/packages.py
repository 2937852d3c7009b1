"""Scripts of `package.json`: npm, yarn, pnpm and bun run them by name, other tools several."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lint.effects import RunsTests, Wait, Word
from lint.languages.package_scripts import ARGUMENTS
from lint.linking import processes
from lint.linking.arguments import Arguments
from lint.linking.argv import Line, beginning, first
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import Func, Items
from lint.program import Span
from lint.text import Text

_RUN: Final = frozenset({"run", "run-script", "rum", "urn"})
_SHORT: Final = {"test": "test", "t": "test", "tst": "test", "start": "start", "stop": "stop"}
_COMMAND: Final = frozenset({"exec", "x", "dlx"})
_OWN_WORDS: Final = """
    add audit bin cache ci config create dedupe deploy help i import info init install licenses
    link list login logout outdated pack patch plugin prune publish rebuild remove rm set store
    uninstall unlink up update upgrade version versions view why whoami
"""
_OWN: Final = frozenset(_OWN_WORDS.split())
_DIRECTORY: Final = frozenset({"--prefix", "--cwd", "-C", "--dir"})
_PACKAGE: Final = frozenset({"-w", "--workspace", "--filter", "-F"})
_MOST: Final = 40
_VALUED_OPTIONS: Final = """
    -n --names -c --prefix-colors -p --prefix -s --success -l --prefix-length -m --max-processes
    --restart-tries --restart-after --default-input-target --kill-signal -t --timestamp-format
"""
_VALUED: Final = frozenset(_VALUED_OPTIONS.split())
"""Options of `concurrently` that take a value."""


def run(machine: Machine, line: Line, frame: Frame, at: Span) -> None:
    """`npm run x`, `yarn x`, `pnpm --filter app run x`: the script x of a package."""
    directory, package, verb = frame.directory, "", ""
    words = list(line.words[1:])
    while words and not verb:
        word = words.pop(0)
        told = first(word) or beginning(word)
        name, equals, value = told.partition("=")
        if name in _DIRECTORY and (equals or words):
            value = value if equals else first(words.pop(0))
            directory = posixpath.normpath(posixpath.join(directory, value))
        elif name in _PACKAGE and (equals or words):
            package = value if equals else first(words.pop(0))
        elif told == "workspace" and line.program == "yarn" and words:
            package = first(words.pop(0))
        elif not told.startswith("-") and told != "workspaces":
            verb = told
            if not verb:
                return
    rest = Line(words=tuple(words), complete=line.complete)
    directory = "" if directory == "." else directory
    if verb in _COMMAND:
        _command(machine, rest, frame, at)
    elif verb in _RUN:
        package, rest = _late_options(package, rest)
        if rest.words:
            told = first(rest.words[0])
            _script(machine, line, told, rest.rest(1), frame, at, directory, package)
    elif verb == "restart":
        for one in ("stop", "start"):
            _script(machine, line, one, rest, frame, at, directory, package)
    elif line.program == "npm" or (line.program == "bun" and verb == "test"):
        if line.program == "npm" and verb in _SHORT:
            _script(machine, line, _SHORT[verb], rest, frame, at, directory, package)
        elif verb == "test":
            machine.emit(RunsTests(runner="bun test"), frame, at)
    elif not _script(machine, line, verb, rest, frame, at, directory, package) and verb not in _OWN:
        _command(machine, line.rest(len(line.words) - len(words) - 1), frame, at)


def _late_options(package: str, rest: Line) -> tuple[str, Line]:
    """`npm run -w app x`, `npm run x -w app`: the tool's own options behind its verb."""
    kept: list[Word] = []
    words = list(rest.words)
    while words:
        word = words.pop(0)
        name, equals, value = first(word).partition("=")
        if name == "--":
            kept.extend((word, *words))
            break
        if name in _PACKAGE and (equals or words):
            package = value if equals else first(words.pop(0))
        elif kept or not beginning(word).startswith("-"):
            kept.append(word)
    return package, Line(words=tuple(kept), complete=rest.complete)


def _command(machine: Machine, line: Line, frame: Frame, at: Span) -> None:
    """A program of an installed package, which may as well be one that starts containers."""
    words = line.words[1:] if line.words and first(line.words[0]) == "--" else line.words
    if words and first(words[0]):
        argv = tuple(words)
        processes.execute(machine, argv, frame, at, api="shell", complete=line.complete)


def _script(
    machine: Machine,
    line: Line,
    name: str,
    rest: Line,
    frame: Frame,
    at: Span,
    directory: str,
    package: str,
) -> bool:
    """Run the script; False where there is none of that name."""
    if not name:
        return False
    found = list(_found(machine, name, directory, package, line))
    given = tuple(rest.words)
    for position, word in enumerate(given):
        if first(word) == "--":
            given = (*given[:position], *given[position + 1 :])
            break
    for func in found:
        _call(machine, func, Items(given, rest=not line.complete), frame, at)
    tests = name == "test" or name.startswith("test:")
    unread = not found and not _manifests(machine, directory, package, line)
    if tests and unread:
        machine.emit(RunsTests(runner=f"{line.program} {name}"), frame, at)
    return bool(found) or (tests and unread)


def _found(machine: Machine, name: str, directory: str, package: str, line: Line) -> Iterator[Func]:
    for path in _manifests(machine, directory, package, line):
        for shape in machine.module(path).names.get(name, ()):
            if isinstance(shape, Func):
                yield shape


def _manifests(machine: Machine, directory: str, package: str, line: Line) -> list[str]:
    """The package that the command is about: the nearest above, one by its name, or all."""
    everywhere = any(
        first(word) in ("-r", "--recursive", "-ws", "--workspaces", "workspaces")
        for word in line.words
    )
    files = machine.symbols.files
    every = [path for path, facts in files.items() if facts.language == "npm"]
    if package or everywhere:
        named = [path for path in every if not package or _is(machine, path, package)]
        return named[:_MOST]
    while True:
        path = posixpath.join(directory, "package.json")
        if path in files or path in machine.symbols.paths:
            return [path] if path in files else []
        if not directory:
            break
        directory = posixpath.dirname(directory)
    return every if len(every) == 1 else []


def _is(machine: Machine, path: str, package: str) -> bool:
    """Whether a package is meant by its name or its folder."""
    folder = posixpath.dirname(path)
    wanted = package.strip("{}.").removeprefix("./").strip("/")
    name = machine.module(path).names.get("npm_package_name", ())
    return folder == wanted or any(
        isinstance(one, Text) and one.known is not None and fnmatch.fnmatch(one.known, package)
        for one in name
    )


def _call(machine: Machine, func: Func, given: Items, frame: Frame, at: Span) -> None:
    from lint.linking import calling

    inner = processes.replace_directory(frame, posixpath.dirname(func.path))
    arguments = Arguments(named={ARGUMENTS: (given,)})
    calling.call_function(machine, func, arguments, at, inner)


def several(machine: Machine, line: Line, frame: Frame, at: Span) -> None:
    """`npm-run-all clean "build:*" --parallel watch`, `run-s a b`, `run-p a b`."""
    parallel = line.program == "run-p"
    for word in line.words[1:]:
        told = first(word)
        if told == "--":
            return
        if told in ("-p", "--parallel", "-s", "--serial", "--sequential"):
            parallel = told in ("-p", "--parallel")
        elif told and not told.startswith("-"):
            with machine.under(concurrent=parallel or None):
                _matching(machine, told.split()[0], frame, at)


def _matching(machine: Machine, pattern: str, frame: Frame, at: Span) -> None:
    npm = Line(words=((Text(),),))
    for path in _manifests(machine, frame.directory, "", npm):
        for name, value in list(machine.module(path).names.items()):
            if fnmatch.fnmatch(name, pattern):
                for shape in value:
                    if isinstance(shape, Func):
                        _call(machine, shape, Items(), frame, at)


def concurrently(machine: Machine, line: Line, frame: Frame, at: Span) -> None:
    """`concurrently "npm:watch-*" "docker compose up"`: each word is a command."""
    words = list(line.words[1:])
    while words:
        word = words.pop(0)
        told = beginning(word)
        if told in _VALUED and words:
            words.pop(0)
        elif told and not told.startswith("-"):
            with machine.under(concurrent=True):
                _said(machine, word[0], frame, at)


def start_and_test(machine: Machine, line: Line, frame: Frame, at: Span) -> None:
    """`start-server-and-test start http://localhost:8080 test`: each start with a wait behind."""
    words = [word for word in line.words[1:] if not beginning(word).startswith("-")]
    while words:
        start, words = words[0], words[1:]
        with machine.under(concurrent=bool(words) or None):
            _said(machine, start[0], frame, at)
        if len(words) > 1:
            machine.emit(Wait(target=words[0][0], how="http"), frame, at)
            words = words[1:]


def _said(machine: Machine, told: Text, frame: Frame, at: Span) -> None:
    """A script's name, with `npm:` before it or alone; else a command."""
    known = told.known or ""
    if known.startswith("npm:"):
        _matching(machine, known.removeprefix("npm:").split(" ")[0], frame, at)
    elif " " not in known and list(_found(machine, known, frame.directory, "", Line(words=()))):
        _matching(machine, known, frame, at)
    else:
        processes.shell_text(machine, told, frame, at)


TOOLS: Final[Mapping[str, Callable[[Machine, Line, Frame, Span], None]]] = {
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), run),
    **dict.fromkeys(("npm-run-all", "npm-run-all2", "run-s", "run-p"), several),
    **dict.fromkeys(("start-server-and-test", "server-test", "start-test"), start_and_test),
    "concurrently": concurrently,
}
"""The programs that run scripts, by name."""
