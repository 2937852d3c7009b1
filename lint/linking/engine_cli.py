"""What a command line of podman, docker, nerdctl or a compose tool does.

Sources: the manuals of podman 5 and docker 27. Options that are no flags take a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lint.effects import (
    AnyEffect,
    Build,
    Compose,
    Network,
    Probe,
    Pull,
    Removal,
    RunsTests,
    Start,
    Wait,
    Word,
)
from lint.linking import compose_cli
from lint.linking.argv import Line, Parsed, base, beginning, first, parse
from lint.linking.compose_cli import COMPOSE_VERBS, Reading
from lint.linking.probing import command_probe
from lint.linking.test_runners import test_runner
from lint.text import Literal, Text, Unknown

ENGINES: Final = frozenset({"podman", "docker", "nerdctl", "podman-remote", "finch", "docker.io"})
COMPOSES: Final = frozenset(
    {"podman-compose", "docker-compose", "podman_compose", "docker-compose-v1", "compose"}
)
_RUN_FLAGS: Final = frozenset(
    {
        "--detach", "--rm", "--interactive", "--tty", "--init", "--privileged", "--read-only",
        "--no-healthcheck", "--publish-all", "--replace", "--quiet", "--oom-kill-disable",
        "--sig-proxy", "--no-hosts", "--no-hostname", "--rmi", "--http-proxy", "--passwd",
        "--disable-content-trust", "--use-api-socket", "--read-only-tmpfs", "--env-host",
        "--unsetenv-all", "--tls-verify",
    }
)  # fmt: skip  # a list of words reads best as a paragraph
_BUILD_FLAGS: Final = frozenset(
    {
        "--no-cache", "--pull", "--quiet", "--rm", "--force-rm", "--squash", "--compress", "--load",
        "--push", "--layers", "--squash-all", "--pull-always", "--pull-never", "--stdin",
        "--tls-verify", "--identity-label", "--all-platforms", "--debug", "--check",
    }
)  # fmt: skip  # a list of words reads best as a paragraph
_FLAGS: Final = frozenset(
    {
        "--force", "--volumes", "--all", "--all-tags", "--quiet", "--ignore", "--no-prune",
        "--latest", "--depend", "--internal", "--ipv6", "--attachable", "--interactive", "--tty",
        "--detach", "--privileged", "--follow", "--timestamps", "--details", "--no-trunc",
        "--remove-orphans", "--disable-dns", "--cidfile", "--external", "--attach",
    }
)  # fmt: skip  # a list of words reads best as a paragraph
_GLOBAL_VALUED: Final = frozenset(
    {
        "--context", "-c", "--host", "-H", "--log-level", "-l", "--config", "--url", "--connection",
        "--identity", "--root", "--runroot", "--storage-driver", "--storage-opt", "--tmpdir",
        "--namespace", "-n", "--address", "--cgroup-manager", "--network-cmd-path", "--out",
        "--ssh", "--transient-store", "--imagestore", "--conmon", "--module", "--hooks-dir",
    }
)  # fmt: skip  # a list of words reads best as a paragraph
_ENGINE_NAME: Final = re.compile(r"docker|podman|container|nerdctl|engine|runtime", re.IGNORECASE)
_COMPOSE_NAME: Final = re.compile(r"compose", re.IGNORECASE)


def read(line: Line) -> Iterator[Reading]:
    """The effects of a command line, for every program that its first word may be."""
    if not line.words:
        return
    seen: set[str] = set()
    for program in line.words[0]:
        kind = _kind(program, line)
        if not kind or kind in seen:
            continue
        seen.add(kind)
        if kind == "compose":
            yield from compose_cli.read(line, 1, _shown(program), (program,))
        elif kind == "engine":
            yield from _engine(line, program)
        else:
            yield from _python_module(line, program)


def _shown(program: Text) -> str:
    told = program.known
    return base(told) if told is not None else program.shown


def _kind(program: Text, line: Line) -> str:
    told = program.known
    if told is not None:
        name = base(told)
        if name in COMPOSES:
            return "compose"
        if name in ENGINES:
            return "engine"
        if re.fullmatch(r"python[\d.]*", name) and len(line.words) > 2:
            return "python" if first(line.words[1]) == "-m" else ""
        return ""
    tail = base("".join(p.text if isinstance(p, Literal) else "\0" for p in program.parts))
    if tail in COMPOSES:
        return "compose"
    if tail in ENGINES:
        return "engine"
    names = [part.name for part in program.parts if isinstance(part, Unknown)]
    following = [first(word) for word in line.words[1:6]]
    if any(_COMPOSE_NAME.search(name) for name in names) and COMPOSE_VERBS & set(following):
        return "compose"
    may_be = any(_ENGINE_NAME.search(name) for name in names) or not any(names)
    return "engine" if may_be and _looks_like_engine(following) else ""


def _looks_like_engine(following: list[str]) -> bool:
    match following:
        case ["compose", *words]:
            return any(word in COMPOSE_VERBS for word in words)
        case ["run", *words]:
            return any(word in ("-d", "--rm", "--name", "--detach", "-it", "-p") for word in words)
        case ["network" | "volume" | "container" | "image", word, *_]:
            return word in ("create", "rm", "exists", "inspect", "prune", "ls")
        case ["build", *words]:
            return "-t" in words or "--tag" in words or "-f" in words
        case ["rm" | "rmi", *words]:
            return "-f" in words or "--force" in words
        case ["exec" | "stop" | "kill" | "pull" | "logs", word, *_]:
            return bool(word)
    return False


def _python_module(line: Line, program: Text) -> Iterator[Reading]:
    if first(line.words[2]).replace("_", "-") in ("podman-compose", "compose"):
        yield from compose_cli.read(line, 3, "podman-compose", (program, *line.words[2][:1]))


# ---- podman, docker


def _engine(line: Line, program: Text) -> Iterator[Reading]:
    at = 1
    while at < len(line.words):
        told = beginning(line.words[at])
        if not told.startswith("-"):
            break
        at += 2 if told in _GLOBAL_VALUED else 1
    if at >= len(line.words):
        return
    verb = line.words[at]
    told = first(verb)
    deciding = (program, *verb[:1])
    at += 1
    if told == "compose":
        yield from compose_cli.read(line, at, f"{_shown(program)} compose", deciding)
        return
    group = ""
    if told in (
        "container",
        "image",
        "network",
        "volume",
        "system",
        "builder",
        "buildx",
        "pod",
        "kube",
        "play",
        "healthcheck",
        "stack",
        "swarm",
        "service",
    ):
        group = told
        told = first(line.words[at]) if at < len(line.words) else ""
        at += 1
    if first(line.words[-1]) in ("--help", "-h") and len(line.words) <= at + 1:
        return
    for effect in _verb(line, at, group, told):
        yield Reading(effect=effect, deciding=deciding)


def _verb(line: Line, at: int, group: str, verb: str) -> Iterator[AnyEffect]:
    match group, verb:
        case "" | "container", "run" | "create":
            yield from _run(line, at)
        case "" | "container", "start" | "restart":
            parsed = _parsed(line, at)
            yield Start(name=parsed.words[0] if parsed.words else (), api="cli start")
        case "kube", "play" | "apply":
            yield Start(api="kube play")
        case "play", "kube":
            yield Start(api="kube play")
        case "kube", "down":
            yield Removal(what="container")
        case "" | "image" | "builder" | "buildx", "build" | "bake":
            yield from _build(line, at)
        case "" | "image", "pull":
            parsed = _parsed(line, at)
            yield Pull(image=parsed.words[0] if parsed.words else (), api="cli")
        case "" | "container", "rm" | "remove":
            yield Removal(what="container", names=tuple(_parsed(line, at).words))
        case "pod", "rm" | "stop" | "kill":
            # A pod takes whatever runs in it along, under names of their own.
            yield Removal(what="container")
        case "" | "container", "stop" | "kill":
            stopped = parse(line, at, flags=_FLAGS, stop_at_word=False, shorts="ail")
            yield Removal(what="stop", names=tuple(stopped.words))
        case "", "rmi":
            yield Removal(what="image", names=tuple(_parsed(line, at).words))
        case "image", "rm" | "remove" | "prune":
            yield Removal(what="image", names=tuple(_parsed(line, at).words))
        case "builder" | "buildx", "prune":
            yield Removal(what="cache")
        case "system", "prune" | "reset":
            yield Removal(what="all")
        case "container", "prune":
            yield Removal(what="container")
        case "network", "create":
            words = _parsed(line, at).words
            yield Network(name=words[-1] if words else ())
        case "network", "rm" | "remove" | "prune":
            yield Removal(what="network", names=tuple(_parsed(line, at).words))
        case "volume", "rm" | "remove" | "prune":
            yield Removal(what="volume", names=tuple(_parsed(line, at).words))
        case _:
            yield from _question(line, at, group, verb)


def _question(line: Line, at: int, group: str, verb: str) -> Iterator[AnyEffect]:
    told = [first(word) for word in line.words[at:]]
    match group, verb:
        case "" | "container", "exec":
            parsed = _parsed(line, at, stop_at_word=True)
            name = parsed.words[0][0] if parsed.words and parsed.words[0] else Text()
            inner = [first(word) for word in parsed.words[1:]]
            how = command_probe(inner)
            if how:
                yield Probe(target=name, how=how)
            elif runner := test_runner(inner):
                yield RunsTests(runner=runner)
            elif inner:
                # Whatever is asked again and again inside a container is asked for readiness.
                yield Probe(target=name, how="exec")
        case "" | "container", "inspect" if any("ealth" in one or "tate" in one for one in told):
            yield Probe(target=_last(line), how="health")
        case "", "ps" if any("health" in one or "tatus" in one for one in told):
            yield Probe(target=_last(line), how="health")
        case "healthcheck", "run":
            yield Probe(target=_last(line), how="health")
        case "" | "container", "wait":
            yield Wait(target=_last(line), how="health" if "healthy" in told else "exit")
        case "" | "container", "logs":
            yield Probe(target=_last(line), how="log")


def _last(line: Line) -> Text:
    return line.words[-1][0] if line.words and line.words[-1] else Text()


def _parsed(line: Line, at: int, *, stop_at_word: bool = False) -> Parsed:
    return parse(line, at, flags=_FLAGS, stop_at_word=stop_at_word, shorts="fvaqidltr")


def _run(line: Line, at: int) -> Iterator[AnyEffect]:
    parsed = parse(line, at, flags=_RUN_FLAGS, stop_at_word=True, shorts="ditPq")
    image: Word = parsed.words[0] if parsed.words else ()
    told = first(image)
    if re.match(r"(docker\.io/)?(docker|linuxserver)/(docker-)?compose(:|$)", told):
        verb = next((one for one in map(first, parsed.words[1:]) if one in COMPOSE_VERBS), "")
        yield Compose(tool=f"{told} image", verb=verb)
        return
    names = parsed.values("--name")
    detached = parsed.has("-d", "--detach")
    yield Start(
        image=image,
        name=names[-1] if names else (),
        ports=tuple(
            pair
            for value in parsed.values("-p", "--publish")
            for one in value[:2]
            if (pair := published(one))
        ),
        one_shot=not detached and parsed.complete,
        api="cli",
    )


def published(told: Text) -> tuple[Text, Text] | None:
    """`[address:]host:container[/protocol]` as (host, container); None without a host port."""
    pieces: list[list[Literal | object]] = [[]]
    for part in told.parts:
        if not isinstance(part, Literal):
            pieces[-1].append(part)
            continue
        for at, piece in enumerate(part.text.partition("/")[0].split(":")):
            if at:
                pieces.append([])
            if piece:
                pieces[-1].append(Literal(piece))
    made = [
        Text(tuple(part for part in piece if not isinstance(part, str)), told.at)  # type: ignore[misc]  # parts, sorted by colon
        for piece in pieces
    ]
    return (made[-2], made[-1]) if len(made) >= 2 and made[-2].parts else None


def _build(line: Line, at: int) -> Iterator[AnyEffect]:
    parsed = parse(line, at, flags=_BUILD_FLAGS, stop_at_word=False, shorts="qD")
    files = parsed.values("-f", "--file")
    yield Build(
        tags=tuple(value for value in parsed.values("-t", "--tag") if value),
        directory=parsed.words[-1] if parsed.words else (),
        file=files[0] if files else (),
        api="cli",
    )
