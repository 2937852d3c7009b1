from __future__ import annotations

import pytest

from orchestration.cluster.api import ResourceKind
from orchestration.cluster.deploy_plan import defined_kind, plan
from orchestration.errors import ConfigError
from tests.cluster.deploying import namespace, written
from tests.kube.contract.objects import config_map
from tests.kube.contract.test_custom_kinds import box, definition
from tests.kube.workloads import deployment, job

BOXES = written(definition("example.com"), namespace=None)
BOX = written(box("example.com", "first", size=1))


def test_each_step_has_what_it_comes_after() -> None:
    late = written(config_map("late"), after="Deployment/api")
    found = plan((late, BOX, written(deployment()), BOXES, namespace()))
    steps = {each.ref.name: each for each in found.steps}
    assert {name: each.wave for name, each in steps.items()} == {
        "boxes.example.com": 1,
        "shop": 1,
        "first": 2,
        "api": 2,
        "late": 0,
    }
    assert steps["first"].needs == (namespace().ref, BOXES.ref)
    assert steps["first"].definition == BOXES
    assert steps["late"].needs == (written(deployment()).ref, namespace().ref)
    assert steps["late"].definition is None
    assert {each.manifest.name for each in found.deferred} == {"late"}


def test_nothing_is_applied_anywhere_without_the_namespace_of_the_run() -> None:
    far = written(config_map("far"), namespace="kube-system")
    late = written(config_map("late"), namespace="kube-system", after="Deployment/shop/api")
    own = namespace().ref
    found = plan((namespace(), BOXES, far, late, written(deployment())), within=own)
    assert {each.ref.name: each.needs for each in found.steps} == {
        "shop": (),
        "boxes.example.com": (own,),
        "far": (own,),
        "api": (own,),
        "late": (own, written(deployment()).ref),
    }


def test_nobody_asks_for_what_the_plan_itself_defines_or_all_servers_have() -> None:
    found = plan((namespace(), BOXES, BOX, written(deployment()), written(job())))
    assert found.api_versions == ("apps/v1", "batch/v1")


def test_one_object_in_two_versions_of_its_group_is_there_twice() -> None:
    newer = written({**deployment(), "apiVersion": "apps/v2"}, line=9)
    with pytest.raises(ConfigError) as raised:
        plan((written(deployment(), line=3), newer))
    assert str(raised.value) == (
        "all.yaml:9: Deployment shop/api is there twice\n  why: all.yaml:3 has it too\n"
        "  fix: remove one of them, or give it another name"
    )


def test_a_definition_says_what_its_kind_is_called() -> None:
    assert defined_kind(BOXES, "example.com/v1") == ResourceKind(
        api_version="example.com/v1", kind="Box", plural="boxes", namespaced=True
    )


def test_a_version_that_is_not_served_has_no_kind() -> None:
    assert defined_kind(BOXES, "example.com/v2") is None
