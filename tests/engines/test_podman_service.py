"""Podman served by us: for as long as we live, and not a moment longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from orchestration.engines import connect
from orchestration.engines.discovery import find_engine
from orchestration.engines.engine_address import Surroundings
from orchestration.engines.podman_service import PodmanService
from orchestration.errors import StoppedError
from orchestration.model import BuildOrder
from tests.contract.engines import IMAGE, Button

pytestmark = pytest.mark.engine

ENVIRON = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/root")}


def serving(directory: Path) -> list[int]:
    """The pids that serve a socket in `directory`."""
    url = f"unix://{directory}/podman.sock"
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if url in (process.info["cmdline"] or ()):
            found.append(process.pid)
    return found


def ended(directory: Path) -> bool:
    """Whether nobody serves there and nothing is left of it, within ten seconds."""
    deadline = time.monotonic() + 10
    while serving(directory) or directory.exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_machine_without_a_socket_gets_one_of_its_own(tmp_path: Path) -> None:
    around = Surroundings(environ=ENVIRON, home=tmp_path, runtime=tmp_path, system=tmp_path)
    found = find_engine(pinned=None, url=None, environ=ENVIRON, around=around)
    try:
        directory = Path(found.url.removeprefix("unix://")).parent
        assert (found.name, found.rule) == ("podman", "private Podman service")
        assert directory.stat().st_mode & 0o777 == 0o700
        assert "private `podman system service`" in found.note
        assert len(serving(directory)) == 1
    finally:
        found.close()
    assert ended(directory)


@pytest.mark.parametrize("other", [True, False])
def test_where_there_is_no_room_for_temporary_files_another_place_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, other: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path)} if other else {}
    started = PodmanService.start("podman", ENVIRON | runtime)
    if isinstance(started, str):
        assert not other
        assert "no room" in started
        assert "No such file or directory" in started
        return
    service, _ = started
    directory = Path(service.address.url.removeprefix("unix://")).parent
    service.close()
    assert directory.parent == tmp_path
    assert ended(directory)


@contextmanager
def owner() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that has one, and its directory."""
    code = (
        "import os, time\n"
        "from orchestration.engines.podman_service import PodmanService\n"
        "service, _ = PodmanService.start('podman', os.environ)\n"
        "print(service.address.url, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        yield process, Path(url.removeprefix("unix://")).parent


def test_it_ends_with_a_process_that_is_killed() -> None:
    with owner() as (process, directory):
        assert len(serving(directory)) == 1
        process.kill()
    assert ended(directory)


def test_it_ends_with_its_guard_when_that_is_killed() -> None:
    started = PodmanService.start("podman", ENVIRON)
    assert not isinstance(started, str), started
    service, _ = started
    directory = Path(service.address.url.removeprefix("unix://")).parent
    (pid,) = serving(directory)
    psutil.Process(psutil.Process(pid).ppid()).kill()
    service.close()
    assert ended(directory)


def test_its_directory_goes_when_it_is_killed_and_then_its_owner() -> None:
    with owner() as (process, directory):
        (pid,) = serving(directory)
        os.kill(pid, signal.SIGKILL)
        while serving(directory):
            time.sleep(0.01)
        process.kill()
    assert ended(directory)


def test_it_is_not_ended_by_an_interrupt_of_its_owners_terminal() -> None:
    started = PodmanService.start("podman", ENVIRON)
    assert not isinstance(started, str), started
    service, _ = started
    try:
        directory = Path(service.address.url.removeprefix("unix://")).parent
        (pid,) = serving(directory)
        assert os.getpgid(pid) != os.getpgid(0)
        assert os.getsid(pid) != os.getsid(0)
    finally:
        service.close()
    assert ended(directory)


def test_it_survives_a_build_that_is_stopped_before_its_last_stage(tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text(
        f"FROM {IMAGE} AS made\nRUN echo {uuid4()} > /made; echo press the button; sleep 0.5\n"
        f"FROM {IMAGE}\nCOPY --from=made /made /made\nRUN sleep 1\n"
    )
    button = Button()

    def hear(line: str) -> None:
        button.pressed = button.pressed or line == "press the button"

    around = Surroundings(environ=ENVIRON, home=tmp_path, runtime=tmp_path, system=tmp_path)
    found = find_engine(pinned=None, url=None, environ=ENVIRON, around=around)
    try:
        (pid,) = serving(Path(found.url.removeprefix("unix://")).parent)
        order = BuildOrder(
            context=tmp_path,
            containerfile="Containerfile",
            tag=f"localhost/stopped:{uuid4().hex[:8]}",
            labels={},
        )
        with pytest.raises(StoppedError):
            connect(found, home=tmp_path).build_image(order, hear, button)
        # It would die when the step at hand ends.
        with pytest.raises(psutil.TimeoutExpired):
            psutil.Process(pid).wait(3)
    finally:
        found.close()


def test_one_that_ends_at_once_is_not_awaited(tmp_path: Path) -> None:
    broken = tmp_path / "podman"
    broken.write_text("#!/bin/sh\necho no such storage >&2\nexit 125\n")
    broken.chmod(0o755)
    assert PodmanService.start(str(broken), ENVIRON, seconds=600) == "no such storage"


def test_one_that_never_answers_is_given_up(tmp_path: Path) -> None:
    slow = tmp_path / "podman"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    assert PodmanService.start(str(slow), ENVIRON, seconds=0.2) == "no answer within 0.2 s"
