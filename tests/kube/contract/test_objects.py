"""Creating, reading and replacing."""

from __future__ import annotations

import pytest

from tests.kube.contract.client import Client
from tests.kube.contract.objects import config_map, deployment, pod
from tests.kube.json_values import Doc, child, docs, number, text, value


def test_a_new_object_gets_what_only_the_server_gives(client: Client, core: str) -> None:
    found = client.create(f"{core}/configmaps", config_map("one", a="b"))
    assert found.code == 201
    metadata = child(found.doc, "metadata")
    assert {"uid", "resourceVersion", "creationTimestamp", "namespace"} <= set(metadata)
    assert found.doc["kind"] == "ConfigMap"
    assert client.get(f"{core}/configmaps/one").doc == found.doc


def test_a_taken_name_is_refused(client: Client, core: str) -> None:
    client.made(f"{core}/configmaps", config_map("one"))
    found = client.create(f"{core}/configmaps", config_map("one"))
    assert (found.code, found.reason) == (409, "AlreadyExists")
    assert found.message == 'configmaps "one" already exists'
    assert child(found.doc, "details") == {"name": "one", "kind": "configmaps"}


def test_a_missing_object_is_told_by_resource_group_and_name(client: Client, apps: str) -> None:
    found = client.get(f"{apps}/deployments/none")
    assert (found.code, found.reason) == (404, "NotFound")
    assert found.message == 'deployments.apps "none" not found'
    assert found.doc["status"] == "Failure"
    assert child(found.doc, "details") == {"name": "none", "group": "apps", "kind": "deployments"}
    assert found.headers["Content-Type"].startswith("application/json")


def test_nothing_is_created_in_a_missing_namespace(client: Client) -> None:
    found = client.create("/api/v1/namespaces/not-there/configmaps", config_map("one"))
    assert (found.code, found.reason) == (404, "NotFound")
    assert found.message == 'namespaces "not-there" not found'


def test_a_missing_namespace_lists_as_empty(client: Client) -> None:
    found = client.get("/api/v1/namespaces/not-there/configmaps")
    assert found.code == 200
    assert found.doc["items"] == []


def test_another_namespace_in_the_body_is_refused(client: Client, core: str) -> None:
    body = config_map("one")
    child(body, "metadata")["namespace"] = "another"
    found = client.create(f"{core}/configmaps", body)
    assert (found.code, found.reason) == (400, "BadRequest")
    assert found.message == (
        "the namespace of the provided object does not match the namespace sent on the request"
    )


def test_another_kind_in_the_body_is_refused(client: Client, core: str) -> None:
    found = client.create(f"{core}/configmaps", {**config_map("one"), "kind": "Secret"})
    assert (found.code, found.reason) == (400, "BadRequest")


def test_a_body_that_is_no_json_is_refused(client: Client, core: str) -> None:
    found = client.call("POST", f"{core}/configmaps", "no object")
    assert (found.code, found.reason) == (400, "BadRequest")


def test_a_name_is_made_up_on_request(client: Client, core: str) -> None:
    body: Doc = {"metadata": {"generateName": "some-"}}
    first, second = (client.made(f"{core}/configmaps", body) for _ in range(2))
    names = {text(each, "metadata", "name") for each in (first, second)}
    assert len(names) == 2
    assert all(name.startswith("some-") and len(name) == 10 for name in names)


def test_a_name_is_needed(client: Client, core: str) -> None:
    found = client.create(f"{core}/configmaps", {"metadata": {}})
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.message == (
        'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'
    )


def test_a_name_keeps_to_the_letters_of_a_domain(client: Client, core: str) -> None:
    found = client.create(f"{core}/configmaps", config_map("Not_A_Name"))
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.fields == {"metadata.name"}
    assert "a lowercase RFC 1123 subdomain must consist of" in found.message


def test_all_causes_come_at_once(client: Client, apps: str) -> None:
    body = deployment("one")
    spec = child(body, "spec")
    spec["selector"] = {"matchLabels": {"app": "other"}}
    child(spec, "template", "spec")["containers"] = []
    found = client.create(f"{apps}/deployments", body)
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.message.startswith('Deployment.apps "one" is invalid: [')
    assert found.fields == {
        "spec.template.metadata.labels",
        "spec.template.spec.containers",
    }
    assert {text(each, "reason") for each in found.causes} == {
        "FieldValueInvalid",
        "FieldValueRequired",
    }
    assert "`selector` does not match template `labels`" in found.message


