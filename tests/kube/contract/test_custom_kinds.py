"""CustomResourceDefinitions and their objects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kube.contract.client import STRATEGIC, Client, eventually
from tests.kube.json_values import Doc, Json, child, docs, number, text, texts, value

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def definition(group: str) -> Doc:
    schema: Doc = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["size"],
                "properties": {
                    "size": {"type": "integer", "minimum": 1},
                    "color": {"type": "string", "enum": ["red", "blue"], "default": "red"},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                },
            },
            "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}},
        },
    }
    versions: list[Json] = [
        {
            "name": "v1",
            "served": True,
            "storage": True,
            "schema": {"openAPIV3Schema": schema},
            "subresources": {"status": {}},
        }
    ]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"boxes.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "boxes", "kind": "Box", "shortNames": ["bx"]},
            "versions": versions,
        },
    }


def box(group: str, name: str, **spec: Json) -> Doc:
    return {
        "apiVersion": f"{group}/v1",
        "kind": "Box",
        "metadata": {"name": name},
        "spec": {**spec},
    }


def is_established(found: Doc) -> bool:
    return any(
        (text(each, "type"), text(each, "status")) == ("Established", "True")
        for each in docs(found, "status", "conditions")
    )


@pytest.fixture
def group(client: Client, unique: str) -> Iterator[str]:
    """The group of a kind `Box` that is served."""
    name = f"{unique}.example.com"
    client.made(CRDS, definition(name))
    eventually(lambda: is_established(client.get(f"{CRDS}/boxes.{name}").doc))
    eventually(lambda: client.get(f"/apis/{name}/v1/boxes").code == 200)
    yield name
    client.delete(f"{CRDS}/boxes.{name}")


@pytest.fixture
def boxes(group: str, namespace: str) -> str:
    return f"/apis/{group}/v1/namespaces/{namespace}/boxes"


def test_a_new_kind_is_discovered(client: Client, group: str) -> None:
    found = client.get(f"/apis/{group}/v1").doc
    listed = next(each for each in docs(found, "resources") if text(each, "name") == "boxes")
    assert (listed["kind"], listed["namespaced"], listed["singularName"]) == ("Box", True, "box")
    assert texts(listed, "shortNames") == ["bx"]
    names = {text(each, "name") for each in docs(client.get("/apis").doc, "groups")}
    assert group in names


def test_a_definition_tells_that_its_names_are_accepted(client: Client, group: str) -> None:
    found = client.get(f"{CRDS}/boxes.{group}").doc
    conditions = {
        text(each, "type"): text(each, "status") for each in docs(found, "status", "conditions")
    }
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert value(found, "status", "acceptedNames", "kind") == "Box"
    assert value(found, "status", "storedVersions") == ["v1"]


def test_objects_live_like_any_other(client: Client, boxes: str, group: str) -> None:
    made = client.made(boxes, box(group, "one", size=1))
    assert number(made, "metadata", "generation") == 1
    assert value(made, "spec", "color") == "red"
    found = client.patch(f"{boxes}/one", {"spec": {"size": 2}}).doc
    assert number(found, "metadata", "generation") == 2
    missing = client.get(f"{boxes}/none")
    assert missing.message == f'boxes.{group} "none" not found'
    assert text(client.get(boxes).doc, "kind") == "BoxList"


def test_the_status_has_its_own_door(client: Client, boxes: str, group: str) -> None:
    client.made(boxes, {**box(group, "one", size=1), "status": {"ready": True}})
    assert "status" not in client.get(f"{boxes}/one").doc
    found = client.patch(f"{boxes}/one/status", {"status": {"ready": True}}).doc
    assert value(found, "status", "ready") is True
    assert number(found, "metadata", "generation") == 1


def test_what_the_schema_does_not_know_is_dropped(client: Client, boxes: str, group: str) -> None:
    body = box(group, "one", size=1, weight=3, free={"any": "thing"})
    made = client.made(boxes, body, fieldValidation="Ignore")
    assert child(made, "spec") == {"size": 1, "color": "red", "free": {"any": "thing"}}


def test_what_the_schema_does_not_know_is_refused_on_demand(
    client: Client, boxes: str, group: str
) -> None:
    body = box(group, "one", size=1, weight=3)
    found = client.create(boxes, body, fieldValidation="Strict")
    assert (found.code, found.reason) == (400, "BadRequest")
    assert 'strict decoding error: unknown field "spec.weight"' in found.message
    applied = client.apply(f"{boxes}/one", body, "first")
    assert applied.code == 500
    assert applied.message.endswith(", Kind=Box): .spec.weight: field not declared in schema")


@pytest.mark.parametrize(
    ("spec", "field", "told"),
    [
        ({}, "spec.size", "Required value"),
        ({"size": "big"}, "spec.size", 'spec.size in body must be of type integer: "string"'),
        ({"size": 0}, "spec.size", "should be greater than or equal to 1"),
        ({"size": 1, "color": "green"}, "spec.color", 'supported values: "red", "blue"'),
    ],
)
def test_what_the_schema_forbids_is_refused(
    client: Client, boxes: str, group: str, spec: Doc, field: str, told: str
) -> None:
    found = client.create(boxes, box(group, "one", **spec))
    assert (found.code, found.reason) == (422, "Invalid")
    assert found.message.startswith(f'Box.{group} "one" is invalid: ')
    assert field in found.fields
    assert told in found.message


def test_a_replacement_needs_a_version(client: Client, boxes: str, group: str) -> None:
    client.made(boxes, box(group, "one", size=1))
    found = client.replace(f"{boxes}/one", box(group, "one", size=2))
    assert (found.code, found.reason) == (422, "Invalid")
    assert "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update" in (
        found.message
    )


def test_there_is_no_strategy_to_patch_by(client: Client, boxes: str, group: str) -> None:
    client.made(boxes, box(group, "one", size=1))
    found = client.patch(f"{boxes}/one", {"spec": {"size": 2}}, STRATEGIC)
    assert (found.code, found.reason) == (415, "UnsupportedMediaType")


def test_fields_of_objects_have_owners(client: Client, boxes: str, group: str) -> None:
    assert client.apply(f"{boxes}/one", box(group, "one", size=1), "first").code == 201
    found = client.apply(f"{boxes}/one", box(group, "one", size=2), "second")
    assert found.message == 'Apply failed with 1 conflict: conflict with "first": .spec.size'


def test_objects_go_with_their_kind(client: Client, boxes: str, group: str) -> None:
    client.made(boxes, box(group, "one", size=1))
    client.delete(f"{CRDS}/boxes.{group}")
    eventually(lambda: client.get(f"{CRDS}/boxes.{group}").code == 404, within=60)
    eventually(lambda: client.get(boxes).body.strip() == "404 page not found")
