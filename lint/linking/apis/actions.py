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
            for value in called.machine.module(path).names.values():
                for shape in value:
                    if isinstance(shape, Func):
                        targets.recipe(called.machine, shape, called.frame, called.at)
            return


PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"^actions\.uses$"), _uses),
)
