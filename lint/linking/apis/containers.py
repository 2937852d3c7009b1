"""Container libraries: docker SDK, podman-py, python-on-whales, testcontainers, dockertest."""

from __future__ import annotations

import re
from typing import Final

from lint.effects import Build, Network, Probe, Pull, Removal, Start, Wait, Word
from lint.linking.apis import testcontainers
from lint.linking.apis.called import Called, Handler
from lint.linking.apis.compose_objects import (
    compose_context,
    compose_object,
    keeps_words,
    with_command,
)
from lint.linking.probing import command_probe
from lint.linking.values import (
    UNKNOWN,
    External,
    Fields,
    Items,
    Value,
    items_of,
    texts,
    truth,
)
from lint.text import Text, glue, text, unknown

_CONTAINER: Final = "container()"


def fields_of(value: Value | None) -> Fields | None:
    """The fields of a struct literal of a library (`Request{Image: …}`), or of a dictionary."""
    for shape in value or ():
        if isinstance(shape, Fields):
            return shape
        if isinstance(shape, External) and shape.path.endswith("{}") and shape.words:
            return fields_of(shape.words[0])
    return None


def word(value: Value | None) -> Word:
    """An argument as a word; empty where it is not given."""
    return texts(value) if value is not None else ()


def container(called: Called, image: Value | None) -> Value:
    """A container that was made here, of an image."""
    here = called.machine.place(called.frame, called.at)
    return (External(_CONTAINER, (image or UNKNOWN,), here),)


# ---- docker SDK for Python, podman-py, python-on-whales


def _sdk_run(called: Called) -> Value | None:
    image = called.given.get(0, "image")
    detach = called.given.named.get("detach")
    whales = "python_on_whales" in called.path
    called.emit(
        Start(
            image=word(image),
            name=word(called.given.named.get("name")),
            ports=_sdk_ports(called.given.named.get("ports") or called.given.named.get("publish")),
            one_shot=called.last != "create" and (detach is None or truth(detach) is False),
            vanishes=_vanishes(called),
            api="python-on-whales" if whales else "docker SDK",
        )
    )
    return container(called, image)


def _vanishes(called: Called) -> bool:
    """`remove=True`, `auto_remove=True`; believed where not all options are known."""
    told = [called.given.named.get(name) for name in ("remove", "auto_remove")]
    given = [one for one in told if one is not None]
    return any(truth(one) is not False for one in given) or (not given and called.given.open)


def _sdk_ports(value: Value | None) -> tuple[tuple[Text, Text], ...]:
    pairs: list[tuple[Text, Text]] = []
    fields = fields_of(value)
    if fields is not None:
        for inside, host in fields.entries:
            for shape in host:
                told = items_of((shape,)).items[-1:] if isinstance(shape, Items) else ((shape,),)
                for one in told:
                    port = texts(one)[0]
                    if not port.opaque and port.known not in ("", "0", None):
                        pairs.append((port, text(inside.partition("/")[0])))
        return tuple(pairs)
    for row in items_of(value).items if value is not None else ():
        columns = items_of(row).items
        if len(columns) >= 2:
            pairs.append((texts(columns[0])[0], texts(columns[1])[0]))
    return tuple(pairs)


def _sdk_build(called: Called) -> Value | None:
    tags = called.given.named.get("tags")
    tag = called.given.named.get("tag")
    told: tuple[Word, ...] = ()
    if tags is not None:
        listed = items_of(tags).items
        told = tuple(texts(one) for one in listed) if listed else (texts(tags),)
    elif tag is not None:
        told = (texts(tag),)
    called.emit(
        Build(
            tags=told,
            directory=word(called.given.get(0, "path", "context_path")),
            file=word(called.given.named.get("dockerfile") or called.given.named.get("file")),
            api="docker SDK",
        )
    )
    return None


def _sdk_pull(called: Called) -> Value | None:
    image = called.given.get(0, "repository", "x")
    tag = called.given.get(1, "tag")
    named = word(image)
    if tag is not None:
        named = tuple(glue((one, text(":"), other)) for one in named for other in texts(tag))[:4]
    called.emit(Pull(image=named, api="docker SDK"))
    return None


def _network(called: Called) -> Value | None:
    called.emit(Network(name=word(called.given.get(0, "name"))))
    return (External("network()", (called.given.get(0, "name") or UNKNOWN,)),)


def _remove_image(called: Called) -> Value | None:
    value = called.given.get(0, "image", "x")
    called.emit(Removal(what="image", names=(texts(value),) if value is not None else ()))
    return None


def _removes(what: str) -> Handler:
    def handler(called: Called) -> Value | None:
        value = called.given.get(0) or called.given.get(1)
        names: tuple[Word, ...] = ()
        if called.path.startswith(("container()", "network()")):
            names = tuple(texts(word) for word in called.words[:0])
        elif value is not None:
            names = (texts(value),)
        called.emit(Removal(what=what, names=names))
        return None

    return handler


