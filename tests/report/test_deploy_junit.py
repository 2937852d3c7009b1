"""A deployment as JUnit XML."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest

from orchestration.cluster.deploy_report import DeployReport
from orchestration.model import Failed
from orchestration.redact import Redactor
from orchestration.report.deploy_junit import deploy_junit
from tests.report.deployments import CRASHED, FAILED, READY, SUBJECT, TIMED_OUT, UNWATCHED
from tests.report.subjects import SECRET

SUITE = {
    *("id", "package", "name", "timestamp", "hostname"),
    *("tests", "failures", "errors", "skipped", "time"),
}
"""What the schema of Ant's task demands, and that of Jenkins knows."""


def suite(report: DeployReport) -> Element:
    text = deploy_junit(report, SUBJECT, redact=Redactor([SECRET]))
    assert SECRET not in text
    root = fromstring(text)  # noqa: S314 - our own
    assert (root.tag, root.attrib, len(root)) == ("testsuites", {}, 1)
    return root[0]


@pytest.mark.parametrize("report", [READY, FAILED, TIMED_OUT, UNWATCHED])
def test_the_document_has_the_elements_of_both_schemas_in_their_order(
    report: DeployReport,
) -> None:
    found = suite(report)
    assert set(found.attrib) == SUITE
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", found.attrib["timestamp"])
    cases = [each for each in found if each.tag == "testcase"]
    assert [each.tag for each in found] == [
        "properties",
        *["testcase"] * len(report.results),
        "system-out",
        "system-err",
    ]
    for case in cases:
        assert set(case.attrib) == {"classname", "name", "time"}
        assert len(case) <= 1
        for below in case:
            names = {"failure": {"type", "message"}, "skipped": {"message"}}
            assert set(below.attrib) == names[below.tag]
    assert int(found.attrib["tests"]) == len(cases)
    assert int(found.attrib["failures"]) == len(found.findall("testcase/failure"))
    assert int(found.attrib["skipped"]) == len(found.findall("testcase/skipped"))


def test_an_object_is_a_case_with_its_own_time() -> None:
    cases = {each.attrib["name"]: each.attrib["time"] for each in suite(FAILED).iter("testcase")}
    assert cases == {
        "Namespace stackwright-gateway-1a2b3c4d": "0.210",
        "Service gateway": "0.000",
        "Deployment gateway": "13.790",
        "Deployment redis": "2.290",
        "Job bundles": "0.000",
    }


def test_a_failure_tells_place_reason_fix_events_and_log() -> None:
    failure = suite(FAILED).find("testcase[@name='Deployment gateway']/failure")
    assert failure is not None
    assert failure.attrib["type"] == "failed"
    assert failure.attrib["message"].startswith("0 of 1 replicas are available; pod gateway-5d8")
    assert (failure.text or "").splitlines()[0].startswith("deploy/gateway.yaml:31: 0 of 1")
    assert "\nfix: look at the end of its log\n" in (failure.text or "")
    assert "\nevent: BackOff: Back-off restarting failed container with ***\n" in (
        failure.text or ""
    )
    assert "\nlog of gateway-5d8/gateway:\nstarting\nERROR <no> & ***\n" in (failure.text or "")


def test_what_is_blocked_is_skipped_and_what_was_not_ready_in_time_fails() -> None:
    skipped = suite(FAILED).find("testcase[@name='Job bundles']/skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "waits for Deployment gateway, not ready"
    types = [each.attrib["type"] for each in suite(TIMED_OUT).iter("failure")]
    assert types == ["waiting", "waiting"]


def test_the_figures_stand_in_the_output_of_the_suite() -> None:
    found = suite(READY)
    assert found.attrib["time"] == "2.700"
    assert found.findtext("system-out") == (
        "images 12.500\ncluster 0.031\nload 4.000\ndeploy_s 0.612\nready_s 2.700\n"
        "critical_path_s 2.494\nsum_of_parts_s 2.500\nrequests 7"
    )


@pytest.mark.parametrize(
    "hostile",
    ["\x00\x08\x1b[2J\x7f", "\ufffe\uffff\ud800", "\"'<>&]]>", "a\r\nb\tc", "\u202e"],
)
def test_nothing_from_the_cluster_makes_the_document_invalid(hostile: str) -> None:
    broken = replace(
        CRASHED,
        verdict=Failed(hostile),
        events=(hostile,),
        logs=((hostile, hostile),),
        ref=replace(CRASHED.ref, name=f"a{hostile}"),
    )
    found = suite(replace(FAILED, results=(broken,)))
    assert len(found.findall("testcase/failure")) == 1


def test_what_could_not_be_watched_to_the_end_is_told_as_an_error_output() -> None:
    assert suite(READY).findtext("system-err") == ""
    told = suite(UNWATCHED).findtext("system-err") or ""
    assert told.startswith("the objects could not be watched to the end: ")
