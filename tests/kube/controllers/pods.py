"""Pods: handed to the kubelet, reported as it sees them, and ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.kube.controllers.world import NODE, World, controller_of
from tests.kube.json_values import Doc, child, clone, ensure, text, texts
from tests.kube.kubelet import ContainerLook, PodLook, PodOrder, Running, Terminated, Waiting
from tests.kube.pod_status import pod_status

_SOON_S = 0.05
"""How soon to ask again whether a pod has ended."""


@dataclass(slots=True)
class Pods:
    """The pods that the kubelet was given: `started` by uid."""

    started: dict[str, Doc] = field(default_factory=dict)

    def reconcile(self, world: World) -> None:
        """One round over all pods. Talks to the kubelet without holding the store's lock."""
        pods = world.registry.store.all(world.kind("Pod"))
        there = {text(pod, "metadata", "uid") for pod in pods}
        for uid in [uid for uid in self.started if uid not in there]:
            if world.kubelet.stop(uid):
                del self.started[uid]
            else:
                world.wake_in(_SOON_S)
        for pod in pods:
            if text(pod, "metadata", "deletionTimestamp"):
                self._end(world, pod)
            else:
                self._run(world, pod)

    def _end(self, world: World, pod: Doc) -> None:
        uid = text(pod, "metadata", "uid")
        if uid in self.started and not world.kubelet.stop(uid):
            world.wake_in(_SOON_S)
            return
        self.started.pop(uid, None)
        world.event(pod, "Killing", "Stopping containers")
        with world.registry.store.lock:
            now = _current(world, pod)
            if now is not None and not texts(now, "metadata", "finalizers"):
                world.registry.store.remove(world.kind("Pod"), now)

    def _run(self, world: World, pod: Doc) -> None:
        uid = text(pod, "metadata", "uid")
        if text(pod, "status", "phase") in ("Succeeded", "Failed"):
            return
        scheduled = text(pod, "spec", "nodeName")
        if not scheduled and text(pod, "spec", "schedulerName") != "default-scheduler":
            return
        if uid not in self.started:
            self.started[uid] = pod
            world.kubelet.start(_order(world, pod))
        look = world.kubelet.look(uid)
        world.wake_in(look.again_s)
        with world.registry.store.lock:
            now = _current(world, pod)
            if now is None or text(now, "metadata", "deletionTimestamp"):
                return
            if not look.unschedulable and not text(now, "spec", "nodeName"):
                now = clone(now)
                ensure(now, "spec")["nodeName"] = NODE
                now = world.change("Pod", now)
                name, namespace = text(now, "metadata", "name"), text(now, "metadata", "namespace")
                told = f"Successfully assigned {namespace}/{name} to {NODE}"
                world.event(now, "Scheduled", told)
            world.report("Pod", now, pod_status(now, look, world.now()), "kubelet")
            _tell(world, now, look)


def _current(world: World, pod: Doc) -> Doc | None:
    """The pod as it is stored now; None when another has its name."""
    found = world.registry.store.get(
        world.kind("Pod"), text(pod, "metadata", "namespace"), text(pod, "metadata", "name")
    )
    same = found is not None and text(found, "metadata", "uid") == text(pod, "metadata", "uid")
    return found if same else None


def _order(world: World, pod: Doc) -> PodOrder:
    uid = text(pod, "metadata", "uid")
    namespace = text(pod, "metadata", "namespace")
    workload = f"Pod/{text(pod, 'metadata', 'name')}"
    attempt = 0
    owner = controller_of(pod)
    if owner is not None:
        kind, name = text(owner, "kind"), text(owner, "name")
        if kind == "ReplicaSet":
            above = world.registry.store.get(world.kind(kind), namespace, name)
            higher = controller_of(above) if above is not None else None
            if higher is not None:
                kind, name = text(higher, "kind"), text(higher, "name")
        workload = f"{kind}/{name}"
        attempt = sum(
            text(other, "status", "phase") == "Failed"
            and (theirs := controller_of(other)) is not None
            and text(theirs, "uid") == text(owner, "uid")
            for _, other in world.registry.store.owned(text(owner, "uid"))
        )
    return PodOrder(
        uid=uid,
        namespace=namespace,
        name=text(pod, "metadata", "name"),
        workload=workload,
        attempt=attempt,
        doc=pod,
    )


def _tell(world: World, pod: Doc, look: PodLook) -> None:
    if look.unschedulable:
        world.event(pod, "FailedScheduling", look.unschedulable, warning=True)
    for container in (*look.init, *look.containers):
        _tell_of(world, pod, container)


def _tell_of(world: World, pod: Doc, look: ContainerLook) -> None:
    match look.state:
        case Waiting(reason="ErrImagePull", message=message):
            world.event(pod, "Failed", f"Failed to pull image: {message}", warning=True)
        case Waiting(reason="ImagePullBackOff", message=message):
            world.event(pod, "BackOff", message)
        case Waiting(reason="CrashLoopBackOff"):
            told = f"Back-off restarting failed container {look.name} in pod "
            name = text(pod, "metadata", "name")
            world.event(pod, "BackOff", f"{told}{name}", warning=True)
        case Waiting(reason="CreateContainerConfigError", message=message):
            world.event(pod, "Failed", f"Error: {message}", warning=True)
        case Running():
            world.event(pod, "Started", f"Started container {look.name}")
            if look.unhealthy and child(pod, "spec").get("nodeName"):
                world.event(pod, "Unhealthy", look.unhealthy, warning=True)
        case Waiting() | Terminated():
            pass