def _of_container(called: Called) -> Value | None:
    """A method of a container that was started, made or found before."""
    match called.last:
        case "remove" | "Terminate" | "__exit__" | "rm" | "Close" | "delete":
            called.emit(Removal(what="container"))
        case "stop" | "kill" | "Stop":
            called.emit(Removal(what="stop"))
        case "Expire":
            with called.machine.under(phase="teardown"):
                called.emit(Removal(what="stop"))
        case "start" | "restart" | "Start" | "__enter__":
            if called.last != "__enter__" and called.made is None:
                called.emit(Start(image=word(called.words[0]) if called.words else ()))
            return (External(_CONTAINER, called.words),)
        case "wait":
            called.emit(Wait(target=_image_of(called), how="exit"))
        case "exec_run" | "execute" | "exec" | "Exec":
            words = [
                one.shown for value in items_of(_command(called)).items for one in texts(value)
            ]
            how = command_probe(words or [one.shown for one in called.texts(0)][:1])
            if how:
                _probe(called, how)
        case "logs" | "Logs" | "get_logs":
            _probe(called, "log")
        case "reload" | "health" | "State":
            _probe(called, "health")
        case _:
            return None
    return None


def _command(called: Called) -> Value:
    value = called.given.get(0, "cmd", "command") or UNKNOWN
    split = [
        Items(tuple((text(word),) for word in shape.known.split()))
        for shape in value
        if isinstance(shape, Text) and shape.known is not None
    ]
    return tuple(split) or value


def _image_of(called: Called) -> Text:
    return texts(called.words[0])[0] if called.words else Text()


def _probe(called: Called, how: str) -> None:
    target = _image_of(called)
    polling = called.machine.context.polling
    called.emit(Wait(target=target, how=how) if polling else Probe(target=target, how=how))


def _found(called: Called) -> Value:
    return (External(_CONTAINER, (called.given.get(0) or UNKNOWN,)),)


def _listed(_called: Called) -> Value:
    return (Items(((External(_CONTAINER),),), rest=True),)


# ---- dockertest and the Go client


def _go_create(called: Called) -> Value:
    options = fields_of(called.given.get(1))
    image = options.get("Image") if options else None
    host = called.given.get(2)
    known = fields_of(host)
    removed = known.get("AutoRemove") if known else None
    vanishes = truth(removed) is not False if removed else bool(host) and known is None
    name = word(called.given.get(5))
    called.emit(Start(image=word(image), name=name, vanishes=vanishes, api="docker client"))
    return (unknown("container"),)


def _fsouza_create(called: Called) -> Value:
    options = fields_of(called.given.get(0))
    config = fields_of(options.get("Config")) if options else None
    host = fields_of(options.get("HostConfig")) if options else None
    removed = host.get("AutoRemove") if host else None
    called.emit(
        Start(
            image=word(config.get("Image") if config else None),
            name=word(options.get("Name") if options else None),
            vanishes=bool(removed) and truth(removed or UNKNOWN) is not False,
            api="docker client",
        )
    )
    return (unknown("container"),)


def _go_build(called: Called) -> Value | None:
    options = fields_of(called.given.get(2))
    tags = options.get("Tags") if options else None
    listed = items_of(tags).items if tags else ()
    called.emit(Build(tags=tuple(texts(one) for one in listed), api="docker client"))
    return None


def _go_pull(called: Called) -> Value | None:
    called.emit(Pull(image=word(called.given.get(1)), api="docker client"))
    return None


_SDK: Final = (
    r"^(?:(?:docker|podman)(?:\.\w+)*\.(?:from_env|DockerClient|PodmanClient|Client|APIClient)\(\)"
    r"|[\w.]*(?:docker|podman|container)_?(?:client|api|sdk|engine)?(?:\(\))?"
    r"|(?:\w+\.)*client)(?:\.__enter__\(\))?"
)
_WHALES: Final = r"^python_on_whales(?:\.[\w]+)*\.?(?:docker|podman|DockerClient\(\))"
_TC: Final = r"^testcontainers(?:\.\w+)*\.(?:core\.)?(?:\w+\.)*"
_GO_TC: Final = r"^github\.com/testcontainers/testcontainers-go(?:/v\d+)?"
_FSOUZA: Final = r"^github\.com/fsouza/go-dockerclient\.\w+\(\)\."
_GO_CLIENT: Final = r"^github\.com/(?:docker/docker|moby/moby)/client\.\w+\(\)\."


def _stackwright(called: Called) -> Value | None:
    called.emit(Start(name=(text("stackwright stack"),), waits=True, api="stackwright"))
    return None


def _stackwright_end(called: Called) -> Value | None:
    called.emit(Removal(what="all"))
    return None


EXACT: Final[dict[str, Handler]] = {
    "orchestration.stack_up": _stackwright,
    "orchestration.stack_up().__exit__": _stackwright_end,
}

PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(rf"{_SDK}\.containers\.(?:run|create)$"), _sdk_run),
    (re.compile(rf"{_SDK}\.containers\.get$"), _found),
    (re.compile(rf"{_SDK}\.containers\.list$"), _listed),
    (re.compile(rf"{_SDK}\.containers\.prune$"), _removes("container")),
    (re.compile(rf"{_SDK}\.images\.build$"), _sdk_build),
    (re.compile(rf"{_SDK}\.images\.pull$"), _sdk_pull),
    (re.compile(rf"{_SDK}\.images\.(?:remove|prune)$"), _remove_image),
    (re.compile(rf"{_SDK}\.networks\.create$"), _network),
    (re.compile(rf"{_SDK}\.networks\.prune$"), _removes("network")),
    (re.compile(r"^network\(\)\.remove$"), _removes("network")),
    (re.compile(rf"{_SDK}\.volumes\.prune$"), _removes("volume")),
    (re.compile(r"^container\(\)(?:\.\w+\(\))*\.\w+$"), _of_container),
    (re.compile(rf"{_WHALES}\.compose\.\w+$"), compose_object("python-on-whales docker.compose")),
    (re.compile(rf"{_WHALES}\.(?:container\.)?(?:run|create)$"), _sdk_run),
    (re.compile(rf"{_WHALES}\.(?:image\.|buildx\.|legacy_)?build$"), _sdk_build),
    (re.compile(rf"{_WHALES}\.(?:image\.)?pull$"), _sdk_pull),
    (re.compile(rf"{_WHALES}\.(?:container\.)?(?:remove|prune)$"), _removes("container")),
    (re.compile(rf"{_WHALES}\.(?:container\.)?(?:stop|kill)$"), _removes("stop")),
    (re.compile(rf"{_WHALES}\.image\.(?:remove|prune)$"), _remove_image),
    (re.compile(rf"{_WHALES}\.network\.create$"), _network),
    (re.compile(rf"{_WHALES}\.network\.remove$"), _removes("network")),
    (re.compile(rf"{_TC}DockerCompose$"), compose_context),
    (
        re.compile(rf"{_TC}DockerCompose\(\)(?:\.\w+\(\))*\.\w+$"),
        compose_object("testcontainers DockerCompose"),
    ),
    (re.compile(rf"{_TC}\w+Container$"), testcontainers.testcontainer),
    (
        re.compile(rf"{_TC}\w+Container\(\)(?:\.(?!start)\w+\(\))*\.(?:start|__enter__)$"),
        testcontainers.testcontainer_start,
    ),
    (
        re.compile(rf"{_TC}\w+Container\(\)(?:\.\w+\(\))*\.(?:stop|__exit__)$"),
        testcontainers.testcontainer_stop,
    ),
    (re.compile(rf"{_GO_TC}\.GenericContainer$"), testcontainers.go_generic),
    (
        re.compile(rf"{_GO_TC}\.(?:TerminateContainer|CleanupContainer)$"),
        testcontainers.testcontainer_stop,
    ),
    (re.compile(rf"{_GO_TC}/modules/compose\.New\w*$"), keeps_words),
    (
        re.compile(rf"{_GO_TC}/modules/compose\.New\w*\(\)(?:\.\w+\(\))*\.\w+$"),
        compose_object("testcontainers-go compose"),
    ),
    (re.compile(rf"{_GO_TC}\.NewLocalDockerCompose$"), keeps_words),
    (re.compile(rf"{_GO_TC}\.NewLocalDockerCompose\(\)(?:\.\w+\(\))*\.WithCommand$"), with_command),
    (
        re.compile(rf"{_GO_TC}\.NewLocalDockerCompose\(\)(?:\.\w+\(\))*\.\w+$"),
        compose_object("testcontainers-go compose"),
    ),
    (
        re.compile(rf"{_GO_TC}(?:/modules/(?!compose)\w+)?\.Run(?:Container)?$"),
        testcontainers.go_module,
    ),
    (
        re.compile(r"dockertest(?:/v\d+)?\.\w+\(\)\.(?:Run\w*|BuildAndRun\w*)$"),
        testcontainers.pool_run,
    ),
    (re.compile(r"dockertest(?:/v\d+)?\.\w+\(\)\.Purge$"), testcontainers.testcontainer_stop),
    (re.compile(rf"{_FSOUZA}CreateContainer$"), _fsouza_create),
    (re.compile(rf"{_FSOUZA}RemoveContainer$"), _removes("container")),
    (re.compile(rf"{_FSOUZA}(?:Stop|Kill)Container$"), _removes("stop")),
    (re.compile(rf"{_GO_CLIENT}ContainerCreate$"), _go_create),
    (re.compile(rf"{_GO_CLIENT}ContainerRemove$"), _removes("container")),
    (re.compile(rf"{_GO_CLIENT}Container(?:Stop|Kill)$"), _removes("stop")),
    (re.compile(rf"{_GO_CLIENT}ImageBuild$"), _go_build),
    (re.compile(rf"{_GO_CLIENT}ImagePull$"), _go_pull),
    (re.compile(rf"{_GO_CLIENT}ImageRemove$"), _remove_image),
    (re.compile(rf"{_GO_CLIENT}NetworkCreate$"), _network),
    (re.compile(rf"{_GO_CLIENT}NetworkRemove$"), _removes("network")),
    (
        re.compile(r"^github\.com/docker/compose/v\d+/pkg/\w+\.\w+\(\)\.\w+$"),
        compose_object("docker compose library"),
    ),
)
