"""testcontainers and dockertest, for Python and Go."""

from __future__ import annotations

import re

from lint.effects import Build, Removal, Start, Word
from lint.linking.apis import containers
from lint.linking.apis.called import Called
from lint.linking.values import (
    UNKNOWN,
    VOID,
    External,
    Fields,
    Func,
    Value,
    items_of,
    known,
    texts,
)
from lint.program import Assign, Attr, Flag
from lint.text import Text, glue, text, unknown


def testcontainer(called: Called) -> Value:
    """A container object; nothing runs yet."""
    image = called.given.get(0, "image") or UNKNOWN
    here = called.machine.place(called.frame, called.at)
    return (External(f"{called.path}()", (image,), here),)


def testcontainer_start(called: Called) -> Value:
    """`start()` or `with`: modules wait by themselves, a generic container does not."""
    kind = re.search(r"\.(\w+?)\(\)", called.path)
    generic = kind is not None and kind[1] == "DockerContainer"
    ready = "with_wait" in called.path or "waiting_for" in called.path
    image = called.words[0] if called.words else None
    word = containers.word(image)
    if kind is not None and (not word or all(one.opaque for one in word)):
        word = (unknown(kind[1]),)
    called.emit(Start(image=word, waits=not generic or ready, api="testcontainers"))
    return (External(called.path.rpartition(".")[0], called.words, called.made),)


def testcontainer_stop(called: Called) -> Value | None:
    """It is stopped and removed."""
    called.emit(Removal(what="container"))
    return None


def go_generic(called: Called) -> Value:
    """`GenericContainer(ctx, request)`."""
    outer = containers.fields_of(called.given.get(1))
    inner = containers.fields_of(outer.get("ContainerRequest")) if outer else None
    request = inner or outer
    image = request.get("Image") if request else None
    waiting = request.get("WaitingFor") if request else None
    if request is not None and (built := request.get("FromDockerfile")) is not None:
        recipe = containers.fields_of(built)
        tag = recipe.get("Tag") if recipe else None
        called.emit(Build(tags=(texts(tag),) if tag else (), api="testcontainers-go"))
    called.emit(
        Start(
            image=containers.word(image),
            name=containers.word(request.get("Name")) if request else (),
            ports=_go_ports(request),
            waits=waiting is not None and waiting != VOID,
            api="testcontainers-go",
        )
    )
    return containers.container(called, image)


def _go_ports(request: Fields | None) -> tuple[tuple[Text, Text], ...]:
    listed = request.get("ExposedPorts") if request else None
    pairs: list[tuple[Text, Text]] = []
    for value in items_of(listed).items if listed else ():
        for told in known(value):
            host, colon, inside = told.partition("/")[0].rpartition(":")
            if colon and host:
                pairs.append((text(host.rpartition(":")[2]), text(inside)))
    return tuple(pairs)


def go_module(called: Called) -> Value:
    """`postgres.Run(ctx, image, options…)`; modules wait by themselves."""
    module = called.path.rpartition("/")[2].partition(".")[0]
    image = called.given.get(1)
    word = tuple(one for one in containers.word(image) if ":" in one.shown or "/" in one.shown)
    called.emit(
        Start(
            image=word or (unknown(module),),
            waits="/modules/" in called.path or _has_wait(called),
            api="testcontainers-go",
        )
    )
    return containers.container(called, image)


def _has_wait(called: Called) -> bool:
    return any(
        isinstance(shape, External) and "Wait" in shape.path
        for value in called.given.positional
        for shape in value
    )


def _removes_itself(option: Value) -> bool:
    """Whether a function that is handed the host's configuration sets `AutoRemove`."""
    return any(
        isinstance(shape, Func)
        and any(
            isinstance(one, Assign)
            and isinstance(one.target, Attr)
            and one.target.name == "AutoRemove"
            and one.value != Flag(False)
            for one in shape.function.body
        )
        for shape in option
    )


def pool_run(called: Called) -> Value:
    """dockertest's `pool.Run…`."""
    options = containers.fields_of(called.given.get(0))
    if options is not None:
        repository, tag = options.get("Repository"), options.get("Tag")
        name = options.get("Name")
    else:
        named = called.last.startswith("BuildAndRun")
        repository = None if named else called.given.get(0)
        tag = None if named else called.given.get(1)
        name = called.given.get(0) if named else None
    if called.last.startswith("BuildAndRun"):
        called.emit(Build(tags=(containers.word(name),) if name else (), api="dockertest"))
    image: Word = containers.word(repository)
    if tag is not None and image:
        image = tuple(glue((one, text(":"), other)) for one in image for other in texts(tag))[:4]
    called.emit(
        Start(
            image=image,
            name=containers.word(name),
            vanishes=any(_removes_itself(value) for value in called.given.positional[1:]),
            api="dockertest",
        )
    )
    return containers.container(called, image or None)
