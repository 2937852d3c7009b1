from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cluster.deploy_event import Applied, DeployEvent, Discovered
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest
from orchestration.errors import ConfigError
from orchestration.model import Ready
from tests.cluster.deploying import Deploying, namespace, written
from tests.kube.contract.objects import config_map, service
from tests.kube.contract.test_custom_kinds import box, definition
from tests.kube.controllers.world import Conduct
from tests.kube.faults import Breakage, Refuses, Which
from tests.kube.json_values import Doc, Json, child
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.workloads import daemon_set, deployment, job, stateful_set, template

BOXES = written(definition("example.com"), namespace=None)
ONE = written(config_map("one", a="1"))


@pytest.fixture
def deploying(tmp_path: Path) -> Iterator[Deploying]:
    """Deploys to a cluster that has the namespace `shop`."""
    with kube_double() as double:
        double.create("Namespace", {"metadata": {"name": "shop"}})
        double.settle()
        yield Deploying(double, tmp_path)


def patched(double: KubeDouble) -> list[str]:
    """The names of the objects that were applied, in the order of the answers."""
    return [each.path.rpartition("/")[2] for each in double.requests.all() if each.verb == "patch"]


def small(kind: str, name: str, api_version: str = "v1", **rest: str) -> Doc:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **rest}


def claim() -> Doc:
    spec: Doc = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {**small("PersistentVolumeClaim", "data"), "spec": spec}


def pod(name: str = "alone", restart: str = "Always") -> Doc:
    return {**small("Pod", name), "spec": template(name, restart=restart)["spec"]}


def everything() -> tuple[Manifest, ...]:
    """One of every kind, the last first."""
    role: Doc = {**small("Role", "reader", "rbac.authorization.k8s.io/v1"), "rules": []}
    return (
        written(box("example.com", "first", size=1)),
        *(written(each) for each in (deployment(), stateful_set(), daemon_set(), job(), pod())),
        *(written(each) for each in (service("api"), claim(), role)),
        *(written(small(kind, "one")) for kind in ("ConfigMap", "Secret", "ServiceAccount")),
        namespace(),
        BOXES,
    )


def test_objects_of_all_kinds_become_ready(deploying: Deploying) -> None:
    deployed = deploying(*everything())
    assert deployed.report.ok
    assert not deployed.report.timed_out
    assert {each.wave for each in deployed.report.results} == {1, 2, 3}
    assert all(each.attempts == 1 for each in deployed.report.results)
    for each in everything():
        told = [line for line in deployed.told() if line.endswith(each.ref.short)]
        assert told == [f"Applied {each.ref.short}", f"BecameReady {each.ref.short}"]


def test_a_wave_is_applied_when_the_one_before_is(deploying: Deploying) -> None:
    deploying(*everything())
    order = patched(deploying.double)
    assert set(order[:2]) == {"shop", "boxes.example.com"}
    assert set(order[2:8]) == {"one", "api", "data", "reader"}
    assert set(order[8:]) == {"api", "db", "agent", "migrate", "alone", "first"}


def test_each_kind_takes_two_requests_and_each_object_one(deploying: Deploying) -> None:
    deployed = deploying(*everything())
    count = deploying.double.requests.count
    asked = deploying.double.requests.all()
    discovered = [each.path for each in asked if not each.verb]
    watched = {"customresourcedefinitions.apiextensions.k8s.io", "boxes.example.com", "pods"} | {
        *("deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps"),
        "jobs.batch",
    }
    for verb in ("list", "watch"):
        # It may be over before the last of them is up.
        seen = [each.resource for each in asked if each.verb == verb]
        assert len(seen) == len(set(seen))
        assert watched.issuperset(seen)
    assert count(verb="patch") == len(everything())
    assert sorted(discovered) == [
        *("/api/v1", "/apis/apps/v1", "/apis/batch/v1", "/apis/rbac.authorization.k8s.io/v1"),
    ]
    # Watches may still begin when the report is made.
    assert deployed.report.requests >= len(everything()) + len(discovered)


def test_no_more_than_the_limit_are_applied_at_once(deploying: Deploying) -> None:
    deploying.double.delay_all(0.02)
    deploying.limit = 3
    assert deploying(*(written(config_map(f"m{n}")) for n in range(12))).report.ok
    assert deploying.double.requests.most == 3


