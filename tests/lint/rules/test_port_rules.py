"""port-collision and unregistered-port."""

from __future__ import annotations

import pytest

from lint.effects import Trace
from lint.facts import ComposeFile, ComposeService, FileFacts, PortUse
from lint.model import Severity, Tier
from lint.program import Span
from lint.rules.port_collision import RULE as COLLISION
from lint.rules.unregistered_port import RULE as UNREGISTERED
from tests.lint.rules.projects import (
    at,
    compose,
    lines,
    project,
    recipe,
    reported,
    start,
    suite,
)

PORTS = {"gateway": {"postgres": 15437}, "notification": {"postgres": 15439}}


def pg(service: str, host: str, tier: Tier = Tier.INTEGRATION) -> Trace:
    return suite(service, start("postgres:16", f"{service}_pg", f"{host}:5432"), tier=tier)


def test_two_services_with_one_port_collide_once() -> None:
    [hit] = reported(COLLISION, project(pg("gateway", "15437"), pg("notification", "15437")))
    assert hit.message == "host port 15437 of notification is also bound by gateway"
    assert hit.severity is Severity.ERROR
    assert hit.services == ("gateway", "notification")
    assert hit.related[0].why == "gateway binds 15437 for `gateway_pg`"


@pytest.mark.parametrize("host", ["0", "", "<?PORT>", "154<?X>"])
def test_ports_that_are_chosen_or_unknown_do_not_collide(host: str) -> None:
    assert not reported(COLLISION, project(pg("gateway", host), pg("notification", host)))


def test_an_address_in_front_of_a_port_does_not_hide_it() -> None:
    of = project(pg("gateway", "127.0.0.1:15437"), pg("notification", "15437"))
    assert len(reported(COLLISION, of)) == 1


def test_ports_of_their_own_do_not_collide() -> None:
    of = project(pg("gateway", "15437"), pg("notification", "15439"), ports=PORTS)
    assert not reported(COLLISION, of)
    assert not reported(UNREGISTERED, of)


def test_the_end_to_end_tier_has_its_own_ports() -> None:
    of = project(pg("gateway", "15437"), pg("notification", "15437", Tier.E2E))
    assert not reported(COLLISION, of)


def test_one_helper_for_two_services_is_shared_not_colliding() -> None:
    shared = at(start("postgres:16", "pg", "15437:5432"), "test/infrastructure/pg.go", 7)
    of = project(suite("gateway", shared), suite("notification", shared), owners={})
    assert not reported(COLLISION, of)


def test_a_service_may_use_its_port_in_several_places() -> None:
    of = project(
        pg("gateway", "15437"), recipe("test", start("pg", "", "15437:5432"), services=("gateway",))
    )
    assert not reported(COLLISION, of)


def test_the_owner_by_the_registry_keeps_the_port() -> None:
    of = project(pg("gateway", "15439"), pg("notification", "15439"), ports=PORTS)
    [hit] = reported(COLLISION, of)
    assert hit.message == "host port 15439 of gateway is also bound by notification"


def test_a_port_of_another_service_by_the_registry_collides() -> None:
    of = project(pg("gateway", "15439"), ports=PORTS)
    [hit] = reported(COLLISION, of)
    assert hit.message == "host port 15439 of gateway is allocated to notification"
    assert not reported(UNREGISTERED, of)


def test_a_registry_that_gives_one_port_twice_is_reported_itself() -> None:
    twice = {"holmesgpt-api": {"postgres": 15439}, "notification": {"postgres": 15439}}
    [hit] = reported(COLLISION, project(ports=twice))
    assert hit.place.path == "stackwright.toml"
    assert hit.message == (
        "the registry gives host port 15439 to holmesgpt-api.postgres and notification.postgres"
    )


def test_a_port_outside_of_the_registry_is_unregistered() -> None:
    [hit] = reported(UNREGISTERED, project(pg("gateway", "16399"), ports=PORTS))
    assert hit.message == "host port 16399 (`gateway_pg`) of gateway is not in the registry"


def test_without_a_registry_no_port_is_unregistered() -> None:
    assert not reported(UNREGISTERED, project(pg("gateway", "16399")))


def stack(port: int) -> FileFacts:
    service = ComposeService("pg", Span(2), ports=(PortUse("pg", port, Span(4)),))
    return FileFacts("yaml", compose=(ComposeFile(Span(1), (service,)),))


def test_compose_files_bind_ports_too() -> None:
    files = {
        "test/integration/gateway/compose.yml": stack(15437),
        "test/integration/notification/compose.yml": stack(15437),
    }
    runs = [
        suite(name, compose("docker compose", "up", f"test/integration/{name}/compose.yml"))
        for name in ("gateway", "notification")
    ]
    owners = {path: (path.split("/")[2],) for path in files}
    [hit] = reported(COLLISION, project(*runs, files=files, owners=owners))
    assert (hit.place.path, hit.place.line) == ("test/integration/notification/compose.yml", 4)


def test_constants_of_the_set_up_code_are_claims() -> None:
    path = "test/infrastructure/ports.go"
    facts = FileFacts(
        "go",
        ports=(
            PortUse("GatewayPostgresPort", 15437, Span(3)),
            PortUse("NotificationPostgresPort", 15437, Span(4)),
            PortUse("GatewayE2EPort", 25437, Span(5)),
            PortUse("NotificationE2EPort", 25437, Span(6)),
            PortUse("GatewayContainerPort", 5432, Span(7)),
            PortUse("NotificationContainerPort", 5432, Span(8)),
        ),
    )
    trace = suite("gateway", at(start("postgres:16", "pg", "<?port>:5432"), path, 20))
    of = project(trace, files={path: facts}, owners={path: ()})
    assert lines(reported(COLLISION, of)) == [4]
