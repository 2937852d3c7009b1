"""A kind that is not served is told with the one that was meant."""

from __future__ import annotations

from typing import Final

import pytest

from orchestration.cluster.api import ResourceKind
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.manifest import Ref
from orchestration.cluster.unknown_kind import unknown_kind
from orchestration.errors import DeployError
from tests.cluster.asking import MAPS

DEPLOYMENTS: Final = ResourceKind(
    api_version="apps/v1", kind="Deployment", plural="deployments", namespaced=True
)


@pytest.mark.parametrize(
    ("api_version", "kind", "why"),
    [
        ("apps/v1", "Deploymnet", "apps/v1 has no Deploymnet: did you mean `Deployment`?"),
        ("apps/v1beta1", "Deployment", "Deployment is served as apps/v1, not as apps/v1beta1"),
        ("app/v1", "Deploymen", "nothing of app/v1 is served; did you mean Deployment of apps/v1?"),
        ("example.com/v1", "Box", "nothing of example.com/v1 is served"),
    ],
)
def test_an_unknown_kind_is_told_with_the_one_that_was_meant(
    api_version: str, kind: str, why: str
) -> None:
    ref = Ref(api_version=api_version, kind=kind, namespace=None, name="x")
    failed = unknown_kind(ref, (DEPLOYMENTS, MAPS))
    assert not failed.retryable
    found = told(failed, ref=ref)
    assert isinstance(found, DeployError)
    assert found.what == (f"{kind} x: the cluster knows no {kind} of {api_version}")
    assert found.why == why
