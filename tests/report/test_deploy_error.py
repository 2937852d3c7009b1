"""A deployment that did not end well, as one error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration.cluster.api import ApiError
from orchestration.cluster.deploy_report import DeployReport
from orchestration.errors import ClusterError
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


@pytest.mark.parametrize("code", [401, 0])
@pytest.mark.parametrize("watched", [True, False])
def test_credentials_that_run_out_on_the_way_are_no_matter_of_the_platform(
    code: int, watched: bool
) -> None:
    """The server does not take them, or the plugin that makes them does not any more."""
    refusal = ApiError(
        verb="patch", path="/api", code=code, reason="Unauthorized", message=f"was {SECRET}"
    )
    report = replace(FAILED, fault=refusal)
    if watched:
        results = (replace(each, failure=each.failure and refusal) for each in FAILED.results)
        report = replace(FAILED, results=tuple(results))
    error = deploy_error(report, SUBJECT, redact=HIDE)
    assert isinstance(error, ClusterError)
    assert "credentials" in error.what
    assert SECRET not in str(error)


@pytest.mark.parametrize("report", [FAILED, TIMED_OUT, UNWATCHED])
def test_no_secret_is_in_it(report: DeployReport) -> None:
    assert SECRET not in str(deploy_error(report, SUBJECT, redact=HIDE))