def test_what_was_there_is_told_from_what_was_created(deploying: Deploying) -> None:
    deploying.double.create("ConfigMap", {"metadata": {"name": "old", "namespace": "shop"}})
    stored = deploying.double.get("ConfigMap", "old", "shop")
    metadata = stored["metadata"]
    assert isinstance(metadata, dict)
    metadata["creationTimestamp"] = "2020-01-01T00:00:00Z"
    deploying.double.registry.store.put(
        deploying.double.registry.catalogue.kind("ConfigMap"), stored
    )
    deployed = deploying(ONE, written(config_map("old")))
    created = {each.ref.name: each.created for each in deployed.events if isinstance(each, Applied)}
    assert created == {"one": True, "old": False}


def test_a_field_of_another_manager_is_told_and_not_taken(deploying: Deploying) -> None:
    taken: Doc = {"metadata": {"name": "one", "namespace": "shop"}, "data": {"a": "theirs"}}
    deploying.double.create("ConfigMap", taken)
    deployed = deploying(ONE, written(config_map("two")))
    failure = deployed.of("ConfigMap one").failure
    assert failure is not None
    assert (failure.code, failure.reason) == (409, "Conflict")
    assert [each.field for each in failure.causes] == [".data.a"]
    assert 'conflict with "test"' in failure.causes[0].message
    assert deployed.of("ConfigMap two").ready_s is not None
    assert deploying.double.get("ConfigMap", "one", "shop")["data"] == {"a": "theirs"}
    assert deployed.of("ConfigMap one").attempts == 1


def test_objects_are_applied_by_the_manager_that_is_named(deploying: Deploying) -> None:
    deploying.manager = "stackwright-1a2b3c4d"
    assert deploying(ONE).report.ok
    stored = deploying.double.get("ConfigMap", "one", "shop")
    owners = {each.text("manager") for each in Fields(stored).tables("metadata", "managedFields")}
    assert owners == {"stackwright-1a2b3c4d"}


def test_a_busy_server_is_asked_again_when_it_says(deploying: Deploying) -> None:
    deploying.double.faults.add(Which(verb="patch"), Refuses(code=429, retry_after=1))
    deployed = deploying(ONE)
    assert deployed.report.ok
    assert deployed.of("ConfigMap one").attempts == 2
    assert (deployed.of("ConfigMap one").applied_s or 0) >= 1


@pytest.mark.parametrize("breakage", [Breakage.RESET, Breakage.CUT])
def test_an_apply_whose_answer_never_came_is_sent_again(
    deploying: Deploying, breakage: Breakage
) -> None:
    deploying.double.faults.add(Which(verb="patch"), breakage, times=2)
    deployed = deploying(ONE)
    assert deployed.report.ok
    assert deployed.of("ConfigMap one").attempts == 3


def test_an_object_with_fields_of_a_wrong_type_is_sent_once(deploying: Deploying) -> None:
    deployed = deploying(written({**deployment(), "spec": {"replicas": "three"}}))
    failure = deployed.of("Deployment api").failure
    assert failure is not None
    assert failure.code == 500
    assert deployed.of("Deployment api").attempts == 1


def test_a_discovery_that_fails_for_a_moment_is_asked_again(deploying: Deploying) -> None:
    deploying.double.faults.add(Which(path="/apis/apps/v1$"), Refuses(code=503), times=2)
    deployed = deploying(written(deployment()))
    assert deployed.report.ok
    assert [each.kinds > 0 for each in deployed.events if isinstance(each, Discovered)] == [True]


def test_an_api_group_that_is_broken_fails_its_own_objects_only(deploying: Deploying) -> None:
    broken = Refuses(code=403, message="no such thing for you")
    deploying.double.faults.add(Which(path="/apis/apps/v1$"), broken, times=None)
    deployed = deploying(written(deployment()), ONE)
    failure = deployed.of("Deployment api").failure
    assert failure is not None
    assert failure.code == 403
    assert deployed.of("ConfigMap one").ready_s is not None


def test_what_is_known_already_is_not_discovered_again(deploying: Deploying) -> None:
    deploying.known = ("v1", "apps/v1", "nowhere.example.com/v1")
    nowhere = written(small("Thing", "one", "nowhere.example.com/v1"))
    deployed = deploying(written(deployment()), written(small("ConfigMapp", "one")), ONE, nowhere)
    asked = [each.path for each in deploying.double.requests.all() if not each.verb]
    assert asked == ["/apis/nowhere.example.com/v1"]
    assert {deployed.reason("ConfigMapp one"), deployed.reason("Thing one")} == {"NotServed"}
    assert deployed.of("ConfigMap one").ready_s is not None


