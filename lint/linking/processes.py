"""A process is started: what its command line does, and where it leads inside the repository."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import Final

from lint.effects import (
    Cluster,
    Command,
    Probe,
    Removal,
    RunsFile,
    RunsTests,
    Sleep,
    Start,
    Step,
    Wait,
    Word,
)
from lint.linking import engine_cli, environments, packages, targets
from lint.linking.argv import Line, beginning, first, unwrapped
from lint.linking.frame import WHOLE_FILE, Frame
from lint.linking.machine import DEEPEST, Machine, predefine
from lint.linking.probing import WAITERS, command_probe
from lint.linking.test_runners import BROWSERS, RUNNERS, project_command, test_runner
from lint.linking.values import Items, Scope, Value, texts
from lint.model import Place
from lint.program import Span
from lint.text import Literal, Text, Unknown, inside, rooted, text

_SHELLS: Final = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash"})
_PYTHON: Final = re.compile(r"python[\d.]*|pypy[\d.]*|\$?\{?PYTHON\}?")
_QUIET: Final = frozenset({"echo", "printf", "which", "type", "hash", "true", "false", ":", "cat"})
_CLUSTER: Final = frozenset({"kubectl", "kind", "minikube", "k3d", "helm", "oc", "kustomize"})
_MOST_TEXT: Final = 20_000


def execute(
    machine: Machine,
    argv: tuple[Word, ...],
    frame: Frame,
    at: Span,
    *,
    api: str,
    complete: bool = True,
) -> None:
    """Write down a process and its effects; follow it into scripts, recipes and test suites."""
    line = unwrapped(Line(words=argv, complete=complete))
    if not line.words:
        return
    program = line.program
    if runner := project_command([first(word) for word in argv]):
        machine.emit(RunsTests(runner=runner), frame, at)
        return
    if program in _QUIET:
        return
    readings = list(engine_cli.read(line))
    deciding = line.words[0]
    machine.emit(Command(argv=argv, complete=complete, api=api), frame, at, deciding)
    for reading in readings:
        effect = reading.effect
        if isinstance(effect, Probe) and machine.context.polling:
            effect = Wait(target=effect.target, how=effect.how)
        machine.emit(effect, frame, at, reading.deciding)
    if not readings:
        _other(machine, line, frame, at)


def _other(machine: Machine, line: Line, frame: Frame, at: Span) -> None:
    program = line.program
    told = [first(word) for word in line.words]
    if program in _SHELLS:
        _shell(machine, line, frame, at)
    elif program == "sleep":
        pause(machine, told[1] if len(told) > 1 else "", frame, at)
    elif program in WAITERS or (program == "dockerize" and "-wait" in told):
        machine.emit(Wait(target=_target(line), how="tcp"), frame, at)
    elif program in _CLUSTER:
        machine.emit(Cluster(tool=program), frame, at, line.words[0])
        if program == "kubectl" and {"wait", "rollout"} & set(told[1:3]):
            machine.emit(Wait(target=_target(line), how="library"), frame, at)
    elif how := command_probe(told):
        repeats = machine.context.polling or any(
            one.startswith(("--retry", "--tries", "--waitretry")) for one in told
        )
        probe = (
            Wait(target=_target(line), how=how) if repeats else Probe(target=_target(line), how=how)
        )
        machine.emit(probe, frame, at)
    elif program == "stackwright" and told[1:3] == ["stack", "up"]:
        effect = Start(name=(text("stackwright stack"),), waits=True, api="stackwright")
        machine.emit(effect, frame, at, line.words[0])
    elif program == "stackwright" and told[1:3] in (["stack", "down"], ["stack", "clean"]):
        machine.emit(Removal(what="all"), frame, at, line.words[0])
    elif program in ("make", "gmake"):
        targets.make(machine, line, frame, at)
    elif program == "task":
        targets.tasks(machine, line, frame, at, ("Taskfile.yml", "Taskfile.yaml"))
    elif program == "just":
        targets.tasks(machine, line, frame, at, ("justfile", "Justfile", ".justfile"))
    elif _PYTHON.fullmatch(program) or (not program and "python" in line.words[0][0].shown):
        targets.python(machine, line, frame, at)
    elif program in ("invoke", "inv"):
        targets.tasks(machine, line, frame, at, ("tasks.py",))
    elif program == "nox":
        targets.tasks(machine, line, frame, at, ("noxfile.py",))
    elif program == "tox":
        environments.run(machine, line, frame, at)
    elif program in packages.TOOLS:
        packages.TOOLS[program](machine, line, frame, at)
    elif program == "go" and len(told) > 1:
        targets.go(machine, line, frame, at)
    elif program in BROWSERS and told[1:2] == [BROWSERS[program]]:
        targets.tests(machine, f"{program} e2e", line.rest(2), frame, at)
    elif program in RUNNERS:
        targets.tests(machine, program, line.rest(1), frame, at)
    elif not script(machine, line, frame, at) and (runner := test_runner(told)):
        machine.emit(RunsTests(runner=runner), frame, at)


def pause(machine: Machine, told: str, frame: Frame, at: Span) -> None:
    """A sleep; inside a loop that polls it is the loop's pace and no effect."""
    if machine.context.polling:
        return
    seconds = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)?", told)
    scale = {"ms": 0.001, "m": 60.0}
    length = float(seconds[1]) * scale.get(seconds[2] or "s", 1.0) if seconds else None
    machine.emit(Sleep(seconds=length), frame, at)


