"""Quirks come from what the engine says of itself, and from nothing else."""

from __future__ import annotations

from orchestration.engines.engine_address import Address
from orchestration.engines.engine_quirks import docker_quirks, podman_quirks, quirks_at


def test_a_podman_without_systemd_runs_no_health_checks() -> None:
    host = {"cgroupManager": "cgroupfs", "cgroupVersion": "v1", "networkBackend": "cni"}
    health, memory, names = podman_quirks({"host": {**host, "security": {"rootless": False}}})
    assert "HEALTHCHECK" in health
    assert "137" in memory
    assert "dnsname" in names


def test_a_podman_with_everything_has_none() -> None:
    host = {"cgroupManager": "systemd", "cgroupVersion": "v2", "networkBackend": "netavark"}
    assert list(podman_quirks({"host": host})) == []


def test_a_rootless_engine_cannot_publish_low_ports() -> None:
    podman = {"host": {"cgroupManager": "systemd", "security": {"rootless": True}}}
    docker = {"SecurityOptions": ["name=seccomp", "name=rootless"]}
    assert any("1024" in each for each in podman_quirks(podman))
    assert any("1024" in each for each in docker_quirks(docker))


def test_dockers_own_warnings_are_passed_on() -> None:
    found = list(docker_quirks({"CgroupVersion": "2", "Warnings": ["WARNING: No swap limit"]}))
    assert "the engine warns: No swap limit" in found
    assert any("classic builder" in each for each in found)


def test_an_engine_that_says_nothing_has_only_its_distance() -> None:
    near = Address(rule="t", url="unix:///nowhere/at/all.sock")
    far = Address(rule="t", url="tcp://127.0.0.1:1")
    assert quirks_at("podman", near) == ()
    assert [each.partition(":")[0] for each in quirks_at("docker", far)] == ["remote"]
