"""Shell commands: functions, builtins and programs, and what a substitution yields."""

from __future__ import annotations

import posixpath
from typing import Final

from lint.linking import (
    assigning,
    calling,
    evaluating,
    looping,
    make_functions,
    processes,
    shell_reading,
)
from lint.linking.arguments import Arguments
from lint.linking.argv import beginning, first
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.symbols import RECIPES
from lint.linking.values import UNKNOWN, VOID, Func, Items, Value, glued, items_of, join, texts
from lint.program import Arg, Do, Expr, If, Loop, Output, Run, Stmt, Try
from lint.text import Text, glue, split, text, unique, unknown

_UNIQUE: Final = {
    "uuidgen": "uuidgen",
    "date": "date",
    "mktemp": "mktemp",
    "od": "random",
    "shuf": "random",
    "openssl": "random",
    "hostname": "hostname",
}
"""Programs whose output differs at every run."""

_PASSES: Final = frozenset(
    {"tr", "cut", "head", "tail", "sed", "awk", "xargs", "fold", "sha256sum", "md5sum", "tee"}
)
"""Filters: what goes in unique comes out unique."""


def words_of(
    machine: Machine, words: tuple[Arg, ...], frame: Frame
) -> tuple[tuple[Value, ...], bool]:
    """The words of a command, unquoted ones split at white space, and whether they are all."""
    made: list[Value] = []
    complete = True
    for word in words:
        value = evaluating.evaluate(machine, word.value, frame)
        if not word.spread:
            made.append(value)
            continue
        if any(isinstance(shape, Items) for shape in value):
            opened = items_of(value)
            made.extend(opened.items)
            complete = complete and not opened.rest
            continue
        made.extend(_fields(value))
    return tuple(made), complete


def _fields(value: Value) -> list[Value]:
    """Word splitting; alternatives are split side by side, the first with the most words leads."""
    ways = [split(one) for one in texts(value)]
    ways = [way for way in ways if way]
    if not ways:
        return []
    longest = max(ways, key=len)
    if len({len(way) for way in ways}) == 1:
        return [tuple(way[at] for way in ways) for at in range(len(longest))]
    known = [way for way in ways if not way[0].opaque] or ways
    longest = max(known, key=len)
    first_words = tuple(dict.fromkeys(way[0] for way in known))
    return [first_words, *((one,) for one in longest[1:])]


def run(machine: Machine, expr: Run, frame: Frame) -> Value:
    """One simple command."""
    words, complete = words_of(machine, expr.words, frame)
    if not words:
        return UNKNOWN
    name = first(texts(words[0]))
    func = _function(machine, frame, name)
    if func is not None:
        given = Arguments(positional=words[1:], rest=not complete)
        calling.call_function(machine, func, given, expr.at, frame)
        return UNKNOWN
    if alias := frame.scope.find(f"alias {name}"):
        for one in texts(alias.names[f"alias {name}"])[:1]:
            rest = tuple(texts(word)[0] for word in words[1:])
            machine_text = _spaced((one, *rest))
            processes.shell_text(machine, machine_text, frame, expr.at)
        return UNKNOWN
    if _builtin(machine, name, words, expr, frame):
        return UNKNOWN
    argv = tuple(texts(word) for word in words)
    processes.execute(machine, argv, frame, expr.at, api="shell", complete=complete)
    if (
        expr.stdin is not None
        and name in ("bash", "sh", "zsh", "sudo", "ssh")
        and (
            name == "sudo"
            or name == "ssh"
            or len(words) == 1
            or beginning(argv[-1]).startswith("-")
        )
    ):
        if name != "ssh":
            for one in texts(evaluating.evaluate(machine, expr.stdin, frame))[:2]:
                processes.shell_text(machine, one, frame, expr.at)
    elif expr.stdin is not None and name.startswith("python"):
        told = texts(evaluating.evaluate(machine, expr.stdin, frame))
        processes.feed(machine, argv, told, frame, expr.at)
    elif expr.stdin is not None:
        evaluating.evaluate(machine, expr.stdin, frame)
    return UNKNOWN


