"""Steps of a workflow that use an action."""

from __future__ import annotations

import re
from typing import Final

from lint.effects import Build, Cluster, Compose, Removal
from lint.linking import processes, targets
from lint.linking.apis.called import Called, Handler
from lint.linking.values import Func, Value, known, texts

_COMPOSE: Final = re.compile(r"^[\w.-]+/(?:docker-)?compose(?:-\w+)*-action@|/compose-action@")


def _uses(called: Called) -> Value | None:
    for told in known(called.given.get(0) or ()):
        if _COMPOSE.search(told):
            files = called.given.named.get("compose-file")
            deciding = called.texts(0)
            called.emit(
                Compose(
                    tool=told.partition("@")[0],
                    verb="up",
                    files=texts(files) if files is not None else (),
                ),
                *deciding,
            )
            called.emit(Removal(what="compose"))
        elif re.match(r"[\w.-]+/(?:wait|sleep)-action@", told):
            word = called.texts(-1, "time", "milliseconds")
            processes.pause(called.machine, word[0].shown if word else "", called.frame, called.at)
        elif told.startswith("docker/build-push-action@"):
            _build(called)
        elif re.match(r"(?:helm|engineerd|container-tools)/(?:setup-)?kind", told):
            called.emit(Cluster(tool="kind"))
        elif told.startswith("./"):
            _local(called, told)
    return None


def _build(called: Called) -> None:
    tags = called.given.named.get("tags")
    told = texts(tags) if tags is not None else ()
    called.emit(Build(tags=(told,) if told else (), api="docker/build-push-action"))


def _local(called: Called, told: str) -> None:
    folder = told.removeprefix("./").rstrip("/")
    for name in ("action.yml", "action.yaml"):
        path = f"{folder}/{name}"
        if path in called.machine.symbols.files:
            _composite(called, path)
            return


def _composite(called: Called, path: str) -> None:
    """Its steps, with what this one hands over; another step may use it again."""
    machine = called.machine
    mark = f"uses:{path}"
    if mark in machine.running:
        return
    machine.running.add(mark)
    names = machine.module(path).names
    given = {f"inputs.{name}": value for name, value in called.given.named.items()}
    before = {name: names.get(name) for name in given}
    names.update(given)
    for value in list(names.values()):
        for shape in value:
            if isinstance(shape, Func) and shape.path == path:
                machine.running.discard(f"{path}:{shape.function.name}")
                targets.recipe(machine, shape, called.frame, called.at)
    for name, held in before.items():
        if held is None:
            names.pop(name, None)
        else:
            names[name] = held
    machine.running.discard(mark)


PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"^actions\.uses$"), _uses),
)
