"""Server-side apply: fields and their owners."""

from __future__ import annotations

import json

from tests.kube.contract.client import MERGE, Client
from tests.kube.contract.objects import config_map, deployment, pod
from tests.kube.json_values import Doc, Json, child, docs, number, pairs, text, value


def manager(found: Doc, name: str, operation: str = "Apply", subresource: str = "") -> Doc:
    """The managedFields entry of a manager."""
    return next(
        each
        for each in docs(found, "metadata", "managedFields")
        if (text(each, "manager"), text(each, "operation"), text(each, "subresource"))
        == (name, operation, subresource)
    )


def managers(found: Doc) -> set[str]:
    return {text(each, "manager") for each in docs(found, "metadata", "managedFields")}


def test_an_apply_creates_what_is_not_there(client: Client, core: str) -> None:
    found = client.apply(f"{core}/configmaps/one", config_map("one", a="1"), "first")
    assert found.code == 201
    entry = manager(found.doc, "first")
    assert entry["fieldsType"] == "FieldsV1"
    assert entry["apiVersion"] == "v1"
    assert entry["fieldsV1"] == {"f:data": {"f:a": {}}}


def test_the_same_apply_again_changes_nothing(client: Client, core: str) -> None:
    first = client.apply(f"{core}/configmaps/one", config_map("one", a="1"), "first")
    second = client.apply(f"{core}/configmaps/one", config_map("one", a="1"), "first")
    assert second.code == 200
    assert second.doc == first.doc


def test_an_applied_field_must_be_known(client: Client, apps: str, namespace: str) -> None:
    config = deployment("one")
    docs(config, "spec", "template", "spec", "containers")[0]["imagee"] = "none"
    found = client.apply(f"{apps}/deployments/one", config, "first")
    assert (found.code, found.reason) == (500, "")
    assert found.message == (
        f"failed to create typed patch object ({namespace}/one; apps/v1, Kind=Deployment): "
        '.spec.template.spec.containers[name="main"].imagee: field not declared in schema'
    )


def test_an_applied_value_must_be_of_its_type(client: Client, apps: str) -> None:
    config = deployment("one")
    child(config, "spec")["replicas"] = "three"
    found = client.apply(f"{apps}/deployments/one", config, "first")
    assert found.code == 500
    assert found.message.endswith(".spec.replicas: expected numeric (int or float), got string")
    container = docs(config, "spec", "template", "spec", "containers")[0]
    container["env"] = [{"name": "PORT", "value": 8080}]
    found = client.apply(f"{apps}/deployments/one", config, "first")
    assert "): errors:\n  .spec.replicas: expected numeric" in found.message
    where = '.spec.template.spec.containers[name="main"].env[name="PORT"].value'
    assert (
        f"\n  {where}: expected string, got &value.valueUnstructured{{Value:8080}}" in found.message
    )


def test_applied_items_must_be_told_apart(client: Client, apps: str) -> None:
    config = deployment("one")
    container = docs(config, "spec", "template", "spec", "containers")[0]
    container["env"] = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    found = client.apply(f"{apps}/deployments/one", config, "first")
    assert found.code == 500
    assert found.message.endswith(
        '.spec.template.spec.containers[name="main"].env: duplicate entries for key [name="A"]'
    )


def test_an_apply_needs_a_manager(client: Client, core: str) -> None:
    body = config_map("one")
    kind = "application/apply-patch+yaml"
    found = client.call("PATCH", f"{core}/configmaps/one", body, kind=kind)
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.message == (
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: '
        "is required for apply patch"
    )


def test_force_is_for_applies_only(client: Client, core: str) -> None:
    client.made(f"{core}/configmaps", config_map("one"))
    found = client.patch(f"{core}/configmaps/one", {"data": {"a": "1"}}, MERGE, force="true")
    assert found.code == 422
    assert "force: Forbidden: may not be specified for non-apply patch" in found.message


def test_managed_fields_cannot_be_applied(client: Client, core: str) -> None:
    made = client.apply(f"{core}/configmaps/one", config_map("one", a="1"), "first").doc
    found = client.apply(f"{core}/configmaps/one", made, "first")
    assert (found.code, found.reason) == (400, "BadRequest")
    assert found.message == "metadata.managedFields must be nil"


def test_another_value_of_another_managers_field_conflicts(client: Client, core: str) -> None:
    before = client.apply(f"{core}/configmaps/one", config_map("one", a="1"), "first").doc
    found = client.apply(f"{core}/configmaps/one", config_map("one", a="2"), "second")
    assert (found.code, found.reason) == (409, "Conflict")
    assert found.message == 'Apply failed with 1 conflict: conflict with "first": .data.a'
    assert found.causes == [
        {
            "reason": "FieldManagerConflict",
            "message": 'conflict with "first"',
            "field": ".data.a",
        }
    ]
    assert client.get(f"{core}/configmaps/one").doc == before


