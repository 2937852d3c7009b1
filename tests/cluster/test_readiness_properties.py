"""What holds of every verdict, whatever the objects go through."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from orchestration.cluster.readiness import judge
from orchestration.cluster.troubles import first_seen
from orchestration.model import Failed, NotYet, Ready
from tests.cluster.bodies import (
    NOW,
    Body,
    body,
    condition,
    daemon_set,
    deployment,
    job,
    pod,
    stateful_set,
    unschedulable,
)

KINDS = [
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("v1", "Pod"),
    ("v1", "Service"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Namespace"),
    ("v1", "ReplicationController"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("shop.io/v1", "Widget"),
]
CONDITIONS = [
    *("Available", "Progressing", "Ready", "Complete", "Failed", "FailureTarget", "Suspended"),
    *("Established", "NamesAccepted", "Stalled", "Reconciling", "PodScheduled"),
]
conditions = st.lists(
    st.builds(
        condition,
        st.sampled_from(CONDITIONS),
        st.sampled_from(["True", "False", "Unknown"]),
        st.sampled_from(["", "ProgressDeadlineExceeded", "Unschedulable"]),
    ),
    max_size=5,
    unique_by=lambda each: str(each["type"]),
)
counts = st.integers(min_value=0, max_value=4)
COUNTED = [
    *("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "numberReady"),
    *("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled"),
    *("numberAvailable", "active", "succeeded", "failed"),
]
statuses = st.builds(
    dict[str, object],
    st.dictionaries(st.sampled_from(COUNTED), counts),
    phase=st.sampled_from(["", "Pending", "Running", "Succeeded", "Failed", "Bound", "Active"]),
)


@st.composite
def objects(draw: st.DrawFn) -> Body:
    version, kind = draw(st.sampled_from(KINDS))
    return body(
        kind,
        version,
        spec={"replicas": draw(counts)},
        status=draw(statuses),
        conditions=tuple(draw(conditions)),
        generation=draw(st.integers(min_value=1, max_value=5)),
    )


def at_generation(given_one: Body, observed: int) -> Body:
    status = given_one["status"]
    assert isinstance(status, dict)
    return {**given_one, "status": {**status, "observedGeneration": observed}}


def generation(given_one: Body) -> int:
    metadata = given_one["metadata"]
    assert isinstance(metadata, dict)
    return int(metadata["generation"])


@given(objects(), st.integers(min_value=1, max_value=5))
def test_a_status_of_an_older_generation_decides_nothing(given_one: Body, behind: int) -> None:
    stale = at_generation(given_one, generation(given_one) - behind)
    assert isinstance(judge(stale, (), NOW), NotYet)


REASONS = [
    *("ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError", "InvalidImageName"),
    *("CrashLoopBackOff", "ContainerCreating", "PodInitializing", ""),
]
looks = st.lists(
    st.tuples(st.floats(min_value=0.1, max_value=8), st.sampled_from(REASONS), st.booleans()),
    min_size=1,
    max_size=8,
)
UNREADY = [
    deployment(readyReplicas=0),
    stateful_set(readyReplicas=0),
    daemon_set(numberReady=0),
    job(active=1),
]


@given(st.sampled_from(UNREADY), looks)
def test_no_failure_is_told_before_the_grace_that_the_watcher_saw(
    workload: Body, sequence: list[tuple[float, str, bool]]
) -> None:
    """Ten seconds from the first look at a trouble; a container without any is seen well."""
    now = NOW
    seen: Mapping[str, float] = {}
    begun: float | None = None
    for pause, reason, init in sequence:
        now += pause
        one = pod(waiting=reason, init=init)
        seen = first_seen(seen, [one], now)
        stuck = reason not in ("", "ContainerCreating", "PodInitializing")
        begun = (now if begun is None else begun) if stuck else None
        verdict = judge(workload, [one], now, first_seen=seen)
        assert not isinstance(verdict, Ready)
        if isinstance(verdict, Failed):
            assert begun is not None
            assert now - begun > 10


@given(
    st.sampled_from(UNREADY),
    st.integers(min_value=0, max_value=30),
    st.sampled_from(["CrashLoopBackOff", "ErrImagePull"]),
)
def test_a_failure_is_told_as_soon_as_the_grace_is_over(
    workload: Body, lasted: int, reason: str
) -> None:
    one = pod(waiting=reason, crashed=lasted or 0.5, written=lasted)
    verdict = judge(workload, [one], NOW)
    expected = lasted > 10 and not (workload["kind"] == "Job" and reason == "CrashLoopBackOff")
    assert isinstance(verdict, Failed) == expected


@given(st.sampled_from(UNREADY), st.integers(min_value=0, max_value=60))
def test_what_no_node_takes_fails_after_its_grace_and_not_before(
    workload: Body, lasted: int
) -> None:
    verdict = judge(workload, [pod(scheduled=unschedulable(lasted))], NOW)
    assert isinstance(verdict, Failed) == (lasted > 15)


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["9999-12-31T23:59:59Z", "0001-01-01T00:00:00", "True", "\ud800"])
)
junk = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=4), scalars)
WHOLE = [
    *UNREADY,
    pod(waiting="CrashLoopBackOff", crashed=20),
    pod(waiting="ErrImagePull", written=20, scheduled=unschedulable(20), init=True),
    body("Service", spec={"type": "LoadBalancer"}, status={"loadBalancer": {"ingress": [{}]}}),
    body("Widget", "shop.io/v1", conditions=(condition("Ready"), condition("Stalled", "False"))),
    stateful_set({"updateStrategy": {"rollingUpdate": {"partition": 1}}}),
]


def spoilt(value: object, draw: st.DrawFn) -> object:
    """`value` with something else in one place."""
    deeper = draw(st.sampled_from((True, True, True, False)))
    if deeper and isinstance(value, dict) and value:
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: spoilt(value[key], draw)}
    if deeper and isinstance(value, list) and value:
        return [spoilt(value[0], draw), *value[1:]]
    return draw(junk)


@st.composite
def spoilt_bodies(draw: st.DrawFn) -> Body:
    found = draw(st.sampled_from(WHOLE))
    for _ in range(draw(st.integers(1, 3))):
        changed = spoilt(found, draw)
        found = changed if isinstance(changed, dict) else {}
    return found


@given(spoilt_bodies(), st.lists(spoilt_bodies(), max_size=2), st.none() | st.integers(0, 3))
def test_whatever_is_in_an_object_it_is_judged(
    one: Body, pods: list[Body], endpoints: int | None
) -> None:
    seen = first_seen({}, pods, NOW)
    verdict = judge(one, pods, NOW + 20, first_seen=seen, endpoints=endpoints)
    assert isinstance(verdict, Ready | NotYet | Failed)


@given(st.dictionaries(st.text(max_size=8), junk))
def test_whatever_calls_itself_an_object_is_judged(one: Body) -> None:
    assert isinstance(judge(one, [one], NOW), Ready | NotYet | Failed)
