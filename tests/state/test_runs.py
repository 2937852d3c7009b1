"""Run records on disk."""

from __future__ import annotations

import json
import multiprocessing
import stat
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from orchestration.errors import ClaimError, PortError
from orchestration.model import HostPort, Lifetime
from orchestration.record import ClusterPlace, Hold, Phase, RunRecord
from orchestration.state import FileRuns
from tests.records import ALIVE, DEAD, ELSEWHERE, KnownOwners, record


@pytest.fixture
def runs(tmp_path: Path) -> FileRuns:
    return FileRuns(tmp_path / "state", KnownOwners())


def test_a_record_comes_back_as_it_was(runs: FileRuns) -> None:
    runs.claim(record())
    assert runs.get("0a1b2c3d") == record()


def test_a_record_remembers_the_cluster_it_lives_in(runs: FileRuns) -> None:
    place = ClusterPlace(
        kubeconfig="kube/config",
        context="kind-x",
        namespace="x-1",
        kind="x",
        published=((30000, 28080),),
    )
    away = ("v1/ConfigMap@monitoring=dashboard",)
    runs.claim(record(engine="kubernetes", cluster=place, outside=away))
    found = runs.get("0a1b2c3d")
    assert found is not None
    assert (found.cluster, found.outside) == (place, away)


def test_records_are_readable_by_their_user_alone(runs: FileRuns, tmp_path: Path) -> None:
    runs.claim(record())
    (file,) = (tmp_path / "state" / "runs").glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_stack_that_is_up_is_not_claimed_again(runs: FileRuns) -> None:
    runs.claim(record(owner=DEAD, starter=DEAD))
    with pytest.raises(ClaimError, match=r"already up \(run 0a1b2c3d, process 99") as caught:
        runs.claim(record("ffffffff"))
    assert "--reuse" in caught.value.fix


def test_a_wreck_is_not_claimed_over(runs: FileRuns) -> None:
    runs.claim(record(phase=Phase.WRECK))
    with pytest.raises(ClaimError, match="kept as it failed"):
        runs.claim(record("ffffffff"))


@pytest.mark.parametrize(("owner", "held"), [(ALIVE, True), (ELSEWHERE, True), (DEAD, False)])
def test_a_start_is_taken_over_only_from_the_provably_dead(
    runs: FileRuns, owner: object, held: bool
) -> None:
    runs.claim(record(starter=owner, phase=Phase.STARTING))
    if held:
        with pytest.raises(ClaimError, match="being brought up"):
            runs.claim(record("ffffffff"))
    else:
        runs.claim(record("ffffffff"))
        old = runs.get("0a1b2c3d")
        assert old is not None
        assert old.key == ""


def test_a_session_whose_process_died_does_not_hold_its_key(runs: FileRuns) -> None:
    dead = Hold(owner=DEAD, lifetime=Lifetime.SESSION)
    runs.claim(record(owner=DEAD, lifetime=Lifetime.SESSION, holds=(dead,)))
    runs.claim(record("ffffffff"))


def test_different_keys_do_not_meet(runs: FileRuns) -> None:
    runs.claim(record())
    runs.claim(record("ffffffff", key="project#other#", created=1.0))
    assert [each.run for each in runs.all()] == ["ffffffff", "0a1b2c3d"]


