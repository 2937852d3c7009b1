"""Which service owns which host port: ranges per kind, claims, and what is wrong among them.

The requirement is R8 `unique-ports`: host ports as allocated, and no two services share one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from orchestration.errors import PortError
from orchestration.nearest import suggest
from orchestration.stack import Stack

LAST_PORT: Final = 65535
FIRST_FREE_FOR_ALL: Final = 1024
"""Ports below need privileges on Linux (ip_unprivileged_port_start)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The place in a configuration that says something. `line` 0: not looked up."""

    file: str
    key: tuple[str, ...]
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else f"{self.file} [{'.'.join(self.key)}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortRange:
    """The host ports of one kind, both ends included."""

    kind: str
    first: int
    last: int
    where: Where | None = None

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return f"{self.kind} {self.first}-{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A service's claim on a host port.

    `stack` and `component` are "" for a line of the registry, and set for a port that a stack pins
    by number.
    """

    service: str
    name: str
    port: int
    where: Where | None = None
    stack: str = ""
    component: str = ""

    @property
    def pinned(self) -> bool:
        """Whether a stack says so, not the registry."""
        return bool(self.stack)

    def __str__(self) -> str:
        what = (
            f"{self.service} (stack {self.stack}, component {self.component}, port {self.name})"
            if self.pinned
            else f"{self.service}.{self.name}"
        )
        return f"{what} at {self.where}" if self.where is not None else what


