from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestration.cluster.deploy_report import ObjectResult
from orchestration.cluster.deploy_timing import timing
from orchestration.cluster.manifest import Ref
from tests.cluster.deploying import written
from tests.kube.contract.objects import config_map


def result(
    name: str,
    wave: int,
    times: tuple[float | None, float | None, float | None],
    *needs: str,
) -> ObjectResult:
    """`times`: when it was begun, applied and ready."""
    manifest = written(config_map(name))
    refs = tuple(_ref(need) for need in needs)
    begun, applied, ready = times
    return ObjectResult(
        manifest=manifest,
        ref=manifest.ref,
        wave=wave,
        begun_s=begun,
        applied_s=applied,
        ready_s=ready,
        needs=refs,
    )


def _ref(name: str) -> Ref:
    return written(config_map(name)).ref


def test_objects_of_one_wave_take_as_long_as_the_slowest() -> None:
    found = timing([result("a", 1, (0, 1, 4)), result("b", 1, (0, 2, 3))], 4.5)
    assert (found.deploy_s, found.ready_s) == (2, 4)
    assert (found.critical_path_s, found.sum_of_parts_s) == (4, 7)


def test_a_later_wave_comes_after_the_applies_of_the_one_before() -> None:
    found = timing(
        [
            result("slow to apply", 1, (0, 2, 2)),
            result("slow to get ready", 1, (0, 1, 3)),
            result("later", 2, (2, 3, 8)),
        ],
        8,
    )
    assert found.critical_path_s == 2 + 6
    assert found.sum_of_parts_s == 2 + 3 + 6


def test_what_needs_another_comes_after_it_is_ready() -> None:
    found = timing(
        [
            result("crd", 1, (0, 1, 3)),
            result("custom", 2, (3, 4, 4), "crd"),
            result("last", 0, (10, 11, 12), "middle"),
            result("middle", 0, (5, 6, 10), "custom"),
        ],
        12,
    )
    assert found.critical_path_s == 3 + 1 + 5 + 2


def test_waiting_for_a_turn_is_no_part_of_the_path() -> None:
    found = timing([result("a", 1, (0, 1, 1)), result("queued", 1, (9, 10, 10))], 10)
    assert (found.critical_path_s, found.sum_of_parts_s) == (1, 2)


def test_what_never_got_ready_counts_until_the_end_of_the_wait() -> None:
    found = timing([result("a", 1, (0, 1, None)), result("b", 1, (0, 1, 2))], 30)
    assert (found.deploy_s, found.ready_s) == (1, 30)
    assert (found.critical_path_s, found.sum_of_parts_s) == (30, 32)


def test_what_was_refused_or_never_begun_takes_no_time() -> None:
    refused, blocked = result("a", 1, (0, None, None)), result("b", 2, (None, None, None), "a")
    found = timing([refused, blocked, result("c", 2, (1, 2, 3))], 5)
    assert (found.critical_path_s, found.sum_of_parts_s, found.deploy_s) == (2, 2, 2)


def test_of_nothing_there_are_no_times() -> None:
    found = timing([], 0.0)
    assert (found.deploy_s, found.ready_s) == (0, 0)
    assert (found.critical_path_s, found.sum_of_parts_s) == (0, 0)


SPANS = st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100)).map(sorted)


@given(st.lists(st.tuples(st.integers(0, 3), SPANS, st.booleans()), max_size=12))
def test_the_path_is_no_shorter_than_a_part_and_no_longer_than_all(
    given_ones: list[tuple[int, list[float], bool]],
) -> None:
    results = [
        result(str(n), wave, (span[0], span[1], span[2]), *([str(n - 1)] if chained and n else []))
        for n, (wave, span, chained) in enumerate(given_ones)
        if wave == 0 or not chained
    ]
    found = timing(results, 100.0)
    parts = [(each.ready_s or 0) - (each.begun_s or 0) for each in results]
    assert found.critical_path_s >= max(parts, default=0)
    assert found.critical_path_s <= found.sum_of_parts_s + 1e-6
