"""Which service binds which host port: in what it starts, in its compose files, in constants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lint.effects import Compose, Start
from lint.model import Place, Severity, Tier
from lint.project import Project, place
from lint.rules.compose_use import compose_files, uses
from lint.rules.scope import of_tests, staged
from lint.rules.territory import of_end_to_end

_NOISE: Final = re.compile(r"[^a-z0-9]")
_ALLOCATED: Final = 10_000
"""Constants below are as often ports inside containers (5432, 6379, 8080)."""
_PORT: Final = re.compile(r"port", re.IGNORECASE)
_SETTINGS: Final = ("stackwright.toml", "pyproject.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class PortClaim:
    """A host port that a service's tests bind. `origin` is the place that all users share: one
    helper that serves several services is one claim, not a collision."""

    service: str
    number: int
    place: Place
    origin: Place
    tier: Tier
    severity: Severity
    what: str = ""
    """What is bound: an image, a compose service, a constant's name."""


def port_claims(project: Project) -> Iterator[PortClaim]:
    """Every claim of a live integration or other test program."""
    yield from _started(project)
    yield from _composed(project)
    yield from _constants(project)


def registry_place(project: Project) -> Place:
    """Where the registry is written down."""
    return Place(next((one for one in _SETTINGS if one in project.paths), _SETTINGS[0]), 1)


def _started(project: Project) -> Iterator[PortClaim]:
    for trace in project.live:
        severity = of_tests(trace, Severity.ERROR)
        if severity is None:
            continue
        for effect in staged(trace):
            if not isinstance(effect, Start):
                continue
            services = _owners(project, effect.decided.path) or trace.entry.services
            for host, _ in effect.ports:
                number = _number(host.known)
                where = host.at or effect.decided
                for service in services if number else ():
                    yield PortClaim(
                        service=service,
                        number=number,
                        place=where,
                        origin=where,
                        tier=trace.entry.tier,
                        severity=severity,
                        what=_image(effect),
                    )


def _composed(project: Project) -> Iterator[PortClaim]:
    files = compose_files(project)
    for use in uses(project, files):
        severity = of_tests(use.trace, Severity.ERROR)
        if severity is None:
            continue
        services = _owners(project, use.path) or use.trace.entry.services
        for one in files[use.path].services:
            for port in one.ports:
                where = place(use.path, port.at)
                for service in services if port.number else ():
                    yield PortClaim(
                        service=service,
                        number=port.number,
                        place=where,
                        origin=where,
                        tier=use.trace.entry.tier,
                        severity=severity,
                        what=one.name,
                    )


def _constants(project: Project) -> Iterator[PortClaim]:
    """Named constants of the files that a suite passes through when it starts containers."""
    done: set[str] = set()
    for trace in project.live:
        severity = of_tests(trace, Severity.ERROR)
        if severity is None or not any(isinstance(one, Start | Compose) for one in trace.effects):
            continue
        through = {effect.at.path for effect in trace.effects}
        through |= {step.defined.path for effect in trace.effects for step in effect.chain}
        for path in sorted(through - done):
            done.add(path)
            owners = _owners(project, path)
            facts = project.files.get(path)
            if facts is None or of_end_to_end(path):
                continue
            for port in facts.ports:
                service = _owner(project, port.name, owners)
                if port.number < _ALLOCATED or not _PORT.search(port.name) or not service:
                    continue
                where = place(path, port.at)
                yield PortClaim(
                    service=service,
                    number=port.number,
                    place=where,
                    origin=where,
                    tier=trace.entry.tier,
                    severity=severity,
                    what=f"`{port.name}`",
                )


def _owner(project: Project, constant: str, owners: tuple[str, ...]) -> str:
    """The service that a constant's name tells, else the only owner of its file."""
    told = _NOISE.sub("", constant.lower())
    if of_end_to_end(f"_{constant}_") or "e2e" in told:
        return ""
    named = [
        service.name
        for service in project.services
        if any(
            len(name) > 2 and told.startswith(name)
            for name in (*service.names, _NOISE.sub("", service.name.lower()))
        )
    ]
    if len(named) == 1 and len(owners) != 1:
        return named[0]
    return owners[0] if len(owners) == 1 else ""


def _owners(project: Project, path: str) -> tuple[str, ...]:
    return tuple(project.attribution.get(path, ()))


def _number(known: str | None) -> int:
    """A fixed port; 0 for one that the engine chooses or that is not known."""
    digits = (known or "").strip().rpartition(":")[2]
    number = int(digits) if digits.isascii() and digits.isdecimal() else 0
    return number if 0 < number < 1 << 16 else 0


def _image(start: Start) -> str:
    for word in (start.name, start.image):
        if word and not word[0].opaque:
            return f"`{word[0].shown}`"
    return "a container"
