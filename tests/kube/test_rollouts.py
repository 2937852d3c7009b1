"""What the simulated controllers make of workloads."""

from __future__ import annotations

from tests.kube.behaviours import Crashes, Ends, NoImage, Runs
from tests.kube.cluster_clock import SteeredClock
from tests.kube.contract.client import Client
from tests.kube.json_values import Doc, child, docs, number, text, texts, value
from tests.kube.kube_double import KubeDouble
from tests.kube.workloads import conditions, daemon_set, deployment, job, stateful_set

DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/api"
STATEFUL_SET = "/apis/apps/v1/namespaces/shop/statefulsets/db"


def image(name: str) -> Doc:
    """A merge patch to another image."""
    return {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": name}]}}}}


def images(double: KubeDouble) -> list[str]:
    return sorted(
        text(docs(each, "spec", "containers")[0], "image") for each in double.all("Pod", "shop")
    )


def test_a_deployment_counts_its_pods(double: KubeDouble, clock: SteeredClock) -> None:
    double.script.behave("Deployment/api", Runs(ready_s=2))
    double.create("Deployment", deployment(replicas=3))
    double.settle()
    found = double.get("Deployment", "api", "shop")
    assert number(found, "status", "unavailableReplicas") == 3
    assert conditions(found) == {
        "Available": ("False", "MinimumReplicasUnavailable"),
        "Progressing": ("True", "ReplicaSetUpdated"),
    }
    clock.advance(2)
    double.settle()
    found = double.get("Deployment", "api", "shop")
    counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    assert [number(found, "status", name) for name in counts] == [3, 3, 3, 3]
    assert conditions(found) == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }


def test_pods_must_stay_ready_to_be_available(double: KubeDouble, clock: SteeredClock) -> None:
    double.create("Deployment", deployment(minReadySeconds=5))
    double.settle()
    found = double.get("Deployment", "api", "shop")
    assert number(found, "status", "readyReplicas") == 1
    assert number(found, "status", "availableReplicas") == 0
    clock.advance(5)
    double.settle()
    assert number(double.get("Deployment", "api", "shop"), "status", "availableReplicas") == 1


def test_a_new_image_rolls_and_the_old_pods_go(double: KubeDouble, direct: Client) -> None:
    double.create("Deployment", deployment(replicas=2))
    double.settle()
    direct.patch(DEPLOYMENT, image("api:2"))
    double.settle()
    assert images(double) == ["api:2", "api:2"]
    found = double.get("Deployment", "api", "shop")
    assert number(found, "status", "observedGeneration") == 2
    assert len(double.all("ReplicaSet", "shop")) == 2


def test_a_bad_image_leaves_the_old_pods_at_work(
    double: KubeDouble, direct: Client, clock: SteeredClock
) -> None:
    double.create("Deployment", deployment(progressDeadlineSeconds=60))
    double.settle()
    double.script.behave("Deployment/api", NoImage())
    direct.patch(DEPLOYMENT, image("api:2"))
    double.settle()
    assert images(double) == ["api:1", "api:2"]
    clock.advance(30)
    double.settle()
    assert conditions(double.get("Deployment", "api", "shop"))["Progressing"][0] == "True"
    clock.advance(30)
    double.settle()
    found = conditions(double.get("Deployment", "api", "shop"))
    assert found["Progressing"] == ("False", "ProgressDeadlineExceeded")
    assert found["Available"][0] == "True"


def test_a_quota_shows_in_the_deployment(double: KubeDouble) -> None:
    quota: Doc = {
        "metadata": {"name": "few", "namespace": "shop"},
        "spec": {"hard": {"pods": "1"}},
    }
    double.create("ResourceQuota", quota)
    double.create("Deployment", deployment(replicas=2))
    double.settle()
    found = double.get("Deployment", "api", "shop")
    assert conditions(found)["ReplicaFailure"] == ("True", "FailedCreate")
    message = next(
        text(each, "message")
        for each in docs(found, "status", "conditions")
        if text(each, "type") == "ReplicaFailure"
    )
    assert message.endswith("exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1")


def test_a_stateful_set_starts_one_after_the_other(double: KubeDouble, clock: SteeredClock) -> None:
    double.script.behave("StatefulSet/db", Runs(ready_s=2))
    double.create("StatefulSet", stateful_set(replicas=2))
    double.settle()
    assert [text(each, "metadata", "name") for each in double.all("Pod", "shop")] == ["db-0"]
    clock.advance(2)
    double.settle()
    assert [text(each, "metadata", "name") for each in double.all("Pod", "shop")] == [
        "db-0",
        "db-1",
    ]
    clock.advance(2)
    double.settle()
    found = double.get("StatefulSet", "db", "shop")
    assert number(found, "status", "readyReplicas") == 2
    assert text(found, "status", "currentRevision") == text(found, "status", "updateRevision")


