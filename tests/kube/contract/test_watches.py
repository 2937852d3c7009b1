"""Watches."""

from __future__ import annotations

from tests.kube.contract.client import Client
from tests.kube.contract.objects import config_map, labelled
from tests.kube.json_values import Doc, child, number, text


def version(doc: Doc) -> str:
    return text(doc, "metadata", "resourceVersion")


def test_a_watch_tells_what_happens_after_a_list(client: Client, core: str) -> None:
    path = f"{core}/secrets"
    start = version(client.get(path).doc)
    with client.watch(path, resourceVersion=start) as events:
        made = client.made(path, {"metadata": {"name": "one"}})
        assert events.next() == ("ADDED", made)
        changed = client.patch(f"{path}/one", {"metadata": {"labels": {"a": "b"}}}).doc
        assert events.next() == ("MODIFIED", changed)
        client.delete(f"{path}/one")
        kind, last = events.next()
        assert kind == "DELETED"
        assert text(last, "metadata", "uid") == text(made, "metadata", "uid")
        assert int(version(last)) > int(version(changed))


def test_a_watch_without_a_version_begins_with_what_is_there(client: Client, core: str) -> None:
    path = f"{core}/secrets"
    made = client.made(path, {"metadata": {"name": "one"}})
    with client.watch(path) as events:
        assert events.next() == ("ADDED", made)


def test_a_watch_resumes_where_the_last_one_ended(client: Client, core: str) -> None:
    path = f"{core}/secrets"
    start = version(client.get(path).doc)
    with client.watch(path, resourceVersion=start) as events:
        client.made(path, {"metadata": {"name": "one"}})
        _, seen = events.next()
    client.made(path, {"metadata": {"name": "two"}})
    client.delete(f"{path}/one")
    with client.watch(path, resourceVersion=version(seen)) as events:
        told = [events.next() for _ in range(2)]
    assert [(kind, text(doc, "metadata", "name")) for kind, doc in told] == [
        ("ADDED", "two"),
        ("DELETED", "one"),
    ]


def test_what_no_longer_matches_is_deleted_for_the_watcher(client: Client, core: str) -> None:
    path = f"{core}/configmaps"
    client.made(path, labelled("one", tier="db"))
    start = version(client.get(path).doc)
    with client.watch(path, resourceVersion=start, labelSelector="tier=db") as events:
        client.patch(f"{path}/one", {"metadata": {"labels": {"tier": "api"}}})
        kind, gone = events.next()
        assert kind == "DELETED"
        client.patch(f"{path}/one", {"metadata": {"labels": {"tier": "db"}}})
        kind, back = events.next()
        assert kind == "ADDED"
    assert int(version(back)) > int(version(gone))


def test_a_watch_of_one_name_tells_of_no_other(client: Client, core: str) -> None:
    path = f"{core}/configmaps"
    start = version(client.get(path).doc)
    with client.watch(path, resourceVersion=start, fieldSelector="metadata.name=two") as events:
        client.made(path, config_map("one"))
        client.made(path, config_map("two"))
        _, seen = events.next()
    assert text(seen, "metadata", "name") == "two"


def test_a_watch_from_a_forgotten_version_says_so(client: Client, core: str) -> None:
    with client.watch(f"{core}/secrets", resourceVersion="1") as events:
        kind, status = events.next()
    assert kind == "ERROR"
    assert (status["kind"], status["status"]) == ("Status", "Failure")
    assert (number(status, "code"), text(status, "reason")) == (410, "Expired")
    assert text(status, "message").startswith("too old resource version: 1 (")


def test_a_watch_ends_in_order_when_its_time_is_up(client: Client, core: str) -> None:
    start = version(client.get(f"{core}/secrets").doc)
    query = {"resourceVersion": start, "timeoutSeconds": "1"}
    with client.watch(f"{core}/secrets", **query) as events:
        assert list(events) == []


def test_a_deleted_namespace_is_told_to_who_watches_its_content(
    client: Client, core: str, namespace: str
) -> None:
    path = f"{core}/secrets"
    client.made(path, {"metadata": {"name": "one"}})
    start = version(client.get(path).doc)
    with client.watch(path, resourceVersion=start) as events:
        client.delete(f"/api/v1/namespaces/{namespace}")
        kind, gone = events.next()
    assert (kind, child(gone, "metadata")["name"]) == ("DELETED", "one")
