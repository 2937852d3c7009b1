"""A deployment on a terminal, beside the texts that are compared word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration.cluster.deploy_report import DeployReport
from orchestration.model import Failed, NotYet
from orchestration.redact import Redactor
from orchestration.report.deploy_advice import ADVICE, advice
from orchestration.report.deploy_table import deploy_headline, render_deploy
from orchestration.report.prose import LINE_WIDTH
from tests.report.deployments import (
    CRASHED,
    FAILED,
    NAMESPACE,
    READY,
    REDIS,
    SLOW,
    SUBJECT,
    TIMED_OUT,
)
from tests.report.subjects import SECRET

HIDE = Redactor([SECRET])


def shown(report: DeployReport, encoding: str = "utf-8") -> str:
    return render_deploy(report, SUBJECT, redact=HIDE, encoding=encoding)


def test_the_headline_counts_what_became_of_the_objects() -> None:
    place = "in namespace stackwright-gateway-1a2b3c4d of context kind-ci"
    assert deploy_headline(READY, SUBJECT) == (
        f"platform gateway: 2 objects are ready after 2.70 s, {place}"
    )
    assert deploy_headline(FAILED, SUBJECT) == (
        "platform gateway is not up: of 5 objects 2 are ready, 1 was refused, 1 failed, 1 is "
        f"blocked, {place}"
    )
    assert deploy_headline(TIMED_OUT, SUBJECT) == (
        "platform gateway is not up after its deadline of 300 s: of 4 objects 2 are ready, 2 "
        f"still wait, {place}"
    )


def test_a_terminal_without_the_signs_gets_others() -> None:
    text = shown(FAILED, "ascii")
    assert "\nx  Service gateway" in text
    assert "\n-  Job bundles" in text
    assert not {"✗", "✓", "■"} & set(text)


def test_an_object_of_another_namespace_is_told_with_it() -> None:
    other = replace(REDIS, ref=replace(REDIS.ref, namespace="shared"))
    text = shown(replace(READY, results=(NAMESPACE, other)))
    assert "✓  Deployment shared/redis" in text


def test_a_line_of_the_table_stays_one_line_of_bounded_length() -> None:
    long = replace(CRASHED, verdict=Failed("words of a controller\n" * 20), logs=(), events=())
    lines = shown(replace(FAILED, results=(long,))).splitlines()
    row = next(each for each in lines if each.startswith("✗  Deployment gateway"))
    assert len(row) == LINE_WIDTH
    assert row.endswith("…")


def test_what_still_waits_is_listed_only_when_the_deadline_has_passed() -> None:
    assert "still waiting when the deadline of 300 s had passed\n  Job migrations" in shown(
        TIMED_OUT
    )
    assert "still waiting when" not in shown(FAILED)


@pytest.mark.parametrize(
    ("reason", "fix"),
    [
        ("pod a: ImagePullBackOff: manifest unknown", "correct the image's name and tag"),
        ("pod a: CrashLoopBackOff: exit code 1", "its pods left no log"),
        ("pod a: CrashLoopBackOff: exit code 137 (out of memory)", "raise its memory limit"),
        ("pod a: 0/3 nodes are available: 3 Insufficient cpu", "let it ask for less"),
        ("pod a: Unschedulable: node(s) didn't match", "look at its node selector"),
        ("FailedCreate: exceeded quota: few, requested: pods=1", "let the platform's pods ask"),
        (
            'FailedCreate: violates PodSecurity "restricted:latest"',
            "set what it names in the pod's",
        ),
        ('pod a: CreateContainerConfigError: secret "x" not found', "look which ConfigMap"),
    ],
)
def test_what_to_do_depends_on_what_is_wrong(reason: str, fix: str) -> None:
    broken = replace(CRASHED, verdict=Failed(reason), logs=(), events=())
    assert f"\n  fix: {fix}" in shown(replace(FAILED, results=(broken,)))


def test_what_only_takes_long_may_be_given_longer() -> None:
    slow = replace(SLOW, verdict=NotYet("0 of 2 replicas are available"), logs=())
    text = shown(replace(TIMED_OUT, results=(slow,)))
    assert "\n  fix: if it only needs longer, raise `deadline` of the platform\n" in text


def test_no_advice_is_hidden_behind_another() -> None:
    words = [each for each, _ in ADVICE]
    for at, word in enumerate(words):
        assert not [before for before in words[:at] if before in word], word


def test_advice_is_true_wherever_it_is_shown() -> None:
    """In an exception and in JSON nothing stands above it or below."""
    verdicts: list[Failed | NotYet] = [Failed(words) for words, _ in ADVICE]
    verdicts += [Failed("exit code 1"), NotYet("0 of 1 ready")]
    for verdict in verdicts:
        shapes = (CRASHED, replace(CRASHED, logs=()), replace(CRASHED, logs=(), events=()))
        for shape in (replace(each, verdict=verdict) for each in shapes):
            told = advice(shape, verdict.reason)
            assert not {"below", "above"} & set(told.split()), told
