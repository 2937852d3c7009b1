"""The evidence of a failure as a directory, for CI artifacts and for later."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from orchestration.errors import ConfigError, StackwrightError
from orchestration.event_record import Record, event_record
from orchestration.events import Event, RunStarted, StepFinished
from orchestration.model import Evidence, State
from orchestration.redact import Redactor
from orchestration.report.failure import NoBundle, render_failure
from orchestration.report.failure_record import failure_record, inspection_record
from orchestration.report.plan import render_plan
from orchestration.stack import Stack
from orchestration.state.home import own_directory

LOG_BYTES: Final = 5 << 20
"""Of each component's log; the end is kept."""

_NAMES: Final = 100
"""How many bundles of one run may begin in one second."""


def write_bundle(
    directory: Path,
    error: StackwrightError,
    *,
    stack: Stack,
    log: Callable[[str], str],
    timeline: Iterable[tuple[float, Event]],
    redact: Redactor,
    states: Mapping[str, State] | None = None,
    wall: Callable[[], float] = time.time,
) -> Path | NoBundle:
    """Write a new directory `<directory>/<UTC time>-<stack>-<run>/` and return it.

    It holds `failure.txt`, `failure.json`, `timeline.jsonl`, `plan.txt`, `logs/<component>.log` and
    `inspect/<component>.json`, all without secrets, readable by its owner alone. It appears whole
    or not at all, replaces nothing, and follows no link of the project's. `log` gives the whole log
    of a component, and raises LookupError for one that is not there; `states` tells what was seen
    of others than the one that failed; `wall` gives seconds since the epoch.

    Raises nothing: when it cannot be written (disk full, no permission) a NoBundle says why, so
    that the run's own error reaches the user.
    """
    try:
        events = tuple(timeline)
        directory = own_directory(directory.absolute(), _given(directory.absolute(), stack.project))
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=directory))
        try:
            started = next((each for _, each in events if isinstance(each, RunStarted)), None)
            now = wall()
            _write_files(partial, error, stack, started, events, redact, states or {}, now)
            _write_logs(partial / "logs", _with_logs(error.evidence, stack, events), log, redact)
            moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
            run = started.run if started is not None else "norun"
            return _publish(partial, directory / f"{moment}-{_file_name(stack.name)}-{run}")
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except ConfigError as problem:
        return NoBundle(problem.what)
    except OSError as problem:
        return NoBundle(f"{problem.strerror or problem} ({problem.filename or directory})")
    except Exception as problem:  # noqa: BLE001 - a defect here must not hide the failure
        return NoBundle(f"{type(problem).__name__}: {problem}")


def _given(directory: Path, project: Path) -> Path:
    """What is the user's own business on the way to `directory`, links included."""
    if directory.is_relative_to(project):
        return project
    return next(each for each in (directory, *directory.parents) if each.exists())


def _write_files(
    place: Path,
    error: StackwrightError,
    stack: Stack,
    started: RunStarted | None,
    events: tuple[tuple[float, Event], ...],
    redact: Redactor,
    states: Mapping[str, State],
    at: float,
) -> None:
    _write(place / "failure.txt", render_failure(error, redact=redact) + "\n")
    record = failure_record(error, stack=stack, started=started, redact=redact, at=at)
    _write_json(place / "failure.json", record)
    lines = (json.dumps(event_record(event, at=when, redact=redact)) for when, event in events)
    _write(place / "timeline.jsonl", "".join(f"{line}\n" for line in lines))
    engine = started.engine.name if started is not None else "an unknown engine"
    _write(place / "plan.txt", redact.clean(render_plan(stack, engine)))
    evidence = error.evidence
    ports = evidence.ports if evidence is not None else {}
    seen = dict(states)
    if evidence is not None and evidence.state is not None:
        seen[evidence.component] = evidence.state
    for name in dict.fromkeys((*ports, *seen)):
        record = inspection_record(name, seen.get(name), ports.get(name, ()), redact)
        _write_json(place / "inspect" / f"{_file_name(name)}.json", record)


def _write_logs(
    place: Path, components: Iterable[str], log: Callable[[str], str], redact: Redactor
) -> None:
    for name in components:
        try:
            text = log(name)
        except StackwrightError as problem:
            text = f"(no log: {problem.what})\n"
        except LookupError:
            continue
        _write(place / f"{_file_name(name)}.log", _end(redact.clean(_end(text))))


def _with_logs(
    evidence: Evidence | None, stack: Stack, events: Iterable[tuple[float, Event]]
) -> list[str]:
    """The components that were started; an error of a build knows nothing of the others."""
    started = set(evidence.ports) if evidence is not None else set()
    for _, event in events:
        if isinstance(event, StepFinished) and event.step == "start":
            started.add(event.component)
    return [each.name for each in stack.components if each.name in started]


def _end(text: str) -> str:
    """The last `LOG_BYTES` of a log, from the beginning of a line."""
    if len(text) <= LOG_BYTES // 4:
        return text
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= LOG_BYTES:
        return text
    kept = data[-LOG_BYTES:]
    # A line cut in two could hide the half of a secret from the redactor.
    kept = kept[kept.find(b"\n") + 1 :]
    note = f"(the first {len(data) - len(kept)} bytes are left out)\n"
    return note + kept.decode("utf-8", "replace")


def _publish(partial: Path, wanted: Path) -> Path:
    for number in range(1, _NAMES):
        target = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            # Refused by the system when `target` is a file or a directory with content.
            return partial.rename(target)
        except OSError:
            if not target.exists():
                raise
    raise FileExistsError(f"{wanted} and {_NAMES - 2} more of that name exist")


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".") or "_"


def _write_json(path: Path, record: Record) -> None:
    _write(path, json.dumps(record, indent=2) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
