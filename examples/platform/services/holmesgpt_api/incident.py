"""What is investigated, and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from serving.document import Fields
from serving.exchange import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An alert. `signal`: its name; `target`: what it is about; `message`: what was seen."""

    signal: str
    target: str
    message: str

    def text(self) -> str:
        """The incident in one line: what its embedding stands for."""
        return f"{self.signal} {self.target} {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAction:
    """An action from DataStorage. `similarity`: a cosine, None when found by its signal."""

    id: str
    kind: str
    outcome: str
    summary: str
    similarity: float | None

    def document(self) -> dict[str, Json]:
        """The action as clients see it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "outcome": self.outcome,
            "summary": self.summary,
            "similarity": self.similarity,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What an analyst makes of an incident. `confidence`: 0 to 1; `kind`: the proposed action."""

    root_cause: str
    kind: str
    confidence: float

    def document(self) -> dict[str, Json]:
        """The analysis as clients see it."""
        return {
            "root_cause": self.root_cause,
            "proposed_action": self.kind,
            "confidence": round(self.confidence, 3),
        }


class Analyst(Protocol):
    """Whoever finds the cause of an incident."""

    def analyse(self, incident: Incident, history: Sequence[PastAction]) -> Analysis:
        """The cause and what to do. Raises HttpError 502 or 504 when nobody could tell."""
        ...


def read_incident(document: Json) -> Incident:
    """The incident a client sent. Raises HttpError 400 naming the field that is wrong."""
    fields = Fields(document)
    incident = Incident(
        signal=fields.text("signal", longest=128),
        target=fields.text("target", longest=256),
        message=fields.text("message", longest=3000),
    )
    fields.finish()
    return incident
