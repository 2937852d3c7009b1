"""What a command line of a compose tool does. Sources: the manuals of compose v1 and v2."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from lint.effects import AnyEffect, Compose, Probe, Removal, RunsTests, Wait, Word
from lint.linking.argv import Line, beginning, first
from lint.linking.probing import command_probe
from lint.linking.test_runners import own_script, test_runner
from lint.text import Text, text

COMPOSE_VERBS: Final = frozenset(
    {
        "up", "down", "build", "start", "stop", "restart", "run", "exec", "ps", "logs", "pull",
        "create", "rm", "kill", "config", "push", "port", "top", "events", "wait", "watch", "cp",
        "images", "ls", "pause", "unpause", "attach", "stats", "volumes", "scale",
    }
)  # fmt: skip  # a list of words reads best as a paragraph
_ASKS: Final = frozenset({"version", "help", "--version", "--help", "-v", "-h", "info"})
_COMPOSE_VALUED: Final = frozenset(
    {
        "-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory",
        "--ansi", "--parallel", "--progress", "-H", "--host", "--log-level", "-c", "--context",
        "--podman-args", "--podman-path", "--podman-run-args", "--in-pod", "--pod-args",
        "--workdir", "--tlscacert", "--tlscert", "--tlskey",
    }
)  # fmt: skip  # a list of words reads best as a paragraph
_VALUED: Final = frozenset(
    {
        "-e", "--env", "--entrypoint", "--name", "-u", "--user", "-v", "--volume", "-w",
        "--workdir", "-p", "--publish", "-l", "--label", "--index", "--pull", "--env-from-file",
    }
)  # fmt: skip  # a list of words reads best as a paragraph
"""Options of `run` and `exec` that take a value."""
_TESTS: Final = re.compile(
    r"^(?!-)(?:[\w.]+[-_.])*(?:tests?|testing|pytest|rspec|specs?|e2e|integration)(?:$|[-_.])"
    r"|^(?!-)(?:test|tests)(?:runner|er)$",
    re.IGNORECASE,
)
_NEEDED: Final = re.compile(
    r"(?:^|[-_.])(?:\w*db|database|postgres\w*|pg|mysql|mariadb|redis|mongo\w*|kafka|rabbit\w*"
    r"|elastic\w*|minio|broker|server|base|image|setup)(?:$|[-_.])"
    r"|[-_.](?:data|env|api|app|web|backend|frontend)$",
    re.IGNORECASE,
)
_PREPARES: Final = re.compile(r"migrat|seed|init|build|lint|format|docs?$|deploy", re.IGNORECASE)
"""What else the exit code of a service is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An effect, and the texts that make the command what it is."""

    effect: AnyEffect
    deciding: tuple[Text, ...] = ()


def read(line: Line, at: int, tool: str, deciding: tuple[Text, ...]) -> Iterator[Reading]:
    """The effects of a command line that is compose's from the word `at` on."""
    files: list[Text] = []
    verb: Word = ()
    while at < len(line.words):
        told = beginning(line.words[at])
        if told in ("--version", "--help", "-v", "-h"):
            return
        if told.startswith("-"):
            name, equals, _ = told.partition("=")
            if name in _COMPOSE_VALUED and not equals:
                at += 1
                if name in ("-f", "--file") and at < len(line.words):
                    files.extend(line.words[at][:2])
            elif name in ("-f", "--file"):
                for one in line.words[at][:2]:
                    files.append(text((one.known or one.start).partition("=")[2], one.at))
            at += 1
            continue
        verb = line.words[at]
        break
    told = first(verb)
    if told in _ASKS:
        return
    if told == "up":
        files.extend(
            one
            for option, word in pairwise(line.words[at + 1 :])
            if beginning(option) in ("-f", "--file")
            for one in word[:1]
        )
    if not verb and line.complete:
        return
    yield Reading(
        effect=Compose(tool=tool, verb=told, files=tuple(files)),
        deciding=deciding,
    )
    for effect in _does(told, tool, line.words[at + 1 :]):
        yield Reading(
            effect=effect, deciding=deciding if isinstance(effect, Removal | Wait) else ()
        )


def _does(verb: str, tool: str, rest: Sequence[Word]) -> Iterator[AnyEffect]:
    """What a verb does besides being compose's."""
    options = [beginning(word) for word in rest]
    match verb:
        case "down" | "rm":
            yield Removal(what="compose")
        case "stop" | "kill":
            yield Removal(what="stop")
        case "up":
            if "--wait" in options:
                yield Wait(target=text(tool), how="health")
            if runner := _tested(rest):
                yield RunsTests(runner=runner)
        case "exec" | "run":
            service, *inner = [*_words(rest)] or [""]
            if verb == "exec" and (probe := command_probe(inner)):
                yield Probe(target=text(" ".join(options)), how=probe)
            elif runner := test_runner(inner) or own_script(inner) or _entry(rest):
                yield RunsTests(runner=runner)
            elif verb == "run" and _tests(service):
                yield RunsTests(runner=f"compose {service}")


def _entry(rest: Sequence[Word]) -> str:
    """The test runner that `--entrypoint` names."""
    for option, word in pairwise(rest):
        if beginning(option) == "--entrypoint":
            return test_runner(first(word).split())
    return ""


def _words(rest: Sequence[Word]) -> Iterator[str]:
    """The service and the command in it, behind the options."""
    before = True
    valued = False
    for word in rest:
        told = beginning(word)
        if before and (valued or told.startswith("-")):
            valued = not valued and told in _VALUED
            continue
        before = False
        if not told.startswith("-"):
            yield first(word)


def _tested(rest: Sequence[Word]) -> str:
    """The service whose tests a whole `up` runs, empty: it runs none."""
    options = [beginning(word) for word in rest]
    for option, word in pairwise((*options, "")):
        name, _, told = option.partition("=")
        if name == "--exit-code-from" and not _PREPARES.search(service := told or word):
            return f"compose {service}"
    if {"-d", "--detach", "--wait"} & {*options}:
        return ""
    return next((f"compose {one}" for one in options if _tests(one)), "")


def _tests(service: str) -> bool:
    """Whether a service is the tests themselves by its name, not what they need."""
    return bool(_TESTS.search(service)) and not _NEEDED.search(service)
