"""The patch types."""

from __future__ import annotations

from tests.kube.contract.client import JSON_PATCH, MERGE, STRATEGIC, Client
from tests.kube.contract.objects import config_map, deployment
from tests.kube.json_values import Doc, Json, child, docs, pairs, text


def two_containers() -> Doc:
    body = deployment("one")
    containers: list[Json] = [
        {"name": "a", "image": "example.invalid/a:1", "env": [{"name": "X", "value": "1"}]},
        {"name": "b", "image": "example.invalid/b:1"},
    ]
    child(body, "spec", "template", "spec")["containers"] = containers
    return body


def images(found: Doc) -> dict[str, str]:
    return {
        text(each, "name"): text(each, "image")
        for each in docs(found, "spec", "template", "spec", "containers")
    }


def patch_of(container: Doc) -> Doc:
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


def test_a_merge_patch_removes_with_null(client: Client, core: str) -> None:
    client.made(f"{core}/configmaps", config_map("one", a="1", b="1"))
    found = client.patch(f"{core}/configmaps/one", {"data": {"a": None, "c": "1"}})
    assert found.doc["data"] == {"b": "1", "c": "1"}


def test_a_merge_patch_replaces_lists(client: Client, apps: str) -> None:
    client.made(f"{apps}/deployments", two_containers())
    patch = patch_of({"name": "a", "image": "example.invalid/a:2"})
    found = client.patch(f"{apps}/deployments/one", patch, MERGE)
    assert images(found.doc) == {"a": "example.invalid/a:2"}


def test_a_strategic_patch_merges_lists_by_their_key(client: Client, apps: str) -> None:
    client.made(f"{apps}/deployments", two_containers())
    patch = patch_of({"name": "a", "image": "example.invalid/a:2"})
    found = client.patch(f"{apps}/deployments/one", patch, STRATEGIC)
    assert images(found.doc) == {"a": "example.invalid/a:2", "b": "example.invalid/b:1"}
    first = docs(found.doc, "spec", "template", "spec", "containers")[0]
    assert first["env"] == [{"name": "X", "value": "1"}]


def test_a_strategic_patch_deletes_items_on_demand(client: Client, apps: str) -> None:
    client.made(f"{apps}/deployments", two_containers())
    found = client.patch(
        f"{apps}/deployments/one", patch_of({"name": "a", "$patch": "delete"}), STRATEGIC
    )
    assert images(found.doc) == {"b": "example.invalid/b:1"}


def test_a_json_patch_goes_by_pointers(client: Client, core: str) -> None:
    client.made(f"{core}/configmaps", config_map("one", a="1", b="1"))
    patch: list[Json] = [
        {"op": "test", "path": "/data/a", "value": "1"},
        {"op": "replace", "path": "/data/a", "value": "2"},
        {"op": "remove", "path": "/data/b"},
        {"op": "add", "path": "/metadata/labels", "value": {"x/y": "z"}},
        {"op": "add", "path": "/metadata/labels/x~1y", "value": "w"},
    ]
    found = client.patch(f"{core}/configmaps/one", patch, JSON_PATCH)
    assert found.doc["data"] == {"a": "2"}
    assert pairs(found.doc, "metadata", "labels") == {"x/y": "w"}


def test_a_json_patch_whose_test_fails_is_refused(client: Client, core: str) -> None:
    before = client.made(f"{core}/configmaps", config_map("one", a="1"))
    patch: list[Json] = [
        {"op": "replace", "path": "/data/a", "value": "2"},
        {"op": "test", "path": "/data/a", "value": "9"},
    ]
    found = client.patch(f"{core}/configmaps/one", patch, JSON_PATCH)
    assert (found.code, found.reason) == (422, "Invalid")
    assert client.get(f"{core}/configmaps/one").doc == before


def test_a_patch_with_an_old_version_is_refused(client: Client, core: str) -> None:
    old = client.made(f"{core}/configmaps", config_map("one", a="1"))
    client.patch(f"{core}/configmaps/one", {"data": {"a": "2"}})
    version = text(old, "metadata", "resourceVersion")
    patch: Doc = {"metadata": {"resourceVersion": version}, "data": {"a": "3"}}
    found = client.patch(f"{core}/configmaps/one", patch)
    assert (found.code, found.reason) == (409, "Conflict")


def test_a_patch_of_what_is_not_there_is_refused(client: Client, core: str) -> None:
    assert client.patch(f"{core}/configmaps/none", {"data": {"a": "1"}}).code == 404


def test_a_patch_in_an_unknown_language_is_refused(client: Client, core: str) -> None:
    client.made(f"{core}/configmaps", config_map("one"))
    found = client.patch(f"{core}/configmaps/one", {"data": {}}, "application/json")
    assert (found.code, found.reason) == (415, "UnsupportedMediaType")


def test_scaling_moves_the_replicas(client: Client, apps: str) -> None:
    client.made(f"{apps}/deployments", deployment("one"))
    found = client.get(f"{apps}/deployments/one/scale").doc
    assert (found["kind"], found["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert child(found, "spec").get("replicas", 0) == 0
    child(found, "spec")["replicas"] = 1
    changed = client.patch(f"{apps}/deployments/one/scale", {"spec": {"replicas": 1}})
    assert child(changed.doc, "spec")["replicas"] == 1
    client.patch(f"{apps}/deployments/one/scale", {"spec": {"replicas": 0}})
