"""A port is for this machine alone, unless the configuration says more: then every run says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.product import Product, client_of

CONFIG = """\
[images.overrides]
"python:3.11-slim" = "localhost/stackwright-python:3.11"

[stacks.store.components.app]
image = "python:3.11-slim"
command = ["python", "/app/app.py"]
volumes = ["app:/app"]
ports.http = { container = 8080, bind = "@" }
env = { PORT = "${self.port.http}", DATABASE_URL = "" }
gate = { kind = "http", path = "/" }
embedded = { command = ["python", "/app/app.py"] }
"""
ON_EVERY_ENGINE = pytest.mark.parametrize(
    "engine",
    [
        "embedded",
        pytest.param("podman", marks=pytest.mark.engine),
        pytest.param("docker", marks=pytest.mark.engine),
    ],
)


@ON_EVERY_ENGINE
@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_port_for_other_machines_is_told(tmp_path: Path, engine: str, form: str) -> None:
    product = Product.at(tmp_path, CONFIG.replace("@", "0.0.0.0"))  # noqa: S104 - told, that is the test
    up = product.run("stack", "up", "--engine", engine, "--progress", form)
    plan = product.run("stack", "plan", "--engine", engine)
    assert product.run("stack", "down").code == 0
    assert up.code == 0, up.err
    told = "port http of app is open to other machines: the configuration binds it to 0.0.0.0"
    assert up.err.count(told) == 1
    assert "open to other machines" in plan.out


@ON_EVERY_ENGINE
def test_a_port_for_this_machine_is_published_nowhere_else(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path, CONFIG.replace(', bind = "@"', ""))
    up = product.run("stack", "up", "--engine", engine, "--progress", "plain")
    try:
        assert up.code == 0, up.err
        assert "other machines" not in up.err + product.run("stack", "plan").out
        (record,) = product.records()
        instance = json.loads(record.read_text())["instances"]["app"]
        assert [each["bind"] for each in instance["ports"]] == ["127.0.0.1"]
        if engine != "embedded":
            client = client_of(engine)
            try:
                bound = client.containers.get(instance["id"]).attrs["NetworkSettings"]["Ports"]
            finally:
                client.close()
            hosts = {each["HostIp"] for found in bound.values() for each in found or ()}
            assert hosts == {"127.0.0.1"}
    finally:
        assert product.run("stack", "down").code == 0
