"""Rights in a namespace may come a moment after it was made."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from orchestration.cluster.api import ApiError
from orchestration.cluster.deploy_event import Applied, DeployEvent
from orchestration.cluster.new_namespaces import YOUTH_S, NewNamespaces
from tests.cluster.deploying import Deployed, Deploying, namespace, written
from tests.kube.access import Allow, User
from tests.kube.contract.objects import config_map
from tests.kube.kube_double import kube_double
from tests.kube.workloads import deployment

PODS = "/api/v1/namespaces/fresh/pods"
CANNOT = 'pods is forbidden: User "me" cannot list resource "pods" in API group "" in the namespace'
SPACES = Allow(resources=("namespaces",))
INSIDE = Allow(namespaces=("fresh",))


def refusal(path: str = PODS, code: int = 403, message: str = CANNOT) -> ApiError:
    return ApiError(verb="list", path=path, code=code, reason="Forbidden", message=message)


def test_a_lack_of_rights_is_excused_while_the_namespace_is_young() -> None:
    new = NewNamespaces()
    assert not new.excuses(refusal(), 1000.0)
    new.begin("fresh")
    assert new.excuses(refusal(), 1000.0)
    new.end("fresh", 1000.0)
    assert new.excuses(refusal(), 1000.0 + YOUTH_S - 0.1)
    assert not new.excuses(refusal(), 1000.0 + YOUTH_S)


def test_a_namespace_that_could_not_be_made_excuses_nothing() -> None:
    new = NewNamespaces()
    new.begin("fresh")
    new.end("fresh", None)
    assert not new.excuses(refusal(), 1000.0)


@pytest.mark.parametrize(
    "error",
    [
        refusal(path="/api/v1/namespaces/other/pods"),
        refusal(path="/api/v1/pods"),
        refusal(path="/api/v1/namespaces/fresh"),
        refusal(code=404),
        refusal(message='pods "p" is forbidden: exceeded quota: few, requested: pods=1'),
        refusal(message='pods "p" is forbidden: violates PodSecurity "restricted"'),
    ],
    ids=lambda each: f"{each.code} {each.path} {each.message[:30]}",
)
def test_nothing_else_is_excused(error: ApiError) -> None:
    new = NewNamespaces()
    new.end("fresh", 1000.0)
    assert not new.excuses(error, 1000.0)


def deployed(folder: Path, *, made_before: bool = False) -> Deployed:
    """A deployment into `fresh` by somebody whose rights there come 0.4 s after it is made."""
    with kube_double() as double:
        tokens = double.access.tokens
        tokens["me"] = User(name="me", rules=(SPACES,))
        if made_before:
            stamp = {"creationTimestamp": "2020-01-01T00:00:00Z"}
            double.create("Namespace", {"metadata": {"name": "fresh"}})
            there = double.get("Namespace", "fresh")
            metadata = there["metadata"]
            assert isinstance(metadata, dict)
            there["metadata"] = {**metadata, **stamp}
        timers: list[threading.Timer] = []

        def bind() -> None:
            tokens["me"] = User(name="me", rules=(SPACES, INSIDE))

        def act(event: DeployEvent) -> None:
            if isinstance(event, Applied) and event.ref.kind == "Namespace" and not made_before:
                timers.append(threading.Timer(0.4, bind))
                timers[0].start()

        deploying = Deploying(double, folder, token="me", known=("v1", "apps/v1"), act=act)
        found = deploying(
            namespace("fresh"),
            written(config_map("one"), namespace="fresh"),
            written(deployment(), namespace="fresh"),
        )
        for each in timers:
            each.join()
        return found


def test_rights_that_come_with_the_namespace_are_waited_for(tmp_path: Path) -> None:
    found = deployed(tmp_path)
    assert found.report.ok, (found.report.fault, found.reason("ConfigMap one"))


def test_in_a_namespace_that_was_there_a_lack_of_rights_is_final(tmp_path: Path) -> None:
    found = deployed(tmp_path, made_before=True)
    assert found.report.fault is not None or found.of("ConfigMap one").failure is not None
    assert found.of("ConfigMap one").attempts <= 1
