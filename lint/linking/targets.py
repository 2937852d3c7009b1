"""Recipes, tasks and test suites that a command line asks for."""

from __future__ import annotations

import posixpath
import re

from lint.effects import (
    RunsFile,
    RunsTests,
)
from lint.linking import processes
from lint.linking.argv import Line, beginning, first
from lint.linking.frame import Frame
from lint.linking.machine import Machine, predefine
from lint.linking.test_runners import RUNNERS, test_runner
from lint.linking.values import Func, Scope, Value
from lint.program import Span
from lint.text import Text, text

_MOST_TEXT = 20_000


def make(machine: Machine, line: Line, frame: Frame, at: Span) -> None:
    """`make -C dir target`."""
    directory, targets, path = frame.directory, [], None
    words = list(line.words[1:])
    overrides: dict[str, Value] = {}
    while words:
        word = words.pop(0)
        told = first(word) or beginning(word)
        if told in ("-C", "--directory") and words:
            directory = posixpath.normpath(posixpath.join(directory, first(words.pop(0))))
        elif told in ("-f", "--file", "--makefile") and words:
            path = machine.symbols.script(first(words.pop(0)), processes.directories(frame))
        elif told in ("-j", "-l", "-o", "-W", "-I") and words and first(words[0]).isdigit():
            words.pop(0)
        elif "=" in told and not told.startswith("-"):
            name, _, value = told.partition("=")
            overrides[name.rstrip(":")] = (text(value, word[0].at),)
        elif told and not told.startswith("-"):
            targets.append(told)
    path = path or machine.symbols.makefile(directory) or machine.symbols.makefile("")
    if path is None:
        return
    names = machine.module(path).names
    before = {name: names.get(name) for name in overrides}
    names.update(overrides)
    for target in targets or [""]:
        run_named(machine, path, target, frame, at, directory)
    for name, held in before.items():
        if held is None:
            names.pop(name, None)
        else:
            names[name] = held


def run_named(
    machine: Machine, path: str, name: str, frame: Frame, at: Span, directory: str = ""
) -> None:
    """Run a target, task or session by its name (the default one for an empty name)."""
    from lint.linking import calling
    from lint.linking.arguments import unknown_arguments

    facts = machine.symbols.files.get(path)
    if facts is None or facts.program is None:
        return
    scope = machine.module(path)
    for spelling in (name, name.replace("-", "_"), name.rpartition(".")[2].replace("-", "_")):
        for shape in scope.names.get(spelling, ()):
            if isinstance(shape, Func):
                recipe(machine, shape, frame, at, directory)
                return
    if name:
        return
    for value in scope.names.values():
        for shape in value:
            if isinstance(shape, Func) and "default" in shape.function.labels:
                calling.call_function(machine, shape, unknown_arguments(0), at, frame)
                return


def recipe(machine: Machine, func: Func, frame: Frame, at: Span, directory: str = "") -> None:
    """A target or job after what it needs, each at most once for a run."""
    from lint.linking import calling
    from lint.linking.arguments import unknown_arguments

    key = f"{func.path}:{func.function.name}"
    if key in machine.running:
        return
    machine.running.add(key)
    scope = machine.module(func.path)
    for need in func.function.needs:
        for shape in scope.names.get(need, ()):
            if isinstance(shape, Func):
                recipe(machine, shape, frame, at, directory)
    inner = processes.replace_directory(frame, directory)
    calling.call_function(machine, func, unknown_arguments(0), at, inner)


def tasks(machine: Machine, line: Line, frame: Frame, at: Span, names: tuple[str, ...]) -> None:
    """Tasks or sessions by their names, in the first menu file that exists."""
    words = [first(word) for word in line.words[1:]]
    chosen = [word for word in words if word and not word.startswith("-")]
    if not chosen:
        return
    for name in names:
        path = machine.symbols.script(name, [frame.directory, ""])
        if path:
            for one in chosen:
                run_named(machine, path, one, frame, at)
            return