def _function(machine: Machine, frame: Frame, name: str) -> Func | None:
    """A shell function in scope. A target or job of the same name as a command is none."""
    held = frame.scope.find(name) if name else None
    for shape in held.names[name] if held else ():
        if isinstance(shape, Func):
            facts = machine.symbols.files.get(shape.path)
            recipes = facts is not None and facts.language in RECIPES
            if not recipes or held is not machine.module(shape.path):
                return shape
    return None


def _builtin(
    machine: Machine, name: str, words: tuple[Value, ...], expr: Run, frame: Frame
) -> bool:
    arguments = [first(texts(word)) for word in words[1:]]
    match name:
        case "cd" | "pushd":
            if arguments and arguments[0]:
                frame.directory = _moved(frame, arguments[0])
            elif words[1:]:
                tail = texts(words[1])[0]
                moved = processes.tail_of(tail)
                if moved:
                    frame.directory = moved
            return True
        case "popd":
            return True
        case "source" | "." | "include":
            if arguments:
                _source(machine, words[1], frame)
            return True
        case "eval":
            whole = _spaced(tuple(texts(word)[0] for word in words[1:]))
            processes.shell_text(machine, whole, frame, expr.at)
            return True
        case "set" if "--" in arguments:
            at = arguments.index("--") + 1
            given, complete = words_of(machine, expr.words[at:], frame)
            _rebind(frame, Items(given[1:], rest=not complete))
            return True
        case "shift":
            count = int(arguments[0]) if arguments and arguments[0].isdigit() else 1
            held = frame.scope.find("@")
            for shape in held.names["@"][:1] if held else ():
                if isinstance(shape, Items):
                    _rebind(frame, Items(shape.items[count:], rest=shape.rest))
            return True
        case "alias":
            for word in words[1:]:
                for one in texts(word)[:1]:
                    name, equals, told = (one.known or "").partition("=")
                    if equals:
                        frame.scope.names[f"alias {name}"] = (text(told, one.at),)
            return True
        case "printf" if len(arguments) > 2 and arguments[0] == "-v":
            made = evaluating.printf(arguments[2], list(words[4:]))
            frame.scope.names[arguments[1]] = made
            return True
        case _ if name in shell_reading.READERS:
            shell_reading.read(machine, name, arguments, expr, frame)
            return True
        case "set" | "export" | "unset" | "local" | "declare" | "shopt" | "wait":
            return True
    return False


def _rebind(frame: Frame, given: Items) -> None:
    """The positional parameters are others from here on."""
    held = frame.scope.find("@")
    names = (held or frame.scope).names
    count = 9
    for at in range(1, count + 1):
        if at <= len(given.items):
            names[str(at)] = given.items[at - 1]
        elif not given.rest:
            names[str(at)] = (Text(),)
        else:
            names.pop(str(at), None)
    names["@"] = (given,)


def _spaced(pieces: tuple[Text, ...]) -> Text:
    spaced: list[Text] = []
    for at, piece in enumerate(pieces):
        if at:
            spaced.append(text(" "))
        spaced.append(piece)
    return glue(spaced)


def _moved(frame: Frame, named: str) -> str:
    if named.startswith("/") or named in ("-", "~"):
        return ""
    moved = posixpath.normpath(posixpath.join(frame.directory, named))
    return "" if moved.startswith("..") or moved == "." else moved


def _source(machine: Machine, word: Value, frame: Frame) -> None:
    """A file's commands run here, in this scope."""
    from lint.linking import running
    from lint.linking.machine import predefine

    for one in texts(word)[:2]:
        named = one.known or processes.tail_of(one)
        path = machine.symbols.script(named, processes.directories(frame)) if named else None
        facts = machine.symbols.files.get(path) if path else None
        if not path or facts is None or facts.program is None or facts.language == "python":
            continue
        key = f"source:{path}"
        if key in machine.running:
            continue
        machine.running.add(key)
        machine.visited.add((path, 0))
        inner = processes.replace_directory(frame, frame.directory)
        inner.path = path
        predefine(facts.program.body, frame.scope, path)
        running.block(machine, facts.program.body, inner)
        frame.deferred.extend(inner.deferred)
        machine.running.discard(key)
        return


