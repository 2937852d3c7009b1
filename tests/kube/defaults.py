"""What the server writes into an object where its author said nothing.

From the `SetDefaults_*` functions of Kubernetes 1.32, as far as anybody looks at the result.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Final

from tests.kube.json_values import Doc, Json, child, docs, ensure, text, value


def _fill(doc: Doc, defaults: Doc) -> None:
    for key, wanted in defaults.items():
        if doc.get(key) is None:
            doc[key] = wanted


def _container(container: Doc) -> None:
    image = text(container, "image")
    tag = image.rpartition("/")[2].partition(":")[2]
    digest = "@" in image
    _fill(
        container,
        {
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
            "imagePullPolicy": "Always" if tag in ("", "latest") and not digest else "IfNotPresent",
            "resources": {},
        },
    )
    for port in docs(container, "ports"):
        _fill(port, {"protocol": "TCP"})
    for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
        if isinstance(container.get(probe), dict):
            found = child(container, probe)
            _fill(
                found,
                {
                    "timeoutSeconds": 1,
                    "periodSeconds": 10,
                    "successThreshold": 1,
                    "failureThreshold": 3,
                },
            )
            if isinstance(found.get("httpGet"), dict):
                _fill(child(found, "httpGet"), {"path": "/", "scheme": "HTTP"})
    for variable in docs(container, "env"):
        if isinstance(value(variable, "valueFrom", "fieldRef"), dict):
            _fill(child(variable, "valueFrom", "fieldRef"), {"apiVersion": "v1"})


def pod_spec(spec: Doc) -> None:
    """Fill the spec of a pod or of a pod template."""
    _fill(
        spec,
        {
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "securityContext": {},
            "schedulerName": "default-scheduler",
        },
    )
    for container in docs(spec, "initContainers") + docs(spec, "containers"):
        _container(container)
    for volume in docs(spec, "volumes"):
        if set(volume) == {"name"}:
            volume["emptyDir"] = {}
        for source in ("secret", "configMap", "projected", "downwardAPI"):
            if isinstance(volume.get(source), dict):
                _fill(child(volume, source), {"defaultMode": 420})


def _template(spec: Doc) -> None:
    template = ensure(spec, "template")
    ensure(template, "metadata")
    pod_spec(ensure(template, "spec"))


def _deployment(doc: Doc) -> None:
    spec = ensure(doc, "spec")
    _fill(spec, {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600})
    strategy = ensure(spec, "strategy")
    _fill(strategy, {"type": "RollingUpdate"})
    if strategy["type"] == "RollingUpdate":
        _fill(ensure(strategy, "rollingUpdate"), {"maxUnavailable": "25%", "maxSurge": "25%"})
    _template(spec)


def _replica_set(doc: Doc) -> None:
    spec = ensure(doc, "spec")
    _fill(spec, {"replicas": 1})
    _template(spec)


def _stateful_set(doc: Doc) -> None:
    spec = ensure(doc, "spec")
    retention: Doc = {"whenDeleted": "Retain", "whenScaled": "Retain"}
    _fill(
        spec,
        {
            "replicas": 1,
            "podManagementPolicy": "OrderedReady",
            "revisionHistoryLimit": 10,
            "persistentVolumeClaimRetentionPolicy": retention,
        },
    )
    strategy = ensure(spec, "updateStrategy")
    _fill(strategy, {"type": "RollingUpdate"})
    if strategy["type"] == "RollingUpdate":
        _fill(ensure(strategy, "rollingUpdate"), {"partition": 0})
    _template(spec)


def _daemon_set(doc: Doc) -> None:
    spec = ensure(doc, "spec")
    _fill(spec, {"revisionHistoryLimit": 10})
    strategy = ensure(spec, "updateStrategy")
    _fill(strategy, {"type": "RollingUpdate"})
    if strategy["type"] == "RollingUpdate":
        _fill(ensure(strategy, "rollingUpdate"), {"maxUnavailable": 1, "maxSurge": 0})
    _template(spec)


def _job(doc: Doc) -> None:
    spec = ensure(doc, "spec")
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    _fill(
        spec,
        {
            "parallelism": 1,
            "backoffLimit": 6,
            "completionMode": "NonIndexed",
            "suspend": False,
            "podReplacementPolicy": "TerminatingOrFailed",
        },
    )
    _template(spec)


def _cron_job(doc: Doc) -> None:
    spec = ensure(doc, "spec")
    _fill(
        spec,
        {
            "concurrencyPolicy": "Allow",
            "suspend": False,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 1,
        },
    )
    _template(ensure(spec, "jobTemplate", "spec"))


def _service(doc: Doc) -> None:
    spec = ensure(doc, "spec")
    _fill(
        spec,
        {"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster"},
    )
    for port in docs(spec, "ports"):
        _fill(port, {"protocol": "TCP", "targetPort": port.get("port")})


def _pod(doc: Doc) -> None:
    spec = ensure(doc, "spec")
    _fill(spec, {"enableServiceLinks": True})
    pod_spec(spec)


def _namespace(doc: Doc) -> None:
    name = text(doc, "metadata", "name")
    ensure(doc, "metadata", "labels")["kubernetes.io/metadata.name"] = name
    _fill(ensure(doc, "spec"), {"finalizers": ["kubernetes"]})


def _claim(doc: Doc) -> None:
    _fill(ensure(doc, "spec"), {"volumeMode": "Filesystem"})


def _secret(doc: Doc) -> None:
    _fill(doc, {"type": "Opaque"})
    plain = doc.pop("stringData", None)
    if isinstance(plain, dict):
        data = ensure(doc, "data")
        for key, each in plain.items():
            data[key] = base64.b64encode(str(each).encode()).decode()


def _definition(doc: Doc) -> None:
    spec = ensure(doc, "spec")
    names = ensure(spec, "names")
    kind = text(names, "kind")
    _fill(names, {"singular": kind.lower(), "listKind": f"{kind}List"})
    _fill(spec, {"conversion": {"strategy": "None"}})


DEFAULTS: Final[dict[str, Callable[[Doc], None]]] = {
    "CronJob": _cron_job,
    "CustomResourceDefinition": _definition,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "Job": _job,
    "Namespace": _namespace,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "ReplicaSet": _replica_set,
    "Secret": _secret,
    "Service": _service,
    "StatefulSet": _stateful_set,
}

_FIRST_STATUS: Final[dict[str, Doc]] = {
    "Namespace": {"phase": "Active"},
    "PersistentVolumeClaim": {"phase": "Pending"},
    "Pod": {"phase": "Pending", "qosClass": "BestEffort"},
    "Service": {"loadBalancer": {}},
}


def first_status(kind: str) -> Doc:
    """The status that a new object of a built-in kind starts with."""
    return dict(_FIRST_STATUS.get(kind, {}))


def allocate(kind: str, doc: Doc, taken: int, node_port: Callable[[int], int]) -> None:
    """Give what only the server can choose. `taken`: how many numbers were given before;
    `node_port`: the port to give, by the one that would be next."""
    if kind == "Service":
        _give_addresses(child(doc, "spec"), taken, node_port)
    elif kind == "Job":
        _give_selector(doc)
    elif kind == "Pod":
        _fill(child(doc, "spec"), {"serviceAccountName": "default"})


def _give_addresses(spec: Doc, taken: int, node_port: Callable[[int], int]) -> None:
    if spec.get("type") == "ExternalName":
        return
    if not text(spec, "clusterIP"):
        spec["clusterIP"] = f"10.96.{taken // 250}.{taken % 250 + 1}"
    addresses: list[Json] = [spec["clusterIP"]]
    _fill(
        spec,
        {"clusterIPs": addresses, "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"},
    )
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _fill(spec, {"externalTrafficPolicy": "Cluster"})
        for index, port in enumerate(docs(spec, "ports")):
            if "nodePort" not in port:
                port["nodePort"] = node_port(30000 + (taken * 10 + index) % 2768)


def _give_selector(doc: Doc) -> None:
    if value(doc, "spec", "manualSelector") is True:
        return
    uid, name = text(doc, "metadata", "uid"), text(doc, "metadata", "name")
    labels: Doc = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    ensure(doc, "spec")["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    ensure(doc, "spec", "template", "metadata", "labels").update(labels)
