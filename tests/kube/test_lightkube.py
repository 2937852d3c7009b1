"""lightkube talks to the double."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lightkube import ApiError, Client, KubeConfig
from lightkube.generic_resource import create_namespaced_resource
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import ConfigMap, Pod

from tests.kube.behaviours import NoImage, Runs
from tests.kube.contract.test_custom_kinds import definition
from tests.kube.json_values import Doc
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.workloads import deployment


@pytest.fixture
def running() -> Iterator[KubeDouble]:
    with kube_double(tls=True) as double:
        double.create("Namespace", {"metadata": {"name": "shop"}})
        yield double


@pytest.fixture
def light(running: KubeDouble, tmp_path: Path) -> Iterator[Client]:
    path = running.write_kubeconfig(tmp_path / "config", namespace="shop")
    client = Client(config=KubeConfig.from_file(path), field_manager="stackwright")
    yield client
    client._client._client.close()


def config_map(name: str, **data: str) -> ConfigMap:
    return ConfigMap(metadata=ObjectMeta(name=name, namespace="shop"), data=data)


def typed(body: Doc) -> Deployment:
    found = Deployment.from_dict(body)
    assert isinstance(found, Deployment)
    return found


def test_it_applies_and_reads(light: Client) -> None:
    light.apply(config_map("one", a="1"))
    assert light.get(ConfigMap, "one").data == {"a": "1"}
    names = {each.metadata.name for each in light.list(ConfigMap) if each.metadata}
    assert "one" in names


def test_a_conflict_is_an_api_error_with_its_causes(light: Client) -> None:
    light.apply(config_map("one", a="1"))
    with pytest.raises(ApiError) as caught:
        light.apply(config_map("one", a="2"), field_manager="other")
    assert caught.value.status.code == 409
    assert caught.value.status.reason == "Conflict"
    details = caught.value.status.details
    assert details is not None
    assert [each.field for each in details.causes or []] == [".data.a"]
    light.apply(config_map("one", a="2"), field_manager="other", force=True)


def test_it_waits_for_a_deployment(light: Client, running: KubeDouble) -> None:
    running.script.behave("Deployment/api", Runs(ready_s=0.05))
    light.apply(typed(deployment()))
    found = light.wait(Deployment, "api", for_conditions=["Available"])
    assert found.status is not None
    assert found.status.readyReplicas == 1


def test_it_sees_a_failure_while_it_waits(light: Client, running: KubeDouble) -> None:
    running.script.behave("Deployment/api", NoImage())
    light.apply(typed(deployment()))
    for kind, pod in light.watch(Pod, labels={"app": "api"}):
        status = pod.status.containerStatuses if pod.status else None
        if status and status[0].state and status[0].state.waiting:
            assert kind in ("ADDED", "MODIFIED")
            if status[0].state.waiting.reason == "ImagePullBackOff":
                break


def test_it_reads_logs(light: Client, running: KubeDouble) -> None:
    running.script.behave("Deployment/api", Runs(log="hello\nworld\n"))
    light.apply(typed(deployment()))
    light.wait(Deployment, "api", for_conditions=["Available"])
    (pod,) = light.list(Pod, labels={"app": "api"})
    assert pod.metadata is not None
    assert pod.metadata.name is not None
    assert "".join(light.log(pod.metadata.name)) == "hello\nworld\n"


def test_it_uses_kinds_that_are_new(light: Client, running: KubeDouble) -> None:
    box = create_namespaced_resource("example.com", "v1", "Box", "boxes")
    running.create("CustomResourceDefinition", definition("example.com"))
    running.settle()
    body: Doc = {"metadata": {"name": "one", "namespace": "shop"}, "spec": {"size": 3}}
    light.apply(box.from_dict(body))
    assert light.get(box, "one")["spec"] == {"size": 3, "color": "red"}


def test_an_unknown_kind_is_no_api_error(light: Client) -> None:
    thing = create_namespaced_resource("nobody.example.com", "v1", "Thing", "things")
    with pytest.raises(Exception, match="404") as caught:
        light.get(thing, "one")
    assert not isinstance(caught.value, ApiError)
