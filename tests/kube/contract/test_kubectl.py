"""kubectl itself, against the cluster."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kube.contract.client import Client
from tests.kube.contract.conftest import Subject
from tests.kube.contract.objects import config_map, deployment
from tests.kube.contract.test_custom_kinds import CRDS, box, definition
from tests.kube.json_values import Doc, Json, child, text

NAMESPACE: Doc = {"apiVersion": "v1", "kind": "Namespace"}
Kubectl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def kubectl(subject: Subject, namespace: str, tmp_path: Path) -> Kubectl:
    """Runs kubectl in the test's namespace; objects are handed over as a file."""

    def run(*words: str, given: Json = None) -> subprocess.CompletedProcess[str]:
        command = ["kubectl", "--kubeconfig", str(subject.kubeconfig), "-n", namespace, *words]
        if given is not None:
            path = tmp_path / "given.json"
            path.write_text(json.dumps(given))
            command += ["-f", str(path)]
        home = {"HOME": str(tmp_path), "PATH": "/usr/local/bin:/usr/bin:/bin"}
        return subprocess.run(
            command, capture_output=True, text=True, timeout=90, env=home, check=False
        )

    return run


def test_both_versions_are_told(kubectl: Kubectl) -> None:
    found = kubectl("version", "-o", "json")
    assert found.returncode == 0, found.stderr
    assert text(json.loads(found.stdout), "serverVersion", "gitVersion").startswith("v1.")


def test_an_apply_of_many_kinds_with_validation(kubectl: Kubectl) -> None:
    many: Doc = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [config_map("one", a="1"), deployment("one")],
    }
    first = kubectl("apply", "--server-side", given=many)
    assert first.returncode == 0, first.stderr
    assert first.stdout == (
        "configmap/one serverside-applied\ndeployment.apps/one serverside-applied\n"
    )


def test_a_client_side_apply_changes_only_what_changed(kubectl: Kubectl) -> None:
    assert "configmap/one created" in kubectl("apply", given=config_map("one", a="1")).stdout
    assert "configmap/one unchanged" in kubectl("apply", given=config_map("one", a="1")).stdout
    assert "configmap/one configured" in kubectl("apply", given=config_map("one", b="1")).stdout
    found = json.loads(kubectl("get", "configmap", "one", "-o", "json").stdout)
    assert found["data"] == {"b": "1"}


def test_a_client_side_apply_of_a_deployment_is_repeatable(kubectl: Kubectl) -> None:
    assert "created" in kubectl("apply", given=deployment("one")).stdout
    assert "unchanged" in kubectl("apply", given=deployment("one")).stdout


def test_a_conflict_is_told_with_the_owner(kubectl: Kubectl, client: Client, core: str) -> None:
    client.apply(f"{core}/configmaps/one", config_map("one", a="1"), "first")
    found = kubectl("apply", "--server-side", given=config_map("one", a="2"))
    assert found.returncode == 1
    assert 'conflict with "first": .data.a' in found.stderr
    forced = kubectl("apply", "--server-side", "--force-conflicts", given=config_map("one", a="2"))
    assert forced.returncode == 0, forced.stderr


def test_a_dry_run_goes_to_the_server(kubectl: Kubectl) -> None:
    found = kubectl("create", "--dry-run=server", given=deployment("one"))
    assert found.stdout == "deployment.apps/one created (server dry run)\n", found.stderr
    assert "NotFound" in kubectl("get", "deployment", "one").stderr


def test_an_unknown_kind_is_no_match(kubectl: Kubectl) -> None:
    thing: Doc = {
        "apiVersion": "nobody.example.com/v1",
        "kind": "Thing",
        "metadata": {"name": "one"},
    }
    found = kubectl("apply", "--server-side", given=thing)
    assert found.returncode == 1
    assert 'no matches for kind "Thing" in version "nobody.example.com/v1"' in found.stderr


def test_an_invalid_object_is_told_by_field(kubectl: Kubectl) -> None:
    body = deployment("one")
    child(body, "spec")["selector"] = {"matchLabels": {"app": "other"}}
    found = kubectl("create", given=body)
    assert found.returncode == 1
    assert 'The Deployment "one" is invalid: spec.template.metadata.labels' in found.stderr


def test_a_new_kind_is_waited_for_and_used(kubectl: Kubectl, client: Client, unique: str) -> None:
    group = f"{unique}.example.com"
    try:
        assert kubectl("create", given=definition(group)).returncode == 0
        waited = kubectl(
            "wait", "--for=condition=Established", f"crd/boxes.{group}", "--timeout=30s"
        )
        assert waited.returncode == 0, waited.stderr
        made = kubectl("apply", "--server-side", given=box(group, "one", size=1))
        assert made.stdout == f"box.{group}/one serverside-applied\n", made.stderr
        assert kubectl("get", "bx", "-o", "name").stdout == f"box.{group}/one\n"
    finally:
        client.delete(f"{CRDS}/boxes.{group}")


def test_a_rollout_is_awaited_and_scaled(kubectl: Kubectl) -> None:
    kubectl("apply", "--server-side", given=deployment("one"))
    found = kubectl("rollout", "status", "deployment/one", "--timeout=30s")
    assert found.stdout == 'deployment "one" successfully rolled out\n', found.stderr
    assert kubectl("scale", "deployment/one", "--replicas=0").returncode == 0


def test_labels_select_what_is_deleted_and_awaited(kubectl: Kubectl) -> None:
    kubectl("create", given=config_map("one"))
    kubectl("create", given=config_map("two"))
    assert kubectl("label", "configmap", "one", "run=mine").returncode == 0
    found = kubectl("delete", "configmap", "-l", "run=mine", "--wait=true", "--timeout=30s")
    assert found.stdout == 'configmap "one" deleted\n', found.stderr
    assert "configmap/two" in kubectl("get", "configmap", "-o", "name").stdout


def test_changes_are_shown_before_they_are_made(kubectl: Kubectl) -> None:
    kubectl("apply", "--server-side", given=config_map("one", a="1"))
    found = kubectl("diff", "--server-side", given=config_map("one", a="2"))
    assert found.returncode == 1, found.stderr
    assert '+  a: "2"' in found.stdout


def test_a_namespace_goes_while_kubectl_waits(kubectl: Kubectl, unique: str) -> None:
    other = f"{unique}-more"
    made = kubectl("create", given={**NAMESPACE, "metadata": {"name": other}})
    assert made.returncode == 0, made.stderr
    found = kubectl("delete", "namespace", other, "--timeout=60s")
    assert found.returncode == 0, found.stderr
    assert "NotFound" in kubectl("get", "namespace", other).stderr
