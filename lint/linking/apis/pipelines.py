"""GitLab: what a pipeline includes, and what its jobs extend that other files define."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Final

from lint.linking import processes
from lint.linking.apis.called import Called, Handler
from lint.linking.values import Func, Value, known

_MOST: Final = 60


def _include(called: Called) -> Value | None:
    """All files of a pipeline share their variables and templates."""
    machine = called.machine
    own = called.frame.scope.names
    paths: dict[str, None] = {}
    for value in called.given.positional:
        for told in known(value):
            pattern = told.removeprefix("./").lstrip("/").replace("**", "*")
            if "*" in pattern:
                files = machine.symbols.files
                paths.update(dict.fromkeys(one for one in files if fnmatchcase(one, pattern)))
            elif pattern in machine.symbols.files:
                paths.setdefault(pattern)
    scopes = [machine.module(path).names for path in list(paths)[:_MOST]]
    for names in scopes:
        for name, value in names.items():
            own.setdefault(name, value)
    for names in scopes:
        for name, value in own.items():
            names.setdefault(name, value)
    return None


def _extends(called: Called) -> Value | None:
    """A part of a template runs in the job that extends it."""
    from lint.linking import running

    machine, frame = called.machine, called.frame
    parent, key = (known(one)[:1] for one in called.given.positional[:2])
    name = f"{''.join(parent)}:{''.join(key)}"
    held = frame.scope.find(name)
    for shape in held.names[name] if held else ():
        if isinstance(shape, Func) and f"part:{shape.path}:{name}" not in machine.running:
            machine.running.add(f"part:{shape.path}:{name}")
            inner = processes.replace_directory(frame, frame.directory)
            inner.path = shape.path
            machine.visited.add((shape.path, shape.function.at.line))
            running.block(machine, shape.function.body, inner)
            frame.deferred.extend(inner.deferred)
            frame.directory = inner.directory
            machine.running.discard(f"part:{shape.path}:{name}")
    return None


PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"^gitlab\.include$"), _include),
    (re.compile(r"^gitlab\.extends$"), _extends),
)
