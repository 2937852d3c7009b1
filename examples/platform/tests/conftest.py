"""The stack of these tests: HolmesGPT-API's, which holds every service of the platform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import redis
from service_client import PostAction, ServiceClient

from orchestration.model import reveal
from orchestration.running import RunningStack


@pytest.fixture(scope="session")
def stackwright_service() -> str:
    """What the plugin brings up."""
    return "holmesgpt-api"


@pytest.fixture
def datastorage_url(stackwright_stack: RunningStack) -> str:
    return stackwright_stack.endpoint("datastorage").url


@pytest.fixture
def datastorage(datastorage_url: str) -> ServiceClient:
    return ServiceClient(datastorage_url)


@pytest.fixture
def metrics(stackwright_stack: RunningStack) -> ServiceClient:
    return ServiceClient(stackwright_stack.endpoint("datastorage", "metrics").url)


@pytest.fixture
def embedding(stackwright_stack: RunningStack) -> ServiceClient:
    return ServiceClient(stackwright_stack.endpoint("embedding").url)


@pytest.fixture
def holmesgpt(stackwright_stack: RunningStack) -> ServiceClient:
    return ServiceClient(stackwright_stack.endpoint("holmesgpt-api").url)


@pytest.fixture
def database(stackwright_stack: RunningStack) -> Iterator[psycopg.Connection]:
    dsn = reveal(stackwright_stack["postgres"].dsn)
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def cache(stackwright_stack: RunningStack) -> Iterator[redis.Redis]:
    place = stackwright_stack["redis"]
    with redis.Redis(host=place.host, port=place.port) as client:
        yield client


@pytest.fixture
def signal() -> str:
    """An alert name of the test's own: the stack may be one that others have written to."""
    return f"Test{uuid4().hex}"


@pytest.fixture
def post_action(datastorage: ServiceClient, signal: str) -> PostAction:
    """Record an action, its fields as given over good ones; the stored document."""

    def post(**fields: object) -> dict[str, Any]:
        action = {
            "service": "gateway",
            "kind": "restart_pod",
            "signal": signal,
            "target": "payments/pod/api-0",
            "outcome": "succeeded",
            "summary": "restarted the pod after it stopped answering",
            **fields,
        }
        answer = datastorage.post("/api/v1/actions", action)
        assert answer.status == 201, answer.document
        stored: dict[str, Any] = answer.document
        return stored

    return post
