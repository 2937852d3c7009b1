"""What goes wrong on purpose, and what is counted."""

from __future__ import annotations

import http.client
import threading
import time

import pytest

from tests.kube.contract.client import Client
from tests.kube.contract.objects import config_map
from tests.kube.faults import Breakage, Delays, Refuses, Which
from tests.kube.json_values import number, text, value
from tests.kube.kube_double import KubeDouble

MAPS = "/api/v1/namespaces/shop/configmaps"


def test_a_busy_server_says_when_to_come_back(double: KubeDouble, direct: Client) -> None:
    double.faults.add(Which(verb="create"), Refuses(code=429, retry_after=2), times=2)
    codes = []
    for _ in range(3):
        found = direct.create(MAPS, config_map("one"))
        codes.append(found.code)
        if found.code == 429:
            assert found.headers["Retry-After"] == "2"
            assert found.reason == "TooManyRequests"
            assert number(found.doc, "details", "retryAfterSeconds") == 2
    assert codes == [429, 429, 201]
    assert double.faults.struck == 2


def test_a_proxy_before_the_server_speaks_plain_text(double: KubeDouble, direct: Client) -> None:
    double.faults.add(Which(), Refuses(code=503, message="upstream down", plain=True))
    found = direct.get(MAPS)
    assert (found.code, found.body, found.doc) == (503, "upstream down", {})


@pytest.mark.parametrize(
    ("which", "struck"),
    [
        (Which(path=r"/configmaps/one$"), True),
        (Which(path=r"/secrets"), False),
        (Which(method="PATCH"), True),
        (Which(verb="update"), False),
        (Which(query="fieldManager=mine"), True),
        (Which(method="PATCH", query="force"), False),
    ],
)
def test_a_fault_strikes_what_it_is_for(
    double: KubeDouble, direct: Client, which: Which, struck: bool
) -> None:
    double.faults.add(which, Refuses(code=500))
    found = direct.apply(f"{MAPS}/one", config_map("one"), "mine")
    assert found.code == (500 if struck else 201)


def test_a_reset_leaves_no_answer_and_no_change(double: KubeDouble, direct: Client) -> None:
    double.faults.add(Which(verb="create"), Breakage.RESET)
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        direct.create(MAPS, config_map("one"))
    assert direct.get(f"{MAPS}/one").code == 404
    assert [seen.code for seen in double.requests.all() if seen.verb == "create"] == [0]


def test_an_answer_may_end_in_the_middle(double: KubeDouble, direct: Client) -> None:
    double.faults.add(Which(verb="list"), Breakage.CUT)
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        direct.get(MAPS)


def test_a_server_that_hangs_lets_go_when_it_ends(double: KubeDouble, direct: Client) -> None:
    double.faults.add(Which(path="/version"), Breakage.HANG)
    ended = threading.Event()

    def ask() -> None:
        try:
            direct.get("/version")
        except (OSError, http.client.HTTPException):
            ended.set()

    thread = threading.Thread(target=ask)
    thread.start()
    assert direct.get(MAPS).code == 200
    assert not ended.is_set()
    double.server.traffic.over.set()
    thread.join(10)
    assert ended.is_set()


def test_every_answer_can_be_late(double: KubeDouble, direct: Client) -> None:
    double.delay_all(0.05)
    before = time.monotonic()
    direct.get("/version")
    assert time.monotonic() - before >= 0.05
    double.delay_all(0)
    double.faults.add(Which(path="/version"), Delays(seconds=0.05))
    before = time.monotonic()
    assert direct.get("/version").code == 200
    assert time.monotonic() - before >= 0.05


def test_requests_are_counted_by_verb_and_resource(double: KubeDouble, direct: Client) -> None:
    direct.get("/version")
    direct.create(MAPS, config_map("one"))
    direct.get(f"{MAPS}/one")
    direct.get(MAPS)
    direct.get("/api/v1/namespaces/shop/pods/none/log")
    with direct.watch(MAPS) as events:
        events.next()
    count = double.requests.count
    assert count() == 6
    assert count(resource="configmaps") == 4
    assert (count(verb="create"), count(verb="list"), count(verb="watch")) == (1, 1, 1)
    assert count(verb="get", resource="pods/log") == 1
    assert [seen.code for seen in double.requests.all()] == [200, 201, 200, 200, 404, 200]
    assert double.requests.most == 1


def test_open_watches_can_be_told_that_they_are_too_old(double: KubeDouble, direct: Client) -> None:
    start = text(direct.get(MAPS).doc, "metadata", "resourceVersion")
    with direct.watch(MAPS, resourceVersion=start) as events:
        direct.create(MAPS, config_map("one"))
        assert events.next()[0] == "ADDED"
        double.expire_watches()
        kind, status = events.next()
        assert (kind, number(status, "code")) == ("ERROR", 410)
        assert list(events) == []


def test_open_watches_can_be_cut(double: KubeDouble, direct: Client) -> None:
    with direct.watch(MAPS) as events:
        events.next()
        double.drop_watches()
        with pytest.raises((OSError, http.client.HTTPException, StopIteration)):
            events.next()
    assert direct.get(MAPS).code == 200


def test_history_can_be_forgotten(double: KubeDouble, direct: Client) -> None:
    start = text(direct.get(MAPS).doc, "metadata", "resourceVersion")
    direct.create(MAPS, config_map("one"))
    double.compact()
    with direct.watch(MAPS, resourceVersion=start) as events:
        kind, status = events.next()
        assert (kind, text(status, "reason")) == ("ERROR", "Expired")
    now = text(direct.get(MAPS).doc, "metadata", "resourceVersion")
    with direct.watch(MAPS, resourceVersion=now) as events:
        direct.create(MAPS, config_map("two"))
        assert events.next()[0] == "ADDED"


def test_a_page_of_forgotten_history_offers_to_go_on(double: KubeDouble, direct: Client) -> None:
    for name in "abc":
        direct.create(MAPS, config_map(name))
    first = direct.get(MAPS, limit="2").doc
    direct.create(MAPS, config_map("d"))
    double.compact()
    token = text(first, "metadata", "continue")
    found = direct.get(MAPS, **{"limit": "2", "continue": token})
    assert (found.code, found.reason) == (410, "Expired")
    assert found.message.startswith("The provided continue parameter is too old")
    again = direct.get(MAPS, **{"continue": text(found.doc, "metadata", "continue")})
    assert again.code == 200


def test_a_bookmark_ends_a_watch_that_asks_for_them(double: KubeDouble, direct: Client) -> None:
    query = {"allowWatchBookmarks": "true", "timeoutSeconds": "1", "resourceVersion": "0"}
    with direct.watch("/api/v1/namespaces/shop/secrets", **query) as events:
        kind, mark = events.next()
    assert kind == "BOOKMARK"
    assert text(mark, "kind") == "Secret"
    assert int(text(mark, "metadata", "resourceVersion")) > 0


def test_a_watch_can_begin_with_a_list_and_say_where_it_ends(
    double: KubeDouble, direct: Client
) -> None:
    direct.create(MAPS, config_map("one"))
    query = {
        "sendInitialEvents": "true",
        "allowWatchBookmarks": "true",
        "resourceVersionMatch": "NotOlderThan",
    }
    with direct.watch(MAPS, **query) as events:
        seen = [events.next() for _ in range(3)]
    assert [kind for kind, _ in seen] == ["ADDED", "ADDED", "BOOKMARK"]
    assert value(seen[2][1], "metadata", "annotations", "k8s.io/initial-events-end") == "true"
