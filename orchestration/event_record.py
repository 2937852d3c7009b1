"""Events as JSON: a versioned copy made by hand, so that no new field is published by accident.

The schema is described in `docs/events.md`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, TypeAlias, assert_never

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
from orchestration.model import ClusterInfo, Endpoint, EngineInfo
from orchestration.redact import Redactor

SCHEMA_VERSION: Final = 1

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Record: TypeAlias = dict[str, Json]


def event_record(event: Event, *, at: float, redact: Redactor) -> Record:
    """`event` as an object for JSON. `at`: seconds since the epoch.

    No credentials: an endpoint's `dsn` is left out, and secrets go from all text that came from
    outside.
    """
    name, fields = _fields(event, redact)
    return {**header(name, at=at), **fields}


def header(name: str, *, at: float) -> Record:
    """What every record begins with. `at`: seconds since the epoch."""
    return {"schema_version": SCHEMA_VERSION, "event": name, "time": timestamp(at)}


def timestamp(at: float) -> str:
    """Seconds since the epoch as RFC 3339 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(event: Event, redact: Redactor) -> tuple[str, Record]:
    match event:
        case RunStarted():
            return "run_started", {
                "run": event.run,
                "stack": event.stack,
                "engine": _engine(event.engine, redact),
                "components": list(event.components),
                "note": redact.clean(event.note),
            }
        case StepStarted():
            return "step_started", {
                "step": event.step,
                "component": event.component,
                "detail": redact.clean(event.detail),
            }
        case Waiting():
            return "waiting", {
                "component": event.component,
                "probe": redact.clean(event.probe),
                "answer": redact.clean(event.answer),
                "elapsed_s": seconds(event.elapsed_s),
            }
        case BuildLine():
            return "build_line", {
                "component": event.component,
                "line": redact.clean(event.line),
            }
        case StepFinished():
            return "step_finished", {
                "step": event.step,
                "component": event.component,
                "detail": redact.clean(event.detail),
                "elapsed_s": seconds(event.elapsed_s),
            }
        case StepFailed():
            return "step_failed", {
                "step": event.step,
                "component": event.component,
                "reason": redact.clean(event.reason),
                "elapsed_s": seconds(event.elapsed_s),
            }
        case RunReady():
            return "run_ready", {
                "run": event.run,
                "endpoints": [_endpoint(each, redact) for each in event.endpoints],
                "elapsed_s": seconds(event.elapsed_s),
            }
        case Removed():
            return "removed", {
                "count": event.count,
                "left": [redact.clean(each) for each in event.left],
                "elapsed_s": seconds(event.elapsed_s),
            }
        case Notice():
            return "notice", {"text": redact.clean(event.text)}
        case never:
            assert_never(never)


def _engine(engine: EngineInfo | ClusterInfo, redact: Redactor) -> Record:
    return {
        "name": engine.name,
        "version": engine.version,
        "url": redact.clean(engine.url),
        "rule": redact.clean(engine.rule),
        "uses_images": engine.uses_images,
        "quirks": [redact.clean(each) for each in engine.quirks],
    }


def _endpoint(endpoint: Endpoint, redact: Redactor) -> Record:
    return {
        "component": endpoint.component,
        "port_name": endpoint.port_name,
        "host": endpoint.host,
        "port": endpoint.port,
        "url": redact.clean(endpoint.url),
    }


def seconds(elapsed: float) -> float:
    """A duration to the millisecond."""
    return round(elapsed, 3)
