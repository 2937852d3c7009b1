"""An action that a service took, or proposes: what comes in, and what is kept."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from serving.document import Fields
from serving.exchange import HttpError, Json

OUTCOMES = ("proposed", "succeeded", "failed")
DIMENSIONS = 384
_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAction:
    """An action as it is recorded. `embedding`: of length 1 and `DIMENSIONS` numbers, or None.

    `kind`: what was done (`restart_pod`); `signal`: the alert it answers; `target`: what it was
    done to; `summary`: a sentence for people, and the text that `embedding` stands for.
    """

    service: str
    kind: str
    signal: str
    target: str
    outcome: str
    summary: str
    parameters: dict[str, Json]
    embedding: tuple[float, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A recorded action. `sequence` grows with every record."""

    sequence: int
    id: UUID
    recorded_at: datetime
    service: str
    kind: str
    signal: str
    target: str
    outcome: str
    summary: str
    parameters: dict[str, Json]

    def document(self) -> dict[str, Json]:
        """The action as clients see it."""
        return {
            "id": str(self.id),
            "recorded_at": self.recorded_at.isoformat(),
            "service": self.service,
            "kind": self.kind,
            "signal": self.signal,
            "target": self.target,
            "outcome": self.outcome,
            "summary": self.summary,
            "parameters": self.parameters,
        }


def read_action(document: Json) -> NewAction:
    """The action a client sent. Raises HttpError 400 naming the field that is wrong."""
    fields = Fields(document)
    action = NewAction(
        service=fields.text("service", longest=63),
        kind=fields.text("kind", longest=64),
        signal=fields.text("signal", longest=128),
        target=fields.text("target", longest=256),
        outcome=fields.one_of("outcome", OUTCOMES),
        summary=fields.text("summary", longest=4000),
        parameters=fields.object("parameters"),
        embedding=read_embedding(fields),
    )
    fields.finish()
    if not _KIND.fullmatch(action.kind):
        raise HttpError(400, "kind: must be lower case letters, digits and _, as restart_pod")
    return action


def read_embedding(fields: Fields) -> tuple[float, ...] | None:
    """The field `embedding`, None when absent. Raises HttpError 400 unless its length is 1."""
    embedding = fields.numbers("embedding", count=DIMENSIONS)
    if embedding is not None and abs(math.hypot(*embedding) - 1) > 1e-3:
        raise HttpError(400, "embedding: must be a vector of length 1")
    return embedding
