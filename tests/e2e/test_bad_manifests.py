"""Manifests that cannot come up: one message each, and nothing is left anywhere."""

from __future__ import annotations

import pytest

from orchestration.cluster import troubles
from tests.e2e.conftest import Run
from tests.e2e.shop import Shop
from tests.e2e.test_bad_cluster import one_message
from tests.kube.behaviours import Ends, NoImage, Runs
from tests.kube.json_values import Doc

BOX = """\
apiVersion: shop.example.com/v1
kind: Box
metadata:
  name: small
"""
QUOTA = """\
apiVersion: v1
kind: ResourceQuota
metadata:
  name: little
spec:
  hard: {count/deployments.apps: "0"}
"""
ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: [get, list]
"""
BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: readers
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
"""
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: disk
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
"""


def failed(run: Run, shop: Shop, code: int, *words: str) -> str:
    """The message of an `up` that fails with that code and leaves nothing."""
    ended = run("e2e", "up", "--progress", "quiet", *words)
    assert ended.code == code, ended.err
    assert shop.left() == []
    return one_message(ended)


def test_invalid_yaml(run: Run, shop: Shop) -> None:
    shop.edit("api.yaml", "{app: api}\n  ports", "{app: api\n  ports")
    said = failed(run, shop, 2)
    assert said.startswith("error: manifests/api.yaml:7: is not YAML")


def test_every_mistake_of_every_file_is_told_at_once(run: Run, shop: Shop) -> None:
    shop.edit("migrate.yaml", "kind: Job\n", "")
    shop.edit("settings.yaml", "  name: settings\n", "")
    ended = run("e2e", "up", "--progress", "quiet")
    assert ended.code == 2
    assert "the manifests have 2 mistakes" in ended.err
    assert "manifests/migrate.yaml:1: has no `kind`" in ended.err
    assert "manifests/settings.yaml:3: " in ended.err
    assert shop.left() == []


def test_a_folder_without_manifests(run: Run, shop: Shop) -> None:
    (shop.product.project / "empty").mkdir()
    shop.product.edit('["manifests"]', '["empty"]')
    failed(run, shop, 2)


def test_an_unknown_kind(run: Run, shop: Shop) -> None:
    shop.edit("migrate.yaml", "kind: Job", "kind: Jobb")
    said = failed(run, shop, 14)
    assert "Jobb migrate (manifests/migrate.yaml:1) was refused reason: the cluster knows" in said
    assert "did you mean `Job`?" in said


def test_an_object_whose_definition_is_not_there(run: Run, shop: Shop) -> None:
    shop.write("box.yaml", BOX)
    said = failed(run, shop, 14)
    assert "Box small (manifests/box.yaml:1) was refused reason: the cluster knows no Box" in said
    assert "add the CustomResourceDefinition" in said


def test_a_field_of_an_object_that_somebody_else_made(run: Run, shop: Shop) -> None:
    theirs: Doc = {
        "metadata": {"name": "reader"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    }
    before = shop.cluster.create("ClusterRole", theirs)
    shop.write("role.yaml", ROLE)
    said = failed(run, shop, 14)
    assert "manifests/role.yaml:1: ClusterRole reader: made by test" in said
    assert "rules[0].verbs" in said
    assert shop.cluster.get("ClusterRole", "reader") == before


def test_a_field_that_another_run_manages(run: Run, shop: Shop) -> None:
    shop.write("role.yaml", ROLE)
    assert run("e2e", "up", "--progress", "quiet").code == 0
    shop.product.edit("[e2e.shop]", '[e2e.other]\nmanifests = ["manifests"]\n\n[e2e.shop]')
    shop.edit("role.yaml", "[get, list]", "[get, list, watch]")
    ended = run("e2e", "up", "--service", "other", "--progress", "quiet")
    assert ended.code == 14
    said = one_message(ended)
    assert "ClusterRole reader" in said
    assert "rules" in said
    assert len(shop.namespaces()) == 1
    assert run("e2e", "down", "--all").code == 0
    assert shop.left() == []


def test_an_access_to_a_service_that_no_manifest_makes(run: Run, shop: Shop) -> None:
    shop.product.edit('service = "api"', 'service = "apy"')
    said = failed(run, shop, 2)
    assert "no manifest of platform shop makes Service apy (access api)" in said
    assert "did you mean `api`? (`service` in [e2e.shop.access])" in said
    assert shop.cluster.requests.all() == []


@pytest.mark.parametrize("verb", ["up", "plan"])
def test_an_access_to_a_port_that_its_service_does_not_have(
    run: Run, shop: Shop, verb: str
) -> None:
    shop.product.edit("port = 80", "port = 8080")
    ended = run("e2e", verb)
    assert ended.code == 2
    said = one_message(ended)
    assert "manifests/api.yaml:1: Service api has no TCP port 8080" in said
    assert "why: it has 80/TCP fix: did you mean `80`? (`api.port` in [e2e.shop.access]" in said
    assert shop.cluster.requests.all() == []
    assert shop.left() == []


def test_a_quota(run: Run, shop: Shop) -> None:
    shop.write("quota.yaml", QUOTA)
    said = failed(run, shop, 14)
    assert "Deployment api (manifests/api.yaml:9) was refused reason: the quota little" in said
    assert "or raise the quota" in said


def test_two_objects_of_one_name(run: Run, shop: Shop) -> None:
    shop.write("claim.yaml", CLAIM)
    shop.write("other.yaml", CLAIM.replace("ReadWriteOnce", "ReadWriteMany"))
    said = failed(run, shop, 2)
    assert "disk" in said


def test_an_immutable_field_of_an_object_outside(run: Run, shop: Shop) -> None:
    """What is in the namespace of a run is always new."""
    theirs: Doc = {
        "metadata": {"name": "readers"},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "view",
        },
    }
    before = shop.cluster.create("ClusterRoleBinding", theirs)
    shop.write("binding.yaml", BINDING)
    said = failed(run, shop, 14)
    assert "manifests/binding.yaml:1" in said
    assert "ClusterRoleBinding readers" in said
    assert "roleRef" in said
    assert shop.cluster.get("ClusterRoleBinding", "readers") == before


def test_an_invalid_object(run: Run, shop: Shop) -> None:
    shop.edit("api.yaml", "{app: api}}\n  template", "{app: apo}}\n  template")
    said = failed(run, shop, 14)
    assert "Deployment api (manifests/api.yaml:9)" in said
    assert "spec.template.metadata.labels" in said


def test_a_pod_that_never_starts(run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(troubles, "CONTAINER_GRACE_S", 0.3)
    shop.cluster.script.behave("Deployment/api", NoImage(backoff_s=0.0))
    said = failed(run, shop, 14)
    assert "Deployment api (manifests/api.yaml:9)" in said
    assert "ImagePullBackOff" in said
    assert 'image "example.com/api:1"' in said
    assert "correct the image's name and tag" in said


def test_a_failed_job(run: Run, shop: Shop) -> None:
    shop.cluster.script.behave("Job/migrate", Ends(exit_code=3, log="no such table: orders\n"))
    ended = run("e2e", "up", "--progress", "quiet")
    assert ended.code == 14
    assert "migrate | no such table: orders" in ended.err
    said = one_message(ended)
    assert "Job migrate (manifests/migrate.yaml:1) failed reason: BackoffLimitExceeded" in said
    assert shop.left() == []


def test_what_still_waits_at_the_deadline(run: Run, shop: Shop) -> None:
    shop.cluster.script.behave("Deployment/api", Runs(ready_s=None))
    shop.product.edit('"20s"', '"1s"')
    said = failed(run, shop, 14)
    assert "after its deadline of 1 s" in said
    assert "Deployment api (manifests/api.yaml:9) was not ready after" in said
    assert "reason: 0 of 1 ready" in said


def test_all_failures_are_told_at_once(run: Run, shop: Shop) -> None:
    shop.cluster.script.behave("Job/migrate", Ends(exit_code=3))
    shop.write("box.yaml", BOX)
    shop.edit("api.yaml", "{app: api}}\n  template", "{app: apo}}\n  template")
    said = failed(run, shop, 14, "--junit", "e2e.xml")
    assert "1 is ready" not in said
    for name in ("Job migrate", "Box small", "Deployment api"):
        assert name in said
    report = (shop.product.project / "e2e.xml").read_text()
    assert report.count("<failure") == 3


def test_keep_leaves_it_for_a_look_until_down(run: Run, shop: Shop) -> None:
    shop.cluster.script.behave("Job/migrate", Ends(exit_code=3, log="no such table: orders\n"))
    ended = run("e2e", "up", "--keep", "--progress", "plain")
    assert ended.code == 14
    assert "kept as it failed" in ended.err
    assert len(shop.namespaces()) == 1
    status = run("e2e", "status")
    assert status.code == 14
    assert "shop: wreck" in status.out
    assert "Job migrate     not ready" in status.out
    assert run("e2e", "logs", "--object", "migrate").out == "no such table: orders\n"
    again = run("e2e", "up")
    assert again.code == 4
    assert run("e2e", "clean").code == 0
    assert len(shop.namespaces()) == 1
    assert run("e2e", "down").code == 0
    assert shop.left() == []
