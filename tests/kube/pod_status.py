"""A pod's status as a kubelet writes it, from what it sees."""

from __future__ import annotations

from tests.kube.cluster_clock import stamp
from tests.kube.json_values import Doc, Json, docs, text, value
from tests.kube.kubelet import ContainerLook, PodLook, Running, Terminated, Waiting


def pod_status(pod: Doc, look: PodLook, now: float) -> Doc:
    """The status of `pod`; times of conditions move only when the conditions do."""
    started = text(pod, "status", "startTime") or stamp(now)
    status: Doc = {"phase": look.phase, "qosClass": text(pod, "status", "qosClass")}
    if look.unschedulable:
        conditions: list[Json] = [
            condition(pod, now, "PodScheduled", False, "Unschedulable", look.unschedulable)
        ]
        status["conditions"] = conditions
        return status
    ready = bool(look.containers) and all(each.ready for each in look.containers)
    done = look.phase == "Succeeded"
    names = " ".join(each.name for each in look.containers if not each.ready)
    why = (
        ("", "")
        if ready
        else (
            ("PodCompleted", "")
            if done
            else ("ContainersNotReady", f"containers with unready status: [{names}]")
        )
    )
    begun = ("PodCompleted", "") if done else ("", "")
    unfinished = " ".join(each.name for each in look.init if not each.ready)
    if unfinished:
        told = f"containers with incomplete status: [{unfinished}]"
        begun = ("ContainersNotInitialized", told)
    conditions = [
        condition(pod, now, "PodReadyToStartContainers", bool(look.ip)),
        condition(pod, now, "Initialized", not unfinished, *begun),
        condition(pod, now, "Ready", ready, *why),
        condition(pod, now, "ContainersReady", ready, *why),
        condition(pod, now, "PodScheduled", True),
    ]
    status["conditions"] = conditions
    named = docs(pod, "spec", "initContainers") + docs(pod, "spec", "containers")
    images = {text(each, "name"): text(each, "image") for each in named}
    containers: list[Json] = [_container(each, images[each.name]) for each in look.containers]
    status |= {"hostIP": "127.0.0.1", "startTime": started, "containerStatuses": containers}
    if look.init:
        first: list[Json] = [_container(each, images[each.name]) for each in look.init]
        status["initContainerStatuses"] = first
    if look.ip:
        addresses: list[Json] = [{"ip": look.ip}]
        status |= {"podIP": look.ip, "podIPs": addresses}
    return status


def condition(
    doc: Doc, now: float, kind: str, holds: bool, reason: str = "", message: str = ""
) -> Doc:
    """A condition of `doc`, whose transition time stays while its status does."""
    said = "True" if holds else "False"
    before = next(
        (each for each in docs(doc, "status", "conditions") if text(each, "type") == kind), {}
    )
    same = text(before, "status") == said
    found: Doc = {
        "type": kind,
        "status": said,
        "lastTransitionTime": text(before, "lastTransitionTime") if same else stamp(now),
    }
    if text(doc, "kind") == "Pod":
        found["lastProbeTime"] = None
    if reason:
        found["reason"] = reason
    if message:
        found["message"] = message
    return found


def _container(look: ContainerLook, image: str) -> Doc:
    found: Doc = {
        "name": look.name,
        "image": image,
        "imageID": "" if isinstance(look.state, Waiting) else f"sha256:{image}",
        "ready": look.ready,
        "started": isinstance(look.state, Running),
        "restartCount": look.restarts,
        "state": _state(look.state),
        "lastState": _state(look.last) if look.last is not None else {},
    }
    if isinstance(look.state, Running | Terminated):
        found["containerID"] = f"simulated://{look.name}"
    return found


def _state(state: Waiting | Running | Terminated) -> Doc:
    match state:
        case Waiting(reason=reason, message=message):
            said: Doc = {"reason": reason}
            if message:
                said["message"] = message
            return {"waiting": said}
        case Running(started=started):
            return {"running": {"startedAt": stamp(started)}}
        case Terminated() as ended:
            told: Doc = {
                "exitCode": ended.exit_code,
                "reason": ended.reason,
                "startedAt": stamp(ended.started),
                "finishedAt": stamp(ended.finished),
            }
            if ended.message:
                told["message"] = ended.message
            return {"terminated": told}


def is_ready(pod: Doc) -> bool:
    """Whether a pod's Ready condition holds."""
    return any(
        text(each, "type") == "Ready" and text(each, "status") == "True"
        for each in docs(pod, "status", "conditions")
    )


def is_over(pod: Doc) -> bool:
    """Whether a pod has run to its end."""
    return value(pod, "status", "phase") in ("Succeeded", "Failed")
