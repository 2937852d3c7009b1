"""What is around workloads: endpoints, volumes, namespaces' first objects, custom kinds."""

from __future__ import annotations

from tests.kube.admission import usage
from tests.kube.cluster_clock import stamp
from tests.kube.controllers.world import CONTROLLER, World, reference
from tests.kube.garbage import CLEANUP
from tests.kube.json_values import Doc, Json, child, clone, docs, ensure, text, texts, values
from tests.kube.pod_status import is_over, is_ready
from tests.kube.selectors import selects_pods
from tests.kube.status_error import StatusError


def reconcile(world: World) -> None:
    """One round over all of it."""
    for namespace in world.living("Namespace"):
        _furnish(world, text(namespace, "metadata", "name"))
    for service in world.living("Service"):
        _connect(world, service)
    if world.conduct.claims != "never":
        for claim in world.living("PersistentVolumeClaim"):
            _bind(world, claim)
    for quota in world.living("ResourceQuota"):
        _count(world, quota)
    for definition in world.living("CustomResourceDefinition"):
        _establish(world, definition)


def _furnish(world: World, namespace: str) -> None:
    first: dict[str, Doc] = {
        "ServiceAccount": {"metadata": {"name": "default", "namespace": namespace}},
        "ConfigMap": {
            "metadata": {"name": "kube-root-ca.crt", "namespace": namespace},
            "data": {"ca.crt": ""},
        },
    }
    for kind, doc in first.items():
        name = text(doc, "metadata", "name")
        if world.registry.store.get(world.kind(kind), namespace, name) is None:
            world.create(kind, doc)


def _connect(world: World, service: Doc) -> None:
    address = world.conduct.load_balancer
    if text(service, "spec", "type") == "LoadBalancer" and address:
        ingress: list[Json] = [{"ip": address, "ipMode": "VIP"}]
        world.report("Service", service, {"loadBalancer": {"ingress": ingress}})
    if not child(service, "spec", "selector"):
        return
    namespace = text(service, "metadata", "namespace")
    pods = [
        pod
        for pod in world.registry.store.all(world.kind("Pod"), namespace)
        if selects_pods(service, pod) and text(pod, "status", "podIP") and not is_over(pod)
    ]
    ready = [_address(pod) for pod in pods if is_ready(pod)]
    unready = [_address(pod) for pod in pods if not is_ready(pod)]
    ports = [_port(port, pods) for port in docs(service, "spec", "ports")]
    subset: Doc = {}
    if ready:
        subset["addresses"] = [*ready]
    if unready:
        subset["notReadyAddresses"] = [*unready]
    if pods:
        subset["ports"] = [*ports]
    endpoints: Doc = {"subsets": [subset]} if pods else {}
    _keep(world, "Endpoints", service, "", endpoints)
    slices: list[Json] = [
        {
            "addresses": [text(pod, "status", "podIP")],
            "conditions": {
                "ready": is_ready(pod),
                "serving": is_ready(pod),
                "terminating": bool(text(pod, "metadata", "deletionTimestamp")),
            },
            "nodeName": text(pod, "spec", "nodeName"),
            "targetRef": child(_address(pod), "targetRef"),
        }
        for pod in pods
    ]
    body: Doc = {"addressType": "IPv4", "endpoints": slices, "ports": [*ports]}
    _keep(world, "EndpointSlice", service, "-slice", body)


def _address(pod: Doc) -> Doc:
    return {
        "ip": text(pod, "status", "podIP"),
        "nodeName": text(pod, "spec", "nodeName"),
        "targetRef": {
            "kind": "Pod",
            "namespace": text(pod, "metadata", "namespace"),
            "name": text(pod, "metadata", "name"),
            "uid": text(pod, "metadata", "uid"),
        },
    }


def _port(port: Doc, pods: list[Doc]) -> Doc:
    target = port.get("targetPort")
    for pod in pods if isinstance(target, str) else ():
        for container in docs(pod, "spec", "containers"):
            for each in docs(container, "ports"):
                if text(each, "name") == target:
                    target = each["containerPort"]
    found: Doc = {"port": target, "protocol": text(port, "protocol")}
    if text(port, "name"):
        found["name"] = text(port, "name")
    return found


