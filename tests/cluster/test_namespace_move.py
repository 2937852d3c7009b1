"""Which texts follow a move of the namespace, and which are only told."""

from __future__ import annotations

import pytest

from orchestration.cluster.namespace_move import NamespaceMove

HERE = "stackwright-shop-1a2b3c4d"


def move(home: str | None) -> NamespaceMove:
    return NamespaceMove(home=home, to=HERE, names={"Service": {"redis", "api"}})


def moved(text: str, home: str | None = None) -> object:
    return move(home).moved({"data": text})["data"]


@pytest.mark.parametrize("home", [None, "default", "shop"])
@pytest.mark.parametrize(
    "text",
    [
        "redis.{}",
        " redis.{}\n",
        "--redis-host=redis.{}",
        "redis.{}:6379",
        "db-0.redis.{}:6379/0",
        "redis.{}:6379,api.{}:80",
        "host=redis.{}:6379 ttl=5",
        '{"url": "http://api.{}/v1", "cache": "redis.{}:6379"}',
        "http://api.{}",
        "see http://api.{}. And",
        "redis://user:pw@redis.{}/0",
        "try redis.{}.svc or db-0.redis.{}.svc.cluster.local",
    ],
)
def test_a_host_follows(text: str, home: str | None) -> None:
    places = {"default", home or "default"}
    for place in places:
        assert moved(text.replace("{}", place), home) == text.replace("{}", HERE)


SETTINGS = (
    "redis.{}=5",
    "redis.{}: 3",
    "a=1\napi.{}=on\n",
    "export const x = api.{};",
    "module.api.{}()",
    "api.{}.ttl=5",
    "api.{}.example.com:80",
    "http://api.{}.example.com",
    "my-api.{}:80",
    "api.{}:80a",
    "--set=x,redis.{}",
)


@pytest.mark.parametrize("home", [None, "default", "shop"])
@pytest.mark.parametrize("text", SETTINGS)
def test_what_may_be_no_host_stays_as_it_is(text: str, home: str | None) -> None:
    for place in {"default", home or "default"}:
        assert moved(text.replace("{}", place), home) == text.replace("{}", place)


def test_what_may_be_a_host_is_told_with_its_places() -> None:
    body = {
        "data": {"a.properties": "redis.default=5", "b.js": "module.api.default()"},
        "env": [{"value": "nc -z redis.default 6379"}, {"value": "api.default.ttl=5"}],
    }
    said = {
        "redis.default": ("data.a.properties", "env[0].value"),
        "api.default": ("data.b.js",),
    }
    for home in (None, "default", "shop"):
        assert move(home).left(body) == said


def test_the_old_name_is_told_by_itself_too() -> None:
    body = {"data": {"a": "redis.shop=5", "b": "redis.default shop shop", "c": "shopping"}}
    assert move("shop").left(body) == {"shop": ("data.a", "data.b"), "redis.default": ("data.b",)}


def test_where_no_service_moves_nothing_is_taken_for_one() -> None:
    alone = NamespaceMove(home=None, to=HERE, names={})
    body = {"data": "redis.default:6379 .default"}
    assert alone.moved(body) == body
    assert alone.left(body) == {}
