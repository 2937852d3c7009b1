"""What controllers report of workloads that need no node."""

from __future__ import annotations

from tests.kube.contract.client import Client, eventually
from tests.kube.contract.objects import deployment, job, pod
from tests.kube.json_values import Doc, child, docs, number, text, value


def conditions(found: Doc) -> dict[str, str]:
    return {
        text(each, "type"): text(each, "status") for each in docs(found, "status", "conditions")
    }


def test_a_deployment_of_nothing_is_available(client: Client, apps: str) -> None:
    path = f"{apps}/deployments/one"
    client.made(f"{apps}/deployments", deployment("one"))
    found = eventually(
        lambda: (
            found if conditions(found := client.get(path).doc).get("Available") == "True" else None
        )
    )
    assert number(found, "status", "observedGeneration") == number(found, "metadata", "generation")
    assert number(found, "status", "replicas") == 0


def test_a_new_generation_is_observed_later(client: Client, apps: str) -> None:
    path = f"{apps}/deployments/one"
    client.made(f"{apps}/deployments", deployment("one"))
    changed = client.patch(path, {"spec": {"minReadySeconds": 1}}).doc
    wanted = number(changed, "metadata", "generation")
    eventually(lambda: number(client.get(path).doc, "status", "observedGeneration") == wanted)


def test_a_deployment_has_a_replica_set_of_its_template(client: Client, apps: str) -> None:
    made = client.made(f"{apps}/deployments", deployment("one"))
    found = eventually(lambda: docs(client.get(f"{apps}/replicasets").doc, "items"))[0]
    owner = docs(found, "metadata", "ownerReferences")[0]
    assert (owner["kind"], owner["name"], owner["controller"]) == ("Deployment", "one", True)
    assert owner["uid"] == text(made, "metadata", "uid")
    digest = text(found, "metadata", "labels", "pod-template-hash")
    assert text(found, "metadata", "name") == f"one-{digest}"


def test_a_job_gets_a_selector_of_its_own(client: Client, namespace: str) -> None:
    made = client.made(f"/apis/batch/v1/namespaces/{namespace}/jobs", job("one"))
    uid = text(made, "metadata", "uid")
    assert value(made, "spec", "selector", "matchLabels") == {
        "batch.kubernetes.io/controller-uid": uid
    }
    labels = value(made, "spec", "template", "metadata", "labels", "job-name")
    assert labels == "one"
    assert number(made, "spec", "backoffLimit") == 6


def test_a_suspended_job_says_so(client: Client, namespace: str) -> None:
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    client.made(path, job("one"))
    eventually(lambda: conditions(client.get(f"{path}/one").doc).get("Suspended") == "True")


def test_a_pod_that_no_one_schedules_is_pending(client: Client, core: str) -> None:
    made = client.made(f"{core}/pods", pod("one"))
    assert value(made, "status", "phase") == "Pending"
    assert "nodeName" not in child(client.get(f"{core}/pods/one").doc, "spec")


def test_a_claim_waits_until_it_is_used(client: Client, core: str) -> None:
    body: Doc = {
        "metadata": {"name": "one"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "nobody",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    made = client.made(f"{core}/persistentvolumeclaims", body)
    assert value(made, "status", "phase") == "Pending"
