from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cluster.api import Body
from orchestration.cluster.client import connect
from orchestration.cluster.manifest import Ref
from orchestration.cluster.object_evidence import (
    LINES,
    MOST_EVENTS,
    MOST_PODS,
    ObjectEvidence,
    Subject,
    object_evidence,
)
from orchestration.platform import ClusterChoice
from tests.cluster.deploying import written
from tests.kube.behaviours import Behaviour, Crashes, Ends, NoImage, Runs
from tests.kube.cluster_clock import SteeredClock
from tests.kube.faults import Breakage, Refuses, Which
from tests.kube.json_values import Doc, Json, text
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.workloads import deployment, job

LINE = "cannot go on\n"


@pytest.fixture
def clock() -> SteeredClock:
    return SteeredClock()


@pytest.fixture
def double(clock: SteeredClock) -> Iterator[KubeDouble]:
    with kube_double(clock=clock) as started:
        started.create("Namespace", {"metadata": {"name": "shop"}})
        started.settle()
        yield started


def run(double: KubeDouble, kind: str, doc: Doc, behaviour: Behaviour) -> None:
    """Create a workload and let its controllers do what they can."""
    double.script.behave(f"{kind}/{text(doc, 'metadata', 'name')}", behaviour)
    double.create(kind, doc)
    double.settle()


def explained(
    double: KubeDouble,
    home: Path,
    *docs: Doc,
    limit_s: float = 5.0,
    pods: tuple[Body, ...] | None = None,
) -> list[ObjectEvidence]:
    """The evidence of these objects; their pods are all there are unless given."""
    of_all: tuple[Body, ...] = tuple(double.all("Pod", "shop")) if pods is None else pods
    subjects = [Subject(ref=written(doc).ref, body=doc, pods=of_all) for doc in docs]

    async def ask() -> list[ObjectEvidence]:
        path = double.write_kubeconfig(home / "config")
        async with connect(ClusterChoice(kubeconfig=path), environ={}) as client:
            double.requests.clear()
            found = await object_evidence(
                client, subjects, limit_s=limit_s, redact=lambda text: text.replace("pw", "***")
            )
            return [found[each.ref] for each in subjects]

    return asyncio.run(ask())


def event(
    double: KubeDouble,
    about: tuple[str, str],
    told: str,
    age: int,
    count: int = 1,
    message: str = "it is so",
) -> None:
    """An event of the cluster, so many minutes old."""
    kind, name = about
    count_and_time: Doc = {"count": count, "lastTimestamp": f"2027-01-01T00:{59 - age:02}:00Z"}
    double.create(
        "Event",
        {
            "metadata": {"name": f"{name}.{told}.{age}".lower(), "namespace": "shop"},
            "involvedObject": {"kind": kind, "name": name, "namespace": "shop"},
            "reason": told,
            "message": message,
            **count_and_time,
        },
    )


def test_the_log_of_what_failed_is_there(double: KubeDouble, tmp_path: Path) -> None:
    run(double, "Job", job("bad", backoffLimit=0), Ends(exit_code=1, log=LINE))
    (found,) = explained(double, tmp_path, job("bad"))
    (pod,) = double.all("Pod", "shop")
    assert found.logs == ((f"{text(pod, 'metadata', 'name')}/main", LINE),)


def test_a_log_has_its_last_lines_only_and_no_secrets(double: KubeDouble, tmp_path: Path) -> None:
    long = "".join(f"line {n} pw\n" for n in range(200))
    run(double, "Deployment", deployment(), Runs(ready_s=None, log=long))
    (found,) = explained(double, tmp_path, deployment())
    lines = found.logs[0][1].splitlines()
    assert len(lines) == LINES
    assert lines[-1] == "line 199 ***"


@pytest.mark.parametrize(("into", "names"), [(0.05, ["", " (before its restart)"]), (0.2, [""])])
def test_of_what_crashes_the_run_before_is_there_too(
    double: KubeDouble, clock: SteeredClock, tmp_path: Path, into: float, names: list[str]
) -> None:
    """Between two runs the log that is there is that of the last one."""
    run(double, "Deployment", deployment(), Crashes(runs_s=0.1, backoff_s=1.0, log=LINE))
    clock.advance(0.2)
    double.settle()
    if into < 0.1:
        clock.advance(1.0 + into - 0.1)
        double.settle()
    (found,) = explained(double, tmp_path, deployment())
    (pod,) = double.all("Pod", "shop")
    key = f"{text(pod, 'metadata', 'name')}/main"
    assert sorted(found.logs) == sorted((f"{key}{name}", LINE) for name in names)


def test_what_is_ready_or_has_never_run_has_no_log(double: KubeDouble, tmp_path: Path) -> None:
    run(double, "Deployment", deployment("well"), Runs())
    run(double, "Deployment", deployment("none"), NoImage())
    (found,) = explained(double, tmp_path, deployment("none"))
    assert found.logs == ()
    assert double.requests.count(resource="pods/log") == 0


def test_of_many_pods_a_few_are_read(double: KubeDouble, tmp_path: Path) -> None:
    run(double, "Deployment", deployment(replicas=MOST_PODS + 2), Runs(ready_s=None))
    (found,) = explained(double, tmp_path, deployment())
    assert len(found.logs) == MOST_PODS


def test_the_events_of_an_object_are_told_newest_last_and_counted(
    double: KubeDouble, tmp_path: Path
) -> None:
    about = ("ConfigMap", "api")
    event(double, about, "Late", 1)
    event(double, about, "Early", 9, count=3)
    event(double, about, "Early", 5)
    event(double, ("ConfigMap", "other"), "Foreign", 2)
    (found,) = explained(double, tmp_path, {**deployment(), "kind": "ConfigMap"})
    assert found.events == ("Early: it is so (4 times)", "Late: it is so")


