"""What a run has outside of its namespace goes with it, whoever deletes the namespace first."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.operations.abandoned import clean_up
from orchestration.state.owners import HostOwners
from tests.e2e.conftest import Run
from tests.e2e.shop import Shop, until
from tests.kube.faults import Refuses, Which
from tests.kube.json_values import Doc, text

AWAY = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: kube-system}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reads, namespace: kube-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: default}]
---
apiVersion: shop.example.com/v1
kind: Region
metadata: {name: north}
"""
"""In another namespace, and of the whole cluster."""

ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
"""

REGIONS: Doc = {
    "metadata": {"name": "regions.shop.example.com"},
    "spec": {
        "group": "shop.example.com",
        "scope": "Cluster",
        "names": {"kind": "Region", "plural": "regions", "singular": "region"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        ],
    },
}


@pytest.fixture
def away(shop: Shop) -> Shop:
    """The shop has something outside of its namespace."""
    shop.cluster.create("CustomResourceDefinition", REGIONS)
    shop.cluster.settle()
    shop.write("away.yaml", AWAY)
    return shop


def is_held(doc: Doc) -> bool:
    """By a run."""
    return bool(text(doc, "metadata", "labels", "stackwright.io/shared"))


def outside(shop: Shop) -> set[str]:
    """What is left there of all runs."""
    regions = shop.cluster.registry.catalogue.of_key("shop.example.com", "regions")
    found = {
        kind: [each for each in shop.cluster.all(kind) if is_held(each)]
        for kind in ("Role", "RoleBinding")
    }
    found["Region"] = shop.cluster.registry.store.all(regions, "")
    return {
        f"{kind} {text(each, 'metadata', 'name')}" for kind, them in found.items() for each in them
    }


def lose_namespace(shop: Shop) -> None:
    """As somebody else does."""
    (namespace,) = shop.namespaces()
    shop.delete_namespace(namespace)
    until(lambda: not shop.namespaces(), "the namespace is gone")


def abandon(record: Path) -> None:
    """Have nobody answer for the removal of a run any more."""
    found = json.loads(record.read_text())
    nobody = replace(HostOwners().here(), pid=0, started=0).encode()
    record.write_text(json.dumps({**found, "phase": "stopping", "starter": nobody}))


@pytest.mark.parametrize("who", ["down", "clean", "watchdog"])
def test_without_the_namespace_it_is_found_all_the_same(run: Run, away: Shop, who: str) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    assert len(outside(away)) == 3
    lose_namespace(away)
    (record,) = away.product.records()
    match who:
        case "watchdog":
            abandon(record)
            clean_up(record.stem, home=str(away.product.state))
        case "clean":
            abandon(record)
            assert run("e2e", "clean").code == 0
        case _:
            ended = run("e2e", "down")
            assert (ended.code, "removed 3" in ended.err) == (0, True)
    assert outside(away) == set()
    assert away.left() == []


def test_what_cannot_be_removed_there_is_no_success(run: Run, away: Shop) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    lose_namespace(away)
    refusal = Refuses(code=403, message="roles is forbidden")
    away.cluster.faults.add(Which(path="/roles"), refusal, times=None)
    ended = run("e2e", "down")
    assert ended.code == 11
    said = " ".join(ended.err.split())
    assert "Role kube-system/reader:" in said
    assert "roles is forbidden" in said
    away.cluster.faults.clear()
    assert run("e2e", "down").code == 0
    assert outside(away) == set()


def test_a_namespace_that_is_refused_leaves_nothing_elsewhere(run: Run, away: Shop) -> None:
    denied = Refuses(code=403, message='admission webhook "names.acme" denied the request: no')
    away.cluster.faults.add(Which(path="/namespaces/stackwright-shop-", verb="patch"), denied)
    assert run("e2e", "up", "--progress", "quiet").code == 14
    assert outside(away) == set()
    assert away.left() == []


def test_who_has_neither_namespace_nor_record_says_what_cannot_be_known(
    run: Run, shop: Shop
) -> None:
    """As on another machine, or after the state directory was lost."""
    shop.write("role.yaml", ROLE)
    assert shop.product.run("e2e", "up", "--progress", "quiet").code == 0
    lose_namespace(shop)
    (record,) = shop.product.records()
    record.unlink()
    ended = run("e2e", "clean")
    assert ended.code == 11
    said = " ".join(ended.err.split())
    assert f"whether run {record.stem} has left anything in other namespaces" in said
    assert f"kubectl --context double get KIND -A -l run.stackwright.io/{record.stem}" in said
    assert shop.left() == []
    assert run("e2e", "clean").code == 0