def _target(line: Line) -> Text:
    """The word that names what is asked: a URL or address, else the last."""
    for word in reversed(line.words[1:]):
        if word and ("://" in word[0].shown or ":" in word[0].shown):
            return word[0]
    return line.words[-1][0] if len(line.words) > 1 and line.words[-1] else Text()


# ---- into shells and scripts


def _shell(machine: Machine, line: Line, frame: Frame, at: Span) -> None:
    for position, word in enumerate(line.words[1:], start=1):
        told = beginning(word)
        if told.startswith("-") and not told.startswith("--"):
            if "c" in told and position + 1 < len(line.words):
                for one in line.words[position + 1][:4]:
                    shell_text(machine, one, frame, at, line.words[position + 2 :])
                return
            continue
        if told.startswith("--"):
            continue
        script(machine, line.rest(position), frame, at)
        return


def feed(machine: Machine, argv: tuple[Word, ...], told: Word, frame: Frame, at: Span) -> None:
    """What a shell or interpreter reads from its standard input is run."""
    line = unwrapped(Line(words=argv))
    words = [first(word) for word in line.words[1:]]
    if not line.words or (words and not words[-1].startswith("-")):
        return
    for one in told[:2]:
        if line.program in _SHELLS:
            shell_text(machine, one, frame, at)
        elif _PYTHON.fullmatch(line.program):
            targets.python_text(machine, one, frame, at)


def shell_text(
    machine: Machine, told: Text, frame: Frame, at: Span, args: Sequence[Word] = ()
) -> None:
    """Run a text as shell code, where it is executed. Its holes are variables."""
    from lint.languages.shell import lower
    from lint.linking import running

    source: list[str] = []
    holes: dict[str, Value] = {}
    for part in told.parts:
        if isinstance(part, Literal):
            source.append(part.text)
        else:
            name = f"hole_{len(holes)}"
            holes[name] = (Text((part,)),)
            source.append(f"${{{name}}}")
    whole = "".join(source)
    if not whole.strip() or len(whole) > _MOST_TEXT or len(machine.active) > DEEPEST:
        return
    body, _ = lower(whole)
    inner = Frame(
        path=frame.path,
        scope=Scope(names=holes, outer=frame.scope, path=frame.path),
        chain=frame.chain,
        defined=frame.defined,
        root=frame.root,
        fixed=machine.place(frame, at),
        literals=told.at or machine.place(frame, at),
        directory=frame.directory,
        function=frame.function,
    )
    for count, word in enumerate(args):
        inner.scope.names[str(count)] = word
    predefine(body, inner.scope, frame.path)
    running.block(machine, body, inner)
    running.leave(machine, inner)


