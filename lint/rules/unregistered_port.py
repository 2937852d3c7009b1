"""unregistered-port: a host port that the registry does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.model import Related, Severity
from lint.project import Project
from lint.rules.port_claims import PortClaim, port_claims, registry_place
from lint.rules.rule import Example, Hit, Rule
from lint.rules.sightings import listed


def check(project: Project) -> Iterator[Hit]:
    """Nothing where no registry is configured; a port of another service is a collision."""
    if not project.ports:
        return
    known = {number for ports in project.ports.values() for number in ports.values()}
    places: dict[tuple[str, int, int], list[PortClaim]] = {}
    for claim in port_claims(project):
        if claim.number not in known:
            key = (claim.place.path, claim.place.line, claim.number)
            places.setdefault(key, []).append(claim)
    for _, group in sorted(places.items()):
        first = max(group, key=lambda one: one.severity.rank)
        services = tuple(sorted({claim.service for claim in group}))
        yield Hit(
            place=first.place,
            message=(
                f"host port {first.number} ({first.what}) of {listed(services)} "
                "is not in the registry"
            ),
            severity=first.severity,
            related=(Related(place=registry_place(project), why="the registry of ports"),),
            services=services,
            tier=first.tier,
            reachable=True,
            key=f"{first.place.path}|{first.number}",
        )


RULE: Final = Rule(
    name="unregistered-port",
    code="SW802",
    requirement="R8",
    severity=Severity.ERROR,
    summary="A host port is bound that the port registry does not list.",
    why=(
        "The registry can only keep two services apart if every port is in it. It is judged only "
        "where `stackwright.toml` has a `[ports]` table."
    ),
    remedy="Add the port to `[ports.services.<name>]`, or use the one that is allocated there.",
    check=check,
    examples=(
        Example(
            title="One port is registered, the other is not",
            files={
                "stackwright.toml": """\
[services.gateway]
paths = ["services/gateway/**"]

[ports.services.gateway]
postgres = 15437
""",
                "services/gateway/tests/integration/conftest.py": """\
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def stack():
    subprocess.run(["podman", "run", "-d", "-p", "15437:5432", "postgres:16"], check=True)
    subprocess.run(["podman", "run", "-d", "-p", "16399:6379", "redis:7"], check=True) ◄
    yield
""",
                "services/gateway/tests/integration/test_it.py": """\
def test_it(stack):
    assert True
""",
            },
        ),
        Example(
            title="Fine: no registry",
            files={
                "services/gateway/tests/integration/conftest.py": """\
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def stack():
    subprocess.run(["podman", "run", "-d", "-p", "15437:5432", "postgres:16"], check=True)
    yield
""",
                "services/gateway/tests/integration/test_it.py": """\
def test_it(stack):
    assert True
""",
            },
        ),
    ),
)
