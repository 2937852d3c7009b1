"""Small objects to ask about. No image of theirs is ever pulled: nothing is scheduled."""

from __future__ import annotations

from tests.kube.json_values import Doc, Json


def config_map(name: str, **data: str) -> Doc:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {**data},
    }


def labelled(name: str, **labels: str) -> Doc:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {**labels}},
    }


def pod(name: str) -> Doc:
    """A pod that no node takes."""
    containers: list[Json] = [{"name": "main", "image": "example.invalid/none:1"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": containers, "schedulerName": "nobody"},
    }


def deployment(name: str, *, image: str = "example.invalid/none:1", replicas: int = 0) -> Doc:
    """A Deployment of no pods, unless said otherwise."""
    containers: list[Json] = [{"name": "main", "image": image}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": containers},
            },
        },
    }


def job(name: str) -> Doc:
    """A Job that does not start."""
    containers: list[Json] = [{"name": "main", "image": "example.invalid/none:1"}]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {
            "suspend": True,
            "template": {"spec": {"restartPolicy": "Never", "containers": containers}},
        },
    }


def service(name: str) -> Doc:
    ports: list[Json] = [{"port": 80}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": ports},
    }
