"""Deleting, finalizers, owners and namespaces."""

from __future__ import annotations

from tests.kube.contract.client import Client, eventually
from tests.kube.contract.objects import config_map, labelled
from tests.kube.json_values import Doc, child, docs, text, texts, value


def held(name: str, *finalizers: str) -> Doc:
    body = config_map(name)
    child(body, "metadata")["finalizers"] = [*finalizers]
    return body


def owned(name: str, owner: Doc, *, blocks: bool = False) -> Doc:
    body = config_map(name)
    child(body, "metadata")["ownerReferences"] = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "name": text(owner, "metadata", "name"),
            "uid": text(owner, "metadata", "uid"),
            "blockOwnerDeletion": blocks,
        }
    ]
    return body


def release(client: Client, path: str) -> None:
    client.patch(path, {"metadata": {"finalizers": None}})


def test_a_deletion_is_confirmed_with_what_went(client: Client, core: str) -> None:
    made = client.made(f"{core}/configmaps", config_map("one"))
    found = client.delete(f"{core}/configmaps/one")
    assert found.code == 200
    assert (found.doc["kind"], found.doc["status"]) == ("Status", "Success")
    assert child(found.doc, "details") == {
        "name": "one",
        "kind": "configmaps",
        "uid": text(made, "metadata", "uid"),
    }
    assert client.get(f"{core}/configmaps/one").code == 404


def test_what_is_not_there_cannot_be_deleted(client: Client, core: str) -> None:
    found = client.delete(f"{core}/configmaps/one")
    assert (found.code, found.reason) == (404, "NotFound")


def test_a_dry_run_deletes_nothing(client: Client, core: str) -> None:
    made = client.made(f"{core}/configmaps", config_map("one"))
    assert client.delete(f"{core}/configmaps/one", dryRun="All").code == 200
    assert client.get(f"{core}/configmaps/one").doc == made


def test_another_object_of_the_same_name_is_left_alone(client: Client, core: str) -> None:
    made = client.made(f"{core}/configmaps", config_map("one"))
    found = client.delete(f"{core}/configmaps/one", {"preconditions": {"uid": "another"}})
    assert (found.code, found.reason) == (409, "Conflict")
    assert found.message == (
        'Operation cannot be fulfilled on configmaps "one": Precondition failed: '
        f"UID in precondition: another, UID in object meta: {text(made, 'metadata', 'uid')}"
    )


def test_many_go_by_their_labels(client: Client, core: str) -> None:
    client.made(f"{core}/configmaps", labelled("one", run="mine"))
    client.made(f"{core}/configmaps", labelled("two", run="mine"))
    client.made(f"{core}/configmaps", labelled("three", run="other"))
    assert client.delete(f"{core}/configmaps", labelSelector="run=mine").code == 200
    left = {
        text(each, "metadata", "name")
        for each in docs(client.get(f"{core}/configmaps", labelSelector="run").doc, "items")
    }
    assert left == {"three"}


def test_a_finalizer_holds_a_deleted_object(client: Client, core: str) -> None:
    path = f"{core}/configmaps/one"
    client.made(f"{core}/configmaps", held("one", "example.com/hold"))
    found = client.delete(path)
    assert found.code == 200
    assert text(found.doc, "metadata", "deletionTimestamp")
    assert value(found.doc, "metadata", "deletionGracePeriodSeconds") == 0
    assert client.get(path).code == 200
    again = client.create(f"{core}/configmaps", config_map("one"))
    assert (again.code, again.reason) == (409, "AlreadyExists")
    assert again.message == 'object is being deleted: configmaps "one" already exists'
    release(client, path)
    assert client.get(path).code == 404


def test_a_deleted_object_takes_no_new_finalizer(client: Client, core: str) -> None:
    path = f"{core}/configmaps/one"
    client.made(f"{core}/configmaps", held("one", "example.com/hold"))
    client.delete(path)
    more: Doc = {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}}
    found = client.patch(path, more)
    assert found.code == 422
    assert "no new finalizers can be added if the object is being deleted" in found.message
    release(client, path)


def test_what_is_owned_goes_with_its_owner(client: Client, core: str) -> None:
    owner = client.made(f"{core}/configmaps", config_map("owner"))
    client.made(f"{core}/configmaps", owned("mine", owner))
    client.delete(f"{core}/configmaps/owner", {"propagationPolicy": "Background"})
    assert client.get(f"{core}/configmaps/owner").code == 404
    eventually(lambda: client.get(f"{core}/configmaps/mine").code == 404, within=60)


def test_an_orphan_stays_without_its_owner(client: Client, core: str) -> None:
    owner = client.made(f"{core}/configmaps", config_map("owner"))
    client.made(f"{core}/configmaps", owned("mine", owner))
    client.delete(f"{core}/configmaps/owner", {"propagationPolicy": "Orphan"})
    eventually(lambda: client.get(f"{core}/configmaps/owner").code == 404, within=60)
    left = client.get(f"{core}/configmaps/mine")
    assert left.code == 200
    assert docs(left.doc, "metadata", "ownerReferences") == []


def test_an_owner_waits_for_what_it_owns_in_the_foreground(client: Client, core: str) -> None:
    owner = client.made(f"{core}/configmaps", config_map("owner"))
    mine = owned("mine", owner, blocks=True)
    child(mine, "metadata")["finalizers"] = ["example.com/hold"]
    client.made(f"{core}/configmaps", mine)
    found = client.delete(f"{core}/configmaps/owner", {"propagationPolicy": "Foreground"})
    assert "foregroundDeletion" in texts(found.doc, "metadata", "finalizers")
    path = f"{core}/configmaps/mine"
    eventually(lambda: text(client.get(path).doc, "metadata", "deletionTimestamp"), within=60)
    assert client.get(f"{core}/configmaps/owner").code == 200
    release(client, path)
    eventually(lambda: client.get(f"{core}/configmaps/owner").code == 404, within=60)


def test_the_default_namespace_stays(client: Client) -> None:
    found = client.delete("/api/v1/namespaces/default")
    assert (found.code, found.reason) == (403, "Forbidden")
    assert found.message == ('namespaces "default" is forbidden: this namespace may not be deleted')


def test_a_namespace_goes_with_all_that_is_in_it(client: Client, core: str, namespace: str) -> None:
    client.made(f"{core}/configmaps", config_map("one"))
    found = client.delete(f"/api/v1/namespaces/{namespace}")
    assert found.code == 200
    assert value(found.doc, "status", "phase") == "Terminating"
    eventually(lambda: client.get(f"/api/v1/namespaces/{namespace}").code == 404, within=60)
    assert client.get(f"{core}/configmaps/one").code == 404


def test_nothing_new_comes_into_a_namespace_that_goes(
    client: Client, core: str, namespace: str
) -> None:
    client.made(f"{core}/configmaps", held("one", "example.com/hold"))
    client.delete(f"/api/v1/namespaces/{namespace}")
    found = client.create(f"{core}/configmaps", config_map("two"))
    assert (found.code, found.reason) == (403, "Forbidden")
    assert found.message == (
        f'configmaps "two" is forbidden: unable to create new content in namespace {namespace} '
        "because it is being terminated"
    )
    assert [text(each, "reason") for each in found.causes] == ["NamespaceTerminating"]
    path = f"{core}/configmaps/one"
    eventually(lambda: text(client.get(path).doc, "metadata", "deletionTimestamp"))
    assert client.get(f"/api/v1/namespaces/{namespace}").code == 200
    release(client, path)
    eventually(lambda: client.get(f"/api/v1/namespaces/{namespace}").code == 404, within=60)
