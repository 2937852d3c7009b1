"""HolmesGPT-API put together: POST /api/v1/investigate, GET /health."""

from __future__ import annotations

from collections.abc import Mapping

from serving.document import decode
from serving.environment import Environment, RefusalError
from serving.exchange import Reply, Request, Route, answer
from serving.process import set_level
from serving.server import Server

from holmesgpt_api.chat_analyst import ChatAnalyst
from holmesgpt_api.history import History
from holmesgpt_api.incident import Analyst, read_incident
from holmesgpt_api.json_client import JsonClient
from holmesgpt_api.rules_analyst import RulesAnalyst

PEER_S = 3.0


class Investigations:
    """Answers requests with the help of an analyst and the history of actions."""

    def __init__(self, analyst: Analyst, history: History) -> None:
        self._analyst = analyst
        self._history = history

    def health(self, request: Request) -> Reply:
        """200 when DataStorage, and the embedding service where there is one, are well."""
        self._history.check()
        return answer({"status": "ok"})

    def investigate(self, request: Request) -> Reply:
        """Analyse an incident in the light of past actions, and record what is proposed."""
        incident = read_incident(decode(request.body))
        found = self._history.search(incident)
        analysis = self._analyst.analyse(incident, found.actions)
        recorded = self._history.record(incident, analysis, found.actions, found.embedding)
        similar = [past.document() for past in found.actions]
        return answer(
            {"action_id": recorded, "analysis": analysis.document(), "similar_actions": [*similar]}
        )


def start(variables: Mapping[str, str]) -> tuple[Server]:
    """The server, listening. Raises RefusalError when a setting is wrong or missing."""
    environment = Environment(variables)
    set_level(environment.text("LOG_LEVEL", "INFO"))
    datastorage = environment.url("DATASTORAGE_URL")
    if datastorage is None:
        raise RefusalError("DATASTORAGE_URL is not set: past actions are read from DataStorage")
    embedding = environment.url("EMBEDDING_URL")
    history = History(
        JsonClient("DataStorage", datastorage, timeout_s=PEER_S),
        JsonClient("the embedding service", embedding, timeout_s=PEER_S) if embedding else None,
    )
    investigations = Investigations(choose_analyst(environment), history)
    routes = (
        Route("GET", "/health", investigations.health),
        Route("POST", "/api/v1/investigate", investigations.investigate),
    )
    bind = environment.text("BIND_ADDRESS", "127.0.0.1")
    return (Server(bind, environment.port("PORT", 8080), routes),)


def choose_analyst(environment: Environment) -> Analyst:
    """The rules in MOCK_LLM_MODE, else the model at LLM_ENDPOINT. RefusalError without either."""
    if environment.flag("MOCK_LLM_MODE"):
        return RulesAnalyst()
    endpoint = environment.url("LLM_ENDPOINT")
    if endpoint is None:
        raise RefusalError(
            "a real language model is needed: set LLM_ENDPOINT to an OpenAI-compatible base URL "
            "(such as https://host/v1) and LLM_MODEL, or MOCK_LLM_MODE=true to answer by rules"
        )
    key = environment.optional("LLM_API_KEY")
    client = JsonClient(
        "the language model",
        endpoint,
        timeout_s=environment.seconds("LLM_TIMEOUT_S", 60.0),
        headers={"Authorization": f"Bearer {key}"} if key else {},
        proxied=True,
    )
    return ChatAnalyst(client, environment.text("LLM_MODEL"))
