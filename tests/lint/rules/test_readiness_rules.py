"""start-without-wait, fixed-sleep-wait and start-order."""

from __future__ import annotations

import pytest

from lint.effects import AnyEffect
from lint.facts import FileFacts
from lint.model import Place, Severity, Tier
from lint.program import Arg, Assign, Call, Closure, Do, Function, Module, Name, Span
from lint.rules.fixed_sleep_wait import RULE as SLEPT
from lint.rules.start_order import RULE as ORDER
from lint.rules.start_without_wait import RULE as UNGATED
from tests.lint.rules.projects import (
    at,
    command,
    compose,
    finally_,
    guard,
    if_failed,
    lines,
    network,
    project,
    recipe,
    removal,
    reported,
    runs_tests,
    sleep,
    start,
    suite,
    under,
    wait,
)

PG = start("postgres:16-alpine", "gw_pg", "15437:5432")
REDIS = start("redis:7-alpine", "gw_redis", "16380:6379")
APP = start("localhost/datastorage:<uuid>", "gw_ds", "18091:8080")
MIGRATIONS = start("localhost/migrations:<uuid>", one_shot=True)
PG_READY = wait("gw_pg", "database")
REDIS_READY = wait("gw_redis", "database")
APP_READY = wait("http://localhost:18091/health", "http")


def test_a_wait_after_each_start_is_right() -> None:
    of = project(suite("gateway", PG, PG_READY, MIGRATIONS, REDIS, REDIS_READY, APP, APP_READY))
    assert not reported(UNGATED, of)
    assert not reported(SLEPT, of)
    assert not reported(ORDER, of)


def test_datastores_do_not_depend_on_each_other() -> None:
    of = project(suite("gateway", PG, REDIS, PG_READY, REDIS_READY, APP, APP_READY))
    assert not reported(UNGATED, of)


def test_an_application_before_its_database_is_ready_is_an_error() -> None:
    of = project(suite("gateway", PG, REDIS, REDIS_READY, APP, APP_READY, PG_READY))
    [hit] = reported(UNGATED, of)
    assert hit.place.line == 10
    assert hit.message == (
        "PostgreSQL (`gw_pg`) is started by the integration suite of gateway "
        "without a readiness wait"
    )
    assert hit.related[0].why == "`gw_ds` is started next"


def test_migrations_depend_on_the_database_too() -> None:
    assert lines(reported(UNGATED, project(suite("gateway", PG, MIGRATIONS, PG_READY)))) == [10]


def test_a_container_that_nothing_waits_for_is_an_error() -> None:
    assert lines(reported(UNGATED, project(suite("gateway", REDIS)))) == [10]


@pytest.mark.parametrize(
    "effects",
    [
        (start("redis:7", waits=True),),
        (start("alpine:3", "box"),),
        (start("redis:7", one_shot=True),),
        (start("", api="cli start"),),
        if_failed(REDIS),
        finally_(REDIS),
        (REDIS, wait()),
        (REDIS, wait("localhost:16380", "tcp")),
    ],
    ids=["waits itself", "a tool", "ends", "unknown", "handler", "teardown", "any wait", "port"],
)
def test_nothing_is_missing(effects: tuple[AnyEffect, ...]) -> None:
    assert not reported(UNGATED, project(suite("gateway", *effects)))


def test_a_wait_for_another_container_is_none_for_this_one() -> None:
    assert lines(reported(UNGATED, project(suite("gateway", PG, REDIS, PG_READY)))) == [11]


def test_two_tools_for_one_container_are_one_start() -> None:
    with_podman, with_docker = guard("podman"), guard("podman", negated=True)
    of = project(suite("gateway", *under(with_podman, APP), *under(with_docker, APP), APP_READY))
    assert not reported(UNGATED, of)


def test_a_pause_instead_of_a_wait_is_reported_at_the_pause() -> None:
    of = project(suite("gateway", PG, sleep(10), APP, APP_READY))
    [hit] = reported(SLEPT, of)
    assert hit.place.line == 11
    assert hit.message.startswith("a pause of 10 s is no readiness wait")
    assert not reported(UNGATED, of)


def test_a_pause_before_a_wait_does_no_harm() -> None:
    assert not reported(SLEPT, project(suite("gateway", PG, sleep(2), PG_READY, APP, APP_READY)))


def test_a_pause_without_a_start_is_the_tests_own() -> None:
    assert not reported(SLEPT, project(suite("gateway", sleep(5))))


