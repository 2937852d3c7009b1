"""The seven E2E platforms of examples/platform, as the mandate of phase 4 has them."""

from __future__ import annotations

import pytest

from orchestration.cluster.deferred import deferred
from orchestration.cluster.manifest_files import load as load_manifests
from orchestration.cluster.waves import waves
from orchestration.stackfile import load
from tests.kube.platform_images import PLATFORM, SOURCES

COMMON = ("StatefulSet postgres", "Deployment redis", "Job migrations")
DATASTORAGE = "Deployment datastorage"
WIDTHS = {
    "datastorage": {*COMMON, DATASTORAGE},
    "gateway": {*COMMON, DATASTORAGE, "Deployment gateway"},
    "remediationorchestrator": {*COMMON, DATASTORAGE, "Deployment remediationorchestrator"},
    "signalprocessing": {*COMMON, DATASTORAGE, "Deployment signalprocessing"},
    "holmesgpt-api": {*COMMON, DATASTORAGE, "Deployment holmesgpt-api"},
    "workflowexecution": {
        *(*COMMON, DATASTORAGE, "Deployment workflowexecution"),
        *("Deployment tekton", "CustomResourceDefinition pipelines.tekton.platform.example"),
    },
    "notification": {
        *(*COMMON, "Deployment notification", "Service notification", "ConfigMap notification"),
        *("ServiceAccount notification", "Role notification", "RoleBinding notification"),
        "CustomResourceDefinition notificationrequests.notification.platform.example",
    },
}
"""What is applied without waiting for others, besides what pods are made with; of Notification all
that is its own, as the mandate counts it."""
LATER = {
    "workflowexecution": {
        "Pipeline restart-pod": {
            DATASTORAGE,
            "CustomResourceDefinition pipelines.tekton.platform.example",
        },
        "Job workflow-bundles": {DATASTORAGE},
    },
    "notification": {DATASTORAGE: {"Job migrations"}},
}
SHARED = {"postgres", "redis", "datastorage"}
MADE_WITH = {"Secret", "Service", "ConfigMap"}

PROJECT = load(PLATFORM / "stackwright.toml")


def test_there_are_seven() -> None:
    assert set(PROJECT.platforms) == set(WIDTHS)


@pytest.mark.parametrize("name", WIDTHS)
def test_a_platform_is_as_wide_as_the_mandate_says(name: str) -> None:
    manifests = load_manifests(PROJECT.platform(name, {}).paths)
    at_once = {
        str(each.ref)
        for wave in waves(manifests)
        for each in wave.manifests
        if not (each.kind in MADE_WITH and each.name in {*SHARED, name} - {"notification"})
    }
    assert at_once == WIDTHS[name]
    later = {
        str(each.manifest.ref): {str(need) for need in each.needs} for each in deferred(manifests)
    }
    assert later == LATER.get(name, {})


@pytest.mark.parametrize("name", WIDTHS)
def test_a_platform_builds_what_it_runs(name: str) -> None:
    built = PROJECT.platform(name, {}).images
    assert all(
        (each.context, each.containerfile) == SOURCES[image] for image, each in built.items()
    )
    assert set(built) <= set(SOURCES)
