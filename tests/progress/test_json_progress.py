"""Progress for programs."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

from orchestration.events import Event
from orchestration.progress import JsonProgress
from orchestration.redact import Redactor
from tests.clocks import FakeClock
from tests.progress.scenario import BEGIN, EVERYTHING, FAILURE, LINE, REFUSED, SECRET

DOCS = Path(__file__).parents[2] / "docs" / "events.md"


def records(*events: Event) -> list[dict[str, Any]]:
    clock = FakeClock(time=1_785_564_000.1234)
    stream = io.StringIO()
    with JsonProgress(
        stream, redact=Redactor([SECRET]), clock=clock.now, wall=clock.wall
    ) as progress:
        for event in events:
            progress(event)
            clock.advance(0.25)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def documented() -> dict[str, list[str]]:
    """Event → fields, as the page tells them."""
    sections = re.split(r"^## `(\w+)`$", DOCS.read_text("utf-8"), flags=re.M)
    return {
        name: re.findall(r"^\| `(\w+)` \|", text, flags=re.M)
        for name, text in zip(sections[1::2], sections[2::2], strict=True)
    }


def test_the_documentation_lists_exactly_what_is_written() -> None:
    written = {
        str(record["event"]): [*record][3:] for record in records(*EVERYTHING, REFUSED, LINE)
    }
    assert written == documented()


def test_every_record_begins_with_version_event_and_time() -> None:
    first = records(*EVERYTHING)[0]
    assert [*first.items()][:3] == [
        ("schema_version", 1),
        ("event", "run_started"),
        ("time", "2026-08-01T06:00:00.123Z"),
    ]


def test_no_record_has_a_secret_or_a_dsn() -> None:
    text = json.dumps(records(*EVERYTHING))
    assert SECRET not in text
    assert "dsn" not in text
    assert "slm_user:" not in text


def test_escape_sequences_are_gone() -> None:
    assert [r["line"] for r in records(LINE)] == ["STEP 3/9: RUN login ***"]


def test_timings_come_when_the_run_is_ready_and_at_the_end() -> None:
    found = [record for record in records(*EVERYTHING) if record["event"] == "timings"]
    assert [record["total_s"] for record in found] == [2.2, 1.25]
    assert found[1]["steps"] == [
        {"step": "gate", "component": "datastorage", "elapsed_s": 30.0, "ok": False},
        {"step": "remove", "component": "", "elapsed_s": 0.41, "ok": True},
    ]


def test_a_failed_run_has_its_timings() -> None:
    last = records(*FAILURE)[-1]
    assert last["event"] == "timings"
    assert len(last["steps"]) == 7


def test_a_run_without_finished_steps_has_no_timings() -> None:
    assert "timings" not in [record["event"] for record in records(BEGIN[0])]