def python(machine: Machine, line: Line, frame: Frame, at: Span) -> None:
    """`python -m module`, `python file.py`."""
    for position, word in enumerate(line.words[1:], start=1):
        told = first(word)
        if told == "-m" and position + 1 < len(line.words):
            module = first(line.words[position + 1])
            rest = line.rest(position + 2)
            if module == "tox":
                processes.execute(
                    machine,
                    line.words[position + 1 :],
                    frame,
                    at,
                    api="shell",
                    complete=line.complete,
                )
                return
            if module in RUNNERS or module == "unittest":
                tests(machine, module, rest, frame, at)
                return
            if module in ("invoke", "nox"):
                name = "tasks.py" if module == "invoke" else "noxfile.py"
                tasks(machine, line.rest(position + 1), frame, at, (name,))
                return
            path = machine.symbols.python_import(module, 0, frame.path)
            if path:
                main = posixpath.join(posixpath.dirname(path), "__main__.py")
                runs = path.endswith("__init__.py") and main in machine.symbols.files
                processes.run_file(machine, main if runs else path, rest, frame, at)
            return
        if told == "-c":
            for one in line.words[position + 1][:2] if position + 1 < len(line.words) else ():
                python_text(machine, one, frame, at)
            return
        if told.startswith("-"):
            continue
        if runner := test_runner([first(one) for one in line.words]):
            machine.emit(RunsTests(runner=runner), frame, at)
        processes.script(machine, line.rest(position), frame, at)
        return


def python_text(machine: Machine, told: Text, frame: Frame, at: Span) -> None:
    """Run a text as a Python program, where it is executed."""
    from lint.languages.python import extract
    from lint.linking import running

    whole = told.known
    program = extract(whole.encode()).program if whole and len(whole) < _MOST_TEXT else None
    if program is None:
        return
    here = machine.place(frame, at)
    inner = Frame(
        path=frame.path,
        scope=Scope(path=frame.path, names={"__name__": (text("__main__"),)}),
        chain=frame.chain,
        defined=frame.defined,
        root=frame.root,
        fixed=here,
        literals=told.at or here,
        directory=frame.directory,
        function=frame.function,
    )
    predefine(program.body, inner.scope, frame.path)
    running.block(machine, program.body, inner)
    running.leave(machine, inner)


def go(machine: Machine, line: Line, frame: Frame, at: Span) -> None:
    """`go test`, `go run`."""
    verb = first(line.words[1])
    if verb == "test":
        tests(machine, "go test", line.rest(2), frame, at)
    elif verb == "run":
        for word in line.words[2:]:
            told = first(word)
            if told and not told.startswith("-"):
                if "ginkgo" in told:
                    tests(machine, "ginkgo", line.rest(3), frame, at)
                    return
                for start in processes.directories(frame):
                    directory = posixpath.normpath(posixpath.join(start, told))
                    for package in machine.symbols.go_siblings(directory):
                        main = package.functions.get("main")
                        if main:
                            from lint.linking import calling
                            from lint.linking.arguments import Arguments

                            machine.emit(RunsFile(path=main.path), frame, at)
                            func = machine.go_function(main)
                            calling.call_function(machine, func, Arguments(), at, frame)
                            return
                return


def tests(machine: Machine, runner: str, args: Line, frame: Frame, at: Span) -> None:
    """A test runner, and the suites that its words name."""
    found: list[str] = []
    for told in (one.start for word in args.words for one in word):
        if not told or told.startswith("-") or "=" in told:
            continue
        if "/" in told or told in ("tests", "test") or told.endswith((".py", ".go")):
            clean = re.sub(r"/?\.\.\.$", "", told.partition("::")[0]).removeprefix("./")
            joined = posixpath.normpath(posixpath.join(frame.directory, clean or "."))
            found.append("" if joined == "." else joined)
    machine.emit(RunsTests(runner=runner, paths=tuple(dict.fromkeys(found))), frame, at)
