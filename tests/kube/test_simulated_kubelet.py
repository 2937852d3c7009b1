"""Pods live as the script says."""

from __future__ import annotations

import pytest

from tests.kube.behaviours import (
    BadConfig,
    Behaviour,
    Crashes,
    Ends,
    NoImage,
    Runs,
    Unschedulable,
)
from tests.kube.cluster_clock import SteeredClock
from tests.kube.contract.client import Client
from tests.kube.json_values import Doc, docs, number, text, value
from tests.kube.kube_double import KubeDouble
from tests.kube.workloads import conditions, deployment, job, template, waiting

LOG = "/api/v1/namespaces/shop/pods/{}/log"


def only_pod(double: KubeDouble) -> Doc:
    double.settle()
    (pod,) = double.all("Pod", "shop")
    return pod


def events(double: KubeDouble, reason: str) -> list[str]:
    return [
        text(each, "message")
        for each in double.all("Event", "shop")
        if text(each, "reason") == reason
    ]


def test_a_pod_becomes_ready_when_its_time_has_come(
    double: KubeDouble, clock: SteeredClock
) -> None:
    double.script.behave("Deployment/api", Runs(ready_s=5))
    double.create("Deployment", deployment())
    pod = only_pod(double)
    assert value(pod, "status", "phase") == "Running"
    assert conditions(pod)["Ready"] == ("False", "ContainersNotReady")
    clock.advance(4.9)
    assert conditions(only_pod(double))["Ready"][0] == "False"
    clock.advance(0.2)
    assert conditions(only_pod(double))["Ready"] == ("True", "")


def test_a_pod_may_never_be_ready(double: KubeDouble, clock: SteeredClock) -> None:
    double.script.behave("Deployment/api", Runs(ready_s=None))
    double.create("Deployment", deployment())
    double.settle()
    clock.advance(10_000)
    assert conditions(only_pod(double))["Ready"][0] == "False"
    assert events(double, "Unhealthy") == ["Readiness probe failed"]


def test_an_image_that_is_not_there_ends_in_back_off(
    double: KubeDouble, clock: SteeredClock, direct: Client
) -> None:
    double.script.behave("Deployment/api", NoImage(message="manifest unknown", backoff_s=2))
    double.create("Deployment", deployment())
    assert waiting(only_pod(double)) == "ErrImagePull"
    clock.advance(2)
    pod = only_pod(double)
    assert waiting(pod) == "ImagePullBackOff"
    assert value(pod, "status", "phase") == "Pending"
    assert "manifest unknown" in events(double, "Failed")[0]
    name = text(pod, "metadata", "name")
    found = direct.get(LOG.format(name))
    assert found.code == 400
    assert found.message == (
        f'container "main" in pod "{name}" is waiting to start: trying and failing to pull image'
    )


def test_a_crash_comes_back_again_and_again(
    double: KubeDouble, clock: SteeredClock, direct: Client
) -> None:
    double.script.behave("Deployment/api", Crashes(exit_code=3, runs_s=1, backoff_s=10, log="no\n"))
    double.create("Deployment", deployment())
    assert waiting(only_pod(double)) == ""
    clock.advance(1)
    pod = only_pod(double)
    assert waiting(pod) == "CrashLoopBackOff"
    assert value(pod, "status", "phase") == "Running"
    status = docs(pod, "status", "containerStatuses")[0]
    assert number(status, "lastState", "terminated", "exitCode") == 3
    assert number(status, "restartCount") == 1
    clock.advance(11)
    status = docs(only_pod(double), "status", "containerStatuses")[0]
    assert number(status, "restartCount") == 2
    log = LOG.format(text(pod, "metadata", "name"))
    assert direct.get(log, previous="true").body == "no\n"


def test_a_crash_may_be_overcome(double: KubeDouble, clock: SteeredClock) -> None:
    double.script.behave("Deployment/api", Crashes(runs_s=1, backoff_s=1, recovers_after=2))
    double.create("Deployment", deployment())
    for _ in range(3):
        double.settle()
        clock.advance(1)
    assert conditions(only_pod(double))["Ready"][0] == "False"
    clock.advance(1)
    pod = only_pod(double)
    assert conditions(pod)["Ready"][0] == "True"
    assert number(docs(pod, "status", "containerStatuses")[0], "restartCount") == 2