# ---- substitution


def output(machine: Machine, body: tuple[Stmt, ...], frame: Frame) -> Value:
    """What a block prints, as far as it can be told. The block runs for its effects as well."""
    value: Value = VOID
    for statement in body:
        match statement:
            case Do(Run() as command):
                value = _printed(machine, command, value, frame)
            case Do(Output(inner)):
                value = output(machine, inner, frame)
            case Try(inner, handlers):
                value = output(machine, inner, frame)
                for handler in handlers:
                    value = join(value, output(machine, handler, frame)) if handler else value
            case Loop(inner, target, over) if target is not None and over is not None:
                value = _looped(machine, inner, target, over, frame)
            case If(test, then):
                if isinstance(test, Run):
                    value = _printed(machine, test, value, frame)
                else:
                    evaluating.evaluate(machine, test, frame)
                if then:
                    value = join(value, output(machine, then, frame))
            case _:
                from lint.linking import running

                running.block(machine, (statement,), frame)
                value = UNKNOWN
    shown = [shape for shape in value if isinstance(shape, Text)]
    return tuple(shown) or UNKNOWN


def _looped(
    machine: Machine, body: tuple[Stmt, ...], target: Expr, over: Expr, frame: Frame
) -> Value:
    """What a loop prints, turn by turn."""
    turns, rest = looping.iterated(evaluating.evaluate(machine, over, frame))
    pieces: list[Value] = []
    with machine.under(loop=True):
        for turn in turns:
            assigning.assign(machine, target, turn, frame)
            pieces.extend(((text(" "),),) if pieces else ())
            pieces.append(output(machine, body, frame))
    if rest or not turns:
        pieces.append((unknown("…"),))
    return glued(pieces)


def _printed(machine: Machine, command: Run, before: Value, frame: Frame) -> Value:
    words, _ = words_of(machine, command.words, frame)
    if not words:
        return UNKNOWN
    name = first(texts(words[0]))
    arguments = [texts(word)[0] for word in words[1:]]
    func = _function(machine, frame, name)
    if func is not None:
        given = Arguments(positional=words[1:])
        calling.call_function(machine, func, given, command.at, frame)
        return output_of(machine, func, frame)
    if name.startswith(make_functions.PREFIX):
        given_texts = [texts(word) for word in words[1:]]
        function = name.removeprefix(make_functions.PREFIX)
        return make_functions.apply(machine, function, given_texts, frame.path)
    if name in ("echo", "printf", "cat"):
        shown = [one for one in arguments if not one.start.startswith("-")]
        if name == "cat" and any("uuid" in one.shown or "urandom" in one.shown for one in shown):
            return (unique("uuid"),)
        if name == "cat":
            return UNKNOWN
        if name == "printf" and len(shown) > 1 and shown[0].known is not None:
            return evaluating.printf(shown[0].known, [(one,) for one in shown[1:]])
        return (_spaced(tuple(shown)),)
    if name in _PASSES and before != VOID:
        if any(isinstance(shape, Text) and shape.unique for shape in before):
            return before
        if name == "head" or name == "tail" or name == "tr":
            return before
        return UNKNOWN
    if name in _PASSES and any("urandom" in one.shown for one in arguments):
        return (unique("random"),)
    if source := _UNIQUE.get(name):
        return (unique(source),)
    if name == "git":
        told = [one.known for one in arguments]
        if {"rev-parse", "describe", "log"} & set(told) and "--show-toplevel" not in told:
            return (unique("git revision"),)
        return (unknown(""),)
    if name in ("command", "which", "type"):
        return (arguments[-1],) if arguments else UNKNOWN
    if name in ("dirname", "pwd", "realpath", "basename", "cd"):
        return (unknown(name),)
    evaluating.evaluate(machine, command, frame)
    return (unknown(f"output of {name}" if name else ""),)


def output_of(machine: Machine, func: Func, frame: Frame) -> Value:
    """What a shell function prints."""
    inner = Frame(path=func.path, scope=frame.scope, chain=frame.chain, defined=frame.defined)
    inner.root = frame.root
    with machine.into([]):
        return output(machine, func.function.body, inner)
