"""What of a request's object is taken over, by resource and subresource."""

from __future__ import annotations

from typing import Final

from tests.kube.json_values import Doc, child, clone, ensure, text, value
from tests.kube.resource import Resource
from tests.kube.status_error import bad_request

GIVEN: Final = (
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)
"""What a caller cannot set in an object's metadata."""


def incoming(resource: Resource, namespace: str, body: Doc) -> Doc:
    """A copy of `body` with its kind and namespace written in. Raises StatusError (400)."""
    doc = clone(body)
    kind, version = text(doc, "kind"), text(doc, "apiVersion")
    if (kind and kind != resource.kind) or (version and version != resource.api_version):
        raise bad_request(
            f"the object provided is unrecognized (must be of type {resource.kind}): "
            f"{resource.kind} in version {resource.version!r} cannot be handled as {kind}"
        )
    doc["apiVersion"], doc["kind"] = resource.api_version, resource.kind
    metadata = ensure(doc, "metadata")
    if resource.namespaced:
        if text(metadata, "namespace") not in ("", namespace):
            raise bad_request(
                "the namespace of the provided object does not match the namespace sent on "
                "the request"
            )
        metadata["namespace"] = namespace
    else:
        metadata.pop("namespace", None)
    return doc


def strip(resource: Resource, doc: Doc) -> None:
    """Take away what a creator cannot say."""
    for key in (*GIVEN, "managedFields", "selfLink"):
        child(doc, "metadata").pop(key, None)
    if "status" in resource.subresources:
        doc.pop("status", None)


def drop_foreign(resource: Resource, doc: Doc, subresource: str, old: Doc | None = None) -> None:
    """Take away what does not belong to the (sub)resource, or put back what was there."""
    if subresource == "status":
        status = doc.get("status")
        fields = value(doc, "metadata", "managedFields")
        for key in set(doc) - {"apiVersion", "kind", "metadata"}:
            del doc[key]
        if old is not None:
            doc.update(clone(old))
            if fields is not None:
                child(doc, "metadata")["managedFields"] = fields
        if status is not None:
            doc["status"] = status
    elif "status" in resource.subresources:
        doc.pop("status", None)
        if old is not None and "status" in old:
            doc["status"] = clone(child(old, "status"))


def keep_given(resource: Resource, old: Doc, new: Doc) -> None:
    """What the server gave stays when a caller leaves it out."""
    given = {
        "Service": ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"),
        "Job": ("selector",),
        "Pod": ("serviceAccountName", "nodeName"),
        "PersistentVolumeClaim": ("volumeName",),
    }.get(resource.kind, ())
    for key in () if resource.custom else given:
        if key in child(old, "spec") and key not in child(new, "spec"):
            ensure(new, "spec")[key] = child(old, "spec")[key]
    if resource.kind == "Job" and not resource.custom:
        labels = child(old, "spec", "template", "metadata", "labels")
        ensure(new, "spec", "template", "metadata", "labels").update(
            {key: each for key, each in labels.items() if "job-name" in key or "uid" in key}
        )


def substance(doc: Doc) -> Doc:
    """What moves the generation: all but metadata and status."""
    return {key: each for key, each in doc.items() if key not in ("metadata", "status")}
