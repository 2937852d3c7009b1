"""Past actions: found in DataStorage, by meaning where there is an embedding service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from serving.exchange import HttpError, Json

from holmesgpt_api.incident import Analysis, Incident, PastAction
from holmesgpt_api.json_client import JsonClient

SEARCHED = 5
"""How many past actions are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the past says of an incident, and the incident's own embedding where one was made."""

    actions: tuple[PastAction, ...]
    embedding: Json


class History:
    """Asks for past actions and adds new ones. Methods raise as `JsonClient.post` does."""

    def __init__(self, datastorage: JsonClient, embedding: JsonClient | None) -> None:
        self._datastorage = datastorage
        self._embedding = embedding

    def check(self) -> None:
        """Raise HttpError 503 unless every service that is needed says that it is well."""
        try:
            self._datastorage.get("/health")
            if self._embedding is not None:
                self._embedding.get("/health")
        except HttpError as error:
            raise HttpError(503, error.reason) from None

    def search(self, incident: Incident) -> Found:
        """Actions for incidents like this one, else for the same signal, the best first."""
        if self._embedding is None:
            query = f"/api/v1/actions?limit={SEARCHED}&signal={quote(incident.signal, safe='')}"
            return Found(actions=_read_actions(self._datastorage.get(query)), embedding=None)
        embedding = self._embedding.post("/embed", {"text": incident.text()}).get("embedding")
        wanted: Json = {"embedding": embedding, "limit": SEARCHED}
        found = self._datastorage.post("/api/v1/actions/similar", wanted)
        return Found(actions=_read_actions(found), embedding=embedding)

    def record(
        self, incident: Incident, analysis: Analysis, history: Sequence[PastAction], embedding: Json
    ) -> str:
        """Record the proposal; the id that DataStorage gave it."""
        action: dict[str, Json] = {
            "service": "holmesgpt-api",
            "kind": analysis.kind,
            "signal": incident.signal,
            "target": incident.target,
            "outcome": "proposed",
            "summary": incident.text(),
            "parameters": {**analysis.document(), "evidence": [past.id for past in history]},
        }
        if embedding is not None:
            action["embedding"] = embedding
        match self._datastorage.post("/api/v1/actions", action):
            case {"id": str(identity)}:
                return identity
            case _:
                raise HttpError(502, "DataStorage recorded the proposal and told no id")


def _read_actions(document: dict[str, Json]) -> tuple[PastAction, ...]:
    actions = document.get("actions")
    if not isinstance(actions, list):
        raise HttpError(502, "DataStorage answered without a list of actions")
    return tuple(_read_action(each) for each in actions)


def _read_action(document: Json) -> PastAction:
    match document:
        case {
            "id": str(identity),
            "kind": str(kind),
            "outcome": str(outcome),
            "summary": str(said),
            **rest,
        }:
            near = rest.get("similarity")
            similarity = float(near) if isinstance(near, int | float) else None
            return PastAction(
                id=identity, kind=kind, outcome=outcome, summary=said, similarity=similarity
            )
        case _:
            raise HttpError(502, "DataStorage answered with an action that lacks its fields")