def script(machine: Machine, line: Line, frame: Frame, at: Span) -> bool:
    """A program of this repository, by its path; whether there is one."""
    for word in line.words[0][:2]:
        named = word.known
        if named is None:
            named = tail_of(word)
        if not named or ("/" not in named and "." not in named):
            continue
        path = machine.symbols.script(named, directories(frame))
        if path:
            run_file(machine, path, line.rest(1), frame, at)
            return True
    return False


def tail_of(told: Text) -> str:
    """`<ROOT>/scripts/up.sh` is looked for by its end."""
    if (within := inside(told)) is not None:
        return within
    if not told.parts or not isinstance(told.parts[-1], Literal):
        return ""
    if len(told.parts) > 2 or not isinstance(told.parts[0], Unknown):
        return ""
    return told.parts[-1].text.lstrip("/")


def directory_of(value: Value, frame: Frame) -> str | None:
    """A working directory relative to the root, None where nothing is known of it.

    A relative one is taken from the directory at hand, or for Go tests, which run in their
    package's folder, from the file's.
    """
    for one in texts(value):
        if (within := inside(one)) is not None:
            return within
        named = one.known
        if named is None:
            named = tail_of(one)
            return posixpath.normpath(named) if named else None
        if named.startswith("/"):
            return None
        start = frame.directory
        if not start and frame.path.endswith("_test.go"):
            start = posixpath.dirname(frame.path)
        moved = posixpath.normpath(posixpath.join(start, named))
        return "" if moved == "." else moved.removeprefix("../")
    return None


def directories(frame: Frame) -> list[str]:
    """Where a relative path may start: the working directory, the root, the file's folders."""
    found = [frame.directory, ""]
    inside = posixpath.dirname(frame.path)
    while inside:
        found.append(inside)
        inside = posixpath.dirname(inside)
    return list(dict.fromkeys(found))


def run_file(machine: Machine, path: str, args: Line, frame: Frame, at: Span) -> None:
    """Run a script of the repository as a program."""
    from lint.linking import running

    machine.emit(RunsFile(path=path), frame, at)
    facts = machine.symbols.files.get(path)
    if facts is None or facts.program is None or f"file:{path}" in machine.running:
        return
    if facts.language not in ("shell", "python", "go"):
        return
    if facts.language == "go":
        return
    machine.visited.add((path, 0))
    scope = Scope(path=path)
    _bind_words(scope, args)
    scope.names["__name__"] = (text("__main__"),)
    scope.names["__file__"] = (rooted(path),)
    inner = Frame(
        path=path,
        scope=scope,
        chain=(
            *frame.chain,
            Step(
                place=machine.place(frame, at),
                callee=path,
                defined=Place(path, 1, 1, WHOLE_FILE),
            ),
        ),
        defined=Place(path, 1, 1, WHOLE_FILE),
        root=frame.root,
        directory=frame.directory,
    )
    machine.running.add(f"file:{path}")
    context, argv = machine.context, machine.argv
    machine.argv = Items(((text(path),), *args.words), rest=not args.complete)
    try:
        predefine(facts.program.body, scope, path)
        running.block(machine, facts.program.body, inner)
        running.leave(machine, inner)
    finally:
        machine.context, machine.argv = context, argv
        machine.running.discard(f"file:{path}")


def _bind_words(scope: Scope, args: Line) -> None:
    scope.names["@"] = (Items(tuple(args.words), rest=not args.complete),)
    for count, word in enumerate(args.words, start=1):
        scope.names[str(count)] = word
    if args.complete:
        scope.names["#"] = (text(str(len(args.words))),)
        for count in range(len(args.words) + 1, 10):
            scope.names[str(count)] = (Text(),)


# ---- into recipes


def replace_directory(frame: Frame, directory: str) -> Frame:
    """The same frame in another working directory."""
    return Frame(
        path=frame.path,
        scope=frame.scope,
        chain=frame.chain,
        defined=frame.defined,
        root=frame.root,
        function=frame.function,
        fixed=frame.fixed,
        literals=frame.literals,
        directory=directory,
        entry=frame.entry,
    )


# ---- into Python and tests