def test_release_forgets_and_is_content_with_the_unknown(runs: FileRuns) -> None:
    runs.claim(record())
    runs.release("0a1b2c3d")
    runs.release("0a1b2c3d")
    assert runs.all() == ()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"schema_version": 2}', b"\xff\xfe", b'{"schema_version": 1}'],
)
def test_a_damaged_record_is_no_record(runs: FileRuns, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state" / "runs" / "0a1b2c3d.json").write_bytes(content)
    assert runs.get("0a1b2c3d") is None
    assert runs.all() == ()


def test_a_record_whose_every_value_is_of_a_wrong_type_is_no_record(
    runs: FileRuns, tmp_path: Path
) -> None:
    runs.claim(record())
    file = tmp_path / "state" / "runs" / "0a1b2c3d.json"
    whole = json.loads(file.read_text())
    for key in whole:
        file.write_text(json.dumps({**whole, key: {"of": "another type"}}))
        found = runs.get("0a1b2c3d")
        assert found is None or found.run, key


TAKEN = HostPort("127.0.0.1", 15433)
EVERYWHERE = HostPort("0.0.0.0", 15433)  # noqa: S104 - compared, not bound


def test_a_port_of_a_living_run_is_not_leased_again(runs: FileRuns) -> None:
    runs.claim(record(ports=(TAKEN,)))
    with pytest.raises(PortError, match=r"15433 is taken by stack store \(run 0a1b"):
        runs.claim(record("ffffffff", key="other", ports=(EVERYWHERE,)))
    assert runs.get("ffffffff") is None
    runs.claim(record("ffffffff", key="other", ports=(HostPort("127.0.0.1", 15434),)))
    with pytest.raises(PortError):
        runs.lease("ffffffff", (TAKEN,))
    runs.release("0a1b2c3d")
    runs.lease("ffffffff", (TAKEN,))
    now = runs.get("ffffffff")
    assert now is not None
    assert now.ports == (HostPort("127.0.0.1", 15434), TAKEN)


def test_a_port_of_an_abandoned_run_is_free(runs: FileRuns) -> None:
    runs.claim(record(ports=(TAKEN,), phase=Phase.STARTING, starter=DEAD))
    runs.claim(record("ffffffff", key="other", ports=(TAKEN,)))


def test_a_run_whose_record_is_gone_leases_nothing(runs: FileRuns) -> None:
    with pytest.raises(ClaimError, match="gone"):
        runs.lease("ffffffff", (TAKEN,))


def test_a_change_sees_what_another_has_stored(runs: FileRuns, tmp_path: Path) -> None:
    runs.claim(record())
    other = FileRuns(tmp_path / "state", KnownOwners())
    other.change("0a1b2c3d", lambda now: replace(now, url="elsewhere"))
    changed = runs.change("0a1b2c3d", lambda now: replace(now, phase=Phase.STOPPING))
    assert changed is not None
    assert (changed.url, changed.phase) == ("elsewhere", Phase.STOPPING)
    assert runs.get("0a1b2c3d") == changed
    assert runs.change("ffffffff", lambda now: now) is None


def test_an_edit_that_raises_changes_nothing(runs: FileRuns) -> None:
    runs.claim(record())

    def refuse(_now: RunRecord) -> RunRecord:
        raise ClaimError("no")

    with pytest.raises(ClaimError):
        runs.change("0a1b2c3d", refuse)
    assert runs.get("0a1b2c3d") == record()


def test_what_a_killed_writer_left_is_cleared(runs: FileRuns, tmp_path: Path) -> None:
    torn = tmp_path / "state" / "runs" / ".0a1b2c3d.x8y7z6"
    torn.write_text("{")
    runs.claim(record())
    assert not torn.exists()


def _claim(home: Path, run: str, won: multiprocessing.Queue[str]) -> None:
    try:
        FileRuns(home, KnownOwners()).claim(record(run, phase=Phase.STARTING))
        won.put(run)
    except ClaimError:
        won.put("")


def test_of_many_processes_that_claim_at_once_exactly_one_wins(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    won: multiprocessing.Queue[str] = context.Queue()
    processes = [
        context.Process(target=_claim, args=(tmp_path / "state", f"{at:08x}", won))
        for at in range(8)
    ]
    for process in processes:
        process.start()
    winners = [won.get(timeout=30) for _ in processes]
    for process in processes:
        process.join()
    assert sum(bool(each) for each in winners) == 1


def test_a_run_is_had_by_one_at_a_time(runs: FileRuns) -> None:
    runs.claim(record())
    with runs.alone("0a1b2c3d") as first, runs.alone("0a1b2c3d") as second:
        assert (first, second) == (True, False)
        with runs.alone("0a1b2c3d") as third:
            assert not third
    with runs.alone("0a1b2c3d") as again:
        assert again


def _keep(state: Path, had: Connection) -> None:
    with FileRuns(state, KnownOwners()).alone("0a1b2c3d") as ours:
        had.send(ours)
        had.recv()


def test_whoever_has_a_run_alone_and_is_killed_has_it_no_more(
    runs: FileRuns, tmp_path: Path
) -> None:
    runs.claim(record())
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_keep, args=(tmp_path / "state", there)
    )
    process.start()
    assert here.recv() is True
    with runs.alone("0a1b2c3d") as ours:
        assert not ours
    process.kill()
    process.join()
    with runs.alone("0a1b2c3d") as ours:
        assert ours


def test_nothing_is_left_of_a_run_that_somebody_had_alone(runs: FileRuns, tmp_path: Path) -> None:
    runs.claim(record())
    with runs.alone("0a1b2c3d"):
        runs.release("0a1b2c3d")
    with runs.alone("0a1b2c3d") as gone:
        assert gone
    assert {each.name for each in (tmp_path / "state" / "runs").iterdir()} == {".lock"}
