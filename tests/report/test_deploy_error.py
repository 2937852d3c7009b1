"""A deployment that did not end well, as one error."""

from __future__ import annotations

import pytest

from orchestration.cluster.deploy_report import DeployReport
from orchestration.redact import Redactor
from orchestration.report.deploy_error import deploy_error
from tests.report.deployments import FAILED, SUBJECT, TIMED_OUT, UNWATCHED
from tests.report.subjects import SECRET

HIDE = Redactor([SECRET])


def test_every_object_that_is_a_cause_is_told_with_its_place_and_what_to_do() -> None:
    error = deploy_error(FAILED, SUBJECT, redact=HIDE)
    assert error.what.startswith("platform gateway is not up: of 5 objects 2 are ready")
    assert error.why.splitlines() == [
        "Service gateway (deploy/gateway.yaml:12): is not valid: spec.ports: Required value",
        "Deployment gateway (deploy/gateway.yaml:31): 0 of 1 replicas are available; pod "
        "gateway-5d8: CrashLoopBackOff: exit code 1, restarted 3 times: cannot log in with ***",
    ]
    assert error.fix.splitlines() == [
        "Service gateway: correct these fields of the manifest",
        "Deployment gateway: look at the end of its log",
    ]


def test_after_the_deadline_it_tells_what_still_waits_and_why() -> None:
    error = deploy_error(TIMED_OUT, SUBJECT, redact=HIDE)
    assert "after its deadline of 300 s" in error.what
    assert error.why.splitlines() == [
        "Job migrations (deploy/gateway.yaml:50): 0 of 1 succeeded, 1 active",
        "Job seed (deploy/gateway.yaml:70): waits for Job migrations: 0 of 1 succeeded, 1 active",
    ]


def test_what_could_not_be_watched_comes_first() -> None:
    first = deploy_error(UNWATCHED, SUBJECT, redact=HIDE).why.splitlines()[0]
    assert first.startswith("user ci may not watch deployments.apps")


@pytest.mark.parametrize("report", [FAILED, TIMED_OUT, UNWATCHED])
def test_no_secret_is_in_it(report: DeployReport) -> None:
    assert SECRET not in str(deploy_error(report, SUBJECT, redact=HIDE))