def test_every_conflict_is_told_by_owner(client: Client, core: str) -> None:
    path = f"{core}/configmaps/one"
    client.apply(path, config_map("one", a="1"), "first")
    client.apply(path, config_map("one", b="1"), "second")
    found = client.apply(path, config_map("one", a="2", b="2"), "third")
    assert found.message == (
        'Apply failed with 2 conflicts: conflicts with "first":\n- .data.a\n'
        'conflicts with "second":\n- .data.b'
    )
    assert found.fields == {".data.a", ".data.b"}


def test_force_takes_the_field_over(client: Client, core: str) -> None:
    path = f"{core}/configmaps/one"
    client.apply(path, config_map("one", a="1", b="1"), "first")
    found = client.apply(path, config_map("one", a="2"), "second", force="true")
    assert found.code == 200
    assert found.doc["data"] == {"a": "2", "b": "1"}
    assert manager(found.doc, "first")["fieldsV1"] == {"f:data": {"f:b": {}}}
    assert manager(found.doc, "second")["fieldsV1"] == {"f:data": {"f:a": {}}}


def test_equal_values_are_owned_together(client: Client, core: str) -> None:
    path = f"{core}/configmaps/one"
    client.apply(path, config_map("one", a="1"), "first")
    found = client.apply(path, config_map("one", a="1"), "second")
    assert found.code == 200
    assert manager(found.doc, "first")["fieldsV1"] == {"f:data": {"f:a": {}}}
    assert manager(found.doc, "second")["fieldsV1"] == {"f:data": {"f:a": {}}}


def test_what_is_no_longer_applied_goes(client: Client, core: str) -> None:
    path = f"{core}/configmaps/one"
    client.apply(path, config_map("one", a="1", b="1"), "first")
    found = client.apply(path, config_map("one", a="1"), "first")
    assert found.doc["data"] == {"a": "1"}


def test_what_another_owns_as_well_stays(client: Client, core: str) -> None:
    path = f"{core}/configmaps/one"
    client.apply(path, config_map("one", a="1", b="1"), "first")
    client.apply(path, config_map("one", b="1"), "second")
    found = client.apply(path, config_map("one", a="1"), "first")
    assert found.doc["data"] == {"a": "1", "b": "1"}
    assert manager(found.doc, "first")["fieldsV1"] == {"f:data": {"f:a": {}}}


def test_who_updates_a_field_takes_it_from_who_applied_it(client: Client, core: str) -> None:
    path = f"{core}/configmaps/one"
    client.apply(path, config_map("one", a="1"), "first")
    changed = client.patch(path, {"data": {"a": "2"}}, fieldManager="hand").doc
    assert "first" not in managers(changed)
    assert manager(changed, "hand", "Update")["fieldsV1"] == {"f:data": {"f:a": {}}}
    found = client.apply(path, config_map("one", a="1"), "first")
    assert found.code == 409
    time = text(manager(changed, "hand", "Update"), "time")
    assert found.message == (
        f'Apply failed with 1 conflict: conflict with "hand" using v1 at {time}: .data.a'
    )


def test_a_manager_is_named_by_its_client_when_it_does_not_say(client: Client, core: str) -> None:
    agent = {"User-Agent": "tester/1.0 (linux)"}
    body = config_map("one", a="1")
    found = client.call("POST", f"{core}/configmaps", body, headers=agent)
    entry = manager(found.doc, "tester", "Update")
    assert entry["fieldsV1"] == {"f:data": {".": {}, "f:a": {}}}


def test_items_of_a_keyed_list_have_owners_of_their_own(client: Client, apps: str) -> None:
    path = f"{apps}/deployments/one"
    made = client.apply(path, deployment("one"), "first").doc
    owned = child(manager(made, "first"), "fieldsV1", "f:spec", "f:template", "f:spec")
    assert owned == {"f:containers": {'k:{"name":"main"}': {".": {}, "f:image": {}, "f:name": {}}}}
    sidecar: Doc = {"name": "sidecar", "image": "example.invalid/sidecar:1"}
    config: Doc = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "one"},
        "spec": {
            "selector": {"matchLabels": {"app": "one"}},
            "template": {
                "metadata": {"labels": {"app": "one"}},
                "spec": {"containers": [sidecar]},
            },
        },
    }
    found = client.apply(path, config, "second")
    assert found.code == 200, found.body
    names = {
        text(each, "name") for each in docs(found.doc, "spec", "template", "spec", "containers")
    }
    assert names == {"main", "sidecar"}


def test_a_conflict_in_a_keyed_list_names_the_item(client: Client, apps: str) -> None:
    path = f"{apps}/deployments/one"
    client.apply(path, deployment("one"), "first")
    found = client.apply(path, deployment("one", image="example.invalid/other:1"), "second")
    assert found.fields == {'.spec.template.spec.containers[name="main"].image'}


