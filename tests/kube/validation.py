"""What makes an object unacceptable: names, required fields, and fields that may not change.

Worded after pkg/apis/*/validation of Kubernetes 1.32.
"""

from __future__ import annotations

import json
import re
from typing import Final

from tests.kube.json_values import Doc, Json, child, clone, docs, pairs, text, value, values
from tests.kube.resource import Resource
from tests.kube.selectors import matches
from tests.kube.status_error import Cause, invalid

_SUBDOMAIN: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_LABEL: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_1035: Final = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_FREE_NAMES: Final = {"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
_TEMPLATED: Final = {"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"}
_SELECTING: Final = {"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"}


def required(field: str, why: str = "") -> Cause:
    """The cause of a missing field."""
    told = f"Required value: {why}" if why else "Required value"
    return Cause(reason="FieldValueRequired", message=told, field=field)


def wrong(field: str, found: Json, why: str) -> Cause:
    """The cause of a value that will not do."""
    shown = json.dumps(found, separators=(",", ":"))
    return Cause(reason="FieldValueInvalid", message=f"Invalid value: {shown}: {why}", field=field)


def barred(field: str, why: str) -> Cause:
    """The cause of a change that is not allowed."""
    return Cause(reason="FieldValueForbidden", message=f"Forbidden: {why}", field=field)


def check_new(resource: Resource, doc: Doc) -> None:
    """Raises StatusError (422) with every cause."""
    name = text(doc, "metadata", "name")
    causes = _of_name(resource, name)
    if not resource.custom:
        causes += _of_body(resource.kind, doc)
    if causes:
        raise invalid(resource, name, tuple(causes))


def _of_name(resource: Resource, name: str) -> list[Cause]:
    if not name:
        return [required("metadata.name", "name or generateName is required")]
    if resource.kind in _FREE_NAMES:
        return []
    if resource.kind == "Namespace":
        pattern, said, example = _LABEL, "a lowercase RFC 1123 label must consist of", "my-name"
        chars = "lower case alphanumeric characters or '-', and must start and end with an"
        also = f"(e.g. '{example}',  or '123-abc', regex used for validation is '{pattern}')"
    elif resource.kind == "Service" and not resource.custom:
        pattern, said = _LABEL_1035, "a DNS-1035 label must consist of"
        chars = (
            "lower case alphanumeric characters or '-', start with an alphabetic character, "
            "and end with an"
        )
        also = f"(e.g. 'my-name',  or 'abc-123', regex used for validation is '{pattern}')"
    else:
        pattern, said = _SUBDOMAIN, "a lowercase RFC 1123 subdomain must consist of"
        chars = "lower case alphanumeric characters, '-' or '.', and must start and end with an"
        also = f"(e.g. 'example.com', regex used for validation is '{pattern}')"
    if re.fullmatch(pattern, name) and len(name) <= (63 if pattern != _SUBDOMAIN else 253):
        return []
    return [wrong("metadata.name", name, f"{said} {chars} alphanumeric character {also}")]


def _of_body(kind: str, doc: Doc) -> list[Cause]:
    causes: list[Cause] = []
    if kind in _TEMPLATED:
        causes += _of_pod(child(doc, "spec", "template", "spec"), "spec.template.spec")
    if kind in _SELECTING:
        selector = child(doc, "spec", "selector")
        labels = pairs(doc, "spec", "template", "metadata", "labels")
        if not selector:
            causes.append(required("spec.selector"))
        elif not matches(selector, labels):
            causes.append(
                wrong(
                    "spec.template.metadata.labels",
                    {**labels},
                    "`selector` does not match template `labels`",
                )
            )
    if kind == "Job" and value(doc, "spec", "template", "spec", "restartPolicy") == "Always":
        causes.append(
            Cause(
                reason="FieldValueNotSupported",
                message='Unsupported value: "Always": supported values: "OnFailure", "Never"',
                field="spec.template.spec.restartPolicy",
            )
        )
    if kind == "Pod":
        causes += _of_pod(child(doc, "spec"), "spec")
    if kind == "Service" and not docs(doc, "spec", "ports"):
        headless = text(doc, "spec", "clusterIP") == "None"
        if not headless and text(doc, "spec", "type") != "ExternalName":
            causes.append(required("spec.ports"))
    if kind == "PersistentVolumeClaim":
        if not values(doc, "spec", "accessModes"):
            causes.append(required("spec.accessModes", "at least 1 access mode is required"))
        if not child(doc, "spec", "resources", "requests").get("storage"):
            causes.append(required("spec.resources[storage]"))
    return causes


def _of_pod(spec: Doc, path: str) -> list[Cause]:
    containers = docs(spec, "containers")
    if not containers:
        return [required(f"{path}.containers")]
    causes: list[Cause] = []
    seen: set[str] = set()
    for index, container in enumerate(containers):
        at = f"{path}.containers[{index}]"
        name = text(container, "name")
        if not name:
            causes.append(required(f"{at}.name"))
        elif name in seen:
            causes.append(
                Cause(
                    reason="FieldValueDuplicate",
                    message=f'Duplicate value: "{name}"',
                    field=f"{at}.name",
                )
            )
        seen.add(name)
        if not text(container, "image"):
            causes.append(required(f"{at}.image"))
    return causes


_STATEFUL_SET: Final = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
    "'minReadySeconds' are forbidden"
)
_STATEFUL_SET_FREE: Final = {
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
}
_POD: Final = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` "
    "(only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "
    "(allow it to be set to 1 if it was previously negative)"
)
_CLAIM: Final = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName "
    "for bound claims"
)


def check_changed(resource: Resource, old: Doc, new: Doc) -> None:
    """Raises StatusError (422) for a change of what may not change."""
    if resource.custom:
        return
    causes = _of_body(resource.kind, new)
    kind = resource.kind
    before, after = child(old, "spec"), child(new, "spec")
    fixed: tuple[str, ...] = ()
    if kind in {"Deployment", "ReplicaSet", "DaemonSet"}:
        fixed = ("selector",)
    elif kind == "Job":
        fixed = ("completions", "selector", "template", "completionMode")
    causes += [
        wrong(f"spec.{name}", after.get(name), "field is immutable")
        for name in fixed
        if before.get(name) != after.get(name)
    ]
    if kind == "StatefulSet":
        changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        if changed - _STATEFUL_SET_FREE:
            causes.append(barred("spec", _STATEFUL_SET))
    elif kind == "Pod" and _fixed_of_pod(before) != _fixed_of_pod(after):
        causes.append(barred("spec", _POD))
    elif kind == "PersistentVolumeClaim" and _fixed_of_claim(before) != _fixed_of_claim(after):
        causes.append(barred("spec", _CLAIM))
    elif kind == "Service" and text(before, "clusterIP") not in ("", text(after, "clusterIP")):
        causes.append(
            wrong("spec.clusterIPs[0]", after.get("clusterIPs"), "may not change once set")
        )
    elif kind in {"RoleBinding", "ClusterRoleBinding"} and old["roleRef"] != new.get("roleRef"):
        causes.append(wrong("roleRef", new.get("roleRef"), "cannot change roleRef"))
    elif kind in {"ConfigMap", "Secret"}:
        causes += _of_data(kind, old, new)
    if causes:
        raise invalid(resource, text(new, "metadata", "name"), tuple(causes))


def _of_data(kind: str, old: Doc, new: Doc) -> list[Cause]:
    causes: list[Cause] = []
    if kind == "Secret" and old.get("type") != new.get("type"):
        causes.append(wrong("type", new.get("type"), "field is immutable"))
    if old.get("immutable") is True:
        why = "field is immutable when `immutable` is set"
        names = ("immutable", "data", "binaryData")
        causes += [barred(name, why) for name in names if old.get(name) != new.get(name)]
    return causes


def _fixed_of_pod(spec: Doc) -> Doc:
    fixed = clone(spec)
    for name in ("activeDeadlineSeconds", "tolerations", "nodeName"):
        fixed.pop(name, None)
    for container in docs(fixed, "containers") + docs(fixed, "initContainers"):
        container.pop("image", None)
    return fixed


def _fixed_of_claim(spec: Doc) -> Doc:
    fixed = clone(spec)
    child(fixed, "resources").pop("requests", None)
    for name in ("volumeName", "volumeAttributesClassName"):
        fixed.pop(name, None)
    return fixed
