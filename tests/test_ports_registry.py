"""Collisions and strays among host ports; the seeds' own tables are the first test data."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.errors import PortError
from orchestration.model import PortRequest
from orchestration.ports_registry import (
    Claim,
    PortRange,
    Registry,
    Rule,
    Where,
    check,
    port_error,
    touching,
)
from orchestration.stack import Component, Stack
from orchestration.stackfile import load, port_findings

COLLIDED = Path(__file__).parent / "data" / "collided_ports"


def claim(service: str, name: str, port: int, line: int = 0) -> Claim:
    where = Where(file="s.toml", key=("ports",), line=line) if line else None
    return Claim(service=service, name=name, port=port, where=where)


def pin(service: str, name: str, port: int) -> Claim:
    return Claim(service=service, name=name, port=port, stack=service, component="web")


def stack(service: str, *ports: int) -> Stack:
    requests = tuple(PortRequest(name=f"p{port}", container=1, host=port) for port in ports)
    component = Component(name="web", source="web:1", ports=requests)
    return Stack(name=service, service=service, project=Path("/"), components=(component,))


@pytest.mark.parametrize(
    ("table", "line", "told"),
    [
        (
            "seeds.toml",
            19,
            "host port 19095 is claimed by holmesgpt-api.metrics at seeds.toml:19 and by "
            "aianalysis.metrics at seeds.toml:26",
        ),
        (
            "dd_test_001_v1_9.toml",
            39,
            "host port 15439 is claimed by notification.postgres at dd_test_001_v1_9.toml:39 and "
            "by holmesgpt-api.postgres at dd_test_001_v1_9.toml:49",
        ),
    ],
)
def test_the_collision_in_the_table_is_the_only_finding(
    table: str, line: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(COLLIDED)
    (found,) = port_findings(load(COLLIDED / table))
    assert (found.rule, found.what, str(found.where)) == (
        Rule.COLLISION,
        told,
        f"{table}:{line}",
    )


def test_a_collision_is_an_error_at_the_start_of_both_stacks_and_of_no_other() -> None:
    findings = check(Registry(claims=(claim("a", "http", 18000), claim("b", "http", 18000))))
    assert touching(findings, stack("a", 18000)) == findings
    assert touching(findings, stack("b", 18000)) == findings
    assert touching(findings, stack("c", 18000)) == ()
    assert touching(findings, stack("a", 18001)) == ()


def test_two_names_of_one_service_collide_too() -> None:
    (found,) = check(Registry(claims=(claim("a", "http", 18000), claim("a", "grpc", 18000))))
    assert found.what == "host port 18000 is claimed by a.http and by a.grpc"


def test_the_fix_of_a_collision_names_a_port_that_is_free() -> None:
    (found,) = check(
        Registry(
            ranges=(PortRange(kind="http", first=18000, last=18009),),
            claims=(claim("a", "http", 18000), claim("b", "http", 18000)),
        )
    )
    assert found.fix == "give each a port of its own; 18001 is free for b.http"


def test_a_pin_collides_with_what_another_service_has_registered() -> None:
    (found,) = check(Registry(claims=(claim("a", "http", 18000),), pins=(pin("b", "x", 18000),)))
    assert found.rule is Rule.COLLISION
    assert found.what == (
        "host port 18000 is claimed by a.http and by b (stack b, component web, port x)"
    )


def test_two_stacks_of_one_service_may_pin_one_port() -> None:
    pins = (pin("a", "http", 18000), pin("a", "http", 18000))
    assert check(Registry(pins=pins)) == ()


def test_pins_of_two_services_collide_without_a_registry() -> None:
    (found,) = check(Registry(pins=(pin("a", "http", 18000), pin("b", "http", 18000))))
    assert found.rule is Rule.COLLISION


def test_a_port_outside_of_the_range_of_its_kind_is_found() -> None:
    (found,) = check(
        Registry(
            ranges=(PortRange(kind="http", first=18000, last=18149),),
            kinds={"api": "http"},
            claims=(claim("a", "api", 18150),),
        )
    )
    assert (found.rule, found.what, found.fix) == (
        Rule.OUTSIDE_RANGE,
        "a.api claims 18150, outside of the range http 18000-18149",
        "move it into the range; 18000 is free for a.api",
    )


@pytest.mark.parametrize("port", [18000, 18149])
def test_both_ends_of_a_range_are_in_it(port: int) -> None:
    ranges = (PortRange(kind="http", first=18000, last=18149),)
    assert check(Registry(ranges=ranges, claims=(claim("a", "http", port),))) == ()


def test_a_name_of_no_kind_gets_the_nearest_kind() -> None:
    ranges = (PortRange(kind="postgres", first=15433, last=15442),)
    (found,) = check(Registry(ranges=ranges, claims=(claim("a", "postgre", 15433),)))
    assert (found.rule, found.fix) == (
        Rule.UNKNOWN_KIND,
        "did you mean `postgres`? Otherwise give the name a kind under [ports.kinds]",
    )


def test_names_need_no_kind_where_there_are_no_ranges() -> None:
    assert check(Registry(claims=(claim("a", "anything", 15433),))) == ()


def test_ranges_may_overlap() -> None:
    ranges = (
        PortRange(kind="http", first=18000, last=18149),
        PortRange(kind="grpc", first=18100, last=18199),
    )
    claims = (claim("a", "http", 18100), claim("b", "grpc", 18101))
    assert check(Registry(ranges=ranges, claims=claims)) == ()


def test_a_pinned_port_must_be_registered_where_there_is_a_registry() -> None:
    registry = Registry(claims=(claim("a", "http", 18000),), pins=(pin("a", "admin", 18001),))
    (found,) = check(registry)
    assert (found.rule, found.what) == (
        Rule.UNREGISTERED,
        "a.web pins host port 18001, which is not registered for a",
    )
    assert check(Registry(pins=registry.pins)) == ()


@pytest.mark.parametrize("port", [-1, 0, 65536, 10**30])
def test_a_number_that_is_no_port_is_found(port: int) -> None:
    (found,) = check(Registry(claims=(claim("a", "http", port),)))
    assert (found.rule, found.note) == (Rule.IMPOSSIBLE, False)


def test_a_privileged_port_is_noted_and_stops_nothing() -> None:
    findings = check(Registry(claims=(claim("a", "http", 80),)))
    assert [(each.rule, each.note) for each in findings] == [(Rule.PRIVILEGED, True)]
    assert touching(findings, stack("a", 80)) == ()


def test_findings_come_in_the_order_of_the_file() -> None:
    claims = (claim("a", "http", 0, line=9), claim("b", "http", 70000, line=3))
    assert [str(each.where) for each in check(Registry(claims=claims))] == ["s.toml:3", "s.toml:9"]


def test_a_place_without_a_line_names_its_key() -> None:
    assert str(Where(file="s.toml", key=("ports", "services"))) == "s.toml [ports.services]"


def test_the_next_free_port_skips_claims_and_pins() -> None:
    registry = Registry(
        ranges=(PortRange(kind="http", first=18000, last=18003),),
        claims=(claim("a", "http", 18000), claim("b", "http", 18002)),
        pins=(pin("c", "http", 18001),),
    )
    assert registry.next_free("http") == 18003


def test_a_full_range_has_no_next_free_port() -> None:
    ranges = (PortRange(kind="http", first=18000, last=18000),)
    assert Registry(ranges=ranges, claims=(claim("a", "http", 18000),)).next_free("http") is None


def test_a_kind_without_a_range_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Registry().next_free("http")


def test_allocations_are_listed_by_kind_and_port() -> None:
    registry = Registry(
        ranges=(
            PortRange(kind="postgres", first=15433, last=15442),
            PortRange(kind="http", first=18000, last=18149),
        ),
        kinds={"api": "http"},
        claims=(claim("a", "api", 18080), claim("b", "api", 18000), claim("a", "postgres", 15433)),
    )
    assert [(kind, each.service, each.port) for kind, each in registry.allocations()] == [
        ("postgres", "a", 15433),
        ("http", "b", 18000),
        ("http", "a", 18080),
    ]


def test_one_finding_is_one_error_and_many_are_one_list() -> None:
    findings = check(Registry(claims=(claim("a", "http", 0, line=3), claim("b", "x", 0, line=4))))
    first, *_ = findings
    one = port_error([first])
    assert isinstance(one, PortError)
    assert (
        str(one)
        == "s.toml:3: a.http claims 0, which is no port\n  fix: take a number from 1024 to 65535"
    )
    assert len(str(port_error(findings)).splitlines()) == 1 + len(findings)
