"""DataStorage against the PostgreSQL and Redis of the stack."""

from __future__ import annotations

import json
import math
import re
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import redis
from service_client import PostAction, ServiceClient


def test_datastorage_is_well_once_the_stack_is_up(datastorage: ServiceClient) -> None:
    answer = datastorage.get("/health")

    assert (answer.status, answer.document) == (200, {"status": "ok"})


def test_a_recorded_action_is_a_row_in_postgresql(
    post_action: PostAction, database: psycopg.Connection, signal: str
) -> None:
    stored = post_action(parameters={"grace_s": 30}, summary="schüttelte den Pod")

    row = database.execute(
        "SELECT id, service, kind, target, outcome, summary, parameters FROM actions"
        " WHERE signal = %s",
        (signal,),
    ).fetchall()
    assert row == [
        (
            UUID(stored["id"]),
            "gateway",
            "restart_pod",
            "payments/pod/api-0",
            "succeeded",
            "schüttelte den Pod",
            {"grace_s": 30},
        )
    ]


def test_an_action_is_read_from_the_table_once_and_then_from_redis(
    post_action: PostAction, datastorage: ServiceClient, cache: redis.Redis
) -> None:
    stored = post_action()
    path = f"/api/v1/actions/{stored['id']}"

    first, second = datastorage.get(path), datastorage.get(path)

    assert [first.headers["X-Cache"], second.headers["X-Cache"]] == ["miss", "hit"]
    assert first.document == second.document == stored
    kept = cache.get(f"action:{stored['id']}")
    assert isinstance(kept, bytes)
    assert json.loads(kept) == stored


def test_a_cached_action_leaves_redis_by_itself(
    post_action: PostAction, datastorage: ServiceClient, cache: redis.Redis
) -> None:
    identity = post_action()["id"]
    datastorage.get(f"/api/v1/actions/{identity}")

    assert 0 < int(cache.ttl(f"action:{identity}")) <= 300


def test_pages_give_every_action_once_newest_first(
    post_action: PostAction, datastorage: ServiceClient, signal: str
) -> None:
    recorded = [post_action(summary=f"number {number}")["id"] for number in range(5)]

    seen: list[str] = []
    cursor = ""
    while True:
        page = datastorage.get(f"/api/v1/actions?signal={signal}&limit=2{cursor}").document
        seen += [action["id"] for action in page["actions"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == recorded[::-1]


def test_metrics_count_requests_and_cache_hits(
    post_action: PostAction, datastorage: ServiceClient, metrics: ServiceClient
) -> None:
    before = _samples(metrics)
    path = f"/api/v1/actions/{post_action()['id']}"
    datastorage.get(path)
    datastorage.get(path)
    after = _samples(metrics)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    route = 'route="/api/v1/actions/{id}"'
    assert grown(f'datastorage_requests_total{{method="GET",{route},status="200"}}') >= 2
    assert grown('datastorage_cache_lookups_total{result="hit"}') >= 1
    assert grown('datastorage_cache_lookups_total{result="miss"}') >= 1
    assert grown(f"datastorage_request_seconds_sum{{{route}}}") > 0


def test_an_action_that_nobody_recorded_is_not_found(datastorage: ServiceClient) -> None:
    assert datastorage.get(f"/api/v1/actions/{uuid4()}").status == 404


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"outcome": "perhaps"}, "outcome: must be one of"),
        ({"kind": "Restart Pod"}, "kind: must be lower case"),
        ({"summary": ""}, "summary: must be a text"),
        ({"summary": "a\0b"}, "NUL character"),
        ({"parameters": []}, "parameters: must be an object"),
        ({"embedding": [0.5, 0.5]}, "embedding: must be a list of 384 numbers"),
        ({"embedding": [1.0] * 384}, "embedding: must be a vector of length 1"),
        ({"severity": 3}, "unknown field: severity"),
    ],
)
def test_a_bad_action_is_refused_with_the_reason_and_not_stored(
    datastorage: ServiceClient,
    database: psycopg.Connection,
    signal: str,
    change: dict[str, Any],
    reason: str,
) -> None:
    action = {
        "service": "gateway",
        "kind": "restart_pod",
        "signal": signal,
        "target": "payments/pod/api-0",
        "outcome": "succeeded",
        "summary": "restarted the pod",
    }

    answer = datastorage.post("/api/v1/actions", {**action, **change})

    assert answer.status == 400
    assert reason in answer.document["error"]
    stored = database.execute("SELECT count(*) FROM actions WHERE signal = %s", (signal,))
    assert stored.fetchone() == (0,)


def test_a_body_beyond_the_limit_is_refused(datastorage: ServiceClient) -> None:
    assert datastorage.post("/api/v1/actions", b" " * 70_000).status == 413


def test_datastorage_survives_the_loss_of_its_database_connections(
    post_action: PostAction, database: psycopg.Connection
) -> None:
    post_action()
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'datastorage'"
    )

    assert post_action()["outcome"] == "succeeded"


def test_similar_actions_come_nearest_first(
    post_action: PostAction, datastorage: ServiceClient, signal: str
) -> None:
    one, other = _direction(f"{signal} one"), _direction(f"{signal} other")
    angles = (0.0, 0.5, 1.0)
    recorded = [post_action(embedding=_turn(one, other, angle))["id"] for angle in angles]

    wanted = {"embedding": one, "limit": 3}
    found = datastorage.post("/api/v1/actions/similar", wanted).document["actions"]

    assert [action["id"] for action in found] == recorded
    assert math.isclose(found[0]["similarity"], 1, abs_tol=1e-3)


def _direction(seed: str) -> list[float]:
    """A vector of length 1 that is nearly at right angles to all that others have stored."""
    source = Random(seed)  # noqa: S311 - no secret hangs on it
    return _unit([source.gauss() for _ in range(384)])


def _turn(one: list[float], other: list[float], angle: float) -> list[float]:
    """`one` turned by about `angle` radians towards `other`."""
    near, far = math.cos(angle), math.sin(angle)
    return _unit([near * a + far * b for a, b in zip(one, other, strict=True)])


def _unit(vector: list[float]) -> list[float]:
    length = math.hypot(*vector)
    return [number / length for number in vector]


def _samples(metrics: ServiceClient) -> dict[str, float]:
    lines = re.findall(r"^([^# ]\S*) (\S+)$", metrics.get("/metrics").text, re.M)
    return {name: float(value) for name, value in lines}
