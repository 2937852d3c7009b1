"""A binding may reach the server before its role does: both are applied at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestration.cluster.cluster_failure import told
from orchestration.cluster.http_failure import refused
from orchestration.cluster.manifest import Place, Ref
from orchestration.errors import DeployError
from tests.cluster.deploying import Deploying, written
from tests.kube.access import Allow, User
from tests.kube.contract.test_escalation import GROUP, WRITE, binding, role
from tests.kube.faults import Delays, Which
from tests.kube.kube_double import kube_double

BINDING = f"/apis/{GROUP}/v1/namespaces/shop/rolebindings/one"
CLUSTER_BINDING = f"/apis/{GROUP}/v1/clusterrolebindings/one"
LATE = f'roles.{GROUP} "late" not found'
CLUSTER_LATE = f'clusterroles.{GROUP} "late" not found'


@pytest.mark.parametrize(
    ("verb", "path", "message", "again"),
    [
        ("patch", BINDING, LATE, True),
        ("patch", BINDING, f'role.{GROUP} "late" not found', True),
        ("patch", BINDING, CLUSTER_LATE, True),
        ("patch", CLUSTER_BINDING, CLUSTER_LATE, True),
        ("patch", BINDING, 'namespaces "shop" not found', False),
        ("patch", BINDING, f'rolebindings.{GROUP} "one" not found', False),
        ("get", f"/apis/{GROUP}/v1/namespaces/shop/roles/late", LATE, False),
        ("patch", f"/apis/{GROUP}/v1/namespaces/shop/roles/late", LATE, False),
        ("delete", BINDING, LATE, False),
    ],
)
def test_only_the_role_of_a_binding_may_be_still_to_come(
    verb: str, path: str, message: str, again: bool
) -> None:
    status = {"kind": "Status", "code": 404, "reason": "NotFound", "message": message}
    assert refused(verb, path, 404, json.dumps(status).encode(), {}).retryable is again


@pytest.mark.parametrize(
    ("message", "missing"), [(LATE, "Role late"), (CLUSTER_LATE, "ClusterRole late")]
)
def test_a_role_that_never_came_is_told_with_what_to_do(message: str, missing: str) -> None:
    status = {"kind": "Status", "code": 404, "reason": "NotFound", "message": message}
    failed = refused("patch", BINDING, 404, json.dumps(status).encode(), {})
    ref = Ref(api_version=f"{GROUP}/v1", kind="RoleBinding", namespace="shop", name="one")
    found = told(failed, ref=ref, place=Place(path=Path("rbac.yaml"), line=7))
    assert isinstance(found, DeployError)
    assert found.what == (
        f"rbac.yaml:7: RoleBinding shop/one: there is no {missing}, which it binds"
    )
    assert "verb `bind`" in found.why
    assert "roleRef" in found.fix
    assert "manifest of the role" in found.fix


def test_who_may_not_bind_deploys_a_role_and_its_binding_at_once(tmp_path: Path) -> None:
    with kube_double() as double:
        double.create("Namespace", {"metadata": {"name": "shop"}})
        rules = (Allow(verbs=WRITE, groups=(GROUP,)),)
        double.access.tokens["somebody"] = User(name="somebody", rules=rules)
        double.faults.add(Which(verb="patch", path="/roles/late$"), Delays(seconds=0.2))
        deploying = Deploying(double, tmp_path, token="somebody")
        deployed = deploying(written(binding("one", "late")), written(role("late")))
        assert deployed.report.ok, deployed.reason("RoleBinding one")
        assert double.get("RoleBinding", "one", "shop")