def _keep(world: World, kind: str, service: Doc, tail: str, body: Doc) -> None:
    """Create or change what belongs to a service."""
    name = text(service, "metadata", "name")
    namespace = text(service, "metadata", "namespace")
    there = world.registry.store.get(world.kind(kind), namespace, f"{name}{tail}")
    if there is None:
        owners: list[Json] = [reference(service)]
        labels: Doc = {"kubernetes.io/service-name": name} if tail else {}
        metadata: Doc = {
            "name": f"{name}{tail}",
            "namespace": namespace,
            "labels": labels,
            "ownerReferences": owners,
        }
        try:
            world.create(kind, {"metadata": metadata, **body})
        except StatusError:
            world.wake_in(1.0)
        return
    new: Doc = {key: there[key] for key in ("apiVersion", "kind", "metadata")} | body
    if new != there:
        world.change(kind, clone(new))


def _bind(world: World, claim: Doc) -> None:
    if text(claim, "status", "phase") == "Bound":
        return
    name, namespace = text(claim, "metadata", "name"), text(claim, "metadata", "namespace")
    used = any(
        text(volume, "persistentVolumeClaim", "claimName") == name
        for pod in world.registry.store.all(world.kind("Pod"), namespace)
        for volume in docs(pod, "spec", "volumes")
    )
    if world.conduct.claims == "first-consumer" and not used:
        told = "waiting for first consumer to be created before binding"
        world.event(claim, "WaitForFirstConsumer", told)
        return
    bound = clone(claim)
    ensure(bound, "spec")["volumeName"] = f"pvc-{text(claim, 'metadata', 'uid')}"
    bound = world.change("PersistentVolumeClaim", bound)
    status: Doc = {
        "phase": "Bound",
        "accessModes": [*values(claim, "spec", "accessModes")],
        "capacity": {**child(claim, "spec", "resources", "requests")},
    }
    world.report("PersistentVolumeClaim", bound, status)


def _count(world: World, quota: Doc) -> None:
    namespace = text(quota, "metadata", "namespace")
    hard = child(quota, "spec", "hard")
    used: Doc = {}
    for resource in world.registry.catalogue.all():
        for doc in world.registry.store.all(resource, namespace) if resource.namespaced else ():
            for name, each in usage(resource, doc).items():
                if name in hard:
                    used[name] = str(int(str(used.get(name, "0"))) + int(each))
    for name in hard:
        used.setdefault(name, "0")
    world.report("ResourceQuota", quota, {"hard": {**hard}, "used": used})


def _establish(world: World, definition: Doc) -> None:
    uid = text(definition, "metadata", "uid")
    if docs(definition, "status", "conditions") and _is(definition, "Established"):
        return
    age = world.now() - world.first_seen(uid, "named")
    left = world.conduct.establish_s - age
    world.wake_in(left if left > 0 else None)
    if CLEANUP not in texts(definition, "metadata", "finalizers"):
        definition = clone(definition)
        ensure(definition, "metadata")["finalizers"] = [CLEANUP]
        definition = world.change("CustomResourceDefinition", definition)
    now = stamp(world.now())
    stored: list[Json] = [
        text(each, "name")
        for each in docs(definition, "spec", "versions")
        if each.get("storage") is True
    ]
    told: Doc = {
        "type": "NamesAccepted",
        "status": "True",
        "lastTransitionTime": now,
        "reason": "NoConflicts",
        "message": "no conflicts found",
    }
    old = docs(definition, "status", "conditions")
    conditions: list[Json] = [*old] if old else [told]
    if left <= 0:
        conditions.append(
            {
                "type": "Established",
                "status": "True",
                "lastTransitionTime": now,
                "reason": "InitialNamesAccepted",
                "message": "the initial names have been accepted",
            }
        )
    status: Doc = {
        "acceptedNames": clone(child(definition, "spec", "names")),
        "storedVersions": stored,
        "conditions": conditions,
    }
    world.report("CustomResourceDefinition", definition, status, CONTROLLER)


def _is(doc: Doc, kind: str) -> bool:
    return any(text(each, "type") == kind for each in docs(doc, "status", "conditions"))
