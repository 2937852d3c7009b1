"""The reference platform's configuration, and the tables it was made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.ports_registry import Rule
from orchestration.project import Project
from orchestration.stack import Build, Stack
from orchestration.stackfile import load, port_findings

ROOT = Path(__file__).parents[3]
COLLIDED = ROOT / "tests" / "data" / "collided_ports"
CONSUMERS = (
    "aianalysis",
    "datastorage",
    "gateway",
    "holmesgpt-api",
    "notification",
    "remediationorchestrator",
    "signalprocessing",
    "workflowexecution",
)


@pytest.fixture(scope="module")
def project() -> Project:
    return load(ROOT / "examples" / "platform" / "stackwright.toml")


@pytest.fixture(params=CONSUMERS)
def stack(request: pytest.FixtureRequest, project: Project) -> Stack:
    return project.stack(request.param, {})


def test_all_eight_services_have_a_stack_of_their_own(project: Project) -> None:
    assert sorted(project.stacks.items()) == [(name, name) for name in CONSUMERS]
    assert set(project.services) == set(CONSUMERS)


def test_every_stack_begins_with_the_bootstrap_in_its_order(stack: Stack) -> None:
    names = [component.name for component in stack.components]
    bootstrap = ["postgres", "migrations", "redis", "datastorage"]
    if stack.name == "gateway":
        bootstrap.remove("redis")

    assert names[: len(bootstrap)] == bootstrap


def test_every_component_runs_in_a_container_and_as_a_process(stack: Stack) -> None:
    for component in stack.components:
        assert component.source is not None, component.name
        assert component.embedded is not None, component.name
        if isinstance(component.source, Build):
            assert (component.source.context / component.source.containerfile).is_file()


def test_every_host_port_is_pinned_by_the_registry(stack: Stack, project: Project) -> None:
    registered = {claim.port for claim in project.ports.claims if claim.service == stack.service}
    pinned = {port.host for component in stack.components for port in component.ports}

    assert pinned <= registered
    assert len(pinned) == sum(len(component.ports) for component in stack.components)


def test_what_consumers_add_comes_after_datastorage(project: Project) -> None:
    def added(name: str) -> list[str]:
        return [component.name for component in project.stack(name, {}).components][4:]

    assert added("aianalysis") == ["holmesgpt-api"]
    assert added("holmesgpt-api") == ["embedding", "holmesgpt-api"]


def test_the_platform_has_no_port_finding(project: Project) -> None:
    assert port_findings(project) == ()


@pytest.mark.parametrize(
    ("table", "port", "services"),
    [
        ("seeds.toml", 19095, {"holmesgpt-api", "aianalysis"}),
        ("dd_test_001_v1_9.toml", 15439, {"holmesgpt-api", "notification"}),
    ],
)
def test_the_collisions_of_the_original_tables_are_found(
    table: str, port: int, services: set[str]
) -> None:
    findings = port_findings(load(COLLIDED / table))

    assert [finding.rule for finding in findings] == [Rule.COLLISION]
    assert {claim.port for claim in findings[0].claims} == {port}
    assert {claim.service for claim in findings[0].claims} == services
