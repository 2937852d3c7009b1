"""What a server says it has."""

from __future__ import annotations

import pytest

from tests.kube.contract.client import Client
from tests.kube.json_values import Doc, child, docs, text, texts, values


def test_the_version_is_told(client: Client) -> None:
    found = client.get("/version")
    assert text(found.doc, "gitVersion").startswith("v1.")


def test_the_core_group_has_its_version(client: Client) -> None:
    assert values(client.get("/api").doc, "versions") == ["v1"]


@pytest.mark.parametrize(
    "group",
    [
        "apps",
        "batch",
        "rbac.authorization.k8s.io",
        "apiextensions.k8s.io",
        "coordination.k8s.io",
        "policy",
        "networking.k8s.io",
    ],
)
def test_each_group_is_listed_and_found(client: Client, group: str) -> None:
    listed = client.get("/apis").doc
    assert group in {text(each, "name") for each in docs(listed, "groups")}
    found = client.get(f"/apis/{group}").doc
    assert text(found, "preferredVersion", "groupVersion") == f"{group}/v1"


def named(found: Doc, name: str) -> Doc:
    return next(each for each in docs(found, "resources") if text(each, "name") == name)


def test_resources_tell_kind_scope_verbs_and_short_names(client: Client) -> None:
    found = named(client.get("/apis/apps/v1").doc, "deployments")
    assert found["kind"] == "Deployment"
    assert found["namespaced"] is True
    assert found["singularName"] == "deployment"
    assert "deploy" in texts(found, "shortNames")
    assert {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"} <= {
        *texts(found, "verbs")
    }


def test_a_status_is_listed_as_a_subresource(client: Client) -> None:
    names = {text(each, "name") for each in docs(client.get("/apis/apps/v1").doc, "resources")}
    assert {"deployments/status", "deployments/scale"} <= names
    names = {text(each, "name") for each in docs(client.get("/api/v1").doc, "resources")}
    assert {"pods/log", "pods/status", "namespaces/finalize"} <= names


def test_namespaces_cannot_be_deleted_by_the_dozen(client: Client) -> None:
    found = named(client.get("/api/v1").doc, "namespaces")
    assert found["namespaced"] is False
    assert "deletecollection" not in texts(found, "verbs")


def test_discovery_comes_in_one_piece_to_who_asks_for_it(client: Client) -> None:
    kind = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    found = client.call("GET", "/apis", headers={"Accept": kind})
    assert found.doc["kind"] == "APIGroupDiscoveryList"
    apps = next(
        each for each in docs(found.doc, "items") if text(each, "metadata", "name") == "apps"
    )
    version = docs(apps, "versions")[0]
    deployments = next(
        each for each in docs(version, "resources") if text(each, "resource") == "deployments"
    )
    assert deployments["scope"] == "Namespaced"
    assert child(deployments, "responseKind")["kind"] == "Deployment"


@pytest.mark.parametrize(
    "path",
    [
        "/apis/nobody.example.com/v1",
        "/apis/nobody.example.com/v1/things",
        "/apis/apps/v9/deployments",
        "/nowhere",
    ],
)
def test_an_unknown_path_gets_plain_text_and_no_status(client: Client, path: str) -> None:
    found = client.get(path)
    assert found.code == 404
    assert found.doc == {}
    assert found.body.strip() == "404 page not found"
    assert found.headers["Content-Type"].startswith("text/plain")


def test_the_server_says_when_it_is_ready(client: Client) -> None:
    assert client.get("/readyz").body == "ok"
