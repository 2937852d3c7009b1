"""The accesses of a platform beside the Services of its manifests."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.cluster.access_check import check_accesses
from orchestration.cluster.manifest import Manifest, Place
from orchestration.errors import ConfigError
from orchestration.platform import Access, Platform

PORTS = (
    {"name": "http", "port": 80, "targetPort": 8080},
    {"port": 9090},
    {"name": "dns", "port": 53, "protocol": "UDP"},
)


def service(*ports: object, name: str = "api", line: int = 3, **spec: object) -> Manifest:
    return Manifest(
        api_version="v1",
        kind="Service",
        name=name,
        namespace=None,
        body={"spec": {"ports": ports, **spec}},
        place=Place(path=Path("deploy/api.yaml"), line=line),
    )


def check(*services: Manifest, **ports: int) -> None:
    """With an access to each port of Service `api`, named as the keyword says."""
    platform = Platform(
        name="shop",
        service="shop",
        project=Path(),
        access=tuple(Access(name=name, service="api", port=port) for name, port in ports.items()),
    )
    check_accesses(platform, services)


@pytest.mark.parametrize(
    ("port", "meant"),
    [
        (8080, "did you mean `80`?"),
        (9091, "did you mean `9090`?"),
        (53, "there is `80`, `9090`"),
        (7, "there is `80`, `9090`"),
    ],
)
def test_a_port_that_the_service_does_not_have_is_told(port: int, meant: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(service(*PORTS), web=port)
    told = caught.value
    assert told.what == f"deploy/api.yaml:3: Service api has no TCP port {port}"
    assert told.why == "it has 80/TCP (http), 9090/TCP, 53/UDP (dns)"
    assert told.fix.startswith(f"{meant} (`web.port` in [e2e.shop.access]: ")


def test_all_of_them_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        check(service(*PORTS), web=81, admin=9000, fine=9090)
    assert "has no TCP port 81; " in caught.value.what
    assert "has no TCP port 9000; " in caught.value.what
    assert "9090;" not in caught.value.what


def test_a_service_without_ports_says_so() -> None:
    with pytest.raises(ConfigError) as caught:
        check(service(clusterIP="None"), web=80)
    assert caught.value.why == "it has none"
    assert "add the port to the Service" in caught.value.fix


def test_another_name_for_a_host_is_no_way_to_it() -> None:
    alias = service({"port": 80}, type="ExternalName", externalName="db.example.com")
    with pytest.raises(ConfigError, match=r"only another name for db\.example\.com") as caught:
        check(alias, web=80)
    assert "remove access `web` from [e2e.shop.access]" in caught.value.fix


def test_one_of_several_namespaces_may_have_the_port() -> None:
    check(service({"port": 81}), service({"port": 80}, line=9), web=80)


def test_what_the_api_server_refuses_is_left_to_it() -> None:
    check(service({"port": "80"}), web=80)


def test_without_any_service_something_may_make_it_later() -> None:
    check(web=80)