class Rule(StrEnum):
    """What can be wrong with a claim."""

    COLLISION = "collision"
    OUTSIDE_RANGE = "outside-range"
    UNKNOWN_KIND = "unknown-kind"
    UNREGISTERED = "unregistered"
    IMPOSSIBLE = "impossible"
    PRIVILEGED = "privileged"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortFinding:
    """Something wrong with `claims`, the one to change first. A note leaves the exit code alone."""

    rule: Rule
    what: str
    fix: str
    claims: tuple[Claim, ...]

    @property
    def note(self) -> bool:
        """Whether it is only worth knowing."""
        return self.rule is Rule.PRIVILEGED

    @property
    def where(self) -> Where | None:
        """Where the first claim stands."""
        return self.claims[0].where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where is not None else ""
        return f"{place}{self.rule}: {self.what}; {self.fix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The allocation of host ports. `kinds` maps a port's name to its kind where they differ.

    `claims` are the registry's lines; `pins` what stacks pin by number.
    """

    ranges: tuple[PortRange, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    claims: tuple[Claim, ...] = ()
    pins: tuple[Claim, ...] = ()

    def port_of(self, service: str, name: str) -> int | None:
        """The registered port, or None."""
        for claim in self.claims:
            if claim.service == service and claim.name == name:
                return claim.port
        return None

    def range_of(self, name: str) -> PortRange | None:
        """The range that a port of this name must lie in, or None when none is declared."""
        kind = self.kinds.get(name, name)
        return next((each for each in self.ranges if each.kind == kind), None)

    def allocations(self) -> tuple[tuple[str, Claim], ...]:
        """All claims as (kind, claim), by kind in the order of the ranges, then by port."""
        order = {each.kind: index for index, each in enumerate(self.ranges)}
        rows = [(self.kinds.get(claim.name, claim.name), claim) for claim in self.claims]
        return tuple(
            sorted(rows, key=lambda row: (order.get(row[0], len(order)), row[0], row[1].port))
        )

    def next_free(self, kind: str) -> int | None:
        """The first port of the kind's range that nobody claims or pins, or None.

        Raises KeyError for a kind without a range.
        """
        for each in self.ranges:
            if each.kind == kind:
                taken = {claim.port for claim in (*self.claims, *self.pins)}
                return next((p for p in range(each.first, each.last + 1) if p not in taken), None)
        raise KeyError(kind)


def check(registry: Registry) -> tuple[PortFinding, ...]:
    """Everything wrong, in the order of the file as far as lines are known."""
    found = [
        *_impossible(registry),
        *_collisions(registry),
        *_outside_range(registry),
        *_unregistered(registry),
    ]
    return tuple(sorted(found, key=lambda each: each.where.line if each.where else 0))


def touching(findings: Iterable[PortFinding], stack: Stack) -> tuple[PortFinding, ...]:
    """The findings, notes left out, about a host port that `stack` is about to publish."""
    wanted = {request.host for component in stack.components for request in component.ports} - {
        None
    }
    return tuple(
        each
        for each in findings
        if not each.note
        and any(claim.service == stack.service and claim.port in wanted for claim in each.claims)
    )


def port_error(findings: Iterable[PortFinding]) -> PortError:
    """One PortError that tells all of `findings`."""
    match list(findings):
        case [only]:
            return PortError(
                f"{only.where}: {only.what}" if only.where else only.what, fix=only.fix
            )
        case many:
            head = f"{len(many)} host ports cannot be used as declared:"
            return PortError("\n  ".join([head, *map(str, many)]))


def _impossible(registry: Registry) -> Iterator[PortFinding]:
    for claim in (*registry.claims, *registry.pins):
        if not 1 <= claim.port <= LAST_PORT:
            yield PortFinding(
                rule=Rule.IMPOSSIBLE,
                what=f"{claim.service}.{claim.name} claims {claim.port}, which is no port",
                fix=f"take a number from {FIRST_FREE_FOR_ALL} to {LAST_PORT}",
                claims=(claim,),
            )
        elif claim.port < FIRST_FREE_FOR_ALL:
            yield PortFinding(
                rule=Rule.PRIVILEGED,
                what=f"{claim.service}.{claim.name} claims {claim.port}; ports below "
                f"{FIRST_FREE_FOR_ALL} need privileges, which rootless engines do not have",
                fix=f"take a number from {FIRST_FREE_FOR_ALL} on",
                claims=(claim,),
            )


def _collisions(registry: Registry) -> Iterator[PortFinding]:
    by_port: dict[int, list[Claim]] = {}
    for claim in (*registry.claims, *registry.pins):
        by_port.setdefault(claim.port, []).append(claim)
    for port, claims in by_port.items():
        registered = [claim for claim in claims if not claim.pinned]
        owners = {claim.service for claim in claims}
        if len(owners) < 2 and len(registered) < 2:
            continue
        first, *others = _one_per(claims, _owner if len(owners) > 1 else _name)
        told = " and by ".join(map(str, (first, *others)))
        yield PortFinding(
            rule=Rule.COLLISION,
            what=f"host port {port} is claimed by {told}",
            fix="give each a port of its own" + _free_hint(registry, others[-1]),
            claims=(first, *others),
        )


def _owner(claim: Claim) -> str:
    return claim.service


def _name(claim: Claim) -> str:
    return "" if claim.pinned else claim.name


def _one_per(claims: list[Claim], key: Callable[[Claim], str]) -> list[Claim]:
    found: dict[str, Claim] = {}
    for claim in claims:
        if key(claim):
            found.setdefault(key(claim), claim)
    return list(found.values())


def _outside_range(registry: Registry) -> Iterator[PortFinding]:
    if not registry.ranges:
        return
    for claim in registry.claims:
        allowed = registry.range_of(claim.name)
        if allowed is None:
            yield PortFinding(
                rule=Rule.UNKNOWN_KIND,
                what=f"{claim.service}.{claim.name} is of no kind that has a range",
                fix=f"{suggest(claim.name, [each.kind for each in registry.ranges])} Otherwise "
                f"give the name a kind under [ports.kinds]",
                claims=(claim,),
            )
        elif claim.port not in allowed:
            yield PortFinding(
                rule=Rule.OUTSIDE_RANGE,
                what=f"{claim.service}.{claim.name} claims {claim.port}, outside of the range "
                f"{allowed}",
                fix="move it into the range" + _free_hint(registry, claim),
                claims=(claim,),
            )


def _unregistered(registry: Registry) -> Iterator[PortFinding]:
    if not registry.claims:
        return
    owner_of = {claim.port: claim.service for claim in registry.claims}
    for pin in registry.pins:
        if pin.port not in owner_of:
            yield PortFinding(
                rule=Rule.UNREGISTERED,
                what=f"{pin.stack}.{pin.component} pins host port {pin.port}, which is not "
                f"registered for {pin.service}",
                fix=f"add `{pin.name} = {pin.port}` to [ports.services.{pin.service}], or leave "
                "`host` out and the engine chooses",
                claims=(pin,),
            )


def _free_hint(registry: Registry, claim: Claim) -> str:
    allowed = registry.range_of(claim.name)
    free = registry.next_free(allowed.kind) if allowed is not None else None
    return f"; {free} is free for {claim.service}.{claim.name}" if free is not None else ""