def test_a_kind_that_nobody_serves_fails_its_own_object_only(deploying: Deploying) -> None:
    wrong = written(small("ConfigMapp", "one"))
    nowhere = written(small("Thing", "one", "nowhere.example.com/v1"))
    deployed = deploying(wrong, nowhere, ONE)
    assert {deployed.reason("ConfigMapp one"), deployed.reason("Thing one")} == {"NotServed"}
    failure = deployed.of("ConfigMapp one").failure
    assert failure is not None
    assert failure.message == "v1 has no ConfigMapp: did you mean `ConfigMap`?"
    assert deployed.of("ConfigMap one").ready_s is not None
    assert patched(deploying.double) == ["one"]


def test_a_kind_of_the_plan_is_used_when_it_is_established(deploying: Deploying) -> None:
    deploying.double.loop.world.conduct = Conduct(establish_s=0.2)
    deployed = deploying(BOXES, written(box("example.com", "first", size=1)))
    assert deployed.report.ok
    crd = deployed.of("CustomResourceDefinition boxes.example.com")
    first = deployed.of("Box first")
    assert crd.ready_s is not None
    assert first.begun_s is not None
    assert first.begun_s >= crd.ready_s
    assert first.needs == (crd.ref,)


def test_an_object_of_a_kind_of_the_plan_is_awaited_by_its_conditions(
    deploying: Deploying,
) -> None:
    double = deploying.double
    open_one = definition("example.com")
    versions = child(open_one, "spec")["versions"]
    assert isinstance(versions, list)
    versions[0] = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {
            "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        },
        "subresources": {"status": {}},
    }
    crd, first = written(open_one, namespace=None), written(box("example.com", "first", size=1))
    assert deploying(crd, first).report.ok
    kind = next(each for each in double.registry.catalogue.all() if each.kind == "Box")

    def report(ready: str) -> None:
        stored = double.registry.get(kind, "shop", "first")
        conditions: list[Json] = [{"type": "Ready", "status": ready}]
        double.registry.set_status(kind, stored, {"conditions": conditions}, "controller")

    def act(event: DeployEvent) -> None:
        if isinstance(event, Applied) and event.ref.name == "first":
            report("True")

    report("False")
    deploying.act = act
    assert deploying(crd, first).of("Box first").verdict == Ready("Ready")


def test_a_server_that_lags_behind_its_definitions_is_asked_again(deploying: Deploying) -> None:
    behind = Refuses(code=404, message="404 page not found", plain=True)
    deploying.double.faults.add(Which(path="/boxes/", verb="patch"), behind, times=3)
    deployed = deploying(BOXES, written(box("example.com", "first", size=1)))
    assert deployed.report.ok
    assert deployed.of("Box first").attempts == 4


def test_a_version_that_its_definition_does_not_serve_is_told(deploying: Deploying) -> None:
    late = {**box("example.com", "first", size=1), "apiVersion": "example.com/v9"}
    deployed = deploying(BOXES, written(late))
    failure = deployed.of("Box first").failure
    assert failure is not None
    assert failure.message == ("Box is served as example.com/v1, not as example.com/v9")


def test_a_failure_does_not_keep_a_later_wave_from_being_applied(deploying: Deploying) -> None:
    deploying.double.loop.world.conduct = Conduct(establish_s=0.3)
    deploying.double.faults.add(Which(path="/configmaps/one$"), Refuses(code=403))
    deploying.settle_s = 0.0
    deployed = deploying(BOXES, ONE, written(box("example.com", "first", size=1)))
    assert deployed.of("ConfigMap one").failure is not None
    assert deployed.of("Box first").applied_s is not None


def test_what_needs_a_refused_definition_is_blocked(deploying: Deploying) -> None:
    deploying.double.faults.add(Which(path="/boxes.example.com$"), Refuses(code=403))
    deployed = deploying(BOXES, written(box("example.com", "first", size=1)), ONE)
    assert deployed.of("Box first").blocked == (BOXES.ref,)
    assert deployed.of("Box first").begun_s is None
    assert deployed.of("ConfigMap one").ready_s is not None


def test_a_name_that_is_there_twice_is_told_by_its_line(deploying: Deploying) -> None:
    with pytest.raises(ConfigError, match=r"all.yaml:7: ConfigMap shop/one is there twice"):
        deploying(ONE, written(config_map("one"), line=7))