def test_a_moment_is_no_wait() -> None:
    of = project(suite("gateway", REDIS, sleep(0.1)))
    assert not reported(SLEPT, of)
    assert lines(reported(UNGATED, of)) == [10]


def test_a_pause_after_compose_is_reported() -> None:
    of = project(recipe("test-integration", compose(), sleep(15), runs_tests("test/integration")))
    [hit] = reported(SLEPT, of)
    assert hit.related[-1].why == "`podman-compose up` is started here"


def test_compose_that_waits_itself_needs_no_wait() -> None:
    here = Place("Makefile", 10, 1, 10)
    up = at(compose("docker compose"), "Makefile", 10)
    argv = at(command("docker", "compose", "up", "--wait"), "Makefile", 10)
    assert up.at == here
    assert not reported(SLEPT, project(recipe("test-integration", up, argv, sleep(1))))


def test_the_suite_may_wait_for_what_its_recipe_started() -> None:
    made = recipe("test-integration", REDIS, runs_tests("test/integration"))
    assert lines(reported(UNGATED, project(made))) == [10]
    assert not reported(UNGATED, project(made, suite("gateway", wait())))


@pytest.mark.parametrize("tier", [Tier.E2E, Tier.NONE, Tier.OTHER])
def test_recipes_outside_of_the_tier_are_left_alone(tier: Tier) -> None:
    of = project(recipe("up", PG, sleep(3), APP, tier=tier))
    assert not reported(UNGATED, of)
    assert not reported(SLEPT, of)
    assert not reported(ORDER, of)


@pytest.mark.parametrize(
    ("effects", "told"),
    [
        ((APP, APP_READY, PG, PG_READY), "`gw_ds` is started before PostgreSQL (`gw_pg`)"),
        ((MIGRATIONS, PG, PG_READY), "is started before PostgreSQL (`gw_pg`)"),
        ((APP, APP_READY, REDIS, REDIS_READY), "is started before Redis (`gw_redis`)"),
        ((PG, PG_READY, network()), ""),
        ((PG, PG_READY, network(), REDIS), "network is created after `gw_pg` was started"),
    ],
)
def test_the_order_of_a_stack(effects: tuple[AnyEffect, ...], told: str) -> None:
    hits = reported(ORDER, project(suite("gateway", *effects)))
    assert len(hits) == bool(told)
    assert all(told in hit.message for hit in hits)


def test_redis_first_is_out_of_order_only_in_a_whole_stack() -> None:
    assert not reported(ORDER, project(suite("gateway", REDIS, PG)))
    [hit] = reported(ORDER, project(suite("gateway", REDIS, PG, APP)))
    assert hit.severity is Severity.ERROR


def test_one_stack_after_another_is_no_wrong_order() -> None:
    of = project(
        recipe("test", PG, APP, runs_tests("a"), removal("container", "gw_pg", "gw_ds"), PG, APP)
    )
    assert not reported(ORDER, of)
    again: list[AnyEffect] = [APP, removal("container", "gw_ds"), PG, APP]
    assert not reported(ORDER, project(suite("gateway", *again)))


def _hooks(*spans: tuple[int, int]) -> FileFacts:
    closures = [
        Arg(Closure(Function("", (), (), Span(first, 1, last, 9)))) for first, last in spans
    ]
    body = [
        Assign(Name("_"), Call(Name("BeforeEach"), (closure,), Span(1))) for closure in closures
    ]
    group = Function("", (), tuple(body), Span(2, 1, 90, 9))
    outer = Call(Name("Describe"), (Arg(Closure(group)),), Span(2))
    return FileFacts("go", program=Module((Do(outer),)))


def test_hooks_have_no_order_among_each_other() -> None:
    code = "test/integration/gateway/suite_test.go"
    trace = suite("gateway", APP, APP_READY, PG, PG_READY, path=code)
    apart = project(trace, files={code: _hooks((10, 11), (12, 13))})
    assert not reported(ORDER, apart)
    together = project(trace, files={code: _hooks((10, 13))})
    assert len(reported(ORDER, together)) == 1


def test_a_wait_in_another_hook_counts() -> None:
    code = "test/integration/gateway/suite_test.go"
    of = project(
        suite("gateway", PG, wait("", "tcp"), path=code),
        files={code: _hooks((10, 10), (11, 11))},
    )
    assert not reported(UNGATED, of)
