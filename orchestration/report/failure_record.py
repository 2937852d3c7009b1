"""A failure as JSON: `failure.json` and `inspect/<component>.json` of a bundle."""

from __future__ import annotations

from orchestration.errors import StackwrightError, exit_code_of
from orchestration.event_record import SCHEMA_VERSION, Json, Record, seconds, timestamp
from orchestration.events import RunStarted
from orchestration.model import Evidence, PortBinding, State
from orchestration.redact import Redactor
from orchestration.stack import Stack


def failure_record(
    error: StackwrightError,
    *,
    stack: Stack,
    started: RunStarted | None,
    redact: Redactor,
    at: float,
) -> Record:
    """All that `error` says, without secrets. `at`: seconds since the epoch."""
    evidence = error.evidence
    return {
        "schema_version": SCHEMA_VERSION,
        "time": timestamp(at),
        "stack": stack.name,
        "run": started.run if started is not None else None,
        "engine": started.engine.name if started is not None else None,
        "error": type(error).__name__,
        "exit_code": exit_code_of(error),
        "what": redact.clean(error.what),
        "why": redact.clean(error.why),
        "fix": redact.clean(error.fix),
        "evidence": _evidence(evidence, redact) if evidence is not None else None,
    }


def _evidence(evidence: Evidence, redact: Redactor) -> Record:
    logs: dict[str, Json] = {name: redact.clean(text) for name, text in evidence.logs.items()}
    return {
        "component": evidence.component,
        "step": evidence.step,
        "elapsed_s": seconds(evidence.elapsed_s),
        "probe": redact.clean(evidence.probe),
        "answers": [redact.clean(each) for each in evidence.answers],
        "state": _state(evidence.state, redact) if evidence.state is not None else None,
        "logs": logs,
        "ports": {name: [_port(each) for each in ports] for name, ports in evidence.ports.items()},
        "reproduce": redact.clean(evidence.reproduce),
    }


def inspection_record(
    name: str, state: State | None, ports: tuple[PortBinding, ...], redact: Redactor
) -> Record:
    """A component as it was last seen."""
    return {
        "schema_version": SCHEMA_VERSION,
        "component": name,
        "state": _state(state, redact) if state is not None else None,
        "ports": [_port(each) for each in ports],
    }


def _state(state: State, redact: Redactor) -> Record:
    return {
        "life": state.life.value,
        "exit_code": state.exit_code,
        "started": state.started,
        "oom_killed": state.oom_killed,
        "restarts": state.restarts,
        "error": redact.clean(state.error),
        "words": redact.clean(state.describe()),
    }


def _port(port: PortBinding) -> Record:
    return {"name": port.name, "inside": port.inside, "host": port.host, "bind": port.bind}
