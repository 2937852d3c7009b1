"""The log subresource of pods."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from tests.kube.json_values import Doc, child, docs, text, value
from tests.kube.kubelet import Kubelet
from tests.kube.status_error import bad_request

_WAITING = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


def chosen_container(pod: Doc, asked: str) -> str:
    """The container that is meant. Raises StatusError (400) when that is not clear, or when it
    does not run yet; worded after pkg/registry/core/pod/strategy.go and the kubelet."""
    name = text(pod, "metadata", "name")
    names = [text(each, "name") for each in docs(pod, "spec", "containers")]
    if not asked and len(names) > 1:
        raise bad_request(
            f"a container name must be specified for pod {name}, choose one of: [{' '.join(names)}]"
        )
    container = asked or names[0]
    if not text(pod, "spec", "nodeName"):
        raise bad_request(f"pod {name} does not have a host assigned")
    if container not in names + [
        text(each, "name") for each in docs(pod, "spec", "initContainers")
    ]:
        raise bad_request(f"container {container} is not valid for pod {name}")
    status = _status_of(pod, container)
    reason = text(status, "state", "waiting", "reason") if status else "ContainerCreating"
    started = bool(value(status, "lastState", "terminated"))
    if reason and not started:
        told = _WAITING.get(reason, reason)
        raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {told}')
    return container


def _status_of(pod: Doc, container: str) -> Doc:
    found = docs(pod, "status", "initContainerStatuses") + docs(pod, "status", "containerStatuses")
    return next((each for each in found if text(each, "name") == container), {})


def read(kubelet: Kubelet, pod: Doc, query: dict[str, str]) -> str:
    """What is asked for of a container's log. Raises StatusError (400)."""
    container = chosen_container(pod, query.get("container", ""))
    previous = query.get("previous") == "true"
    if previous and not child(_status_of(pod, container), "lastState"):
        raise bad_request(
            f'previous terminated container "{container}" in pod '
            f'"{text(pod, "metadata", "name")}" not found'
        )
    written = kubelet.logs(text(pod, "metadata", "uid"), container, previous=previous)
    lines = written.splitlines(keepends=True)
    tail = query.get("tailLines")
    if tail is not None:
        lines = lines[max(0, len(lines) - int(tail)) :]
    return "".join(lines)


def follow(
    kubelet: Kubelet,
    pod: Callable[[], Doc | None],
    query: dict[str, str],
    over: Callable[[], bool],
) -> Iterator[bytes]:
    """The log as it is written, until the pod ends or goes. Raises StatusError (400)."""
    found = pod()
    everything = {key: each for key, each in query.items() if key != "tailLines"}
    sent = 0
    if found is not None:
        whole, asked = read(kubelet, found, everything), read(kubelet, found, query)
        sent = len(whole.encode()) - len(asked.encode())
    while found is not None and not over():
        ends = text(found, "status", "phase") in ("Succeeded", "Failed")
        written = read(kubelet, found, everything).encode()
        if len(written) > sent:
            yield written[sent:]
            sent = len(written)
        if ends:
            return
        time.sleep(0.05)
        found = pod()
