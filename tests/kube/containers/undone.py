"""What this kubelet does not do; a pod that wants it is refused, not run without it."""

from __future__ import annotations

from tests.kube.json_values import Doc, child, docs, text


def undone(pod: Doc) -> str:
    """What a pod wants that this kubelet does not do, "" when it does all of it."""
    spec = child(pod, "spec")
    for key in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostAliases"):
        if spec.get(key):
            return f"spec.{key}"
    for container in docs(spec, "initContainers"):
        if text(container, "restartPolicy"):
            return f"the sidecar {text(container, 'name')}"
    for container in docs(spec, "initContainers") + docs(spec, "containers"):
        if child(container, "lifecycle"):
            return f"the lifecycle hooks of container {text(container, 'name')}"
        for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
            if child(container, probe, "grpc"):
                return f"the grpc probe of container {text(container, 'name')}"
        for mount in docs(container, "volumeMounts"):
            if text(mount, "subPathExpr") or text(mount, "mountPropagation"):
                return f"the mount at {text(mount, 'mountPath')}"
    for volume in docs(spec, "volumes"):
        kinds = set(volume) - {"name", "configMap", "secret", "emptyDir"}
        if kinds:
            return f"volume {text(volume, 'name')}: {min(kinds)}"
    return ""
