from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cluster.client import Client
from orchestration.cluster.platform_run import holds_of, is_shared
from orchestration.cluster.removal import Removal
from tests.cluster.asking import ask
from tests.cluster.platform_runs import deployed, platform_run, written
from tests.cluster.running_platforms import ONE, TWO, create_box, down, names, there, up
from tests.kube.faults import Refuses, Which
from tests.kube.json_values import Doc
from tests.kube.kube_double import KubeDouble, kube_double

SHARED = (
    written("Namespace", "shop"),
    written("Namespace", "monitoring"),
    written("ConfigMap", "dashboard", namespace="monitoring", data={"a": "1"}),
)


@pytest.fixture
def double(tmp_path: Path) -> Iterator[KubeDouble]:
    """Two runs share a namespace."""
    with kube_double() as started:

        async def work(client: Client) -> None:
            for run in (ONE, TWO):
                await deployed(client, run, SHARED)

        ask(started.write_kubeconfig(tmp_path / "config"), work)
        started.settle()
        yield started


def put(double: KubeDouble, kind: str, name: str, **rest: Doc | str) -> None:
    metadata: Doc = {"name": name, "namespace": "monitoring"}
    metadata.update(rest)
    double.create(kind, {"metadata": metadata})


def all_down(double: KubeDouble, home: Path) -> Removal:
    """The last one's."""
    assert down(double, home, ONE).kept == ()
    return down(double, home, TWO)


def test_a_namespace_stays_with_what_others_have_put_there(
    double: KubeDouble, tmp_path: Path
) -> None:
    put(double, "ConfigMap", "theirs")
    last = all_down(double, tmp_path)
    assert [(ref.short, why) for ref, why in last.kept] == [
        (
            "Namespace monitoring",
            "others have something in it, which would go with it: ConfigMap monitoring/theirs",
        )
    ]
    assert last.left == ()
    assert there(double, "ConfigMap", "theirs", "monitoring")
    assert not there(double, "ConfigMap", "dashboard", "monitoring")
    assert not there(double, "Namespace", "shop")
    left = double.get("Namespace", "monitoring")
    assert (holds_of(left), is_shared(left)) == ({}, False)


def test_their_custom_objects_count_too(double: KubeDouble, tmp_path: Path) -> None:
    up(double, tmp_path, ONE)
    create_box(double, "theirs", "monitoring")
    ((_, why),) = down(double, tmp_path, TWO).shared[:1]
    assert why == (ONE.run,)
    kept = down(double, tmp_path, ONE).kept
    assert [why.rpartition(": ")[2] for _, why in kept] == ["Box monitoring/theirs"]


def test_what_the_cluster_and_controllers_put_there_is_nobodys(
    double: KubeDouble, tmp_path: Path
) -> None:
    owner: Doc = {"apiVersion": "v1", "kind": "Node", "name": "one", "uid": "1"}
    double.create(
        "ConfigMap",
        {"metadata": {"name": "made", "namespace": "monitoring", "ownerReferences": [owner]}},
    )
    token = {"kubernetes.io/service-account.name": "default"}
    double.create(
        "Secret",
        {
            "type": "kubernetes.io/service-account-token",
            "metadata": {"name": "token", "namespace": "monitoring", "annotations": {**token}},
        },
    )
    assert there(double, "ServiceAccount", "default", "monitoring")
    assert there(double, "ConfigMap", "kube-root-ca.crt", "monitoring")
    last = all_down(double, tmp_path)
    assert (last.kept, last.left) == ((), ())
    assert "Namespace monitoring" in names(last)


def test_the_claims_of_our_stateful_sets_are_ours_and_those_alike_are_not(
    double: KubeDouble, tmp_path: Path
) -> None:
    labels = {"app": "db"}
    container = {"name": "db", "image": "postgres:17"}
    request = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    database = written(
        "StatefulSet",
        "db",
        api_version="apps/v1",
        namespace="data",
        spec={
            "serviceName": "db",
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": request}],
        },
    )
    platform = [written("Namespace", "shop"), written("Namespace", "data"), database]
    run = platform_run("33333333")
    kubeconfig = double.write_kubeconfig(tmp_path / "config")

    async def work(client: Client) -> None:
        await deployed(client, run, platform)

    for claim in (["data-db-0"], ["data-db-1", "data-db-backup"]):
        ask(kubeconfig, work)
        double.settle()
        for name in claim:
            if not there(double, "PersistentVolumeClaim", name, "data"):
                metadata: Doc = {"name": name, "namespace": "data"}
                double.create(
                    "PersistentVolumeClaim",
                    {
                        "metadata": metadata,
                        "spec": {
                            "accessModes": ["ReadWriteOnce"],
                            "resources": {"requests": {"storage": "1Gi"}},
                        },
                    },
                )
        gone = down(double, tmp_path, run)
        kept = [why.rpartition(": ")[2] for _, why in gone.kept]
        alike = [each for each in claim if each.endswith("backup")]
        assert kept == [f"PersistentVolumeClaim data/{each}" for each in alike]


def test_who_may_not_look_for_strangers_deletes_nothing_of_theirs(
    double: KubeDouble, tmp_path: Path
) -> None:
    put(double, "Secret", "theirs")
    double.faults.add(Which(verb="list", path="/secrets$"), Refuses(code=403), times=None)
    kept = {ref.short: why for ref, why in all_down(double, tmp_path).kept}
    assert kept["Namespace monitoring"] == (
        "nobody can tell whether others use it: we may not list secrets"
    )
    assert there(double, "Secret", "theirs", "monitoring")
