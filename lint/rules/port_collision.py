"""port-collision: two services of the integration tier bind one host port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.model import Place, Related, Severity, Tier
from lint.project import Project
from lint.rules.port_claims import PortClaim, port_claims, registry_place
from lint.rules.rule import Example, Hit, Rule
from lint.rules.sightings import listed


def check(project: Project) -> Iterator[Hit]:
    """Each port that several services claim at different places, once for each but the first."""
    yield from _in_registry(project)
    claims: dict[int, dict[tuple[str, int], list[PortClaim]]] = {}
    for claim in port_claims(project):
        places = claims.setdefault(claim.number, {})
        places.setdefault((claim.origin.path, claim.origin.line), []).append(claim)
    for number, places in sorted(claims.items()):
        yield from _of_port(project, number, list(places.values()))


def _of_port(project: Project, number: int, places: list[list[PortClaim]]) -> Iterator[Hit]:
    allocated = _allocated(project, number)
    ordered = sorted(places, key=lambda group: (not _owns(group, allocated), group[0].place))
    taken: dict[str, PortClaim] = {}
    for group in ordered:
        services = tuple(sorted({claim.service for claim in group}))
        others = tuple(sorted(taken.keys() - {*services}))
        foreign = tuple(sorted(allocated - {*services}))
        shown = f"host port {number} of {listed(services)}"
        if taken.keys() & {*services}:
            pass
        elif others:
            first = taken[others[0]]
            yield _hit(
                group,
                f"{shown} is also bound by {listed(others)}",
                {*services, *others},
                Related(place=first.place, why=f"{first.service} binds {number} for {first.what}"),
            )
        elif allocated and not allocated & {*services}:
            yield _hit(
                group,
                f"{shown} is allocated to {listed(foreign)}",
                {*services, *foreign},
                Related(place=registry_place(project), why="the registry of ports"),
            )
        for claim in group:
            taken.setdefault(claim.service, claim)


def _hit(group: list[PortClaim], message: str, services: set[str], *related: Related) -> Hit:
    worst = max(group, key=lambda one: one.severity.rank)
    return Hit(
        place=worst.place,
        message=message,
        severity=worst.severity,
        related=related,
        services=tuple(sorted(services)),
        tier=worst.tier,
        reachable=True,
        key=f"{worst.place.path}|{worst.number}",
    )


def _owns(group: list[PortClaim], allocated: set[str]) -> bool:
    return any(claim.service in allocated for claim in group)


def _allocated(project: Project, number: int) -> set[str]:
    return {service for service, ports in project.ports.items() if number in ports.values()}


def _in_registry(project: Project) -> Iterator[Hit]:
    """One number that the registry gives to two services."""
    given: dict[int, list[tuple[str, str]]] = {}
    for service, ports in sorted(project.ports.items()):
        for name, number in sorted(ports.items()):
            given.setdefault(number, []).append((service, name))
    at: Place = registry_place(project)
    for number, holders in sorted(given.items()):
        services = tuple(dict.fromkeys(service for service, _ in holders))
        if len(services) > 1:
            shown = tuple(f"{service}.{name}" for service, name in holders)
            yield Hit(
                place=at,
                message=f"the registry gives host port {number} to {listed(shown)}",
                services=services,
                tier=Tier.INTEGRATION,
                reachable=True,
                key=f"registry|{number}",
            )


RULE: Final = Rule(
    name="port-collision",
    code="SW801",
    requirement="R8",
    severity=Severity.ERROR,
    summary="Two services of the integration tier bind the same host port.",
    why=(
        "Their suites cannot run at the same time on one machine: the second start fails, or, "
        "worse, its tests talk to the first one's database."
    ),
    remedy="Give each service its own ports and write them into the `[ports]` registry.",
    check=check,
    examples=(
        Example(
            title="Two suites, one port",
            files={
                "services/gateway/tests/integration/conftest.py": """\
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def postgres():
    subprocess.run(
        ["podman", "run", "-d", "--name", "gateway_pg", "-p", "15437:5432", "postgres:16"],
        check=True,
    )
    yield
    subprocess.run(["podman", "rm", "-f", "gateway_pg"], check=True)
""",
                "services/gateway/tests/integration/test_it.py": """\
def test_it(postgres):
    assert True
""",
                "services/notification/tests/integration/conftest.py": """\
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def postgres():
    subprocess.run(
        ["podman", "run", "-d", "--name", "note_pg", "-p", "15437:5432", "postgres:16"], ◄
        check=True,
    )
    yield
    subprocess.run(["podman", "rm", "-f", "note_pg"], check=True)
""",
                "services/notification/tests/integration/test_it.py": """\
def test_it(postgres):
    assert True
""",
            },
        ),
        Example(
            title="Fine: ports of their own, and ports that the engine chooses",
            files={
                "services/gateway/tests/integration/conftest.py": """\
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def postgres():
    subprocess.run(["podman", "run", "-d", "-p", "15437:5432", "postgres:16"], check=True)
    subprocess.run(["podman", "run", "-d", "-p", "0:6379", "redis:7"], check=True)
    yield
""",
                "services/gateway/tests/integration/test_it.py": """\
def test_it(postgres):
    assert True
""",
                "services/notification/tests/integration/conftest.py": """\
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def postgres():
    subprocess.run(["podman", "run", "-d", "-p", "15439:5432", "postgres:16"], check=True)
    subprocess.run(["podman", "run", "-d", "-p", "0:6379", "redis:7"], check=True)
    yield
""",
                "services/notification/tests/integration/test_it.py": """\
def test_it(postgres):
    assert True
""",
            },
        ),
    ),
)
