"""The preparation of the engines, without changing those of this machine."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from tests import engines_on_debian
from tests.engines_on_debian import Daemon, EnginesError, wanted_settings, write_settings

LIMITS = {"nofile": 8192, "nproc": 4096}
ALL_CAPABILITIES = (1 << 41) - 1


def bare() -> dict[str, dict[str, str]]:
    return wanted_settings(systemd=False, capabilities=0, limits=LIMITS, runc=True)


def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *argv: str) -> Daemon:
    monkeypatch.setattr(Daemon, "log", tmp_path / "log")
    monkeypatch.setattr(engines_on_debian, "_systemd_runs", lambda: False)
    return Daemon(
        name="made-up", socket=tmp_path / "api.sock", argv=argv, unit="", packages=["made-up"]
    )


def test_a_machine_with_systemd_and_all_rights_needs_no_settings() -> None:
    settings = wanted_settings(
        systemd=True, capabilities=ALL_CAPABILITIES, limits=LIMITS, runc=True
    )
    assert not any(settings.values())


def test_a_bare_machine_gets_the_settings_podman_needs(tmp_path: Path) -> None:
    written = write_settings(bare(), tmp_path)
    assert written == tmp_path / "containers.conf"
    assert tomllib.loads(written.read_text()) == {
        "containers": {"default_ulimits": ["nofile=8192:8192", "nproc=4096:4096"]},
        "engine": {"cgroup_manager": "cgroupfs", "events_logger": "file", "runtime": "runc"},
    }


def test_settings_are_written_once(tmp_path: Path) -> None:
    write_settings(bare(), tmp_path)
    assert write_settings(bare(), tmp_path) is None


def test_a_users_file_is_left_alone_and_completed_beside_it(tmp_path: Path) -> None:
    theirs = tmp_path / "containers.conf"
    theirs.write_text('[engine]\nruntime = "crun"\n')
    written = write_settings(bare(), tmp_path)
    assert theirs.read_text() == '[engine]\nruntime = "crun"\n'
    assert written == tmp_path / "containers.conf.d/stackwright.conf"
    assert tomllib.loads(written.read_text())["engine"] == {
        "cgroup_manager": "cgroupfs",
        "events_logger": "file",
    }


def test_a_daemon_that_ends_is_an_error_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = daemon(tmp_path, monkeypatch, "sh", "-c", "echo no storage driver >&2; exit 3")
    with pytest.raises(EnginesError, match="ended at once") as caught:
        engines_on_debian.start(broken)
    assert "no storage driver" in str(caught.value)


def test_a_daemon_that_never_answers_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines_on_debian, "_START_SECONDS", 0.2)
    with pytest.raises(EnginesError, match="did not answer"):
        engines_on_debian.start(daemon(tmp_path, monkeypatch, "sleep", "2"))


def test_without_root_the_message_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(EnginesError, match="Only root can change that") as caught:
        engines_on_debian.make_ready(install=True)
    assert "apt-get install --no-install-recommends podman" in str(caught.value)


def test_start_alone_installs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(EnginesError, match="Not installed: podman, docker"):
        engines_on_debian.make_ready(install=False)


def test_a_failure_is_one_message_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Daemon, "answers", lambda self: False)
    assert engines_on_debian.main(["status"]) == 1
    assert capsys.readouterr().err.startswith("No answer from podman")


@pytest.mark.engine
def test_running_engines_are_reported_with_their_sockets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert engines_on_debian.main(["start"]) == 0
    assert "podman unix:///run/podman/podman.sock" in capsys.readouterr().out


@pytest.mark.engine
def test_a_podman_service_is_started_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It ends by itself: two seconds without a request are its limit.
    url = f"unix://{tmp_path}/api.sock"
    started = daemon(tmp_path, monkeypatch, "podman", "system", "service", "--time=2", url)
    engines_on_debian.start(started)
    assert started.answers()
