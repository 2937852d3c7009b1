from __future__ import annotations

import pytest

from orchestration.cluster.readiness import judge
from orchestration.model import Failed, NotYet, Ready, Verdict
from tests.cluster.bodies import NOW, Body, body, condition, daemon_set, deployment, stateful_set

CRD = "apiextensions.k8s.io/v1"
SERVED = "apiregistration.k8s.io/v1"
LB = {"type": "LoadBalancer"}

ANY: dict[str, tuple[Body, Verdict]] = {
    "being deleted": (
        {**deployment(), "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}},
        NotYet("is being deleted"),
    ),
    "an older generation": (
        deployment(observedGeneration=1),
        NotYet("its controller is at generation 1 of 2"),
    ),
    "never looked at": (
        deployment(observedGeneration=None),
        NotYet("its controller has not looked at it yet"),
    ),
    "a StatefulSet never looked at": (
        stateful_set(observedGeneration=None),
        NotYet("its controller has not looked at it yet"),
    ),
    "a DaemonSet never looked at": (
        daemon_set(observedGeneration=None),
        NotYet("its controller has not looked at it yet"),
    ),
    "stalled": (
        deployment(condition("Available"), condition("Stalled", "True", "Quota", "no room")),
        Failed("is stalled: Quota: no room"),
    ),
    "not stalled": (
        deployment(condition("Available"), condition("Stalled", "False")),
        Ready("3 of 3 ready"),
    ),
    "stalled in an older generation": (
        body(
            "Widget",
            "shop.io/v1",
            conditions=(condition("Stalled"),),
            status={"observedGeneration": 1},
        ),
        NotYet("its controller is at generation 1 of 2"),
    ),
    "reconciling": (
        deployment(condition("Available"), condition("Reconciling", "True", "Scaling")),
        NotYet("is being reconciled: Scaling"),
    ),
}

UNKNOWN: dict[str, tuple[Body, Verdict]] = {
    "without conditions": (body("ConfigMap"), Ready("exists")),
    "without a status": ({"apiVersion": "x/v1", "kind": "Widget"}, Ready("exists")),
    "ready": (body("Widget", "x/v1", conditions=(condition("Ready"),)), Ready("Ready")),
    "not ready": (
        body("Widget", "x/v1", conditions=(condition("Ready", "False", "Wait", "for it"),)),
        NotYet("is not Ready: Wait: for it"),
    ),
    "unknown": (
        body("Widget", "x/v1", conditions=(condition("Ready", "Unknown"),)),
        NotYet("is not Ready: no reason given"),
    ),
    "available": (
        body("APIService", "x/v1", conditions=(condition("Available"),)),
        Ready("Available"),
    ),
    "not available": (
        body("APIService", "x/v1", conditions=(condition("Available", "False", "NoEndpoints"),)),
        NotYet("is not Available: NoEndpoints"),
    ),
    "ready before available": (
        body("W", "x/v1", conditions=(condition("Available"), condition("Ready", "False", "No"))),
        NotYet("is not Ready: No"),
    ),
    "ready of an older generation": (
        body("W", "x/v1", conditions=({**condition("Ready"), "observedGeneration": 1},)),
        NotYet("its condition Ready is of generation 1 of 2"),
    ),
    "looked at and of no condition": (
        body("Widget", "x/v1", status={"observedGeneration": 2}),
        Ready("exists"),
    ),
    "a Deployment of another group": (body("Deployment", "shop.io/v1"), Ready("exists")),
}

SIMPLE: dict[str, tuple[Body, Verdict]] = {
    "CRD established": (
        body("CustomResourceDefinition", CRD, conditions=(condition("Established"),)),
        Ready("Established"),
    ),
    "CRD new": (
        body("CustomResourceDefinition", CRD),
        NotYet("is not Established: no status yet"),
    ),
    "CRD not established": (
        body(
            "CustomResourceDefinition",
            CRD,
            conditions=(condition("NamesAccepted"), condition("Established", "False", "Soon")),
        ),
        NotYet("is not Established: Soon"),
    ),
    "CRD whose names are taken": (
        body(
            "CustomResourceDefinition",
            CRD,
            conditions=(
                condition("NamesAccepted", "False", "PluralConflict", '"widgets" is in use'),
                condition("Established", "False"),
            ),
        ),
        Failed('its names are not accepted: PluralConflict: "widgets" is in use'),
    ),
    "APIService new": (
        {"apiVersion": SERVED, "kind": "APIService", "metadata": {"name": "v1.shop.io"}},
        NotYet("is not Available: no status yet"),
    ),
    "APIService whose backend does not answer yet": (
        body(
            "APIService",
            SERVED,
            conditions=(condition("Available", "False", "MissingEndpoints", "no addresses"),),
        ),
        NotYet("is not Available: MissingEndpoints: no addresses"),
    ),
    "APIService whose backend answers": (
        body("APIService", SERVED, conditions=(condition("Available", reason="Passed"),)),
        Ready("Available"),
    ),
    "claim bound": (body("PersistentVolumeClaim", status={"phase": "Bound"}), Ready("Bound")),
    "claim pending": (
        body("PersistentVolumeClaim", status={"phase": "Pending"}),
        Ready("is bound when a pod uses it"),
    ),
    "claim lost": (
        body("PersistentVolumeClaim", status={"phase": "Lost"}),
        Failed("has lost its volume"),
    ),
    "namespace": (body("Namespace", status={"phase": "Active"}), Ready("Active")),
    "namespace on its way out": (
        body("Namespace", status={"phase": "Terminating"}),
        NotYet("is being deleted"),
    ),
    "service": (body("Service", spec={"selector": {"app": "api"}}), Ready("exists")),
    "load balancer without address": (
        body("Service", spec=LB),
        NotYet("the load balancer has no address yet; does this cluster have any?"),
    ),
    "load balancer with address": (
        body("Service", spec=LB, status={"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}),
        Ready("exists"),
    ),
}

TABLE = {
    f"{title}: {name}": case
    for title, cases in {"any": ANY, "unknown kind": UNKNOWN, "simple": SIMPLE}.items()
    for name, case in cases.items()
}


@pytest.mark.parametrize(("given", "verdict"), TABLE.values(), ids=list(TABLE))
def test_an_object_is_judged_by_its_status(given: Body, verdict: Verdict) -> None:
    assert judge(given, (), NOW) == verdict


def test_a_message_is_one_short_line() -> None:
    stalled = condition("Stalled", "True", "Bad", "line\n\x1b[31mline " + "x" * 1000)
    verdict = judge(body("Widget", "x/v1", conditions=(stalled,)), (), NOW)
    assert isinstance(verdict, Failed)
    assert verdict.reason.startswith("is stalled: Bad: line line xxx")
    assert verdict.reason.endswith("x…")
    assert len(verdict.reason) < 420