def test_a_stateful_set_updates_down_to_its_partition(double: KubeDouble, direct: Client) -> None:
    double.create("StatefulSet", stateful_set(replicas=3))
    double.settle()
    patch = image("db:2")
    child(patch, "spec")["updateStrategy"] = {"rollingUpdate": {"partition": 2}}
    assert direct.patch(STATEFUL_SET, patch).code == 200
    double.settle()
    assert images(double) == ["db:1", "db:1", "db:2"]
    found = double.get("StatefulSet", "db", "shop")
    assert number(found, "status", "updatedReplicas") == 1
    assert text(found, "status", "currentRevision") != text(found, "status", "updateRevision")
    everywhere: Doc = {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}
    direct.patch(STATEFUL_SET, everywhere)
    double.settle()
    assert images(double) == ["db:2", "db:2", "db:2"]


def test_a_stateful_set_claims_its_volumes(double: KubeDouble) -> None:
    claim: Doc = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    double.create("StatefulSet", stateful_set(replicas=1, volumeClaimTemplates=[claim]))
    double.settle()
    found = double.get("PersistentVolumeClaim", "data-db-0", "shop")
    assert value(found, "status", "phase") == "Bound"
    assert value(found, "status", "capacity") == {"storage": "1Gi"}


def test_a_daemon_set_is_on_every_node(double: KubeDouble) -> None:
    double.create("DaemonSet", daemon_set())
    double.settle()
    found = double.get("DaemonSet", "agent", "shop")
    counts = ("desiredNumberScheduled", "numberReady", "numberAvailable")
    assert [number(found, "status", name) for name in counts] == [1, 1, 1]


def test_a_job_gives_up_after_its_attempts(double: KubeDouble) -> None:
    double.script.behave("Job/migrate", Ends(exit_code=4, log="no such table\n"))
    double.create("Job", job(backoffLimit=1))
    double.settle()
    found = double.get("Job", "migrate", "shop")
    assert conditions(found)["Failed"] == ("True", "BackoffLimitExceeded")
    assert number(found, "status", "failed") == 2
    assert "Complete" not in conditions(found)


def test_a_job_runs_into_its_deadline(double: KubeDouble, clock: SteeredClock) -> None:
    double.script.behave("Job/migrate", Runs())
    double.create("Job", job(activeDeadlineSeconds=30))
    double.settle()
    assert number(double.get("Job", "migrate", "shop"), "status", "active") == 1
    clock.advance(30)
    double.settle()
    found = double.get("Job", "migrate", "shop")
    assert conditions(found)["Failed"] == ("True", "DeadlineExceeded")


def test_a_finished_job_goes_when_its_time_has_come(
    double: KubeDouble, clock: SteeredClock
) -> None:
    double.create("Job", job(ttlSecondsAfterFinished=10))
    double.settle()
    clock.advance(10)
    double.settle()
    assert double.all("Job", "shop") == []
    assert double.all("Pod", "shop") == []


def test_a_service_finds_the_pods_that_are_ready(double: KubeDouble, clock: SteeredClock) -> None:
    double.script.behave("Deployment/api", Runs(ready_s=2))
    service: Doc = {
        "metadata": {"name": "api", "namespace": "shop"},
        "spec": {"selector": {"app": "api"}, "ports": [{"port": 80}]},
    }
    double.create("Service", service)
    double.create("Deployment", deployment())
    double.settle()
    subset = docs(double.get("Endpoints", "api", "shop"), "subsets")[0]
    assert "addresses" not in subset
    assert len(docs(subset, "notReadyAddresses")) == 1
    clock.advance(2)
    double.settle()
    subset = docs(double.get("Endpoints", "api", "shop"), "subsets")[0]
    assert len(docs(subset, "addresses")) == 1
    endpoint = docs(double.get("EndpointSlice", "api-slice", "shop"), "endpoints")[0]
    assert value(endpoint, "conditions", "ready") is True
    (pod,) = double.all("Pod", "shop")
    assert texts(endpoint, "addresses") == [text(pod, "status", "podIP")]


def test_everything_of_a_deployment_goes_with_it(double: KubeDouble, direct: Client) -> None:
    double.create("Deployment", deployment(replicas=2))
    double.settle()
    direct.delete(DEPLOYMENT)
    double.settle()
    assert double.all("ReplicaSet", "shop") == []
    assert double.all("Pod", "shop") == []


def test_a_crashing_job_that_restarts_in_place_gives_up_too(
    double: KubeDouble, clock: SteeredClock
) -> None:
    double.script.behave("Job/migrate", Crashes(runs_s=1, backoff_s=1))
    body = job(backoffLimit=1)
    child(body, "spec", "template", "spec")["restartPolicy"] = "OnFailure"
    double.create("Job", body)
    for _ in range(4):
        double.settle()
        clock.advance(1)
    double.settle()
    found = double.get("Job", "migrate", "shop")
    assert conditions(found)["Failed"] == ("True", "BackoffLimitExceeded")
