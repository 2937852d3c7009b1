"""Events of made-up runs, with a secret in every place that comes from outside."""

from __future__ import annotations

from orchestration.events import (
    BuildLine,
    Event,
    Notice,
    Removed,
    RunReady,
    RunStarted,
    StepFailed,
    StepFinished,
    StepStarted,
    Waiting,
)
from orchestration.model import Endpoint, EngineInfo

SECRET = "hunter2-hunter2"
PROBE = "PostgreSQL start-up as slm_user to action_history on postgres"

ENGINE = EngineInfo(
    name="podman",
    version="4.3.1",
    url=f"tcp://user:{SECRET}@127.0.0.1:2375",
    rule="CONTAINER_HOST",
    uses_images=True,
    quirks=("healthchecks never run",),
)
ENDPOINTS = tuple(
    Endpoint(
        component=component,
        port_name=name,
        host="127.0.0.1",
        port=port,
        url=f"{scheme}://127.0.0.1:{port}",
        dsn=f"{scheme}://slm_user:{SECRET}@127.0.0.1:{port}/action_history",
    )
    for component, name, scheme, port in (
        ("postgres", "postgres", "postgresql", 15437),
        ("datastorage", "http", "http", 18091),
        ("datastorage", "metrics", "http", 19091),
    )
)

STARTED = RunStarted(
    run="1a2b3c4d",
    stack="gateway",
    engine=ENGINE,
    components=("postgres", "datastorage"),
    note=f"the engine's socket was found through {SECRET}",
)
BEGIN: tuple[Event, ...] = (
    STARTED,
    StepStarted(step="network", detail="stackwright-gateway-1a2b3c4d"),
    StepFinished(step="network", detail="stackwright-gateway-1a2b3c4d", elapsed_s=0.12),
    StepStarted(step="build", component="datastorage", detail="localhost/datastorage:gateway-0a"),
    StepStarted(step="start", component="postgres"),
    StepFinished(step="start", component="postgres", elapsed_s=0.18),
    StepStarted(step="gate", component="postgres", detail=PROBE),
)
REFUSED = Waiting(component="postgres", probe=PROBE, answer="connection refused", elapsed_s=0.01)
BOOTING = Waiting(
    component="postgres",
    probe=PROBE,
    answer=f"FATAL: starting\n\x1b[31mup for {SECRET}\x1b[0m",
    elapsed_s=0.5,
)
LINE = BuildLine(component="datastorage", line=f"STEP 3/9: RUN login \x1b[1m{SECRET}\x1b[0m")
OPENED: tuple[Event, ...] = (
    StepFinished(step="gate", component="postgres", detail=PROBE, elapsed_s=1.2),
    StepFinished(
        step="build",
        component="datastorage",
        detail="localhost/datastorage:gateway-0a",
        elapsed_s=1.6,
    ),
    StepStarted(step="start", component="datastorage"),
    StepFinished(step="start", component="datastorage", elapsed_s=0.2),
    StepStarted(step="gate", component="datastorage", detail="GET /health on http"),
)
READY: tuple[Event, ...] = (
    StepFinished(step="gate", component="datastorage", detail="GET /health on http", elapsed_s=0.3),
    RunReady(run="1a2b3c4d", endpoints=ENDPOINTS, elapsed_s=2.2),
)
GAVE_UP: tuple[Event, ...] = (
    StepFailed(
        step="gate",
        component="datastorage",
        reason=f"the gate of component datastorage can never open: {SECRET}",
        elapsed_s=30.0,
    ),
    StepStarted(step="remove", detail="1a2b3c4d"),
    Removed(count=3, left=(f"volume {SECRET}",), elapsed_s=0.4),
    StepFinished(step="remove", detail="1a2b3c4d", elapsed_s=0.41),
    Notice(text=f"kept as it failed, {SECRET} too"),
)
SUCCESS: tuple[Event, ...] = (*BEGIN, REFUSED, BOOTING, LINE, *OPENED, *READY)
FAILURE: tuple[Event, ...] = (*BEGIN, REFUSED, LINE, *OPENED, *GAVE_UP)
EVERYTHING: tuple[Event, ...] = (*SUCCESS, *GAVE_UP)
