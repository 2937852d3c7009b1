"""A cluster as it is now: watched for real, at a double of the API server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestration.cluster import observed, refused_pods, troubles
from orchestration.cluster.api import Body, ResourceKind
from orchestration.cluster.client import Client, connect
from orchestration.cluster.manifest import Ref
from orchestration.cluster.watcher import STRIKES, Backoff
from orchestration.cluster.world import ENDPOINT_SLICES, World
from orchestration.model import Failed, NotYet, Ready, Verdict
from orchestration.platform import ClusterChoice
from tests.cluster.observing import (
    DEPLOYMENTS,
    JOBS,
    SERVICES,
    STATEFUL_SETS,
    ref,
)
from tests.kube.access import ADMIN_TOKEN, Access, Allow, User
from tests.kube.behaviours import Crashes, Ends, NoImage, Runs
from tests.kube.faults import Breakage, Delays, Refuses, Which
from tests.kube.json_values import Doc
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.workloads import deployment, job, stateful_set, template

LONGEST_S = 20.0
"""What hangs is a failure; nothing here takes a second."""

API = ref(DEPLOYMENTS, "api")
NO_PODS: Doc = {
    "metadata": {"name": "few", "namespace": "shop"},
    "spec": {"hard": {"pods": "0"}},
}


@dataclass(slots=True, kw_only=True)
class Scene:
    """A world that is watched, and its cluster. `verdicts`: all that `until` saw."""

    double: KubeDouble
    client: Client
    world: World
    verdicts: list[Verdict] = field(default_factory=list)

    async def apply(self, kind: ResourceKind, body: Body) -> Ref:
        self.world.watch(kind, "shop")
        answer = await self.client.apply(kind, body)
        metadata = answer["metadata"]
        assert isinstance(metadata, dict)
        found = ref(kind, str(metadata["name"]))
        self.world.applied(found, answer)
        return found

    async def until(self, wanted: Ref, kind: type[Ready | NotYet | Failed]) -> str:
        """Wait for a verdict of this kind, woken by the world only; what it says."""
        while True:
            verdict = self.world.verdict(wanted)
            self.verdicts.append(verdict)
            if isinstance(verdict, kind):
                return verdict.answer if isinstance(verdict, Ready) else verdict.reason
            await self.world.changed()


Play = Callable[[Scene], Awaitable[None]]


def run(play: Callable[[], Awaitable[None]]) -> None:
    async def timed() -> None:
        async with asyncio.timeout(LONGEST_S):
            await play()

    asyncio.run(timed())


@pytest.fixture
def double() -> Iterator[KubeDouble]:
    with kube_double() as started:
        started.create("Namespace", {"metadata": {"name": "shop"}})
        started.settle()
        yield started


@pytest.fixture
def act(double: KubeDouble, tmp_path: Path) -> Callable[[Play], None]:
    """Play a scene to its end."""
    kubeconfig = double.write_kubeconfig(tmp_path / "config")

    @asynccontextmanager
    async def scene() -> AsyncIterator[Scene]:
        choice = ClusterChoice(kubeconfig=kubeconfig)
        async with connect(choice, environ={}) as client:
            async with World(client, backoff=Backoff(longest_s=0.2)) as world:
                yield Scene(double=double, client=client, world=world)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    async def played(play: Play) -> None:
        async with scene() as given:
            await play(given)

    return lambda play: run(lambda: played(play))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grace that is over soon."""
    monkeypatch.setattr(troubles, "CONTAINER_GRACE_S", 0.2)


def test_a_rollout_is_seen_with_one_list_and_one_watch_a_kind(act: Callable[[Play], None]) -> None:
    async def play(scene: Scene) -> None:
        scene.double.script.behave("Deployment/*", Runs(ready_s=0.2))
        refs = [await scene.apply(DEPLOYMENTS, deployment(f"api-{number}")) for number in range(5)]
        before = scene.client.requests
        for each in refs:
            assert await scene.until(each, Ready) == "1 of 1 ready"
        requests = scene.double.requests
        for plural in ("deployments.apps", "replicasets.apps", "pods"):
            assert requests.count(verb="list", resource=plural) == 1
            assert requests.count(verb="watch", resource=plural) <= 1
        assert scene.client.requests <= before + 6

    act(play)


def test_a_program_that_ends_again_and_again_is_a_failure(
    act: Callable[[Play], None], impatient: None
) -> None:
    async def play(scene: Scene) -> None:
        scene.double.script.behave("Deployment/api", Crashes(exit_code=3, runs_s=0.05))
        why = await scene.until(await scene.apply(DEPLOYMENTS, deployment()), Failed)
        assert "CrashLoopBackOff: exit code 3" in why

    act(play)


