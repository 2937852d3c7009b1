"""Workloads to run on the double."""

from __future__ import annotations

from tests.kube.json_values import Doc, Json, child, docs, text


def template(name: str, *, restart: str = "Always") -> Doc:
    containers: list[Json] = [{"name": "main", "image": f"{name}:1"}]
    return {
        "metadata": {"labels": {"app": name}},
        "spec": {"restartPolicy": restart, "containers": containers},
    }


def deployment(name: str = "api", *, replicas: int = 1, **spec: Json) -> Doc:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": template(name),
            **spec,
        },
    }


def stateful_set(name: str = "db", *, replicas: int = 2, **spec: Json) -> Doc:
    body = deployment(name, replicas=replicas, serviceName=name, **spec)
    return {**body, "kind": "StatefulSet"}


def daemon_set(name: str = "agent") -> Doc:
    body: Doc = {**deployment(name), "kind": "DaemonSet"}
    del child(body, "spec")["replicas"]
    return body


def job(name: str = "migrate", **spec: Json) -> Doc:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"template": template(name, restart="Never"), **spec},
    }


def conditions(doc: Doc) -> dict[str, tuple[str, str]]:
    """Status and reason of every condition by its type."""
    return {
        text(each, "type"): (text(each, "status"), text(each, "reason"))
        for each in docs(doc, "status", "conditions")
    }


def waiting(pod: Doc) -> str:
    """Why the first container of a pod waits, "" when it does not."""
    status = docs(pod, "status", "containerStatuses")[0]
    return text(status, "state", "waiting", "reason")
