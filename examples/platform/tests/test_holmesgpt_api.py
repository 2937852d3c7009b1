"""An investigation through all services: embedding, past actions, the analysis, its record."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest
from service_client import ServiceClient


@pytest.fixture
def incident(signal: str) -> dict[str, str]:
    """An incident that is like no other in the stack: most of its words are made up."""
    words = " ".join(uuid4().hex for _ in range(4))
    return {"signal": signal, "target": f"payments/{words[:32]}", "message": f"OOMKilled {words}"}


def test_an_investigation_is_recorded_as_a_proposal(
    holmesgpt: ServiceClient, database: psycopg.Connection, incident: dict[str, str]
) -> None:
    answer = holmesgpt.post("/api/v1/investigate", incident)

    assert answer.status == 200, answer.document
    assert answer.document["analysis"]["proposed_action"] == "increase_memory_limit"
    row = database.execute(
        "SELECT service, kind, outcome, signal, cardinality(embedding) FROM actions WHERE id = %s",
        (UUID(answer.document["action_id"]),),
    ).fetchone()
    assert row == ("holmesgpt-api", "increase_memory_limit", "proposed", incident["signal"], 384)


def test_an_investigation_finds_what_was_done_about_a_like_incident(
    holmesgpt: ServiceClient, incident: dict[str, str]
) -> None:
    first = holmesgpt.post("/api/v1/investigate", incident).document

    again = {**incident, "message": f"{incident['message']}, and not for the first time"}
    second = holmesgpt.post("/api/v1/investigate", again).document

    nearest = second["similar_actions"][0]
    assert nearest["id"] == first["action_id"]
    assert nearest["similarity"] > 0.5


def test_success_in_the_past_makes_the_analysis_surer(
    holmesgpt: ServiceClient,
    datastorage: ServiceClient,
    embedding: ServiceClient,
    incident: dict[str, str],
) -> None:
    before = holmesgpt.post("/api/v1/investigate", incident).document["analysis"]["confidence"]
    text = f"{incident['signal']} {incident['target']} {incident['message']}"
    done = {
        "service": "workflowexecution",
        "kind": "increase_memory_limit",
        "signal": incident["signal"],
        "target": incident["target"],
        "outcome": "succeeded",
        "summary": text,
        "embedding": embedding.post("/embed", {"text": text}).document["embedding"],
    }
    assert datastorage.post("/api/v1/actions", done).status == 201

    after = holmesgpt.post("/api/v1/investigate", incident).document["analysis"]["confidence"]

    assert after > before


def test_a_bad_incident_is_refused_with_the_reason(holmesgpt: ServiceClient) -> None:
    answer = holmesgpt.post("/api/v1/investigate", {"signal": "X", "target": "y"})

    assert answer.status == 400
    assert answer.document["error"].startswith("message: ")


def test_holmesgpt_api_is_well_when_what_it_needs_is(holmesgpt: ServiceClient) -> None:
    assert holmesgpt.get("/health").status == 200
