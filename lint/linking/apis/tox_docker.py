"""tox-docker: containers around the commands of an environment of tox."""

from __future__ import annotations

import re
from typing import Final

from lint.effects import Build, Removal, Start
from lint.linking.apis import containers
from lint.linking.apis.called import Called, Handler
from lint.linking.values import Value, items_of, known
from lint.text import Text, text


def _start(called: Called) -> Value | None:
    """The plugin goes on when the container's health check passes."""
    built = called.given.get(-1, "dockerfile")
    if built is not None:
        called.emit(Build(file=containers.word(built), api="tox-docker"))
    image = called.given.get(0)
    called.emit(
        Start(
            image=containers.word(image),
            name=called.texts(-1, "name"),
            ports=tuple(_ports(called)),
            waits=True,
            api="tox-docker",
        )
    )
    return None


def _ports(called: Called) -> list[tuple[Text, Text]]:
    listed = called.given.get(-1, "ports")
    pairs: list[tuple[Text, Text]] = []
    for value in items_of(listed).items if listed else ():
        for told in known(value):
            host, colon, inside = told.partition("/")[0].rpartition(":")
            if colon and host.isdigit():
                pairs.append((text(host), text(inside)))
    return pairs


def _remove(called: Called) -> Value | None:
    called.emit(Removal(what="container", names=(called.texts(0),)))
    return None


PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"^tox_docker\.start$"), _start),
    (re.compile(r"^tox_docker\.remove$"), _remove),
)