def test_events_of_pods_and_replica_sets_are_told_of_their_workload(
    double: KubeDouble, tmp_path: Path
) -> None:
    pod: Doc = {"metadata": {"name": "api-7bc9-x2x4z", "namespace": "shop"}}
    event(double, ("Pod", "api-7bc9-x2x4z"), "Failed", 3)
    event(double, ("ReplicaSet", "api-7bc9"), "FailedCreate", 2)
    event(double, ("ReplicaSet", "api-worker"), "NameOfAnother", 1)
    event(double, ("Pod", "api-worker-x2x4z"), "PodOfAnother", 1)
    (found,) = explained(double, tmp_path, deployment(), pods=(pod,))
    assert found.events == ("Failed: it is so", "FailedCreate: it is so")


def test_generated_names_of_pods_make_no_events_of_their_own(
    double: KubeDouble, tmp_path: Path
) -> None:
    """Nor does what the client puts before a message once there are many that are alike."""
    about = ("Job", "migrate")
    for age, name in ((3, "migrate-djzqg"), (2, "migrate-vpg5w"), (1, "migrate-lint2")):
        event(double, about, "FailedCreate", age, message=f'pods "{name}" is forbidden')
    again = '(combined from similar events): pods "migrate-2c4xz" is forbidden'
    event(double, about, "FailedCreate", 0, count=5, message=again)
    (found,) = explained(double, tmp_path, job("migrate"))
    assert found.events == (
        'FailedCreate: pods "migrate-lint2" is forbidden',
        'FailedCreate: pods "migrate-…" is forbidden (7 times)',
    )


def test_only_the_newest_events_are_told(double: KubeDouble, tmp_path: Path) -> None:
    for age in range(MOST_EVENTS + 5):
        event(double, ("Deployment", "api"), f"Told{age}", age)
    (found,) = explained(double, tmp_path, deployment())
    assert len(found.events) == MOST_EVENTS
    assert found.events[-1] == "Told0: it is so"


def test_the_events_of_a_namespace_are_asked_for_once(double: KubeDouble, tmp_path: Path) -> None:
    explained(double, tmp_path, deployment("one"), deployment("two"), job("three"))
    assert double.requests.count(resource="events") == 1


def test_what_cannot_be_read_says_so_in_its_place(double: KubeDouble, tmp_path: Path) -> None:
    run(double, "Deployment", deployment(), Runs(ready_s=None))
    double.faults.add(Which(path="/log$"), Refuses(code=429, message="not now"))
    double.faults.add(Which(path="/events$"), Refuses(code=500, message="etcd is away"))
    (found,) = explained(double, tmp_path, deployment())
    assert [line for _, line in found.logs] == ["could not be read: TooManyRequests: not now"]
    (line,) = found.events
    assert line.startswith("its events could not be read: ")
    assert line.endswith("etcd is away")


def test_what_takes_too_long_does_not_hold_back_the_rest(
    double: KubeDouble, tmp_path: Path
) -> None:
    run(double, "Deployment", deployment(), Runs(ready_s=None, log=LINE))
    double.faults.add(Which(path="/events$"), Breakage.HANG)
    (found,) = explained(double, tmp_path, deployment(), limit_s=0.3)
    assert [line for _, line in found.logs] == [LINE]
    assert found.events == ("its events could not be read: no answer within 0.3 s",)


def test_a_pod_is_explained_by_itself(double: KubeDouble, tmp_path: Path) -> None:
    containers: list[Json] = [{"name": "main", "image": "alone:1"}]
    pod: Doc = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "alone", "namespace": "shop"},
        "spec": {"containers": containers},
    }
    double.script.behave("Pod/alone", Runs(ready_s=None, log=LINE))
    double.create("Pod", pod)
    double.settle()
    (found,) = explained(double, tmp_path, double.get("Pod", "alone", "shop"), pods=())
    assert found.logs == (("alone/main", LINE),)


def test_of_nothing_nothing_is_asked(double: KubeDouble, tmp_path: Path) -> None:
    assert explained(double, tmp_path) == []
    assert double.requests.all() == []


def test_an_object_without_a_namespace_has_its_events_in_the_default_one(
    double: KubeDouble, tmp_path: Path
) -> None:
    ref = Ref(api_version="v1", kind="Namespace", namespace=None, name="shop")

    async def ask() -> None:
        path = double.write_kubeconfig(tmp_path / "config")
        async with connect(ClusterChoice(kubeconfig=path), environ={}) as client:
            await object_evidence(client, [Subject(ref=ref, body={})])

    asyncio.run(ask())
    (asked,) = (each.path for each in double.requests.all() if each.resource == "events")
    assert asked == "/api/v1/namespaces/default/events"


@pytest.mark.parametrize("seen", ["none", "not begun"])
def test_a_job_that_failed_before_its_pods_were_seen_to_run_has_its_log(
    double: KubeDouble, tmp_path: Path, seen: str
) -> None:
    run(double, "Job", job("migrate", backoffLimit=0), Ends(exit_code=1, log=LINE))
    (pod,) = double.all("Pod", "shop")
    early: tuple[Body, ...] = () if seen == "none" else ({**pod, "status": {"phase": "Pending"}},)
    (found,) = explained(double, tmp_path, double.get("Job", "migrate", "shop"), pods=early)
    assert [text for _, text in found.logs] == [LINE]
