"""Lists and selectors."""

from __future__ import annotations

import pytest

from tests.kube.contract.client import Client
from tests.kube.contract.objects import config_map, labelled, pod
from tests.kube.json_values import Doc, child, docs, number, text

MINE = "kube-root-ca.crt"
"""What a cluster itself puts into every namespace."""


def names(found: Doc) -> list[str]:
    return [
        name for each in docs(found, "items") if (name := text(each, "metadata", "name")) != MINE
    ]


def test_a_list_is_sorted_by_name_and_has_a_version(client: Client, core: str) -> None:
    for name in ("b", "c", "a"):
        client.made(f"{core}/configmaps", config_map(name))
    found = client.get(f"{core}/configmaps").doc
    assert names(found) == ["a", "b", "c"]
    assert (found["kind"], found["apiVersion"]) == ("ConfigMapList", "v1")
    assert int(text(found, "metadata", "resourceVersion")) > 0


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ("tier=db", ["db"]),
        ("tier==db", ["db"]),
        ("tier!=db", ["api", "none"]),
        ("tier in (db,api)", ["api", "db"]),
        ("tier notin (db)", ["api", "none"]),
        ("tier", ["api", "db"]),
        ("!tier", ["none"]),
        ("tier,stage=test", ["api"]),
        ("tier=nothing", []),
    ],
)
def test_labels_select(client: Client, core: str, selector: str, wanted: list[str]) -> None:
    client.made(f"{core}/configmaps", labelled("api", tier="api", stage="test"))
    client.made(f"{core}/configmaps", labelled("db", tier="db"))
    client.made(f"{core}/configmaps", labelled("none"))
    assert names(client.get(f"{core}/configmaps", labelSelector=selector).doc) == wanted


def test_a_broken_selector_is_refused(client: Client, core: str) -> None:
    found = client.get(f"{core}/configmaps", labelSelector="a=b=c")
    assert (found.code, found.reason) == (400, "BadRequest")


def test_names_select_as_fields(client: Client, core: str) -> None:
    for name in ("a", "b"):
        client.made(f"{core}/configmaps", config_map(name))
    assert names(client.get(f"{core}/configmaps", fieldSelector="metadata.name=a").doc) == ["a"]
    assert names(client.get(f"{core}/configmaps", fieldSelector="metadata.name!=a").doc) == ["b"]


def test_phases_select_pods(client: Client, core: str) -> None:
    client.made(f"{core}/pods", pod("one"))
    assert names(client.get(f"{core}/pods", fieldSelector="status.phase=Pending").doc) == ["one"]
    assert names(client.get(f"{core}/pods", fieldSelector="status.phase=Running").doc) == []


def test_events_are_found_by_what_they_are_about(client: Client, core: str, namespace: str) -> None:
    for name in ("one", "two"):
        body: Doc = {
            "metadata": {"name": f"about-{name}"},
            "involvedObject": {"kind": "Pod", "name": name, "namespace": namespace},
            "reason": "Tested",
            "type": "Warning",
        }
        client.made(f"{core}/events", body)
    selector = "involvedObject.kind=Pod,involvedObject.name=one,type=Warning"
    assert names(client.get(f"{core}/events", fieldSelector=selector).doc) == ["about-one"]


@pytest.mark.parametrize("resource", ["configmaps", "pods"])
def test_a_field_without_an_index_is_refused(client: Client, core: str, resource: str) -> None:
    found = client.get(f"{core}/{resource}", fieldSelector="spec.nothing=1")
    assert (found.code, found.reason) == (400, "BadRequest")


def test_a_list_comes_in_pages_that_agree(client: Client, core: str) -> None:
    for name in "abcde":
        client.made(f"{core}/secrets", {"metadata": {"name": name}})
    first = client.get(f"{core}/secrets", limit="2").doc
    assert names(first) == ["a", "b"]
    assert number(first, "metadata", "remainingItemCount") == 3
    client.made(f"{core}/secrets", {"metadata": {"name": "ca"}})
    token = text(first, "metadata", "continue")
    second = client.get(f"{core}/secrets", **{"limit": "2", "continue": token}).doc
    assert names(second) == ["c", "d"]
    token = text(second, "metadata", "continue")
    third = client.get(f"{core}/secrets", **{"limit": "2", "continue": token}).doc
    assert names(third) == ["e"]
    assert "continue" not in child(third, "metadata")
    versions = {text(each, "metadata", "resourceVersion") for each in (first, second, third)}
    assert len(versions) == 1


def test_a_made_up_page_is_refused(client: Client, core: str) -> None:
    found = client.get(f"{core}/secrets", **{"limit": "2", "continue": "nonsense"})
    assert (found.code, found.reason) == (400, "BadRequest")


def test_a_version_from_the_future_times_out(client: Client, core: str) -> None:
    found = client.get(f"{core}/secrets", resourceVersion="99999999999")
    assert (found.code, found.reason) == (504, "Timeout")
    assert "Too large resource version: 99999999999" in found.message
    assert [text(each, "reason") for each in found.causes] == ["ResourceVersionTooLarge"]


def test_the_metadata_alone_can_be_listed(client: Client, core: str) -> None:
    client.made(f"{core}/secrets", {"metadata": {"name": "one"}, "stringData": {"a": "b"}})
    kind = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    found = client.call("GET", f"{core}/secrets", headers={"Accept": kind}).doc
    assert found["kind"] == "PartialObjectMetadataList"
    assert names(found) == ["one"]
    assert "data" not in docs(found, "items")[0]
