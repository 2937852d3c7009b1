from __future__ import annotations

from orchestration.cluster.readiness import judge
from orchestration.cluster.troubles import first_seen
from orchestration.model import Failed, NotYet
from tests.cluster.bodies import NOW, pod, stateful_set

UNREADY = stateful_set(readyReplicas=0)


def test_a_trouble_that_no_pod_dates_is_dated_by_who_watches() -> None:
    pods = [pod(waiting="ErrImagePull")]
    seen = first_seen({}, pods, NOW)
    assert isinstance(judge(UNREADY, pods, NOW + 99), NotYet)
    assert isinstance(judge(UNREADY, pods, NOW + 10, first_seen=seen), NotYet)
    assert isinstance(judge(UNREADY, pods, NOW + 11, first_seen=seen), Failed)


def test_the_names_of_one_trouble_take_turns_and_the_time_goes_on() -> None:
    seen = first_seen({}, [pod(waiting="ErrImagePull")], NOW)
    pods = [pod(waiting="ImagePullBackOff")]
    seen = first_seen(seen, pods, NOW + 8)
    assert isinstance(judge(UNREADY, pods, NOW + 11, first_seen=seen), Failed)


def test_a_crash_is_not_forgotten_while_the_container_is_tried_again() -> None:
    crashed = [pod(waiting="CrashLoopBackOff", crashed=1)]
    again = [pod(crashed=1, phase="Running")]
    seen = first_seen({}, crashed, NOW)
    seen = first_seen(seen, again, NOW + 5)
    assert judge(UNREADY, again, NOW + 99, first_seen=seen) == NotYet("0 of 3 ready")
    # It ended again a second before: by its own dates the grace would begin anew.
    late = [pod(waiting="CrashLoopBackOff", crashed=-10)]
    seen = first_seen(seen, late, NOW + 11)
    assert isinstance(judge(UNREADY, late, NOW + 11, first_seen=seen), Failed)


def test_what_is_ready_or_gone_is_forgotten() -> None:
    seen = first_seen({}, [pod("a", waiting="ErrImagePull"), pod("b", waiting="ErrImagePull")], NOW)
    assert len(seen) == 2
    seen = first_seen(seen, [pod("a"), pod("c", waiting="ErrImagePull")], NOW + 5)
    assert list(seen.values()) == [NOW + 5]


def test_a_pod_with_the_same_name_is_another_one() -> None:
    before = pod(waiting="ErrImagePull")
    after = pod(waiting="ErrImagePull")
    after["metadata"] = {"name": "api-7f", "uid": "another"}
    seen = first_seen(first_seen({}, [before], NOW), [after], NOW + 5)
    assert list(seen.values()) == [NOW + 5]
