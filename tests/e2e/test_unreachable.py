"""One cluster that cannot be asked hides nothing of what else is up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Run
from tests.e2e.shop import CONFIG, Shop
from tests.e2e.test_stack import STORE
from tests.kube.kube_double import KubeDouble

OTHER = '\n[e2e.other]\nmanifests = ["manifests"]\n'
LOCAL = """
[stacks.local.components.app]
image = "python:3.11-slim"
command = ["python", "-m", "http.server", "${self.port.http}"]
ports.http = 8080
gate = { kind = "tcp", port = "http" }
embedded = { command = ["python", "-m", "http.server", "${self.port.http}"] }
"""
UP = ("up", "--progress", "quiet")


@pytest.fixture
def shop(tmp_path: Path, cluster: KubeDouble) -> Shop:
    """Two platforms, a stack for the cluster and one for this machine."""
    return Shop.at(tmp_path, cluster, CONFIG + OTHER + STORE + LOCAL)


def test_of_platforms(run: Run, shop: Shop) -> None:
    gone = shop.cluster.write_kubeconfig(shop.kubeconfig.with_name("gone"), context="gone")
    assert run("e2e", *UP, "--service", "shop", "--kubeconfig", str(gone)).code == 0
    assert run("e2e", *UP, "--service", "other").code == 0
    gone.write_text(gone.read_text().replace(shop.cluster.url, "http://127.0.0.1:1"))

    told = run("e2e", "status")
    assert told.code == 13
    assert "  not known: the API server http://127.0.0.1:1 (context gone)" in told.out
    assert "  Deployment api  ready  1 of 1 ready\n" in told.out
    assert told.err.count("cannot be reached") == 1
    seen = json.loads(run("e2e", "status", "--json").out)["runs"]
    assert {each["platform"]: bool(each["problem"]) for each in seen} == {
        "shop": True,
        "other": False,
    }

    down = run("e2e", "down", "--all")
    assert down.code == 13
    assert "(context gone) cannot be reached" in down.err
    (left,) = shop.namespaces()
    assert left.startswith("stackwright-shop-")
    (record,) = shop.product.records()
    record.unlink()
    assert run("e2e", "status").err == "nothing is up\n"


def test_of_stacks(run: Run, shop: Shop) -> None:
    there = shop.kubeconfig.read_text()
    assert run("stack", *UP, "--service", "store", "--engine", "kubernetes").code == 0
    assert run("stack", *UP, "--service", "local", "--engine", "embedded").code == 0
    shop.unreachable()

    told = run("stack", "status")
    assert told.code == 13
    assert "local: up, on embedded" in told.out
    assert "  not known: the API server" in told.out
    seen = json.loads(run("stack", "status", "--json").out)
    assert [each["stack"] for each in seen["runs"]] == ["local"]
    assert "cannot be reached" in seen["on_clusters"][0]["problem"]

    shop.kubeconfig.write_text(there)
    for name in ("local", "store"):
        assert run("stack", "down", "--service", name).code == 0
    assert shop.left() == []
