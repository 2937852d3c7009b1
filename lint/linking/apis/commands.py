"""Command lines whose commands are functions: click, typer, cyclopts, fire."""

from __future__ import annotations

import re
from typing import Final

from lint.linking import calling, evaluating, members
from lint.linking.apis.called import Called, Handler
from lint.linking.arguments import Arguments
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import (
    UNKNOWN,
    Bool,
    ClassRef,
    External,
    Fields,
    Func,
    Instance,
    Shape,
    Value,
    only,
)
from lint.model import Place
from lint.program import Attr, Call, Expr, Lit, Span

_OBJECT: Final = (
    r"^(?:(?:rich_|async)?click\.(?:Group|MultiCommand)|typer\.Typer|cyclopts\.App)\(\)"
)
_APPLICATION: Final = re.compile(f"{_OBJECT}$")
_SUFFIX: Final = re.compile(r"[-_](?:command|cmd|group|grp)$")
_REGISTERS: Final = frozenset({"command", "group"})
_OPTIONS: Final = frozenset({"click.option", "option", "rich_click.option"})


def _key(shape: Shape) -> Place | None:
    match shape:
        case Func(function, path):
            return Place(path, function.at.line)
        case External(path, _, made) if _APPLICATION.match(path):
            return made
    return None


def register(machine: Machine, made: Func, frame: Frame) -> None:
    """A function becomes a command of the application that its decorators name."""
    for decorator in made.function.decorators:
        call = decorator if isinstance(decorator, Call) else None
        named = call.func if call else decorator
        if not (isinstance(named, Attr) and named.name in _REGISTERS):
            continue
        for shape in evaluating.evaluate(machine, named.of, frame):
            if (key := _key(shape)) is not None:
                name = _told(call) or _SUFFIX.sub("", made.function.name).replace("_", "-")
                machine.groups.setdefault(key, {})[name] = (made,)


def _told(call: Call | None) -> str:
    for arg in call.args if call else ():
        if arg.name in ("", "name") and isinstance(arg.value, Lit):
            return arg.value.text
    return ""


def add(machine: Machine, receiver: Value, given: Arguments) -> bool:
    """`group.add_command(command, name)`; False: the receiver is no application."""
    keys = [key for shape in receiver if (key := _key(shape)) is not None]
    for key in keys:
        for command in given.get(0, "cmd", "typer_instance") or ():
            name = only(given.get(1, "name") or UNKNOWN)
            if name is None and isinstance(command, Func):
                bare = _told_by(command) or _SUFFIX.sub("", command.function.name)
                name = bare.replace("_", "-")
            if name is not None:
                machine.groups.setdefault(key, {})[name] = (command,)
    return bool(keys)


def _told_by(command: Func) -> str:
    return next(
        (
            told
            for one in command.function.decorators
            if isinstance(one, Call) and (told := _told(one))
        ),
        "",
    )


def dispatch(machine: Machine, shape: Shape, at: Span, frame: Frame) -> None:
    """An application is called as a program: the command that its arguments name runs."""
    key = _key(shape)
    commands = machine.groups.get(key) if key is not None else None
    if not commands or machine.argv is None:
        return
    words = list(machine.argv.items[1:])
    while words and commands:
        told = only(words.pop(0))
        if told is None:  # any of them
            for command in commands.values():
                _run(machine, command, [], at, frame)
            return
        command = commands.get(told, ())
        below = next(
            (machine.groups[k] for one in command if (k := _key(one)) in machine.groups), None
        )
        if command and below is None:
            _run(machine, command, words, at, frame)
            return
        commands = below if below is not None else commands
    only_one = list(commands.values())[:1] if len(commands) == 1 and not words else []
    for command in only_one if isinstance(shape, External) else ():
        _run(machine, command, [], at, frame)  # typer's only command needs no name


def _run(machine: Machine, command: Value, words: list[Value], at: Span, frame: Frame) -> None:
    for one in command:
        if isinstance(one, Func):
            given = Arguments(named=_options(machine, one, words, frame), rest=True)
            calling.call_function(machine, one, given, at, frame)


def _options(machine: Machine, func: Func, words: list[Value], frame: Frame) -> dict[str, Value]:
    """What click's decorators and the words give the parameters."""
    found: dict[str, Value] = {}
    flat = [only(word) or "" for word in words]
    for decorator in func.function.decorators:
        if not isinstance(decorator, Call) or _dotted(decorator.func) not in _OPTIONS:
            continue
        spelled = [
            arg.value.text for arg in decorator.args if isinstance(arg.value, Lit) and not arg.name
        ]
        names = [one for one in spelled if not one.startswith("-")]
        long = max(spelled, key=len, default="").partition("/")[0]
        name = (names[0] if names else long.lstrip("-")).replace("-", "_")
        settings = {arg.name: arg.value for arg in decorator.args if arg.name}
        given = next((at for at, word in enumerate(flat) if word and word in spelled), None)
        if given is not None:
            switch = "is_flag" in settings or given + 1 >= len(words)
            found[name] = (Bool(True),) if switch else words[given + 1]
        elif "default" in settings:
            found[name] = evaluating.evaluate(machine, settings["default"], frame)
    return found


def _dotted(expr: Expr) -> str:
    from lint.linking.pytest_marks import dotted

    return dotted(expr)


def _called(called: Called) -> Value:
    shape = External(called.path, called.words, called.made)
    dispatch(called.machine, shape, called.at, called.frame)
    return UNKNOWN


def _added(called: Called) -> Value:
    path = called.path.rpartition(".")[0]
    add(called.machine, (External(path, called.words, called.made),), called.given)
    return UNKNOWN


def _fire(called: Called) -> Value | None:
    """`fire.Fire(component)`: a function, a dictionary of them, an object, or the whole module."""
    machine, argv = called.machine, called.machine.argv
    name = only(argv.items[1]) if argv is not None and len(argv.items) > 1 else None
    component = called.given.get(0, "component")
    target: Value = ()
    if component is None:
        target = called.frame.scope.names.get((name or "").replace("-", "_"), ())
    for shape in component or ():
        match shape:
            case Func():
                target = (shape,)
            case Fields() if name is not None:
                target = shape.get(name) or ()
            case ClassRef() | Instance() if name is not None:
                held: Value = (shape,)
                if isinstance(shape, ClassRef):
                    held = calling.apply(machine, held, Arguments(), called.at, called.frame)
                target = members.member(machine, held, name.replace("-", "_"), called.frame)
    for one in target:
        if isinstance(one, Func):
            called.run(one)
    return UNKNOWN


EXACT: Final[dict[str, Handler]] = {"fire.Fire": _fire}

PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (_APPLICATION, _called),
    (re.compile(rf"{_OBJECT}\.(?:add_typer|add_command)$"), _added),
)
