"""Projects and traces from terse hand-written effects.

In texts, `<uuid>` differs at every run and `<?name>` is not known: `gateway:<uuid>`, `<?tag>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final, TypeVar

from lint.effects import (
    AnyEffect,
    Build,
    Command,
    Compose,
    Context,
    Entry,
    Guard,
    Network,
    Pull,
    Removal,
    RunsFile,
    RunsTests,
    Skip,
    Sleep,
    Start,
    Step,
    Trace,
    Wait,
    Word,
)
from lint.facts import FileFacts
from lint.guidance.guidance import Guidance
from lint.model import Place, Tier
from lint.project import Project, ServiceOf
from lint.rules.rule import Hit, Rule
from lint.text import Literal, Part, Text, Unique, Unknown

NOWHERE: Final = Place("", 0)
GUIDANCE: Final = Guidance(
    id="DD-INTEGRATION-001",
    version="2.0",
    title="Programmatic set-up",
    in_force=date(2025, 12, 26),
    requirements={},
)
_HOLE: Final = re.compile(r"<(\?)?([^>]+)>")
E = TypeVar("E", bound=AnyEffect)


def told(written: str) -> Text:
    """A text in the notation above."""
    parts: list[Part] = []
    end = 0
    for hole in _HOLE.finditer(written):
        if hole.start() > end:
            parts.append(Literal(written[end : hole.start()]))
        parts.append(Unknown(hole[2]) if hole[1] else Unique(hole[2]))
        end = hole.end()
    if end < len(written):
        parts.append(Literal(written[end:]))
    return Text(tuple(parts))


def word(*written: str) -> Word:
    """An argument that may be any of these."""
    return tuple(told(one) for one in written if one)


# ---- effects


def start(
    image: str | tuple[str, ...], name: str = "", port: str = "", *, api: str = "cli", **more: bool
) -> Start:
    """A container; `port` is `host:container`."""
    host, _, inside = port.rpartition(":")
    return Start(
        at=NOWHERE,
        decided=NOWHERE,
        image=word(*((image,) if isinstance(image, str) else image)),
        name=word(name),
        ports=((told(host), told(inside)),) if port else (),
        one_shot=more.get("one_shot", False),
        waits=more.get("waits", False),
        api=api,
    )


def build(*tags: str, api: str = "cli") -> Build:
    """An image under these tags."""
    return Build(at=NOWHERE, decided=NOWHERE, tags=tuple(word(tag) for tag in tags), api=api)


def pull(image: str) -> Pull:
    """An explicit pull."""
    return Pull(at=NOWHERE, decided=NOWHERE, image=word(image))


def wait(target: str = "", how: str = "exec") -> Wait:
    """A readiness wait."""
    return Wait(at=NOWHERE, decided=NOWHERE, target=told(target), how=how)


def sleep(seconds: float | None) -> Sleep:
    """A fixed pause."""
    return Sleep(at=NOWHERE, decided=NOWHERE, seconds=seconds)


def compose(tool: str = "podman-compose", verb: str = "up", *files: str) -> Compose:
    """Compose is run."""
    return Compose(
        at=NOWHERE, decided=NOWHERE, tool=tool, verb=verb, files=tuple(told(one) for one in files)
    )


def removal(what: str, *names: str) -> Removal:
    """Something is removed."""
    return Removal(
        at=NOWHERE, decided=NOWHERE, what=what, names=tuple(word(name) for name in names)
    )


def network(name: str = "it") -> Network:
    """A network is made."""
    return Network(at=NOWHERE, decided=NOWHERE, name=word(name))


def skip(reason: str = "", *guards: Guard, handler: bool = False) -> Skip:
    """Tests are skipped under these conditions."""
    return Skip(
        at=NOWHERE,
        decided=NOWHERE,
        reason=told(reason),
        context=Context(phase="setup", guards=guards, handler=handler),
    )


def guard(*names: str, probes: bool = False, negated: bool = False) -> Guard:
    """A condition."""
    return Guard(place=Place("x", 1), probes=probes, names=names, negated=negated)


def command(*argv: str) -> Command:
    """A process."""
    return Command(at=NOWHERE, decided=NOWHERE, argv=tuple(word(one) for one in argv))


def runs_tests(*paths: str) -> RunsTests:
    """A test runner."""
    return RunsTests(at=NOWHERE, decided=NOWHERE, runner="go test", paths=paths)


def runs_file(path: str) -> RunsFile:
    """A script is run."""
    return RunsFile(at=NOWHERE, decided=NOWHERE, path=path)


def at(effect: E, path: str, line: int, *, decided: Place | None = None) -> E:
    """Executed there; `decided` is the call of a wrapper."""
    here = Place(path, line, 1, line)
    return replace(effect, at=here, decided=decided or here)


def through(effect: E, *calls: Place) -> E:
    """Reached by these calls."""
    return replace(
        effect,
        chain=tuple(Step(place=call, callee="helper", defined=effect.at) for call in calls),
    )


def finally_(*effects: AnyEffect) -> tuple[AnyEffect, ...]:
    """The same in the teardown."""
    return _in(lambda one: replace(one, phase="teardown"), effects)


def if_failed(*effects: AnyEffect) -> tuple[AnyEffect, ...]:
    """The same in an error handler."""
    return _in(lambda one: replace(one, handler=True), effects)


def under(condition: Guard, *effects: AnyEffect) -> tuple[AnyEffect, ...]:
    """The same under a condition."""
    return _in(lambda one: replace(one, guards=(*one.guards, condition)), effects)


def ignored(*effects: AnyEffect) -> tuple[AnyEffect, ...]:
    """The same with `|| true`."""
    return _in(lambda one: replace(one, ignored=True), effects)


def _in(
    change: Callable[[Context], Context], effects: Iterable[AnyEffect]
) -> tuple[AnyEffect, ...]:
    return tuple(replace(one, context=change(one.context)) for one in effects)


# ---- traces and projects


def suite(
    service: str,
    *effects: AnyEffect,
    tier: Tier = Tier.INTEGRATION,
    path: str = "",
    unresolved: bool = False,
) -> Trace:
    """A suite of a service; effects without a place stand on lines 10, 11, … of its file."""
    path = path or f"test/{tier.value}/{service}/suite_test.go"
    return Trace(
        entry=Entry(
            kind="suite",
            name=f"test/{tier.value}/{service}",
            place=Place(path, 1, 1, 500),
            language="go",
            tier=tier,
            services=(service,) if service else (),
        ),
        effects=_placed(effects, path),
        unresolved=(Place(path, 9),) if unresolved else (),
    )


def recipe(
    name: str,
    *effects: AnyEffect,
    tier: Tier = Tier.INTEGRATION,
    services: tuple[str, ...] = (),
    kind: str = "recipe",
) -> Trace:
    """A Make target (or a job of a workflow)."""
    path = "Makefile" if kind == "recipe" else ".github/workflows/ci.yml"
    return Trace(
        entry=Entry(
            kind=kind,
            name=name,
            place=Place(path, 1, 1, 500),
            language="makefile" if kind == "recipe" else "yaml",
            tier=tier,
            services=services,
        ),
        effects=_placed(effects, path),
    )


def dead(path: str, *effects: AnyEffect, kind: str = "unreached", tier: Tier = Tier.NONE) -> Trace:
    """Code, or a script, that nothing reaches."""
    return Trace(
        entry=Entry(kind=kind, name=path, place=Place(path, 1), language="go", tier=tier),
        effects=_placed(effects, path),
    )


def _placed(effects: Iterable[AnyEffect], path: str) -> tuple[AnyEffect, ...]:
    return tuple(
        one if one.at is not NOWHERE else at(one, path, line)
        for line, one in enumerate(effects, start=10)
    )


def project(
    *traces: Trace,
    files: Mapping[str, FileFacts] | None = None,
    services: tuple[str, ...] = ("gateway", "notification", "datastorage"),
    ports: Mapping[str, Mapping[str, int]] | None = None,
    owners: Mapping[str, tuple[str, ...]] | None = None,
) -> Project:
    """A repository of these traces and files; `owners` are path → services."""
    owned = {
        place.path: trace.entry.services
        for trace in traces
        for place in (trace.entry.place, *(one.at for one in trace.effects))
        if len(trace.entry.services) == 1 and trace.entry.services[0] in place.path
    }
    return Project(
        files=files or {},
        paths=frozenset({*(files or {}), "stackwright.toml"}),
        traces=traces,
        services=tuple(ServiceOf(name=name, names=frozenset({name})) for name in services),
        attribution={**owned, **(owners or {})},
        guidance=GUIDANCE,
        ports=ports or {},
        today=date(2026, 1, 15),
    )


def reported(rule: Rule, of: Project) -> list[Hit]:
    """What a rule says."""
    return list(rule.check(of))


def lines(hits: Iterable[Hit]) -> list[int]:
    """Where."""
    return [hit.place.line for hit in hits]
