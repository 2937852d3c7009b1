"""The client asks the double over real HTTP, and everything that can fail is an ApiError."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Final

import pytest

from orchestration.cluster.api import Body
from orchestration.cluster.client import Client
from orchestration.cluster.fields import Fields
from tests.cluster.asking import (
    BOXES,
    MAPS,
    PODS,
    SPACES,
    Given,
    ask,
    config,
    config_map,
    odd_server,
    refused,
    write_kubeconfig,
)
from tests.kube.behaviours import Runs
from tests.kube.contract.test_custom_kinds import box, definition
from tests.kube.faults import Breakage, Refuses, Which
from tests.kube.kube_double import KubeDouble
from tests.kube.workloads import deployment

SOON_S: Final = 20.0


def test_what_is_applied_can_be_read_listed_and_deleted(double: KubeDouble, tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        made = await client.apply(MAPS, config_map("one", a="1"))
        found = await client.get(MAPS, "one", "shop")
        assert found == made
        assert Fields(found).text("data", "a") == "1"
        listing = await client.list(MAPS, "shop")
        assert "one" in {Fields(each).text("metadata", "name") for each in listing.items}
        assert listing.resource_version.isdigit()
        assert await client.delete(MAPS, "one", "shop")
        assert not await client.delete(MAPS, "one", "shop")
        assert (await refused(client.get(MAPS, "one", "shop"))).reason == "NotFound"

    ask(config(double, tmp_path), work)


@pytest.mark.parametrize(
    "text", ["😀 \U0010ffff", r"\ud83d\\ude00 \"", "\x00\x1f\x7f\x80\x85\u2028\ufeff\ufffe", "é中"]
)
def test_what_is_applied_is_the_text_that_was_given(
    plain: KubeDouble, tmp_path: Path, text: str
) -> None:
    async def work(client: Client) -> None:
        made = await client.apply(MAPS, config_map("one", a=text))
        assert Fields(made).get("data") == {"a": text}

    ask(config(plain, tmp_path), work)


def test_half_a_character_is_refused_like_any_other_mistake(
    plain: KubeDouble, tmp_path: Path
) -> None:
    async def work(client: Client) -> None:
        error = await refused(client.apply(MAPS, config_map("one", a="\udcff")))
        assert (error.code, error.retryable) == (400, False)
        assert "invalid Unicode character escape code" in error.message

    ask(config(plain, tmp_path), work)


def test_the_client_knows_where_it_is(double: KubeDouble, tmp_path: Path) -> None:
    path = config(double, tmp_path, namespace="shop")

    async def work(client: Client) -> None:
        assert (client.context.name, client.context.namespace) == ("double", "shop")
        assert client.context.server == double.url
        assert client.context.kubeconfig == path
        assert (await client.version()).startswith("v1.")

    ask(path, work)


def test_an_object_that_names_no_namespace_is_in_that_of_the_context(
    plain: KubeDouble, tmp_path: Path
) -> None:
    async def work(client: Client) -> None:
        await client.apply(MAPS, {**config_map("one"), "metadata": {"name": "one"}})
        assert await client.get(MAPS, "one", None)

    ask(config(plain, tmp_path, namespace="shop"), work)
    assert plain.get("ConfigMap", "one", "shop")


def test_kinds_are_found_by_one_request_for_each_api_version(
    plain: KubeDouble, tmp_path: Path
) -> None:
    async def work(client: Client) -> None:
        before = client.requests
        found = await client.discover(["apps/v1", "v1", "apps/v1", "nobody.example.com/v1"])
        assert client.requests - before == 3
        assert found["v1", "ConfigMap"] == MAPS
        assert found["v1", "Namespace"] == SPACES
        assert found["apps/v1", "Deployment"].path("shop", "api") == (
            "/apis/apps/v1/namespaces/shop/deployments/api"
        )
        assert {each.api_version for each in found.values()} == {"apps/v1", "v1"}
        assert all("/" not in each.plural for each in found.values())

    ask(config(plain, tmp_path), work)


def test_what_was_asked_ahead_is_taken_once(plain: KubeDouble, tmp_path: Path) -> None:
    plain.faults.add(Which(path="^/apis/batch/v1$"), Refuses(code=503))

    async def work(client: Client) -> None:
        client.ask_ahead(["v1", "apps/v1", "batch/v1"])
        before = client.requests
        found = await client.discover(["v1", "apps/v1"])
        assert found["v1", "ConfigMap"] == MAPS
        assert ("apps/v1", "Deployment") in found
        assert (await refused(client.discover(["batch/v1"]))).code == 503
        assert client.requests - before == 3
        assert await client.discover(["v1", "batch/v1"])
        assert client.requests - before == 5

    ask(config(plain, tmp_path), work)


def test_what_was_asked_ahead_ends_with_the_client(plain: KubeDouble, tmp_path: Path) -> None:
    plain.faults.add(Which(path="^/apis/apps/v1$"), Breakage.HANG)

    async def work(client: Client) -> None:
        client.ask_ahead(["v1", "apps/v1", "nobody.example.com/v1"])
        await client.version()
        await client.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    ask(config(plain, tmp_path), work)


def test_fields_that_nobody_here_knows_survive(plain: KubeDouble, tmp_path: Path) -> None:
    plain.create("CustomResourceDefinition", definition("example.com"))
    plain.settle()
    wanted = box("example.com", "one", size=1, free={"deep": {"un": [1, None, "é\u0085\u2028"]}})

    async def work(client: Client) -> None:
        await client.apply(BOXES, {**wanted, "metadata": {"name": "one", "namespace": "shop"}})
        read = Fields(await client.get(BOXES, "one", "shop"))
        assert read.get("spec", "free") == {"deep": {"un": [1, None, "é\u0085\u2028"]}}
        (listed,) = (await client.list(BOXES, "shop")).items
        assert listed == read.body

    ask(config(plain, tmp_path), work)


def test_a_conflict_names_each_field_and_its_manager_until_it_is_forced(
    plain: KubeDouble, tmp_path: Path
) -> None:
    async def work(client: Client) -> None:
        await client.apply(MAPS, config_map("one", a="1", b="1"), manager="other")
        error = await refused(client.apply(MAPS, config_map("one", a="2", b="1")))
        assert (error.verb, error.code, error.reason) == ("patch", 409, "Conflict")
        (cause,) = error.causes
        assert (cause.field, cause.reason) == (".data.a", "FieldManagerConflict")
        assert 'conflict with "other"' in cause.message
        assert not error.retryable
        forced = await client.apply(MAPS, config_map("one", a="2", b="1"), force=True)
        assert Fields(forced).text("data", "a") == "2"

    ask(config(plain, tmp_path), work)


def test_a_dry_run_makes_nothing(plain: KubeDouble, tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        assert await client.apply(MAPS, config_map("one"), dry_run=True)
        assert (await refused(client.get(MAPS, "one", "shop"))).code == 404

    ask(config(plain, tmp_path), work)


def test_a_merge_patch_changes_and_removes(plain: KubeDouble, tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        await client.apply(MAPS, config_map("one", a="1", b="1"))
        patch: Body = {"data": {"a": "2", "b": None}}
        changed = await client.patch_merge(MAPS, "one", "shop", patch)
        assert Fields(changed).get("data") == {"a": "2"}

    ask(config(plain, tmp_path), work)


def test_only_the_object_that_is_meant_is_deleted(plain: KubeDouble, tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        made = Fields(await client.apply(MAPS, config_map("one")))
        error = await refused(client.delete(MAPS, "one", "shop", uid="of-another"))
        assert (error.code, error.retryable) == (409, False)
        error = await refused(client.delete(MAPS, "one", "shop", resource_version="1"))
        assert (error.code, error.retryable) == (409, False)
        assert await client.delete(MAPS, "one", "shop", uid=made.text("metadata", "uid"))

    ask(config(plain, tmp_path), work)


def test_no_name_leads_to_another_path(plain: KubeDouble, tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        await client.apply(MAPS, config_map("one"))
        for name in ("../secrets", "..", "one/status", "one?x=1", "one%2Fstatus"):
            error = await refused(client.get(MAPS, name, "shop"))
            assert error.code in (400, 404), name
        assert not await client.delete(MAPS, "../configmaps/one", "shop")
        assert await client.get(MAPS, "one", "shop")

    ask(config(plain, tmp_path), work)


def test_a_group_that_is_not_served_is_an_api_error_too(plain: KubeDouble, tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        error = await refused(client.list(BOXES, "shop"))
        assert (error.code, error.reason, error.retryable) == (404, "NotFound", False)
        assert error.message == "404 page not found"
        # A kind that was just discovered: another API server may not know it yet.
        assert (await refused(client.apply(BOXES, box("example.com", "one")))).retryable

    ask(config(plain, tmp_path), work)


def test_a_list_is_read_in_pages(
    plain: KubeDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.cluster.client.PAGE", 2)

    async def work(client: Client) -> None:
        for at in range(5):
            body = config_map(f"m{at}")
            body = {
                **body,
                "metadata": {"name": f"m{at}", "namespace": "shop", "labels": {"a": "b"}},
            }
            await client.apply(MAPS, body)
        before = client.requests
        listing = await client.list(MAPS, "shop", "a=b")
        found = [Fields(each).text("metadata", "name") for each in listing.items]
        assert found == [f"m{at}" for at in range(5)]
        assert client.requests - before == 3

    ask(config(plain, tmp_path), work)


def test_a_list_whose_pages_expired_is_read_again_in_one_piece(tmp_path: Path) -> None:
    def page(name: str, more: str) -> Given:
        metadata = {"resourceVersion": "7", "continue": more}
        items = [{"metadata": {"name": name}}]
        return Given(body=json.dumps({"metadata": metadata, "items": items}).encode())

    gone = Given(code=410, body=b'{"kind": "Status", "code": 410, "reason": "Expired"}')
    path = "/api/v1/namespaces/shop/configmaps"
    with odd_server({path: [page("old", "more"), gone, page("new", "")]}) as odd:

        async def work(client: Client) -> None:
            listing = await client.list(MAPS, "shop", "a=b")
            # What the list says of all of them, servers leave out of each.
            assert listing.items == (
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}},
            )
            assert listing.resource_version == "7"

        ask(write_kubeconfig(tmp_path / "config", odd.url), work)
    assert odd.queries[1:] == [
        "labelSelector=a%3Db&limit=500",
        "labelSelector=a%3Db&limit=500&continue=more",
        "labelSelector=a%3Db",
    ]


def test_no_more_requests_are_under_way_than_the_limit(plain: KubeDouble, tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        plain.delay_all(0.02)
        # Streams do not count once they have begun.
        watches = [client.watch(SPACES, resource_version="0") for _ in range(4)]
        for each in watches:
            await anext(each)
        bodies = [config_map(f"m{at}") for at in range(12)]
        await asyncio.gather(*(client.apply(MAPS, each) for each in bodies))
        for each in watches:
            await each.aclose()

    ask(config(plain, tmp_path), work, limit=3)
    assert plain.requests.most <= 3


def test_logs_are_read_and_followed(plain: KubeDouble, tmp_path: Path) -> None:
    plain.script.behave("Deployment/api", Runs(log="one\ntwo\nthree\n"))
    plain.create("Deployment", deployment())

    async def work(client: Client) -> None:
        async with asyncio.timeout(SOON_S):
            pod = await running(client)
            assert await client.logs(pod, "shop", "main") == "one\ntwo\nthree\n"
            assert await client.logs(pod, "shop", "main", tail=1) == "three\n"
            error = await refused(client.logs(pod, "shop", "main", previous=True))
            assert (error.code, error.reason) == (400, "BadRequest")
            async with aclosing(client.follow_logs(pod, "shop", "main", tail=2)) as lines:
                assert [await anext(lines), await anext(lines)] == ["two", "three"]

    ask(config(plain, tmp_path), work)


async def running(client: Client) -> str:
    while True:
        for each in (await client.list(PODS, "shop")).items:
            if Fields(each).text("status", "phase") == "Running":
                return Fields(each).text("metadata", "name")
        await asyncio.sleep(0.01)


def test_the_events_of_a_namespace_are_read(plain: KubeDouble, tmp_path: Path) -> None:
    plain.create("Deployment", deployment())
    plain.settle()

    async def work(client: Client) -> None:
        found = await client.events("shop")
        assert "ScalingReplicaSet" in {Fields(each).text("reason") for each in found}

    ask(config(plain, tmp_path), work)