def test_an_unknown_field_is_refused_on_demand(client: Client, apps: str) -> None:
    body = deployment("one")
    child(body, "spec")["replicaz"] = 3
    found = client.create(f"{apps}/deployments", body, fieldValidation="Strict")
    assert (found.code, found.reason) == (400, "BadRequest")
    assert found.message == (
        'Deployment in version "v1" cannot be handled as a Deployment: '
        'strict decoding error: unknown field "spec.replicaz"'
    )


def test_an_unknown_field_is_dropped_otherwise(client: Client, apps: str) -> None:
    body = deployment("one")
    child(body, "spec")["replicaz"] = 3
    made = client.made(f"{apps}/deployments", body, fieldValidation="Ignore")
    assert "replicaz" not in child(made, "spec")


def test_a_value_of_the_wrong_type_is_refused(client: Client, apps: str) -> None:
    body = deployment("one")
    child(body, "spec")["replicas"] = "three"
    found = client.create(f"{apps}/deployments", body)
    assert (found.code, found.reason) == (400, "BadRequest")
    assert found.message == (
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal '
        "string into Go struct field DeploymentSpec.spec.replicas of type int32"
    )


def test_a_number_is_no_word(client: Client, core: str, apps: str) -> None:
    found = client.create(f"{core}/configmaps", {**config_map("one"), "data": {"port": 8080}})
    assert (found.code, found.reason) == (400, "BadRequest")
    assert found.message == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal '
        "number into Go struct field ConfigMap.data of type string"
    )
    body = deployment("one")
    container = docs(body, "spec", "template", "spec", "containers")[0]
    container["env"] = [{"name": "PORT", "value": 8080}]
    found = client.create(f"{apps}/deployments", body)
    assert found.message == (
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal '
        "number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string"
    )


def test_a_dry_run_checks_and_leaves_nothing(client: Client, core: str) -> None:
    found = client.create(f"{core}/configmaps", config_map("one"), dryRun="All")
    assert found.code == 201
    assert text(found.doc, "metadata", "uid")
    assert "resourceVersion" not in child(found.doc, "metadata")
    assert client.get(f"{core}/configmaps/one").code == 404


def test_a_dry_run_of_a_change_changes_nothing(client: Client, core: str) -> None:
    before = client.made(f"{core}/configmaps", config_map("one", a="b"))
    found = client.patch(f"{core}/configmaps/one", {"data": {"a": "c"}}, dryRun="All")
    assert value(found.doc, "data", "a") == "c"
    assert client.get(f"{core}/configmaps/one").doc == before


def test_a_dry_run_is_all_or_nothing(client: Client, core: str) -> None:
    found = client.create(f"{core}/configmaps", config_map("one"), dryRun="Some")
    assert found.code == 422
    assert "dryRun" in found.message


def test_defaults_are_filled_in(client: Client, apps: str) -> None:
    body = deployment("one")
    del child(body, "spec")["replicas"]
    found = client.made(f"{apps}/deployments", body, dryRun="All")
    spec = child(found, "spec")
    assert spec["replicas"] == 1
    assert spec["progressDeadlineSeconds"] == 600
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }
    container = docs(spec, "template", "spec", "containers")[0]
    assert container["imagePullPolicy"] == "IfNotPresent"
    assert container["terminationMessagePath"] == "/dev/termination-log"


def test_a_secret_in_words_is_stored_in_base64(client: Client, core: str) -> None:
    body: Doc = {"metadata": {"name": "one"}, "stringData": {"password": "hunter2"}}
    found = client.made(f"{core}/secrets", body)
    assert found["data"] == {"password": "aHVudGVyMg=="}
    assert found["type"] == "Opaque"
    assert "stringData" not in found


