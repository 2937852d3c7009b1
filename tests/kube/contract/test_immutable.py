"""What cannot be changed."""

from __future__ import annotations

from tests.kube.contract.client import Client
from tests.kube.contract.objects import config_map, deployment, job, pod, service
from tests.kube.json_values import Doc, Json, child, text


def test_the_selector_of_a_deployment_stays(client: Client, apps: str) -> None:
    client.made(f"{apps}/deployments", deployment("one"))
    patch: Doc = {
        "spec": {
            "selector": {"matchLabels": {"app": "other"}},
            "template": {"metadata": {"labels": {"app": "other"}}},
        }
    }
    found = client.patch(f"{apps}/deployments/one", patch)
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.fields == {"spec.selector"}
    assert found.message.startswith(
        'Deployment.apps "one" is invalid: spec.selector: Invalid value'
    )
    assert found.message.endswith("field is immutable")


def test_an_apply_meets_the_same_refusal(client: Client, apps: str) -> None:
    client.apply(f"{apps}/deployments/one", deployment("one"), "first")
    config = deployment("one")
    labels: Doc = {"app": "other"}
    child(config, "spec")["selector"] = {"matchLabels": {**labels}}
    child(config, "spec", "template")["metadata"] = {"labels": {**labels}}
    found = client.apply(f"{apps}/deployments/one", config, "first")
    assert found.code == 422
    assert "field is immutable" in found.message


def test_the_template_of_a_job_stays(client: Client, namespace: str) -> None:
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    client.made(path, job("one"))
    containers: list[Json] = [{"name": "main", "image": "example.invalid/other:1"}]
    found = client.patch(
        f"{path}/one", {"spec": {"template": {"spec": {"containers": containers}}}}
    )
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.fields == {"spec.template"}
    assert found.message.endswith("field is immutable")


def test_a_job_may_be_applied_again_as_it_was(client: Client, namespace: str) -> None:
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs/one"
    assert client.apply(path, job("one"), "first").code == 201
    assert client.apply(path, job("one"), "first").code == 200


def test_the_address_of_a_service_stays(client: Client, core: str) -> None:
    made = client.made(f"{core}/services", service("one"))
    address = text(made, "spec", "clusterIP")
    other = "10.96.77.77" if address != "10.96.77.77" else "10.96.77.78"
    patch: Doc = {"spec": {"clusterIP": other, "clusterIPs": [other]}}
    found = client.patch(f"{core}/services/one", patch)
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.fields == {"spec.clusterIPs[0]"}
    assert "may not change once set" in found.message


def test_a_service_keeps_its_address_when_none_is_said(client: Client, core: str) -> None:
    made = client.made(f"{core}/services", service("one"))
    found = client.replace(f"{core}/services/one", service("one"))
    assert found.code == 200, found.body
    assert text(found.doc, "spec", "clusterIP") == text(made, "spec", "clusterIP")


def test_a_stateful_set_changes_in_few_ways(client: Client, apps: str) -> None:
    body: Doc = {**deployment("one"), "kind": "StatefulSet"}
    child(body, "spec")["serviceName"] = "one"
    client.made(f"{apps}/statefulsets", body)
    found = client.patch(f"{apps}/statefulsets/one", {"spec": {"serviceName": "two"}})
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.fields == {"spec"}
    assert "updates to statefulset spec for fields other than 'replicas'" in found.message


def test_a_pod_changes_in_few_ways(client: Client, core: str) -> None:
    client.made(f"{core}/pods", pod("one"))
    found = client.patch(f"{core}/pods/one", {"spec": {"hostname": "other"}})
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.fields == {"spec"}
    assert "pod updates may not change fields other than" in found.message
    containers: list[Json] = [{"name": "main", "image": "example.invalid/other:1"}]
    kind = "application/strategic-merge-patch+json"
    patch: Doc = {"spec": {"containers": containers}}
    assert client.patch(f"{core}/pods/one", patch, kind).code == 200


def test_a_config_map_can_be_sealed(client: Client, core: str) -> None:
    client.made(f"{core}/configmaps", {**config_map("one", a="1"), "immutable": True})
    found = client.patch(f"{core}/configmaps/one", {"data": {"a": "2"}})
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.message == (
        'ConfigMap "one" is invalid: data: Forbidden: field is immutable when `immutable` is set'
    )
    assert client.patch(f"{core}/configmaps/one", {"metadata": {"labels": {"a": "b"}}}).code == 200


def test_the_type_of_a_secret_stays(client: Client, core: str) -> None:
    client.made(f"{core}/secrets", {"metadata": {"name": "one"}})
    found = client.patch(f"{core}/secrets/one", {"type": "example.com/other"})
    assert found.fields == {"type"}
    assert found.message.endswith("field is immutable")


def test_the_role_of_a_binding_stays(client: Client, namespace: str) -> None:
    path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings"
    role: Doc = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "one"}
    client.made(path, {"metadata": {"name": "one"}, "roleRef": role})
    found = client.patch(f"{path}/one", {"roleRef": {"name": "two"}})
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.fields == {"roleRef"}
    assert found.message.endswith("cannot change roleRef")


def test_the_volume_of_a_claim_stays(client: Client, core: str) -> None:
    body: Doc = {
        "metadata": {"name": "one"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "nobody",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    client.made(f"{core}/persistentvolumeclaims", body)
    path = f"{core}/persistentvolumeclaims/one"
    found = client.patch(path, {"spec": {"accessModes": ["ReadWriteMany"]}})
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.fields == {"spec"}
    assert "spec is immutable after creation" in found.message
