"""missing-cleanup and cleanup-without-effect."""

from __future__ import annotations

import pytest

from lint.effects import AnyEffect
from lint.model import Severity, Tier
from lint.rules.cleanup_without_effect import RULE as AIMLESS
from lint.rules.missing_cleanup import RULE as MISSING
from tests.lint.rules.projects import (
    at,
    build,
    command,
    compose,
    finally_,
    if_failed,
    lines,
    network,
    project,
    recipe,
    removal,
    reported,
    runs_tests,
    start,
    suite,
    through,
)

PG = start("postgres:16", "gw_pg")
REDIS = start("redis:7", "gw_redis")


@pytest.mark.parametrize(
    "late",
    [
        removal("container", "gw_pg"),
        removal("container", "<?name>"),
        removal("container", "gw_<?which>"),
        removal("container"),
        removal("all"),
        removal("compose"),
    ],
)
def test_a_removal_in_the_teardown_is_enough(late: AnyEffect) -> None:
    assert not reported(MISSING, project(suite("gateway", PG, *finally_(late))))


@pytest.mark.parametrize(
    "effects",
    [
        (PG,),
        (removal("container", "gw_pg"), PG),
        (PG, *if_failed(removal("container", "gw_pg"))),
        (PG, *if_failed(*finally_(removal("container", "gw_pg")))),
        (PG, *finally_(removal("network", "it"))),
        (PG, REDIS, *finally_(removal("container", "gw_redis"))),
    ],
    ids=["nothing", "only before", "only on error", "late on error", "network", "another"],
)
def test_a_container_that_stays_is_an_error(effects: tuple[AnyEffect, ...]) -> None:
    [hit] = reported(MISSING, project(suite("gateway", *effects)))
    assert hit.severity is Severity.ERROR
    assert hit.message == "`gw_pg` is never removed after the integration suite of gateway"


def test_what_else_stays_is_told_with_the_first() -> None:
    [hit] = reported(MISSING, project(suite("gateway", PG, REDIS)))
    assert [one.why for one in hit.related] == ["`gw_redis` is never removed either"]


def test_a_stop_is_no_removal() -> None:
    trace = suite("gateway", at(PG, "x.go", 4), *finally_(removal("stop", "gw_pg")))
    [hit] = reported(MISSING, project(trace))
    assert "is stopped, but not removed" in hit.message
    told = at(command("podman", "run", "--rm", "-d"), "x.go", 4)
    trace = suite("gateway", at(PG, "x.go", 4), told, *finally_(removal("stop", "gw_pg")))
    assert not reported(MISSING, project(trace))


def test_a_network_that_stays_is_an_error() -> None:
    late = finally_(removal("container", "gw_pg"))
    [hit] = reported(MISSING, project(suite("gateway", network("gw_net"), PG, *late)))
    assert hit.message == (
        "the network `gw_net` is never removed after the integration suite of gateway"
    )
    late = finally_(removal("container", "gw_pg"), removal("network", "gw_net"))
    assert not reported(MISSING, project(suite("gateway", network("gw_net"), PG, *late)))


@pytest.mark.parametrize(
    "started",
    [
        start("postgres:16", api="testcontainers"),
        start("postgres:16", api="testcontainers-go"),
        start("migrate", one_shot=True),
        *if_failed(PG),
    ],
)
def test_what_removes_itself_needs_no_cleanup(started: AnyEffect) -> None:
    assert not reported(MISSING, project(suite("gateway", started)))


def test_what_could_not_be_followed_may_clean_up() -> None:
    assert not reported(MISSING, project(suite("gateway", PG, unresolved=True)))


def test_a_recipe_that_tests_must_remove_and_one_that_only_starts_need_not() -> None:
    tests = recipe("test-integration", PG, runs_tests("test/integration"))
    assert lines(reported(MISSING, project(tests))) == [10]
    assert not reported(MISSING, project(recipe("test-infra-up", PG)))
    removed = recipe("test-integration", PG, runs_tests(), removal("container", "gw_pg"))
    assert not reported(MISSING, project(removed))


@pytest.mark.parametrize("tier", [Tier.E2E, Tier.NONE, Tier.OTHER])
def test_other_tiers_are_left_alone(tier: Tier) -> None:
    assert not reported(MISSING, project(recipe("x", PG, runs_tests("x"), tier=tier)))


def test_a_job_ends_with_its_machine() -> None:
    assert not reported(MISSING, project(recipe("it", PG, runs_tests(), kind="job")))


def test_a_teardown_that_names_something_else_has_no_effect() -> None:
    of = project(suite("gateway", PG, *finally_(removal("container", "gateway-pg"))))
    [hit] = reported(AIMLESS, of)
    assert hit.place.line == 11
    assert hit.message == (
        "container `gateway-pg` is removed, but never made; "
        "the clean-up of the integration suite of gateway has no effect"
    )
    assert [one.why for one in hit.related] == ["`gw_pg` is what is made"]
    assert not reported(MISSING, of)


@pytest.mark.parametrize(
    "effects",
    [
        (PG, *finally_(removal("container", "old", "gw_pg"))),
        (PG, *finally_(removal("container", "<?name>"))),
        (start("postgres:16"), *finally_(removal("container", "gw_pg"))),
        (compose(), PG, *finally_(removal("container", "x_pg_1"))),
        (build("localhost/ds:<uuid>"), *finally_(removal("image", "ds:<uuid>"))),
        (build("ds:<uuid>"), *finally_(removal("image", "<?tag>"))),
        (build("ds:<uuid>"), *finally_(removal("image"))),
        (build(), *finally_(removal("image", "ds"))),
        (build("ds:<uuid>", api="testcontainers"),),
    ],
    ids=["one of two", "unknown", "no name", "compose", "host", "tag", "prune", "no tag", "reaper"],
)
def test_these_removals_may_have_an_effect(effects: tuple[AnyEffect, ...]) -> None:
    assert not reported(AIMLESS, project(suite("gateway", *effects)))


def test_removing_another_tag_than_was_built_has_no_effect() -> None:
    late = finally_(removal("image", "ds:latest"))
    [hit] = reported(AIMLESS, project(suite("gateway", build("ds:gateway-<uuid>"), *late)))
    assert hit.message.startswith("image `ds:latest` is removed, but never made")


def test_an_image_that_stays_is_reported_where_it_is_built() -> None:
    [hit] = reported(AIMLESS, project(suite("gateway", build("ds:<uuid>"))))
    assert hit.message == (
        "image `ds:<uuid>` is built by the integration suite of gateway and never removed"
    )


def test_a_filter_by_labels_of_compose_finds_nothing_without_compose() -> None:
    prune = at(removal("image"), "x.go", 50)
    argv = at(
        command("podman", "image", "prune", "--filter", "label=io.podman.compose.project=gw"),
        "x.go",
        50,
    )
    of = project(suite("gateway", build("ds:<uuid>"), *finally_(prune, argv)))
    [hit] = reported(AIMLESS, of)
    assert "nothing has the label `io.podman.compose.project=gw`" in hit.message
    of = project(suite("gateway", compose(), build("ds:<uuid>"), *finally_(prune, argv)))
    assert not reported(AIMLESS, of)


def test_a_helper_of_several_services_is_not_blamed_for_one_suite() -> None:
    code = "test/integration/gateway/suite_test.go"
    shared = at(PG, "test/infrastructure/start.go", 70)
    trace = suite("gateway", through(shared, at(PG, code, 22).at), path=code)
    [hit] = reported(MISSING, project(trace, owners={code: ("gateway",)}))
    assert (hit.place.path, hit.place.line) == (code, 22)
