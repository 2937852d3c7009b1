"""When a deployment is over, and what is told then."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cluster.deploy_event import (
    Applied,
    BecameReady,
    DeferredBegun,
    DeployEvent,
    StillWaiting,
)
from orchestration.model import Failed, NotYet
from tests.cluster.deploying import Deploying, namespace, written
from tests.kube.behaviours import Ends, Runs
from tests.kube.contract.objects import config_map
from tests.kube.contract.test_custom_kinds import box, definition
from tests.kube.faults import Breakage, Which
from tests.kube.json_values import Doc
from tests.kube.kube_double import kube_double
from tests.kube.workloads import deployment, job

ONE = written(config_map("one", a="1"))
BAD_JOB = written(job("bad", backoffLimit=0))


@pytest.fixture
def deploying(tmp_path: Path) -> Iterator[Deploying]:
    """Deploys to a cluster that has the namespace `shop`."""
    with kube_double() as double:
        double.create("Namespace", {"metadata": {"name": "shop"}})
        double.settle()
        yield Deploying(double, tmp_path)


def test_four_failures_at_once_are_all_told(deploying: Deploying) -> None:
    deploying.double.create("ConfigMap", {**config_map("one", a="theirs"), **at("one")})
    deploying.double.script.behave("Job/bad", Ends(exit_code=3, log="no such table\n"))
    thing: Doc = {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "t"}}
    invalid = written({**deployment("wrong"), "spec": {"replicas": 1}})
    deployed = deploying(ONE, invalid, BAD_JOB, written(thing), written(deployment()), namespace())
    assert not deployed.report.ok
    assert deployed.reason("ConfigMap one") == "Conflict"
    assert deployed.reason("Deployment wrong") == "Invalid"
    assert deployed.reason("Job bad").startswith("BackoffLimitExceeded")
    assert deployed.reason("Thing t") == "NotServed"
    ready = {each.ref.short for each in deployed.report.results if each.ready_s is not None}
    assert ready == {"Deployment api", "Namespace shop"}
    (log,) = deployed.of("Job bad").logs
    assert log[1] == "no such table\n"
    assert deployed.of("Deployment api").logs == ()


def test_a_failure_ends_the_wait_for_what_only_comes_up(deploying: Deploying) -> None:
    deploying.double.script.behave("Deployment/api", Runs(ready_s=None))
    deploying.double.script.behave("Job/bad", Ends(exit_code=1))
    deploying.settle_s = 0.3
    late = written(config_map("late"), after="Deployment/api")
    deployed = deploying(written(deployment()), BAD_JOB, late)
    assert not deployed.report.timed_out
    assert isinstance(deployed.of("Job bad").verdict, Failed)
    assert isinstance(deployed.of("Deployment api").verdict, NotYet)
    assert deployed.of("ConfigMap late").blocked == (deployed.of("Deployment api").ref,)
    assert deployed.reason("ConfigMap late") == "is applied when Deployment api is ready"
    assert "late" not in applied(deploying)


def test_what_fails_soon_after_another_is_told_with_it(deploying: Deploying) -> None:
    script = deploying.double.script
    script.behave("Deployment/api", Runs(ready_s=None))
    script.behave("Job/bad", Ends(exit_code=1))
    script.behave("Job/worse", Ends(exit_code=1, after_s=0.2))
    deploying.settle_s = 1.5
    worse = written(job("worse", backoffLimit=0))
    deployed = deploying(written(deployment()), BAD_JOB, worse)
    assert isinstance(deployed.of("Job bad").verdict, Failed)
    assert isinstance(deployed.of("Job worse").verdict, Failed)


def test_what_is_deferred_begins_as_soon_as_its_needs_are_ready(deploying: Deploying) -> None:
    script = deploying.double.script
    script.behave("Deployment/slow", Runs(ready_s=None))

    def act(event: DeployEvent) -> None:
        if isinstance(event, BecameReady) and event.ref.name == "late":
            script.behave("Deployment/slow", Runs(), now=True)

    deploying.act = act
    late = written(config_map("late"), after="Deployment/api")
    deployed = deploying(written(deployment()), written(deployment("slow")), late)
    assert deployed.report.ok
    assert deployed.of("ConfigMap late").wave == 0
    told = deployed.told()
    assert told.index("BecameReady Deployment api") < told.index("DeferredBegun ConfigMap late")
    assert told.index("BecameReady ConfigMap late") < told.index("BecameReady Deployment slow")


def test_what_is_deferred_may_be_of_a_kind_that_something_brought_along(
    deploying: Deploying,
) -> None:
    def act(event: DeployEvent) -> None:
        if isinstance(event, Applied) and event.ref.name == "operator":
            deploying.double.create("CustomResourceDefinition", definition("example.com"))
            deploying.double.settle()

    deploying.act = act
    first = written(box("example.com", "first", size=1), after="Deployment/operator")
    deployed = deploying(written(deployment("operator")), first)
    assert deployed.report.ok
    assert [each for each in deployed.events if isinstance(each, DeferredBegun)] != []


def test_what_waits_for_a_failure_is_blocked_and_so_is_what_waits_for_that(
    deploying: Deploying,
) -> None:
    deploying.double.script.behave("Job/bad", Ends(exit_code=1))
    first = written(config_map("first"), after="Job/bad")
    second = written(config_map("second"), after="ConfigMap/first")
    deployed = deploying(second, first, BAD_JOB)
    assert deployed.of("ConfigMap first").blocked == (deployed.of("Job bad").ref,)
    assert deployed.of("ConfigMap second").blocked == (first.ref,)
    assert applied(deploying) == ["bad"]


def test_the_deadline_tells_what_still_waits_and_why(deploying: Deploying) -> None:
    deploying.double.script.behave("Deployment/api", Runs(ready_s=None, log="connecting\n"))
    deploying.deadline_s = 1.3
    late = written(config_map("late"), after="Deployment/api")
    deployed = deploying(written(deployment()), ONE, late)
    assert deployed.report.timed_out
    assert not deployed.report.ok
    assert deployed.reason("Deployment api").startswith("0 of 1 ready")
    assert deployed.reason("ConfigMap late") == "is applied when Deployment api is ready"
    assert deployed.of("ConfigMap one").ready_s is not None
    assert [text for _, text in deployed.of("Deployment api").logs] == ["connecting\n"]
    (told,) = (each for each in deployed.events if isinstance(each, StillWaiting))
    assert [ref.name for ref, _ in told.waiting] == ["api", "late"]
    assert deployed.report.ready_s >= 1.3


def test_an_apply_that_is_never_answered_is_told_at_the_deadline(deploying: Deploying) -> None:
    deploying.double.faults.add(Which(path="/configmaps/one$"), Breakage.HANG)
    deploying.deadline_s = 0.5
    deployed = deploying(ONE, written(config_map("two")), written(deployment()))
    assert deployed.report.timed_out
    assert deployed.reason("ConfigMap one") == "TimedOut"
    assert deployed.of("ConfigMap two").ready_s is not None
    assert deployed.reason("Deployment api") == "waits for its turn"


def test_a_namespace_that_is_being_deleted_is_told_at_once(deploying: Deploying) -> None:
    deploying.double.create("ConfigMap", {**config_map("held"), **at("held", "example.com/stay")})
    deploying.remove("Namespace", "shop")
    deployed = deploying(namespace(), ONE)
    assert deployed.reason("Namespace shop") == "is being deleted; deploy again when it is gone"
    assert deployed.of("ConfigMap one").blocked == (namespace().ref,)
    alone = deploying(ONE)
    failure = alone.of("ConfigMap one").failure
    assert failure is not None
    assert "because it is being terminated" in failure.message


def test_an_object_that_somebody_deletes_is_not_awaited(deploying: Deploying) -> None:
    deploying.double.script.behave("Deployment/slow", Runs(ready_s=None))

    def act(event: DeployEvent) -> None:
        if isinstance(event, Applied) and event.ref.name == "slow":
            deploying.remove("Deployment", "slow", "shop")

    deploying.act = act
    deployed = deploying(written(deployment()), written(deployment("slow")))
    assert isinstance(deployed.of("Deployment slow").verdict, Failed)
    assert not deployed.report.timed_out


@pytest.mark.parametrize("end", ["drop_watches", "expire_watches"])
def test_a_watch_that_ends_does_not_end_the_wait(deploying: Deploying, end: str) -> None:
    double = deploying.double
    double.script.behave("Deployment/slow", Runs(ready_s=None))

    def watches() -> int:
        return double.requests.count(verb="watch", resource="deployments.apps")

    def when_it_is_up_again() -> None:
        while watches() < 2:
            time.sleep(0.01)
        double.script.behave("Deployment/slow", Runs(), now=True)

    later = threading.Thread(target=when_it_is_up_again, daemon=True)

    def act(event: DeployEvent) -> None:
        if isinstance(event, BecameReady) and event.ref.name == "api":
            getattr(double, end)()
            later.start()

    deploying.act = act
    assert deploying(written(deployment()), written(deployment("slow"))).report.ok
    assert watches() > 1


def test_what_is_ready_and_then_is_not_is_awaited_again(deploying: Deploying) -> None:
    double = deploying.double
    double.script.behave("Deployment/slow", Runs(ready_s=None))

    def act(event: DeployEvent) -> None:
        if isinstance(event, BecameReady):
            double.script.behave("Deployment/api", Runs(ready_s=None), now=True)

    deploying.act = act
    deploying.deadline_s = 1.0
    deployed = deploying(written(deployment()), written(deployment("slow")))
    assert "BecameReady Deployment api" in deployed.told()
    assert deployed.of("Deployment api").ready_s is None


def applied(deploying: Deploying) -> list[str]:
    """The names of the objects that were applied."""
    asked = deploying.double.requests.all()
    return [each.path.rpartition("/")[2] for each in asked if each.verb == "patch"]


def at(name: str, *finalizers: str) -> Doc:
    """The metadata of an object in `shop`."""
    return {"metadata": {"name": name, "namespace": "shop", "finalizers": [*finalizers]}}
