"""The scale subresource."""

from __future__ import annotations

from tests.kube.json_values import Doc, Json, child, number, pairs


def scale_of(doc: Doc) -> Doc:
    """The autoscaling/v1 Scale of a workload."""
    metadata = child(doc, "metadata")
    kept: Doc = {
        key: metadata[key]
        for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if key in metadata
    }
    labels = pairs(doc, "spec", "selector", "matchLabels")
    selector: Json = ",".join(f"{key}={labels[key]}" for key in sorted(labels))
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": kept,
        "spec": {"replicas": number(doc, "spec", "replicas")},
        "status": {"replicas": number(doc, "status", "replicas"), "selector": selector},
    }