def test_replacing_with_an_old_version_is_refused(client: Client, core: str) -> None:
    old = client.made(f"{core}/configmaps", config_map("one", a="1"))
    client.patch(f"{core}/configmaps/one", {"data": {"a": "2"}})
    found = client.replace(f"{core}/configmaps/one", {**old, "data": {"a": "3"}})
    assert (found.code, found.reason) == (409, "Conflict")
    assert found.message == (
        'Operation cannot be fulfilled on configmaps "one": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )


def test_replacing_without_a_version_wins(client: Client, core: str) -> None:
    client.made(f"{core}/configmaps", config_map("one", a="1", b="1"))
    found = client.replace(f"{core}/configmaps/one", config_map("one", a="2"))
    assert found.code == 200
    assert found.doc["data"] == {"a": "2"}


def test_replacing_what_is_not_there_is_refused(client: Client, core: str) -> None:
    assert client.replace(f"{core}/configmaps/one", config_map("one")).code == 404


def test_replacing_under_another_name_is_refused(client: Client, core: str) -> None:
    client.made(f"{core}/configmaps", config_map("one"))
    found = client.replace(f"{core}/configmaps/one", config_map("two"))
    assert found.code == 400
    assert found.message == (
        "the name of the object (two) does not match the name on the URL (one)"
    )


def test_replacing_another_object_of_the_same_name_is_refused(client: Client, core: str) -> None:
    client.made(f"{core}/configmaps", config_map("one"))
    body = config_map("one")
    child(body, "metadata")["uid"] = "not-its-uid"
    found = client.replace(f"{core}/configmaps/one", body)
    assert (found.code, found.reason) == (409, "Conflict")
    assert "Precondition failed: UID in precondition: not-its-uid" in found.message


def test_a_change_that_changes_nothing_is_none(client: Client, core: str) -> None:
    before = client.made(f"{core}/configmaps", config_map("one", a="1"))
    found = client.patch(f"{core}/configmaps/one", {"data": {"a": "1"}})
    assert text(found.doc, "metadata", "resourceVersion") == text(
        before, "metadata", "resourceVersion"
    )


def test_versions_only_grow(client: Client, core: str) -> None:
    first = client.made(f"{core}/configmaps", config_map("one", a="1"))
    second = client.patch(f"{core}/configmaps/one", {"data": {"a": "2"}}).doc
    other = client.made(f"{core}/secrets", {"metadata": {"name": "other"}})
    versions = [int(text(each, "metadata", "resourceVersion")) for each in (first, second, other)]
    assert versions == sorted(set(versions))


def test_the_generation_moves_with_the_spec_alone(client: Client, apps: str) -> None:
    path = f"{apps}/deployments/one"
    made = client.made(f"{apps}/deployments", deployment("one"))
    assert number(made, "metadata", "generation") == 1
    labelled = client.patch(path, {"metadata": {"labels": {"a": "b"}}}).doc
    assert number(labelled, "metadata", "generation") == 1
    changed = client.patch(path, {"spec": {"minReadySeconds": 3}}).doc
    assert number(changed, "metadata", "generation") == 2


def test_kinds_without_a_desired_state_have_no_generation(client: Client, core: str) -> None:
    made = client.made(f"{core}/configmaps", config_map("one"))
    assert "generation" not in child(made, "metadata")


def test_a_status_is_changed_through_its_own_door_only(client: Client, core: str) -> None:
    client.made(f"{core}/pods", pod("one"))
    ignored = client.patch(f"{core}/pods/one", {"status": {"message": "no"}}).doc
    assert value(ignored, "status", "message") is None
    patch: Doc = {"status": {"message": "yes"}, "metadata": {"labels": {"not": "this"}}}
    found = client.patch(f"{core}/pods/one/status", patch)
    assert found.code == 200
    assert value(client.get(f"{core}/pods/one").doc, "status", "message") == "yes"


def test_a_status_cannot_be_created_with_the_object(client: Client, core: str) -> None:
    made = client.made(f"{core}/pods", {**pod("one"), "status": {"phase": "Running"}})
    assert value(made, "status", "phase") == "Pending"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/namespaces"),
        ("POST", "/api/v1/pods"),
        ("PUT", "/api/v1/namespaces/default/pods"),
        ("POST", "/api/v1/namespaces/default/pods/one"),
    ],
)
def test_a_verb_that_a_path_does_not_have_is_refused(
    client: Client, method: str, path: str
) -> None:
    found = client.call(method, path, pod("one") if method != "DELETE" else None)
    assert (found.code, found.reason) == (405, "MethodNotAllowed")
    assert found.message == "the server does not allow this method on the requested resource"
