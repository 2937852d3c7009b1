"""A deployment for other programs."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from orchestration.cluster.deploy_report import DeployReport
from orchestration.redact import Redactor
from orchestration.report.deploy_json import SCHEMA_VERSION, deploy_json
from orchestration.report.deploy_outcome import Fate
from orchestration.stackfile.schema import ROOT
from tests.report.deployments import FAILED, READY, SUBJECT, TIMED_OUT, UNWATCHED
from tests.report.subjects import SECRET

SCHEMA = json.loads((ROOT / "orchestration" / "report" / "deploy.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def shown(report: DeployReport) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(deploy_json(report, SUBJECT, redact=Redactor([SECRET])))
    return document


@pytest.mark.parametrize("report", [READY, FAILED, TIMED_OUT, UNWATCHED])
def test_the_document_is_what_the_schema_says(report: DeployReport) -> None:
    document = shown(report)
    VALIDATOR.validate(document)
    known = SCHEMA["$defs"]["object"]["properties"]
    assert set(document) == set(SCHEMA["properties"])
    assert all(set(each) == set(known) for each in document["objects"])
    assert document["schema_version"] == SCHEMA_VERSION


def test_the_schema_knows_every_end_that_an_object_can_have() -> None:
    state = SCHEMA["$defs"]["object"]["properties"]["state"]
    assert state["enum"] == [fate.value for fate in Fate]


@pytest.mark.parametrize("report", [FAILED, TIMED_OUT, UNWATCHED])
def test_the_document_has_no_secret_and_nothing_that_acts_on_a_terminal(
    report: DeployReport,
) -> None:
    text = deploy_json(report, SUBJECT, redact=Redactor([SECRET]))
    assert SECRET not in text
    assert "\\u001b" not in text
    assert all(line.isprintable() and line.isascii() for line in text.splitlines())


def test_each_object_tells_its_place_its_times_and_what_became_of_it() -> None:
    crashed = next(each for each in shown(FAILED)["objects"] if each["state"] == "failed")
    fix = crashed.pop("fix")
    assert fix == "look at the end of its log"
    assert crashed == {
        "api_version": "apps/v1",
        "kind": "Deployment",
        "namespace": "stackwright-gateway-1a2b3c4d",
        "name": "gateway",
        "file": "deploy/gateway.yaml",
        "line": 31,
        "state": "failed",
        "wave": 3,
        "begun_s": 0.41,
        "applied_s": 0.613,
        "ready_s": None,
        "own_s": 13.79,
        "attempts": 1,
        "needs": [],
        "blocked_by": [],
        "reason": "0 of 1 replicas are available; pod gateway-5d8: CrashLoopBackOff: exit code 1, "
        "restarted 3 times: cannot log in with ***",
        "why": "",
        "status": None,
        "warnings": [],
        "events": ["BackOff: Back-off restarting failed container with ***"],
        "logs": [
            {"container": "gateway-5d8/gateway", "text": "starting\nERROR <no> & ***\n"},
            {"container": "gateway-5d8/proxy", "text": ""},
        ],
    }


def test_objects_stand_by_wave_with_the_deferred_last() -> None:
    waves = [each["wave"] for each in shown(FAILED)["objects"]]
    assert waves == [1, 2, 3, 3, None]


def test_what_was_refused_tells_the_status_and_what_was_blocked_by_whom() -> None:
    found = {each["state"]: each for each in shown(FAILED)["objects"]}
    assert found["refused"]["status"] == 422
    assert [each["name"] for each in found["blocked"]["blocked_by"]] == ["gateway"]
    assert found["ready"]["reason"] == "1 of 1 replicas are available"


def test_what_the_server_warned_of_is_told_of_its_object_and_is_no_failure() -> None:
    document = shown(READY)
    assert document["ok"] is True
    assert {each["name"]: each["warnings"] for each in document["objects"] if each["warnings"]} == {
        "redis": [
            'spec.template.spec.containers[0].env[1]: hides previous definition of "PASSWORD", '
            "which may be dropped when using apply",
            'unknown field "spec.***"',
        ]
    }


def test_the_figures_are_those_of_the_report() -> None:
    document = shown(TIMED_OUT)
    assert {key: document[key] for key in ("ok", "timed_out", "deploy_s", "ready_s")} == {
        "ok": False,
        "timed_out": True,
        "deploy_s": 0.612,
        "ready_s": 300.0,
    }
    assert (document["critical_path_s"], document["sum_of_parts_s"]) == (299.8, 302.3)
    assert document["requests"] == 12
    assert document["started"] == "2026-08-01T06:00:00.500Z"
    assert document["phases"][1] == {"name": "cluster", "seconds": 0.031}


def test_what_could_not_be_watched_to_the_end_tells_why() -> None:
    assert shown(READY)["fault"] is None
    assert shown(UNWATCHED)["fault"]["status"] == 403