def test_a_config_that_is_not_there_keeps_the_container_waiting(double: KubeDouble) -> None:
    double.script.behave("Deployment/api", BadConfig(message='secret "db" not found'))
    double.create("Deployment", deployment())
    assert waiting(only_pod(double)) == "CreateContainerConfigError"
    assert events(double, "Failed") == ['Error: secret "db" not found']


def test_a_pod_that_fits_no_node_says_why(double: KubeDouble) -> None:
    double.script.behave("Deployment/api", Unschedulable(message="0/1 nodes are available"))
    double.create("Deployment", deployment())
    pod = only_pod(double)
    assert conditions(pod) == {"PodScheduled": ("False", "Unschedulable")}
    assert value(pod, "spec", "nodeName") is None
    assert events(double, "FailedScheduling") == ["0/1 nodes are available"]


def test_a_bare_pod_may_succeed(double: KubeDouble, clock: SteeredClock, direct: Client) -> None:
    double.script.behave("Pod/once", Ends(after_s=3, log="all good\n"))
    body: Doc = {**template("once", restart="Never")}
    body["metadata"] = {"name": "once", "namespace": "shop"}
    double.create("Pod", body)
    assert value(only_pod(double), "status", "phase") == "Running"
    clock.advance(3)
    pod = only_pod(double)
    assert value(pod, "status", "phase") == "Succeeded"
    assert conditions(pod)["Ready"] == ("False", "PodCompleted")
    assert direct.get(LOG.format("once")).body == "all good\n"


@pytest.mark.parametrize("key", ["Deployment/api", "shop/Deployment/api", "*/Deployment/a*"])
def test_a_behaviour_is_given_by_name_or_pattern(double: KubeDouble, key: str) -> None:
    double.script.behave("Deployment/*", Runs())
    double.script.behave(key, NoImage(backoff_s=0))
    double.create("Deployment", deployment())
    assert waiting(only_pod(double)) == "ImagePullBackOff"


def test_a_behaviour_of_another_namespace_does_not_count(double: KubeDouble) -> None:
    double.script.behave("other/Deployment/api", NoImage())
    double.create("Deployment", deployment())
    assert conditions(only_pod(double))["Ready"][0] == "True"


def test_living_pods_can_change_their_ways(double: KubeDouble) -> None:
    double.create("Deployment", deployment())
    assert conditions(only_pod(double))["Ready"][0] == "True"
    double.script.behave("Deployment/api", Runs(ready_s=None), now=True)
    assert conditions(only_pod(double))["Ready"][0] == "False"


def test_a_pod_takes_its_time_to_end(
    double: KubeDouble, clock: SteeredClock, direct: Client
) -> None:
    double.script.stop_s = 5
    double.create("Pod", {**template("one"), "metadata": {"name": "one", "namespace": "shop"}})
    double.settle()
    path = "/api/v1/namespaces/shop/pods/one"
    found = direct.delete(path)
    assert text(found.doc, "metadata", "deletionTimestamp")
    assert number(found.doc, "metadata", "deletionGracePeriodSeconds") == 30
    double.settle()
    assert direct.get(path).code == 200
    clock.advance(5)
    double.settle()
    assert direct.get(path).code == 404


@pytest.mark.parametrize(
    ("behaviour", "code", "told"),
    [
        (Runs(log="a\nb\nc\n"), 200, "c\n"),
        (BadConfig(), 400, "is waiting to start: CreateContainerConfigError"),
        (Unschedulable(), 400, "does not have a host assigned"),
    ],
)
def test_the_end_of_a_log_is_read(
    double: KubeDouble, direct: Client, behaviour: Behaviour, code: int, told: str
) -> None:
    double.script.behave("Deployment/api", behaviour)
    double.create("Deployment", deployment())
    name = text(only_pod(double), "metadata", "name")
    found = direct.get(LOG.format(name), tailLines="1")
    assert found.code == code
    assert told in found.body


def test_a_job_tries_again_until_it_works(double: KubeDouble) -> None:
    double.script.behave("Job/migrate", Ends(fails_first=2))
    double.create("Job", job())
    double.settle()
    found = double.get("Job", "migrate", "shop")
    assert conditions(found)["Complete"] == ("True", "CompletionsReached")
    assert (value(found, "status", "failed"), value(found, "status", "succeeded")) == (2, 1)
