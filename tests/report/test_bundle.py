"""The evidence of a failure as a directory."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.errors import EngineError, StackwrightError
from orchestration.events import Event, RunStarted, StepFinished
from orchestration.model import EngineInfo, Life, State
from orchestration.redact import Redactor
from orchestration.report import NoBundle, Timeline, render_failure, write_bundle
from orchestration.report.bundle import LOG_BYTES
from tests.clocks import FakeClock
from tests.report.subjects import POSTGRES_LOG, SECRET, STACK, killed, unbuilt

NOW = 1_785_564_000.5
ROOT = Path(__file__).parents[2]
STARTED = RunStarted(
    run="1a2b3c4d",
    stack="gateway",
    engine=EngineInfo(name="podman", version="4.3.1", url="", rule="option", uses_images=True),
    components=("postgres", "migrations", "datastorage"),
    note=f"note {SECRET}",
)
POSTGRES_STARTED = StepFinished(step="start", component="postgres", elapsed_s=0.2)


def timeline(*events: Event) -> Timeline:
    kept = Timeline(FakeClock(time=NOW).wall)
    for event in events:
        kept(event)
    return kept


def bundle(
    directory: Path,
    error: StackwrightError | None = None,
    *,
    log: Callable[[str], str] = lambda name: f"{name} says {SECRET}\n",
    events: tuple[Event, ...] = (STARTED, POSTGRES_STARTED),
    project: Path = STACK.project,
) -> Path | NoBundle:
    return write_bundle(
        directory,
        error or killed(),
        stack=replace(STACK, project=project),
        log=log,
        timeline=timeline(*events),
        redact=Redactor([SECRET]),
        states={"postgres": State(life=Life.RUNNING)},
        wall=lambda: NOW,
    )


def written(
    directory: Path,
    error: StackwrightError | None = None,
    *,
    log: Callable[[str], str] = lambda name: f"{name} says {SECRET}\n",
    events: tuple[Event, ...] = (STARTED, POSTGRES_STARTED),
) -> Path:
    result = bundle(directory, error, log=log, events=events)
    assert isinstance(result, Path), result
    return result


def test_a_bundle_has_everything_that_is_known(tmp_path: Path) -> None:
    place = written(tmp_path / "artifacts" / "failures")
    assert place == tmp_path / "artifacts/failures/20260801T060000Z-gateway-1a2b3c4d"
    assert sorted(str(file.relative_to(place)) for file in place.rglob("*.*")) == [
        "failure.json",
        "failure.txt",
        "inspect/datastorage.json",
        "inspect/migrations.json",
        "inspect/postgres.json",
        "logs/datastorage.log",
        "logs/migrations.log",
        "logs/postgres.log",
        "plan.txt",
        "timeline.jsonl",
    ]
    assert (place / "failure.txt").read_text() == (
        render_failure(killed(), redact=Redactor([SECRET])) + "\n"
    )
    assert (place / "plan.txt").read_text().startswith("plan for stack gateway")
    events = [json.loads(line) for line in (place / "timeline.jsonl").read_text().splitlines()]
    assert [(each["event"], each["time"]) for each in events] == [
        ("run_started", "2026-08-01T06:00:00.500Z"),
        ("step_finished", "2026-08-01T06:00:00.500Z"),
    ]


def test_the_failure_can_be_read_by_a_program(tmp_path: Path) -> None:
    failure = json.loads((written(tmp_path) / "failure.json").read_text())
    assert failure["schema_version"] == 1
    assert (failure["error"], failure["exit_code"]) == ("GateError", 9)
    assert (failure["stack"], failure["run"], failure["engine"]) == (
        "gateway",
        "1a2b3c4d",
        "podman",
    )
    evidence = failure["evidence"]
    assert (evidence["component"], evidence["step"]) == ("datastorage", "gate")
    assert evidence["state"]["exit_code"] == 137
    assert evidence["ports"]["postgres"] == [
        {"name": "postgres", "inside": 5432, "host": 15437, "bind": "127.0.0.1"}
    ]
    assert len(evidence["logs"]["postgres"].splitlines()) == len(POSTGRES_LOG.splitlines())


def test_what_was_seen_of_each_component_is_kept(tmp_path: Path) -> None:
    place = written(tmp_path) / "inspect"
    assert json.loads((place / "datastorage.json").read_text())["state"]["words"] == (
        "exited, exit code 137 (killed with SIGKILL, possibly out of memory)"
    )
    assert json.loads((place / "postgres.json").read_text())["state"]["life"] == "running"
    assert json.loads((place / "migrations.json").read_text())["state"] is None


def test_no_file_has_a_secret(tmp_path: Path) -> None:
    for file in written(tmp_path).rglob("*.*"):
        assert SECRET not in file.read_text(), file


def test_only_its_owner_can_look_into_a_bundle(tmp_path: Path) -> None:
    assert stat.S_IMODE(written(tmp_path).stat().st_mode) == 0o700


def test_a_second_bundle_of_the_same_second_replaces_nothing(tmp_path: Path) -> None:
    first, second, third = (written(tmp_path) for _ in range(3))
    assert [second.name, third.name] == [f"{first.name}-2", f"{first.name}-3"]
    assert sorted(tmp_path.iterdir()) == sorted([first, second, third])


def test_of_a_large_log_the_end_is_kept_from_a_whole_line_on(tmp_path: Path) -> None:
    lines = [f"line {at} é {SECRET} {'x' * 60}" for at in range(80_000)]
    place = written(tmp_path, log=lambda _: "\n".join(lines))
    kept = (place / "logs/postgres.log").read_text().splitlines()
    assert (place / "logs/postgres.log").stat().st_size <= LOG_BYTES
    assert "bytes are left out" in kept[0]
    assert kept[-1] == lines[-1].replace(SECRET, "***")
    assert kept[1].startswith("line ")
    assert len(kept) > 40_000


def test_an_engine_that_is_gone_costs_the_logs_alone(tmp_path: Path) -> None:
    def log(name: str) -> str:
        raise EngineError(f"the engine does not answer, {SECRET} or not")

    place = written(tmp_path, log=log)
    assert (place / "logs/postgres.log").read_text() == (
        "(no log: the engine does not answer, *** or not)\n"
    )


def test_a_failure_without_evidence_brings_the_logs_of_what_runs(tmp_path: Path) -> None:
    def log(name: str) -> str:
        return {"postgres": "up"}[name]

    place = written(tmp_path, unbuilt(), log=log)
    assert [file.name for file in (place / "logs").iterdir()] == ["postgres.log"]
    assert json.loads((place / "failure.json").read_text())["evidence"] is None


def test_a_run_that_never_began_has_a_bundle_too(tmp_path: Path) -> None:
    assert written(tmp_path, unbuilt(), events=()).name == "20260801T060000Z-gateway-norun"


def test_a_bundle_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        place = written(tmp_path / ".stackwright" / "failures")
    finally:
        os.umask(umask)
    made = [tmp_path / ".stackwright", place.parent, place, *place.rglob("*")]
    modes = {each: stat.S_IMODE(each.stat().st_mode) for each in made}
    assert modes == {each: 0o700 if each.is_dir() else 0o600 for each in made}


@pytest.mark.parametrize("link", [".stackwright", ".stackwright/failures"])
def test_a_link_in_the_project_leads_no_bundle_astray(tmp_path: Path, link: str) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (project / link).parent.mkdir(parents=True)
    (project / link).symlink_to(elsewhere)
    result = bundle(project / ".stackwright" / "failures", project=project)
    assert isinstance(result, NoBundle)
    assert "a link" in result.reason
    assert list(elsewhere.iterdir()) == []


def test_a_place_that_the_user_names_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    place = written(tmp_path / "link" / "failures")
    assert (tmp_path / "real" / "failures" / place.name / "failure.txt").exists()


def test_a_name_cannot_lead_out_of_the_bundle(tmp_path: Path) -> None:
    event = StepFinished(step="start", component="../../postgres", elapsed_s=0.1)
    place = written(tmp_path, events=(STARTED, event, POSTGRES_STARTED))
    assert all(file.is_relative_to(place) for file in tmp_path.rglob("*.log"))


def test_a_place_that_cannot_be_made_is_told_and_not_raised(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = bundle(tmp_path / "file" / "failures")
    assert isinstance(result, NoBundle)
    assert "Not a directory" in result.reason
    assert "no bundle was written" in render_failure(killed(), bundle=result)


def test_a_defect_in_writing_is_told_and_not_raised(tmp_path: Path) -> None:
    def log(name: str) -> str:
        raise ZeroDivisionError("defect")

    assert bundle(tmp_path, log=log) == NoBundle("ZeroDivisionError: defect")
    assert [*tmp_path.iterdir()] == []


FULL = """
import resource, sys
from pathlib import Path
from orchestration.report import NoBundle
from tests.report.test_bundle import bundle
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
result = bundle(Path(sys.argv[1]), log=lambda name: "x" * 100_000)
print(result.reason if isinstance(result, NoBundle) else "written")
"""


def test_a_full_disk_leaves_a_note_and_no_half_of_a_bundle(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: the same call fails in the same place."""
    shown = subprocess.run(
        [sys.executable, "-B", "-c", FULL, str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "File too large" in shown.stdout
    assert [*tmp_path.iterdir()] == []


DENIED = """
import os, sys
from pathlib import Path
from orchestration.report import NoBundle
from tests.report.test_bundle import bundle
bundle(Path(sys.argv[1]))  # all modules are loaded while they can be read
if os.geteuid() == 0:
    os.seteuid(65534)
result = bundle(Path(sys.argv[2]))
print(result.reason if isinstance(result, NoBundle) else "written")
"""


def test_a_place_without_permission_is_told(tmp_path: Path) -> None:
    open_place, closed_place = tmp_path / "open", tmp_path / "closed"
    closed_place.mkdir(mode=0o555)
    shown = subprocess.run(
        [sys.executable, "-B", "-c", DENIED, str(open_place), str(closed_place)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "Permission denied" in shown.stdout
    assert [*closed_place.iterdir()] == []


def test_ctrl_c_while_a_bundle_is_written_leaves_no_half_of_it(tmp_path: Path) -> None:
    def log(name: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bundle(tmp_path, log=log)
    assert [*tmp_path.iterdir()] == []


def test_a_timeline_keeps_the_latest_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.report.timeline.KEPT", 3)
    kept = timeline(*[POSTGRES_STARTED] * 5, STARTED)
    assert [type(event) for _, event in kept] == [StepFinished, StepFinished, RunStarted]
