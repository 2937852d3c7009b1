"""A command of the project as an embedded component."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from orchestration.engines.embedded.order import Order, Step
from orchestration.engines.embedded.processes import MARK
from orchestration.engines.embedded.seat import Seat
from orchestration.errors import ComponentError
from orchestration.model import Embedded, Launch, Text, reveal
from orchestration.mount_mapping import MountMapping


def command_order(launch: Launch, embedded: Embedded, seat: Seat) -> Order:
    """The declared command, with mounts resolved in its words and in its variables.

    A Secret is taken as it is: it may hold what looks like a path. Raises ComponentError when the
    command or its directory does not exist.
    """
    mapping = MountMapping.of((each.target, each.source) for each in launch.mounts)

    def value(text: Text) -> str:
        return mapping.apply(text) if isinstance(text, str) else reveal(text)

    env = dict(seat.env)
    env.update({key: value(text) for key, text in {**launch.env, **embedded.env}.items()})
    env[MARK] = seat.mark
    cwd = embedded.cwd or Path.cwd()
    words = tuple(mapping.apply(word) for word in embedded.command or launch.command)
    if not words:
        raise ComponentError(
            f"component {launch.component} has no command to run as a local process",
            fix='name one: `embedded = { command = ["python", "app.py"] }`',
        )
    if not cwd.is_dir():
        raise ComponentError(
            f"component {launch.component} cannot run in {cwd}",
            why="there is no such directory",
            fix="correct `cwd` in its `embedded`",
        )
    program = resolve(words[0], env, cwd)
    if isinstance(program, int):
        raise cannot_run(launch.component, words[0], program)
    return Order(steps=(Step(argv=(program, *words[1:]), env=env, cwd=cwd),), env=env, cwd=cwd)


def resolve(program: str, env: Mapping[str, str], cwd: Path) -> str | int:
    """The absolute path of a program as a shell in `cwd` finds it; else the errno that says why.

    ENOENT: nothing of that name; EACCES: something that cannot be executed. `python` is always
    found: as a last resort it is this interpreter.
    """
    if "/" in program:
        candidates = [cwd / program]
    else:
        places = env.get("PATH", "").split(":")
        candidates = [cwd / place / program for place in places if place]
    # `access` first: what lies in a directory that may not be entered is not there, as for a shell.
    for each in candidates:
        if os.access(each, os.X_OK) and each.is_file():
            return str(each)
    if program == "python":
        # Debian's interpreter is called python3 alone.
        return sys.executable
    return errno.EACCES if any(os.access(each, os.F_OK) for each in candidates) else errno.ENOENT


def cannot_run(component: str, program: str, problem: int) -> ComponentError:
    """The error for a command that the system refuses to execute, by errno."""
    match problem:
        case errno.ENOENT:
            return ComponentError(
                f"component {component} cannot be run: {program}: command not found (127)",
                why="neither it, nor the interpreter its first line names, is on this machine",
                fix="install it, or correct the command in the component's `embedded`",
            )
        case errno.EACCES:
            return ComponentError(
                f"component {component} cannot be run: {program} is not executable (126)",
                fix=f"`chmod +x {program}`, or name its interpreter first",
            )
        case _:
            return ComponentError(
                f"component {component} cannot be run: {program}: {os.strerror(problem)} (126)",
                why="the system refused to execute it",
                fix="if it is a script, give it a first line that names its interpreter",
            )
