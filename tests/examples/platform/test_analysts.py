from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from holmesgpt_api.chat_analyst import ChatAnalyst
from holmesgpt_api.incident import Analysis, Incident, PastAction
from holmesgpt_api.json_client import JsonClient
from holmesgpt_api.rules_analyst import RulesAnalyst
from serving.exchange import HttpError, Reply, Request, Route, answer

from tests.examples.platform.local_server import local_server, url_of

INCIDENT = Incident(signal="KubePodCrashLooping", target="a/b", message="exit code 1")


def _past(kind: str, outcome: str, similarity: float | None = 0.9) -> PastAction:
    return PastAction(id="1", kind=kind, outcome=outcome, summary="s", similarity=similarity)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("container was OOMKilled", "increase_memory_limit"),
        ("ImagePullBackOff: manifest unknown", "correct_image_reference"),
        ("write failed: No space left on device", "expand_volume"),
        ("x509: certificate has expired", "renew_certificate"),
        ("p99 latency above 2 s", "scale_out"),
        ("nothing known", "collect_diagnostics"),
    ],
)
def test_the_rules_know_the_usual_causes(message: str, kind: str) -> None:
    incident = Incident(signal="Alert", target="a/b", message=message)

    assert RulesAnalyst().analyse(incident, []).kind == kind


@pytest.mark.parametrize(
    ("past", "change"),
    [
        (_past("roll_back_deployment", "succeeded"), 0.05),
        (_past("roll_back_deployment", "succeeded", None), 0.05),
        (_past("roll_back_deployment", "failed"), -0.05),
        (_past("roll_back_deployment", "proposed"), 0),
        (_past("roll_back_deployment", "succeeded", 0.1), 0),
        (_past("scale_out", "succeeded"), 0),
    ],
)
def test_like_outcomes_of_the_same_action_move_the_confidence(
    past: PastAction, change: float
) -> None:
    analyst = RulesAnalyst()

    surer = analyst.analyse(INCIDENT, [past]).confidence
    assert surer - analyst.analyse(INCIDENT, []).confidence == pytest.approx(change)


def _completion(content: str) -> bytes:
    return json.dumps({"choices": [{"message": {"content": content}}]}).encode()


@contextmanager
def _model(body: bytes, status: int = 200) -> Iterator[tuple[ChatAnalyst, list[bytes]]]:
    """A chat endpoint that answers `body`, an analyst that asks it, and what it was asked."""
    asked: list[bytes] = []

    def complete(request: Request) -> Reply:
        asked.append(request.body)
        return Reply(body=body, status=status)

    with local_server(Route("POST", "/v1/chat/completions", complete)) as server:
        client = JsonClient("the model", url_of(server) + "/v1", timeout_s=5)
        yield ChatAnalyst(client, "small"), asked


def test_a_language_model_is_asked_with_the_past_and_its_answer_read() -> None:
    content = {"root_cause": "bad image", "proposed_action": "roll_back", "confidence": 1}
    with _model(_completion(json.dumps(content))) as (analyst, asked):
        found = analyst.analyse(INCIDENT, [_past("restart_pod", "failed")])

    assert found == Analysis(root_cause="bad image", kind="roll_back", confidence=1.0)
    question = json.loads(asked[0])
    assert question["model"] == "small"
    assert "restart_pod" in question["messages"][1]["content"]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"<html>", 200, "something else than JSON"),
        (b"[]", 200, "something else than an object"),
        (b'{"choices": []}', 200, "holds no message"),
        (_completion("I think it is the disk."), 200, "did not answer in JSON"),
        (_completion('{"root_cause": "x"}'), 200, "lacks what was asked for"),
        (
            _completion('{"root_cause": "x", "proposed_action": "a b", "confidence": 1}'),
            200,
            "lacks what was asked for",
        ),
        (
            _completion('{"root_cause": "x", "proposed_action": "a", "confidence": 7}'),
            200,
            "lacks what was asked for",
        ),
        (b'{"error": "quota"}', 429, "answered 429 to /chat/completions"),
    ],
)
def test_a_language_model_that_answers_nonsense_is_a_bad_gateway(
    body: bytes, status: int, reason: str
) -> None:
    with _model(body, status) as (analyst, _), pytest.raises(HttpError, match=reason) as refused:
        analyst.analyse(INCIDENT, [])

    assert refused.value.status == 502


def test_a_service_that_cannot_be_reached_is_named() -> None:
    with local_server() as server:
        url = url_of(server)

    with pytest.raises(HttpError, match="DataStorage cannot be reached") as refused:
        JsonClient("DataStorage", url, timeout_s=5).get("/health")
    assert refused.value.status == 503


def test_a_service_that_does_not_answer_in_time_is_named() -> None:
    from threading import Event

    ended = Event()

    def wait(request: Request) -> Reply:
        ended.wait(5)
        return answer({})

    with local_server(Route("GET", "/health", wait)) as server:
        client = JsonClient("DataStorage", url_of(server), timeout_s=0.05)
        with pytest.raises(HttpError, match="DataStorage did not answer within") as refused:
            client.get("/health")
        ended.set()
    assert refused.value.status == 504
