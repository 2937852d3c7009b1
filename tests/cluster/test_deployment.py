"""How a deployment ends before its time: refused, cancelled, or by a mistake of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cluster.client import connect
from orchestration.cluster.deploy_event import (
    Applied,
    BecameReady,
    DeployEvent,
    Discovered,
    Warned,
)
from orchestration.cluster.manifest import Ref
from orchestration.cluster.world import World
from orchestration.errors import ClusterError
from orchestration.model import Verdict
from orchestration.platform import ClusterChoice
from tests.cluster.deploying import Deploying, written
from tests.kube.access import Allow, User
from tests.kube.behaviours import Runs
from tests.kube.contract.objects import config_map
from tests.kube.faults import Breakage, Delays, Refuses, Warns, Which
from tests.kube.json_values import Doc, child
from tests.kube.kube_double import kube_double
from tests.kube.workloads import deployment

ONE = written(config_map("one", a="1"))
SECRET: Doc = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}}
TOKEN = "somebody"


@pytest.fixture
def deploying(tmp_path: Path) -> Iterator[Deploying]:
    with kube_double() as double:
        double.create("Namespace", {"metadata": {"name": "shop"}})
        double.settle()
        yield Deploying(double, tmp_path)


def allow(deploying: Deploying, *rules: Allow) -> None:
    """Have somebody deploy who may do no more than this."""
    deploying.token = TOKEN
    deploying.double.access.tokens[TOKEN] = User(name="somebody", rules=rules)


def test_what_the_asker_may_not_apply_is_told_and_the_rest_is_applied(deploying: Deploying) -> None:
    allow(deploying, Allow(resources=("configmaps",)))
    deployed = deploying(ONE, written(SECRET))
    failure = deployed.of("Secret key").failure
    assert failure is not None
    assert failure.code == 403
    assert 'User "somebody" cannot patch resource "secrets"' in failure.message
    assert deployed.of("ConfigMap one").ready_s is not None


def test_what_is_ready_when_it_is_there_needs_no_right_to_be_watched(deploying: Deploying) -> None:
    allow(deploying, Allow(verbs=("patch", "create")))
    assert deploying(ONE, written(SECRET)).report.ok


def test_a_watch_that_is_refused_ends_the_wait_and_is_told(deploying: Deploying) -> None:
    deploying.double.script.behave("Deployment/api", Runs(ready_s=None))
    allow(
        deploying,
        Allow(verbs=("patch", "create")),
        Allow(resources=("deployments", "replicasets"), groups=("apps",)),
    )
    deployed = deploying(written(deployment()))
    assert not deployed.report.timed_out
    assert not deployed.report.ok
    assert deployed.report.fault is not None
    assert 'cannot list resource "pods"' in deployed.report.fault.message


def test_at_the_deadline_it_is_told_that_watches_did_not_get_through(deploying: Deploying) -> None:
    away = Refuses(code=503, message="etcd is away")
    deploying.double.faults.add(Which(verb="list", path="/deployments$"), away, times=None)
    deploying.deadline_s = 1.5
    deployed = deploying(written(deployment()))
    assert deployed.report.timed_out
    assert deployed.report.fault is not None
    assert deployed.report.fault.message == "etcd is away"


def test_credentials_that_are_not_taken_any_more_are_one_error(deploying: Deploying) -> None:
    allow(deploying, Allow())

    async def run() -> None:
        path = deploying.double.write_kubeconfig(deploying.home / "config", token=TOKEN)
        async with connect(ClusterChoice(kubeconfig=path), environ={}) as client:
            del deploying.double.access.tokens[TOKEN]
            await deploying.on(client, (ONE, written(deployment())), lambda event: None)

    with pytest.raises(ClusterError):
        asyncio.run(run())


@pytest.mark.parametrize("cut", ["while it is applied", "while it is awaited"])
def test_when_it_is_cancelled_no_request_goes_on(deploying: Deploying, cut: str) -> None:
    double = deploying.double
    double.script.behave("Deployment/api", Runs(ready_s=None))
    if cut == "while it is applied":
        double.faults.add(Which(path="/deployments/api$"), Breakage.HANG)

    async def run() -> set[str]:
        path = double.write_kubeconfig(deploying.home / "config")
        async with connect(ClusterChoice(kubeconfig=path), environ={}) as client:
            before = asyncio.all_tasks()
            seen = asyncio.Event()

            def note(event: DeployEvent) -> None:
                if isinstance(event, BecameReady):
                    seen.set()

            manifests = (written(deployment()), ONE)
            task = asyncio.create_task(deploying.on(client, manifests, note))
            await seen.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return {str(each) for each in asyncio.all_tasks() - before}

    assert asyncio.run(run()) == set()


def test_nobody_looks_all_the_time_while_an_answer_is_awaited(
    deploying: Deploying, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Ref] = []

    class Counting(World):
        def verdict(self, ref: Ref, *, endpoints: bool = False) -> Verdict:
            looks.append(ref)
            return super().verdict(ref, endpoints=endpoints)

    monkeypatch.setattr("tests.cluster.deploying.World", Counting)
    deploying.settle_s = 0.0
    deploying.double.faults.add(Which(path="/configmaps/slow$"), Delays(seconds=1.0))
    deploying.double.faults.add(Which(path="/secrets/key$"), Refuses(code=403))
    deployed = deploying(ONE, written(SECRET), written(config_map("slow")))
    assert deployed.of("ConfigMap slow").ready_s is not None
    assert len(looks) < 50


def test_what_the_server_warns_of_is_told_once_for_its_object(deploying: Deploying) -> None:
    said = ('299 - "it goes, in v2", 299 - "nobody knows it"', '299 - "it goes, in v2"')
    deploying.double.faults.add(Which(path="/configmaps/"), Warns(headers=said), times=2)
    deployed = deploying(ONE, written(config_map("two")), written(SECRET))
    assert deployed.report.ok
    both = ("it goes, in v2", "nobody knows it")
    assert deployed.of("ConfigMap one").warnings == both
    assert deployed.of("ConfigMap two").warnings == both
    assert deployed.of("Secret key").warnings == ()
    told = [each for each in deployed.events if isinstance(each, Warned)]
    assert sorted((each.ref.short, each.warning) for each in told) == [
        (f"ConfigMap {name}", warning) for name in ("one", "two") for warning in both
    ]


def test_what_the_server_warns_of_is_told_of_what_it_refuses_as_well(deploying: Deploying) -> None:
    doc = deployment()
    doc["spec"] = {**child(doc, "spec"), "selector": {"matchLabels": {"app": "another"}}}
    deploying.double.faults.add(Which(path="/deployments/"), Warns(headers=('299 - "look"',)))
    found = deploying(written(doc)).of("Deployment api")
    assert found.failure is not None
    assert found.warnings == ("look",)


@pytest.mark.parametrize("kind", [Discovered, Applied, BecameReady])
def test_a_mistake_of_whoever_listens_is_not_hidden(
    deploying: Deploying, kind: type[DeployEvent]
) -> None:
    def act(event: DeployEvent) -> None:
        if isinstance(event, kind):
            raise KeyError("a defect")

    deploying.act = act
    with pytest.raises(KeyError, match="a defect"):
        deploying(ONE)
