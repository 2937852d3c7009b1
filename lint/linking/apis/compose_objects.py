"""What libraries make of compose: testcontainers' and docker's own compose objects."""

from __future__ import annotations

from lint.effects import Compose, Removal
from lint.linking import processes
from lint.linking.apis.called import Called, Handler
from lint.linking.argv import first
from lint.linking.values import UNKNOWN, External, Fields, Items, Value, glued, items_of, texts
from lint.text import Text, text


def compose_object(tool: str) -> Handler:
    """A library's compose wrapper: its methods that bring up, down or build."""

    def handler(called: Called) -> Value | None:
        verb = {
            "start": "up", "__enter__": "up", "Up": "up", "up": "up", "Invoke": "",
            "stop": "down", "__exit__": "down", "Down": "down", "down": "down",
            "build": "build", "pull": "pull", "run": "run", "execute": "exec", "ps": "ps",
            "Serve": "up", "Start": "start", "Stop": "stop", "restart": "restart", "rm": "rm",
            "logs": "logs", "kill": "kill", "create": "create",
        }.get(called.last)  # fmt: skip  # a table reads best in columns
        if verb is None:
            return None
        verb = verb or _command(called)
        files = tuple(
            one
            for value in called.words
            for shape in value
            for one in (texts((shape,)) if isinstance(shape, Text) else ())
        )
        called.emit(Compose(tool=tool, verb=verb, files=files[:4], directory=_project(called)))
        if verb == "down":
            called.emit(Removal(what="compose"))
        return (External(called.path.rpartition(".")[0], called.words),)

    return handler


def _project(called: Called) -> str:
    """The directory that a compose object was made for, where it is known."""
    for value in called.words:
        for shape in value:
            if isinstance(shape, Fields) and (told := shape.get("directory")):
                return processes.directory_of(told, called.frame) or ""
    return ""


def with_command(called: Called) -> Value:
    """testcontainers-go's `WithCommand([]string{"up", "-d"})`, which `Invoke` runs."""
    given = called.given.get(0)
    items = items_of(given).items if given else ()
    verb = (Fields((("verb", items[0] if items else UNKNOWN),)),)
    return (External(called.path.rpartition(".")[0], (*called.words, verb)),)


def _command(called: Called) -> str:
    """The verb that it was made with, empty: unknown."""
    told = (
        shape.get("verb") for value in called.words for shape in value if isinstance(shape, Fields)
    )
    return next((first(texts(one)) for one in told if one), "")


def compose_context(called: Called) -> Value:
    """testcontainers' `DockerCompose(context, compose_file_name=…)`; the names count from there."""
    given = called.given
    context = given.get(0, "context", "filepath")
    named = given.get(1, "compose_file_name")
    words: list[Value] = [(Fields((("directory", context),)),)] if context else []
    listed = [shape for shape in named or () if isinstance(shape, Items)]
    for one in listed[0].items if listed else ((named,) if named else ()):
        words.append(glued((context, (text("/"),), one)) if context else one)
    here = called.machine.place(called.frame, called.at)
    return (External(f"{called.path}()", tuple(words), here),)


def keeps_words(called: Called) -> Value:
    """A constructor whose arguments matter later."""
    here = called.machine.place(called.frame, called.at)
    words = [*called.given.positional, *called.given.named.values()]
    flat: list[Value] = []
    for word in words:
        lists = [shape for shape in word if isinstance(shape, Items)]
        flat.extend(lists[0].items if lists else (word,))
    return (External(f"{called.path}()", tuple(flat), here),)