def test_an_image_that_cannot_be_pulled_is_a_failure(
    act: Callable[[Play], None], impatient: None
) -> None:
    async def play(scene: Scene) -> None:
        scene.double.script.behave("StatefulSet/db", NoImage(message="manifest unknown"))
        why = await scene.until(await scene.apply(STATEFUL_SETS, stateful_set()), Failed)
        assert "manifest unknown" in why

    act(play)


def test_a_job_that_fails_is_told_by_its_event(act: Callable[[Play], None]) -> None:
    async def play(scene: Scene) -> None:
        scene.double.script.behave("Job/migrate", Ends(after_s=0.1, exit_code=1))
        why = await scene.until(await scene.apply(JOBS, job(backoffLimit=0)), Failed)
        assert "BackoffLimitExceeded" in why
        assert scene.double.requests.count(resource="jobs.batch") <= 3

    act(play)


def test_a_stateful_set_is_ready_with_its_last_pod(act: Callable[[Play], None]) -> None:
    async def play(scene: Scene) -> None:
        scene.double.script.behave("StatefulSet/db", Runs(ready_s=0.1))
        db = await scene.apply(STATEFUL_SETS, stateful_set())
        assert await scene.until(db, Ready) == "2 of 2 ready"
        assert len(scene.world.pods_of(db)) == 2
        assert scene.double.requests.count(resource="events") == 0

    act(play)


def test_pods_of_an_older_revision_may_crash_as_they_like(
    act: Callable[[Play], None], impatient: None
) -> None:
    async def play(scene: Scene) -> None:
        scene.double.script.behave("Deployment/api", Crashes(runs_s=0.05))
        await scene.until(await scene.apply(DEPLOYMENTS, deployment()), Failed)
        scene.verdicts.clear()
        scene.double.script.behave("Deployment/api", Runs(ready_s=0.5))
        newer = template("api")
        newer["metadata"] = {"labels": {"app": "api", "version": "2"}}
        await scene.apply(DEPLOYMENTS, deployment(template=newer))
        await scene.until(API, Ready)
        assert not [each for each in scene.verdicts if isinstance(each, Failed)]

    act(play)


@pytest.mark.parametrize("how", ["expired", "dropped", "compacted"])
def test_a_watch_that_is_interrupted_goes_on(act: Callable[[Play], None], how: str) -> None:
    async def play(scene: Scene) -> None:
        double = scene.double

        def lists() -> int:
            return double.requests.count(verb="list", resource="deployments.apps")

        double.script.behave("Deployment/api", Runs(ready_s=None))
        await scene.apply(DEPLOYMENTS, deployment())
        while not (scene.world.pods_of(API) and scene.world.settled(DEPLOYMENTS, "shop")):
            await scene.world.changed()
        if how == "compacted":
            # What happens while the watches are down is forgotten.
            double.faults.add(Which(verb="watch"), Refuses(code=503), times=None)
            double.drop_watches()
            double.script.behave("Deployment/api", Runs(), now=True)
            await asyncio.to_thread(double.settle)
            double.compact()
            double.faults.clear()
        elif how == "expired":
            # One that is only just being opened is not told.
            while lists() == 1:
                double.expire_watches()
                await asyncio.sleep(0.02)
        else:
            double.drop_watches()
        double.script.behave("Deployment/api", Runs(), now=True)
        await scene.until(API, Ready)
        assert NotYet("does not exist yet") not in scene.verdicts
        assert how == "expired" or lists() == (1 if how == "dropped" else 2)
        assert scene.world.fault() is None

    act(play)


def test_watches_that_are_cut_off_all_the_time_still_get_there(act: Callable[[Play], None]) -> None:
    async def cut(double: KubeDouble) -> None:
        while True:
            await asyncio.sleep(0.02)
            double.drop_watches()

    async def play(scene: Scene) -> None:
        scene.double.script.behave("StatefulSet/db", Runs(ready_s=0.1))
        cutting = asyncio.create_task(cut(scene.double))
        try:
            db = await scene.apply(STATEFUL_SETS, stateful_set(replicas=3))
            assert await scene.until(db, Ready) == "3 of 3 ready"
        finally:
            cutting.cancel()
        assert scene.double.requests.count(verb="list", resource="statefulsets.apps") == 1

    act(play)


