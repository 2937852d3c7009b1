"""A language model behind an OpenAI-compatible chat endpoint."""

from __future__ import annotations

import re
from collections.abc import Sequence

from serving.document import decode
from serving.exchange import HttpError, Json, encode

from holmesgpt_api.incident import Analysis, Incident, PastAction
from holmesgpt_api.json_client import JsonClient

INSTRUCTIONS = (
    "You find the root cause of incidents in Kubernetes clusters. Answer with one JSON object with "
    'exactly these keys: "root_cause" (one sentence), "proposed_action" (snake_case, such as '
    'restart_pod), "confidence" (a number from 0 to 1). Past actions and their outcomes are given '
    "as evidence."
)
_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")


class ChatAnalyst:
    """Asks `model` through POST /chat/completions."""

    def __init__(self, client: JsonClient, model: str) -> None:
        self._client = client
        self._model = model

    def analyse(self, incident: Incident, history: Sequence[PastAction]) -> Analysis:
        """The model's answer. Raises HttpError 502 when it is not what was asked for."""
        question: Json = {
            "signal": incident.signal,
            "target": incident.target,
            "message": incident.message,
            "past_actions": [past.document() for past in history],
        }
        completion = self._client.post(
            "/chat/completions",
            {
                "model": self._model,
                "temperature": 0,
                "response_format": {"type": "json_object"},
                "messages": [
                    {"role": "system", "content": INSTRUCTIONS},
                    {"role": "user", "content": encode(question).decode()},
                ],
            },
        )
        return _read_analysis(_content(completion))


def _content(completion: dict[str, Json]) -> str:
    match completion:
        case {"choices": [{"message": {"content": str(content)}}, *_]}:
            return content
        case _:
            raise HttpError(502, "the language model's answer holds no message")


def _read_analysis(content: str) -> Analysis:
    try:
        document = decode(content.encode())
    except HttpError as error:
        raise HttpError(502, f"the language model did not answer in JSON: {error.reason}") from None
    match document:
        case {
            "root_cause": str(cause),
            "proposed_action": str(kind),
            "confidence": int() | float() as confidence,
        } if cause and _KIND.fullmatch(kind) and 0 <= confidence <= 1:
            return Analysis(root_cause=cause[:1000], kind=kind, confidence=float(confidence))
        case _:
            raise HttpError(502, "the language model's answer lacks what was asked for")
