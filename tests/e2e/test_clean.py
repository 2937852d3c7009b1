"""What dead runs left on a cluster goes; what anybody answers for stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Run
from tests.e2e.shop import Shop
from tests.kube.access import User
from tests.kube.faults import Refuses, Which
from tests.kube.json_values import Doc


def test_a_kept_platform_is_left_alone(run: Run, shop: Shop) -> None:
    run("e2e", "up")
    for words in (("e2e", "clean", "--dry-run"), ("e2e", "clean")):
        told = run(*words)
        assert told.code == 0
        assert "it is kept until `e2e down`" in told.out
    assert len(shop.namespaces()) == 1


def test_a_platform_whose_record_is_lost_goes_once_its_owner_has(run: Run, shop: Shop) -> None:
    assert shop.product.run("e2e", "up").code == 0
    (record,) = shop.product.records()
    record.unlink()
    (namespace,) = shop.namespaces()
    would = run("e2e", "clean", "--dry-run")
    assert would.code == 0
    assert f"would remove Namespace {namespace}" in would.out
    assert shop.namespaces() == [namespace]
    cleaned = run("e2e", "clean")
    assert cleaned.code == 0, cleaned.err
    assert "its record is lost" in cleaned.out
    assert shop.left() == []


def test_a_platform_of_another_state_directory_is_left_alone(
    run: Run, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("e2e", "up")
    monkeypatch.setenv("STACKWRIGHT_STATE", str(tmp_path / "another"))
    told = run("e2e", "clean")
    assert told.code == 0
    assert "its record lives in another state directory" in told.out
    assert len(shop.namespaces()) == 1


def test_a_namespace_of_somebody_else_is_not_even_told(run: Run, shop: Shop) -> None:
    theirs: Doc = {"metadata": {"name": "stackwright-theirs"}}
    shop.cluster.create("Namespace", theirs)
    told = run("e2e", "clean")
    assert (told.code, told.out) == (0, "")
    assert shop.namespaces() == ["stackwright-theirs"]


def refuses(shop: Shop, how: str) -> None:
    """Have the current cluster refuse us."""
    match how:
        case "rights":
            shop.cluster.access.tokens["theirs"] = User(name="ci")
            shop.cluster.write_kubeconfig(shop.kubeconfig, token="theirs")
        case "token":
            shop.cluster.write_kubeconfig(shop.kubeconfig, token="of-yesterday")
        case "namespaces":
            refusal = Refuses(code=403, message="forbidden")
            shop.cluster.faults.add(Which(verb="list", path="/namespaces$"), refusal, times=None)
        case "unreachable":
            shop.unreachable()
        case _:
            shop.kubeconfig.write_text("a: [b\n")


REFUSALS = ("rights", "token", "namespaces", "unreachable", "no YAML")


@pytest.mark.parametrize("how", REFUSALS)
def test_a_cluster_that_refuses_us_and_has_nothing_of_ours_is_told(
    run: Run, shop: Shop, how: str
) -> None:
    """A kubeconfig that has become stale is no reason for CI to fail: nobody deployed there."""
    refuses(shop, how)
    told = run("e2e", "clean")
    assert (told.code, told.out) == (0, "")
    assert told.err.startswith("warning: the current cluster was not looked at:")
    assert "\n  why: " in told.err
    assert "\n  fix: " in told.err


@pytest.mark.parametrize("how", ["rights", "token", "no YAML"])
def test_a_cluster_that_refuses_us_and_has_a_run_of_ours_is_a_failure(
    run: Run, shop: Shop, how: str
) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    refuses(shop, how)
    told = run("e2e", "clean")
    assert told.code == 13
    assert told.err.startswith("error: ")


def test_a_run_on_another_cluster_says_nothing_of_the_current_one(run: Run, shop: Shop) -> None:
    other = shop.cluster.write_kubeconfig(shop.kubeconfig.with_name("other"), context="other")
    assert run("e2e", "up", "--progress", "quiet", "--kubeconfig", str(other)).code == 0
    refuses(shop, "token")
    assert run("e2e", "clean").code == 0


@pytest.mark.parametrize("how", ["missing", "empty", "no current context"])
def test_who_has_no_cluster_is_told_nothing(run: Run, shop: Shop, how: str) -> None:
    match how:
        case "missing":
            shop.kubeconfig.unlink()
        case "empty":
            shop.kubeconfig.write_text("kind: Config\n")
        case _:
            content = shop.kubeconfig.read_text()
            shop.kubeconfig.write_text(content.replace('"current-context": "double"', '"x": ""'))
    told = run("e2e", "clean")
    assert (told.code, told.out, told.err) == (0, "", "")


@pytest.mark.parametrize(
    "words", [("--context", "double"), ("--context", "dobule"), ("--kubeconfig", "nowhere")]
)
def test_a_named_cluster_that_cannot_be_asked_is_a_failure(
    run: Run, shop: Shop, words: tuple[str, str]
) -> None:
    refuses(shop, "rights")
    assert run("e2e", "clean", *words).code == 13


def test_kinds_that_may_not_be_listed_are_told(run: Run, shop: Shop) -> None:
    refusal = Refuses(code=403, message="forbidden")
    shop.cluster.faults.add(Which(verb="list", path="/clusterroles$"), refusal, times=None)
    told = run("e2e", "clean")
    assert told.code == 0
    assert told.out == "double: clusterroles may not be listed: there may be more of dead runs\n"
