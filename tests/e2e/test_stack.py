"""A stack that has outgrown one machine: the same configuration, on Kubernetes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Run
from tests.e2e.shop import Shop
from tests.kube.behaviours import BadConfig, Ends, Runs
from tests.kube.kube_double import KubeDouble

STORE = """\
[stacks.store.components.postgres]
image = "postgres:16-alpine"
ports.postgres = 5432
env = { POSTGRES_PASSWORD = "planted-secret-1" }
gate = { kind = "tcp", port = "postgres" }

[stacks.store.components.migrations]
image = "postgres:16-alpine"
command = ["psql", "-f", "/migrations/001.sql"]
volumes = ["migrations:/migrations"]
env = { PGHOST = "${postgres.host}", PGPASSWORD = "planted-secret-1" }
one_shot = true
"""


@pytest.fixture
def shop(tmp_path: Path, cluster: KubeDouble) -> Shop:
    """A project with a stack, and no platform."""
    return Shop.at(tmp_path, cluster, STORE)


def test_a_stack_comes_up_is_looked_at_and_goes(run: Run, shop: Shop) -> None:
    up = run("stack", "up", "--engine", "kubernetes")
    assert up.code == 0, up.err
    (namespace,) = shop.namespaces()
    assert up.out == (
        f"postgres  kubectl --context double -n {namespace} port-forward service/postgres 5432\n"
    )
    status = run("stack", "status")
    assert status.code == 0
    assert "  Deployment postgres  ready  1 of 1 ready\n" in status.out
    assert "  Job migrations       ready  1 of 1 succeeded\n" in status.out
    assert run("e2e", "status").err == "nothing is up\n"
    (seen,) = json.loads(run("stack", "status", "--json").out)["on_clusters"]
    assert seen["namespace"] == namespace
    assert run("stack", "logs", "--component", "migrations").out == "done\n"
    down = run("stack", "down")
    assert (down.code, down.out) == (0, ""), down.err
    assert shop.left() == []


def test_one_that_is_up_is_told_with_the_command_that_ends_it(run: Run, shop: Shop) -> None:
    assert run("stack", "up", "--engine", "kubernetes").code == 0
    for engine in ("kubernetes", "embedded"):
        again = run("stack", "up", "--engine", engine)
        assert again.code == 4
        assert "stack store is already up" in again.err
        assert "fix: `stackwright stack down` to remove it first" in again.err
    assert len(shop.namespaces()) == 1


def test_neither_clean_touches_it(run: Run, shop: Shop) -> None:
    assert run("stack", "up", "--engine", "kubernetes").code == 0
    before = (shop.namespaces(), shop.product.records())
    run("stack", "clean")
    told = run("e2e", "clean")
    assert told.code == 0
    assert "it is kept until `stack down`" in told.out
    assert (shop.namespaces(), shop.product.records()) == before


def test_its_environment_is_not_told_as_if_there_was_none(run: Run, shop: Shop) -> None:
    assert run("stack", "up", "--engine", "kubernetes").code == 0
    told = run("stack", "env")
    assert (told.code, told.out) == (2, "")
    assert "stack store is on a cluster" in told.err


def test_its_logs_show_no_secret(run: Run, shop: Shop) -> None:
    log = "listening with planted-secret-1\n"
    shop.cluster.script.behave("Deployment/postgres", Runs(log=log))
    assert run("stack", "up", "--engine", "kubernetes").code == 0
    assert run("stack", "logs", "--component", "postgres").out == "listening with ***\n"


def test_its_status_shows_no_secret(run: Run, shop: Shop) -> None:
    assert run("stack", "up", "--engine", "kubernetes").code == 0
    said = BadConfig(message="cannot use planted-secret-1")
    shop.cluster.script.behave("Deployment/postgres", said, now=True)
    shop.cluster.settle()
    for words in ((), ("--json",)):
        told = run("stack", "status", *words)
        assert told.code == 8
        assert "cannot use ***" in told.out
        assert "planted-secret-1" not in told.out + told.err


def test_a_stack_that_does_not_come_up_leaves_nothing(run: Run, shop: Shop) -> None:
    log = "permission denied for planted-secret-1\n"
    shop.cluster.script.behave("Job/migrations", Ends(exit_code=3, log=log))
    up = run("stack", "up", "--engine", "kubernetes")
    assert (up.code, up.out) == (14, "")
    assert "permission denied for ***" in up.err
    assert "planted-secret-1" not in up.err
    assert shop.left() == []


def test_a_wreck_names_the_command_that_ends_it(run: Run, shop: Shop) -> None:
    shop.cluster.script.behave("Job/migrations", Ends(exit_code=3))
    up = run("stack", "up", "--engine", "kubernetes", "--keep", "--progress", "plain")
    assert up.code == 14
    assert "`stackwright stack down`" in up.err
    assert run("stack", "status").code == 8
    assert run("stack", "down").code == 0
    assert shop.left() == []


def test_a_plan_asks_no_cluster(run: Run, shop: Shop) -> None:
    shop.kubeconfig.unlink()
    told = run("stack", "plan", "--engine", "kubernetes")
    assert told.code == 0, told.err
    assert "after   Job migrations" in told.out
    assert "needs Deployment postgres" in told.out
    assert "planted-secret-1" not in told.out
    assert shop.cluster.requests.all() == []


def test_reuse_is_for_stacks_on_this_machine(run: Run) -> None:
    ended = run("stack", "up", "--engine", "kubernetes", "--reuse")
    assert ended.code == 2
    assert "`--reuse` is for stacks on this machine" in ended.err
