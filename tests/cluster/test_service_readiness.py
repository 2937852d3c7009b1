from __future__ import annotations

import pytest

from orchestration.cluster.readiness import judge
from orchestration.cluster.service_readiness import ready_endpoints
from orchestration.model import NotYet, Ready, Verdict
from tests.cluster.bodies import NOW, Body, body

SELECTING: Body = {"selector": {"app": "api"}}
NONE = NotYet("has no ready endpoint: no pod that its selector chooses is ready")


@pytest.mark.parametrize(
    ("spec", "endpoints", "verdict"),
    [
        (SELECTING, 0, NONE),
        (SELECTING, 1, Ready("1 ready endpoint")),
        (SELECTING, 2, Ready("2 ready endpoints")),
        (SELECTING, None, Ready("exists")),
        ({}, 0, Ready("exists")),
        ({**SELECTING, "type": "ExternalName"}, 0, Ready("exists")),
        ({**SELECTING, "clusterIP": "None"}, 0, NONE),
    ],
)
def test_a_service_with_a_selector_may_be_wanted_with_an_endpoint(
    spec: Body, endpoints: int | None, verdict: Verdict
) -> None:
    assert judge(body("Service", spec=spec), (), NOW, endpoints=endpoints) == verdict


def test_ready_endpoints_are_counted_once_over_all_slices() -> None:
    def endpoint(address: str, ready: bool | None) -> Body:
        return {"addresses": [address], "conditions": {"ready": ready}}

    first = {"endpoints": [endpoint("10.0.0.1", True), endpoint("10.0.0.2", False)]}
    second = {"endpoints": [endpoint("10.0.0.1", True), endpoint("10.0.0.3", None)]}
    assert ready_endpoints([first, second, {"endpoints": None}]) == 2