def test_a_kind_that_one_may_not_see_is_a_fault(double: KubeDouble, tmp_path: Path) -> None:
    rules = (Allow(resources=("deployments", "replicasets", "services")),)
    access = Access(tokens={ADMIN_TOKEN: User(name="dev", rules=rules)})
    double.access.tokens.update(access.tokens)

    async def play() -> None:
        choice = ClusterChoice(kubeconfig=double.write_kubeconfig(tmp_path / "config"))
        async with connect(choice, environ={}) as client, World(client) as world:
            world.watch(DEPLOYMENTS, "shop")
            while (fault := world.fault()) is None:
                await world.changed()
            assert (fault.code, fault.verb) == (403, "list")
            assert 'cannot list resource "pods"' in fault.message
            while not world.settled(DEPLOYMENTS, "shop"):
                await world.changed()

    run(play)


def test_what_was_applied_is_there_before_the_watch_is(act: Callable[[Play], None]) -> None:
    async def play(scene: Scene) -> None:
        scene.double.faults.add(Which(verb="list"), Delays(seconds=0.2), times=None)
        await scene.apply(DEPLOYMENTS, deployment())
        assert not scene.world.settled(DEPLOYMENTS, "shop")
        assert scene.world.body(API) is not None
        await scene.until(API, Ready)

    act(play)


def test_what_somebody_deletes_is_a_failure_and_what_we_delete_is_none(
    act: Callable[[Play], None],
) -> None:
    async def play(scene: Scene) -> None:
        first = await scene.apply(DEPLOYMENTS, deployment())
        other = await scene.apply(DEPLOYMENTS, deployment("other"))
        await scene.until(first, Ready)
        await scene.until(other, Ready)
        scene.world.forget(other)
        assert await scene.client.delete(DEPLOYMENTS, "other", "shop")
        assert await scene.client.delete(DEPLOYMENTS, "api", "shop")
        assert await scene.until(first, Failed) == "was deleted by somebody else"
        while scene.world.body(other) is not None:
            await scene.world.changed()
        assert scene.world.verdict(other) == NotYet("does not exist yet")

    act(play)


def test_endpoints_are_looked_at_only_when_they_are_asked_for(act: Callable[[Play], None]) -> None:
    async def play(scene: Scene) -> None:
        await scene.apply(DEPLOYMENTS, deployment())
        ports = [{"port": 80}]
        body = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "api", "namespace": "shop"},
            "spec": {"selector": {"app": "api"}, "ports": ports},
        }
        service = await scene.apply(SERVICES, body)
        await scene.until(service, Ready)
        assert scene.double.requests.count(path="endpointslices") == 0
        while not isinstance(scene.world.verdict(service, endpoints=True), Ready):
            await scene.world.changed()
        assert scene.world.settled(ENDPOINT_SLICES, "shop")
        assert scene.double.requests.count(verb="list", path="endpointslices") == 1

    act(play)


def test_pods_that_are_refused_time_and_again_are_told_by_their_events(
    act: Callable[[Play], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observed, "_SILENT_S", 0.0)
    monkeypatch.setattr(refused_pods, "GRACE_S", 0.5)

    async def play(scene: Scene) -> None:
        scene.double.create("ResourceQuota", NO_PODS)
        db = await scene.apply(STATEFUL_SETS, stateful_set())
        migrate = await scene.apply(JOBS, job())
        assert "exceeded quota: few" in await scene.until(db, Failed)
        assert "exceeded quota: few" in await scene.until(migrate, Failed)
        assert scene.double.requests.count(verb="list", resource="events") == 1

    act(play)


def test_who_may_not_read_events_waits_as_long_as_ever(
    act: Callable[[Play], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observed, "_SILENT_S", 0.0)

    async def play(scene: Scene) -> None:
        scene.double.faults.add(Which(path="/events"), Refuses(code=403), times=None)
        scene.double.script.behave("StatefulSet/db", Runs(ready_s=None))
        db = await scene.apply(STATEFUL_SETS, stateful_set())
        while scene.double.requests.count(resource="events") < STRIKES:
            assert isinstance(scene.world.verdict(db), NotYet)
            await scene.world.changed(0.05)
        await scene.world.changed(0.2)
        assert scene.world.fault() is None
        assert scene.world.interruption() is None

    act(play)


def test_a_world_ends_while_its_server_does_not_answer(act: Callable[[Play], None]) -> None:
    async def play(scene: Scene) -> None:
        scene.double.faults.add(Which(verb="list"), Breakage.HANG, times=None)
        scene.world.watch(DEPLOYMENTS, "shop")
        await scene.world.changed(timeout=0.05)
        assert not scene.world.settled(DEPLOYMENTS, "shop")

    act(play)