def test_defaults_belong_to_nobody_who_applies(client: Client, apps: str) -> None:
    made = client.apply(f"{apps}/deployments/one", deployment("one"), "first").doc
    assert number(made, "spec", "progressDeadlineSeconds") == 600
    owned = child(manager(made, "first"), "fieldsV1", "f:spec")
    assert "f:progressDeadlineSeconds" not in owned
    config = deployment("one")
    child(config, "spec")["progressDeadlineSeconds"] = 60
    found = client.apply(f"{apps}/deployments/one", config, "second")
    assert found.code == 200
    assert number(found.doc, "spec", "progressDeadlineSeconds") == 60


def test_a_field_that_goes_gets_its_default_back(client: Client, apps: str) -> None:
    config = deployment("one")
    child(config, "spec")["progressDeadlineSeconds"] = 60
    client.apply(f"{apps}/deployments/one", config, "first")
    found = client.apply(f"{apps}/deployments/one", deployment("one"), "first")
    assert number(found.doc, "spec", "progressDeadlineSeconds") == 600


def test_ports_are_told_apart_by_number_and_protocol(client: Client, core: str) -> None:
    ports: list[Json] = [{"port": 53, "protocol": "TCP", "name": "t"}]
    config: Doc = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "one"},
        "spec": {"ports": ports},
    }
    client.apply(f"{core}/services/one", config, "first")
    ports.append({"port": 53, "protocol": "UDP", "name": "u"})
    found = client.apply(f"{core}/services/one", config, "first")
    assert [text(each, "protocol") for each in docs(found.doc, "spec", "ports")] == ["TCP", "UDP"]
    owned = child(manager(found.doc, "first"), "fieldsV1", "f:spec", "f:ports")
    assert {json.loads(key[2:])["protocol"] for key in owned} == {"TCP", "UDP"}


def test_who_reports_a_status_owns_it_apart(client: Client, core: str) -> None:
    client.made(f"{core}/pods", pod("one"))
    patch: Doc = {"status": {"message": "hello"}}
    found = client.patch(f"{core}/pods/one/status", patch, fieldManager="reporter").doc
    entry = manager(found, "reporter", "Update", "status")
    assert entry["fieldsV1"] == {"f:status": {"f:message": {}}}


def test_an_apply_leaves_the_status_alone(client: Client, core: str) -> None:
    config: Doc = {**pod("one"), "status": {"message": "mine"}}
    found = client.apply(f"{core}/pods/one", config, "first").doc
    assert value(found, "status", "message") is None
    assert "f:status" not in child(manager(found, "first"), "fieldsV1")


def test_what_nobody_owned_belongs_to_before(client: Client, core: str) -> None:
    body = config_map("one", a="1")
    client.made(f"{core}/configmaps", body)
    cleared: Doc = {"metadata": {"managedFields": [{}]}}
    client.patch(f"{core}/configmaps/one", cleared)
    found = client.apply(f"{core}/configmaps/one", config_map("one", a="2"), "first")
    assert found.code == 409
    assert found.message == (
        'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a'
    )


def test_labels_of_several_managers_live_together(client: Client, core: str) -> None:
    for name in ("first", "second"):
        config: Doc = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "one", "labels": {f"example.com/{name}": "yes"}},
        }
        client.apply(f"{core}/configmaps/one", config, name)
    found = client.get(f"{core}/configmaps/one")
    labels = pairs(found.doc, "metadata", "labels")
    assert labels == {"example.com/first": "yes", "example.com/second": "yes"}
    owned = child(manager(found.doc, "second"), "fieldsV1")
    assert owned == {"f:metadata": {"f:labels": {"f:example.com/second": {}}}}


def test_an_apply_with_an_old_version_is_refused(client: Client, core: str) -> None:
    path = f"{core}/configmaps/one"
    old = client.apply(path, config_map("one", a="1"), "first").doc
    client.apply(path, config_map("one", a="2"), "first")
    config = config_map("one", a="3")
    child(config, "metadata")["resourceVersion"] = text(old, "metadata", "resourceVersion")
    found = client.apply(path, config, "first")
    assert (found.code, found.reason) == (409, "Conflict")
    assert "the object has been modified" in found.message


def test_a_dry_run_of_an_apply_tells_its_conflicts(client: Client, core: str) -> None:
    path = f"{core}/configmaps/one"
    client.apply(path, config_map("one", a="1"), "first")
    found = client.apply(path, config_map("one", a="2"), "second", dryRun="All")
    assert found.code == 409
    fine = client.apply(path, config_map("one", b="2"), "second", dryRun="All")
    assert fine.code == 200
    assert client.get(path).doc["data"] == {"a": "1"}
