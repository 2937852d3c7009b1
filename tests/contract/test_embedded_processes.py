"""How embedded components end, alone and with all that they started, and who else can see it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from orchestration.model import (
    Kind,
    Label,
    Life,
    Resource,
    Secret,
)
from tests.contract.embedded_rig import (
    Rig,
    eventually,
    rig_in,
    running,
    unlikely_number,
)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rig_in(tmp_path / "home") as made:
        yield made


def in_another_process(rig: Rig, code: str) -> str:
    """What `code` prints in a new Python, with `engine` on the same home."""
    start = (
        "from pathlib import Path\n"
        "from orchestration.engines.embedded import EmbeddedEngine\n"
        "from orchestration.model import *\n"
        "from tests.contract.embedded_rig import INFO, Rig\n"
        f"engine = EmbeddedEngine(Path({str(rig.home)!r}), INFO)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", start + code],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


class TestLaterProcesses:
    def test_see_the_exit_code(self, rig: Rig) -> None:
        instance = rig.start("sh", "-c", "echo over; exit 7")
        rig.ended(instance)
        assert in_another_process(rig, f"print(engine.look({instance.id!r}).exit_code)") == "7"

    def test_see_that_it_runs_and_what_it_says(self, rig: Rig) -> None:
        instance = rig.start("sh", "-c", "echo hello; exec sleep 600")
        rig.said(instance, "hello")
        code = f"print(engine.look({instance.id!r}).life, engine.logs({instance.id!r}))"
        assert in_another_process(rig, code) == "running hello"

    def test_see_it_whatever_a_newer_version_has_noted_besides(self, rig: Rig) -> None:
        instance = rig.start("sleep", "600")
        file = rig.home / instance.id / "instance.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "newer": 1}))
        assert rig.engine.look(instance.id).life is Life.RUNNING

    def test_execute_commands_in_it(self, rig: Rig) -> None:
        instance = rig.start("sleep", "600", env={"TOKEN": Secret("x y")})
        code = f"print(engine.execute({instance.id!r}, ('printenv', 'TOKEN'), timeout=9).output)"
        assert in_another_process(rig, code) == "x y"

    def test_remove_it_by_its_labels(self, rig: Rig) -> None:
        number = unlikely_number()
        rig.engine.create_network("net", rig.labels)
        rig.start("sleep", number)
        in_another_process(
            rig, "for each in engine.list_resources({Label.RUN: ''}): engine.remove(each)"
        )
        assert running(number) == []
        assert rig.listed() == ()

    def test_find_what_a_killed_owner_left_running(self, rig: Rig) -> None:
        number = unlikely_number()
        in_another_process(
            rig,
            "import os\n"
            f"rig = Rig(engine._home.path, {rig.run!r})\n"
            f"rig.start('sleep', {number!r})\n"
            "os.kill(os.getpid(), 9)",
        )
        (left,) = rig.listed()
        assert rig.engine.look(left.id).alive
        rig.engine.remove(left)
        assert running(number) == []

    def test_are_not_kept_waiting_for_what_its_maker_had_open(self, rig: Rig) -> None:
        """Such as the pipe of `stack up | cat`, or a lock that a job holds."""
        closed = in_another_process(
            rig,
            "import os, select\n"
            "source, sink = os.pipe()\n"
            "assert sink < 6\n"
            "os.set_inheritable(sink, True)\n"
            f"Rig(engine._home.path, {rig.run!r}).start('sleep', '600')\n"
            "os.close(sink)\n"
            "print(bool(select.select([source], [], [], 0)[0]))",
        )
        assert closed == "True"


class TestTheEndOfAComponent:
    def test_takes_its_background_processes_along(self, rig: Rig) -> None:
        number = unlikely_number()
        instance = rig.start("sh", "-c", f"sleep {number} & setsid sleep {number} & exit 0")
        rig.ended(instance)
        assert running(number) == []
        assert rig.engine.look(instance.id).exit_code == 0

    def test_by_a_signal_is_told_as_a_shell_tells_it(self, rig: Rig) -> None:
        instance = rig.start("sh", "-c", "kill -TERM $$")
        rig.ended(instance)
        assert rig.engine.look(instance.id).exit_code == 143

    def test_leaves_no_zombie_in_this_process(self, rig: Rig) -> None:
        instance = rig.start("true")
        rig.ended(instance)
        eventually(
            lambda: (
                rig.engine.look(instance.id).life is Life.EXITED
                and rig.supervisor(instance)
                not in [each.pid for each in psutil.Process().children()]
            ),
            "its supervisor was buried",
        )

    def test_happens_when_its_supervisor_is_killed(self, rig: Rig) -> None:
        number = unlikely_number()
        instance = rig.start("sleep", number)
        os.kill(rig.supervisor(instance), signal.SIGKILL)
        eventually(lambda: running(number) == [], "the component died with its supervisor")
        state = rig.engine.look(instance.id)
        assert (state.life, state.exit_code) == (Life.EXITED, None)
        assert "supervisor" in state.describe()

    def test_is_not_brought_about_by_signals_to_its_supervisor(self, rig: Rig) -> None:
        instance = rig.start(
            "sh", "-c", "trap 'exit 5' USR1; echo set; while :; do sleep 0.01; done"
        )
        rig.said(instance, "set")
        supervisor = rig.supervisor(instance)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(supervisor, number)
        (component,) = psutil.Process(supervisor).children()
        component.send_signal(signal.SIGUSR1)
        rig.ended(instance)
        assert rig.engine.look(instance.id).exit_code == 5


class TestRemoving:
    def test_kills_grandchildren_in_sessions_of_their_own(self, rig: Rig) -> None:
        number = unlikely_number()
        instance = rig.start(
            "sh", "-c", f"env -i setsid sleep {number} & (setsid sleep {number} &); sleep {number}"
        )
        eventually(lambda: len(running(number)) == 3, "all three slept")
        rig.remove(instance)
        assert running(number) == []

    def test_kills_what_outlived_a_killed_supervisor(self, rig: Rig) -> None:
        number = unlikely_number()
        instance = rig.start("sh", "-c", f"setsid sleep {number} & wait")
        eventually(lambda: len(running(number)) == 1, "the grandchild slept")
        os.kill(rig.supervisor(instance), signal.SIGKILL)
        eventually(lambda: not rig.engine.look(instance.id).alive, "the supervisor was dead")
        rig.remove(instance)
        assert running(number) == []

    def test_kills_a_component_that_ignores_signals_and_a_stopped_supervisor(
        self, rig: Rig
    ) -> None:
        number = unlikely_number()
        instance = rig.start("sh", "-c", f"trap '' TERM INT QUIT HUP; sleep {number}; sleep 600")
        eventually(lambda: running(number) != [], "it slept")
        os.kill(rig.supervisor(instance), signal.SIGSTOP)
        rig.remove(instance)
        assert running(number) == []

    def test_kills_what_an_executed_command_left_running(self, rig: Rig) -> None:
        number = unlikely_number()
        instance = rig.start("sleep", "600")
        rig.engine.execute(instance.id, ("sh", "-c", f"sleep {number} &"), timeout=9)
        eventually(lambda: len(running(number)) == 1, "it slept")
        rig.remove(instance)
        assert running(number) == []

    def test_twice_is_content(self, rig: Rig) -> None:
        instance = rig.start("sleep", "600")
        resource = rig.resource(instance)
        rig.engine.remove(resource)
        rig.engine.remove(resource)
        assert rig.engine.look(instance.id).life is Life.MISSING

    def test_touches_no_other_process_that_got_the_pid_of_a_dead_one(self, rig: Rig) -> None:
        instance = rig.start("true")
        rig.ended(instance)
        with subprocess.Popen(["sleep", "600"]) as bystander:
            file = rig.home / instance.id / "process"
            file.write_text(f"{bystander.pid} {file.read_text().split()[1]}\n")
            (rig.home / instance.id / "exit").unlink()
            assert rig.engine.look(instance.id).life is Life.EXITED
            rig.remove(instance)
            assert bystander.poll() is None
            bystander.kill()

    def test_of_an_instance_of_before_a_restart_kills_nothing(self, rig: Rig) -> None:
        number = unlikely_number()
        instance = rig.start("sleep", number)
        file = rig.home / instance.id / "instance.json"
        real = file.read_text()
        file.write_text(json.dumps({**json.loads(real), "boot": "another"}))
        assert "restarted" in rig.engine.look(instance.id).describe()
        resource = rig.resource(instance)
        supervisor = rig.supervisor(instance)
        rig.engine.remove(resource)
        assert len(running(number)) == 1
        psutil.Process(supervisor).children()[0].kill()
        eventually(lambda: running(number) == [], "it was gone")

    def test_finishes_what_was_only_half_made(self, rig: Rig) -> None:
        rig.engine.create_network("net", rig.labels)
        (rig.home / rig.run / "half").mkdir()
        half = next(each for each in rig.listed() if each.kind is Kind.CONTAINER)
        assert half.labels == rig.labels
        assert rig.engine.look(half.id).life is Life.CREATED
        rig.engine.remove(half)
        assert [each.kind for each in rig.listed()] == [Kind.NETWORK]

    @pytest.mark.parametrize("content", [b"", b"[1]", b'{"name": "x"}', b"\xff"])
    def test_ends_what_has_no_record_that_can_be_read(self, rig: Rig, content: bytes) -> None:
        number = unlikely_number()
        rig.engine.create_network("net", rig.labels)
        instance = rig.start("sh", "-c", f"setsid sleep {number} & sleep {number}")
        eventually(lambda: len(running(number)) == 2, "both slept")
        for file in (f"{instance.id}/instance.json", f"{rig.run}/.networks/more.json"):
            (rig.home / file).write_bytes(content)
        assert rig.engine.look(instance.id).life is Life.CREATED
        assert {each.labels[Label.OWNER] for each in rig.listed()} == {rig.labels[Label.OWNER]}
        rig.clear()
        assert running(number) == []
        assert rig.listed() == ()

    def test_finds_the_data_of_what_has_no_record(self, rig: Rig) -> None:
        instance = rig.start(kind="redis", ports=(rig.port(),))
        scratch = Path(rig.record(instance).scratch)
        assert scratch.is_dir()
        (rig.home / instance.id / "instance.json").write_text("")
        rig.remove(instance)
        assert not scratch.exists()

    @pytest.mark.parametrize("content", ["", "x y", "1 2 3"])
    def test_is_content_with_files_that_are_not_whole(self, rig: Rig, content: str) -> None:
        instance = rig.start("true")
        rig.ended(instance)
        for name in ("process", "exit"):
            (rig.home / instance.id / name).write_text(content)
        assert rig.engine.look(instance.id).life is Life.CREATED
        rig.remove(instance)

    def test_of_what_is_no_id_touches_nothing(self, rig: Rig, tmp_path: Path) -> None:
        beside = tmp_path / "beside"
        beside.mkdir()
        for kind in (Kind.CONTAINER, Kind.NETWORK):
            stranger = Resource(kind=kind, id="../beside", name="x", labels={})
            rig.engine.remove(stranger)
        assert beside.is_dir()
        assert rig.engine.look("../beside").life is Life.MISSING
