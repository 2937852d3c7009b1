"""Commands of other programs, run for real."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from orchestration.cluster import command_guard
from orchestration.cluster.command_line import LONGEST_OUTPUT, CommandLine, Ended, Ending
from tests.cluster.programs import put_on_path

ROOT = Path(__file__).parents[2]


def command(*words: str) -> CommandLine:
    return CommandLine(words=words, environ=dict(os.environ))


def script(text: str) -> CommandLine:
    return command(sys.executable, "-c", text)


def run(line: CommandLine, timeout: float = 30.0) -> Ended:
    return asyncio.run(line.run(timeout=timeout))


def gone(pid: int) -> bool:
    """Whether a process has ended: not there any more, or waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def eventually(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    return true()


def test_both_streams_and_the_exit_code_are_kept_apart() -> None:
    ended = run(script("import sys; print('a'); print('b', file=sys.stderr); sys.exit(3)"))
    assert (ended.out, ended.err, ended.code, ended.ok) == ("a\n", "b\n", 3, False)
    assert ended.told() == "\n    a\n    b"


def test_a_signal_is_an_exit_code_as_a_shell_gives_it() -> None:
    assert run(script("import os; os.kill(os.getpid(), 9)")).code == 128 + 9


def test_a_program_that_is_not_there_is_told_as_that() -> None:
    ended = run(command("no-such-program-anywhere"))
    assert (ended.ending, ended.code) == (Ending.MISSING, 127)
    assert "PATH" in ended.told()


def test_a_file_that_is_no_program_is_126(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF nothing")
    broken.chmod(0o755)
    assert run(command(str(broken))).code == 126


def test_the_program_is_found_on_the_path_that_is_given(tmp_path: Path) -> None:
    put_on_path(tmp_path, "hello", "import sys; print('hello', *sys.argv[1:])")
    line = CommandLine(words=("hello", "you"), environ={"PATH": str(tmp_path)})
    assert run(line).out == "hello you\n"


def test_only_the_end_of_much_output_is_kept() -> None:
    ended = run(script(f"print('x' * {2 * LONGEST_OUTPUT}); print('last')"))
    assert len(ended.out) == LONGEST_OUTPUT
    assert ended.out.endswith("x\nlast\n")


def test_lines_are_heard_as_they_come_whatever_ends_them() -> None:
    heard: list[str] = []
    text = r"import sys; sys.stdout.write('one\rtwo\n\nthr'); sys.stdout.write('ee\n')"
    asyncio.run(script(text).run(timeout=30, on_line=heard.append))
    assert heard == ["one", "two", "three"]


def test_after_its_time_it_is_ended_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    text = (
        "import os, pathlib, signal, subprocess, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '1000'])\n"
        f"pathlib.Path({str(pids)!r}).write_text(f'{{os.getpid()}} {{child.pid}}')\n"
        "print('begun', flush=True)\n"
        "time.sleep(1000)\n"
    )
    ended = run(script(text), timeout=1.0)
    assert (ended.ending, ended.ok) == (Ending.TIMED_OUT, False)
    assert ended.out == "begun\n"
    assert eventually(lambda: all(gone(int(each)) for each in pids.read_text().split()))


def test_it_is_asked_to_end_before_it_is_killed(tmp_path: Path) -> None:
    cleaned = tmp_path / "cleaned"
    text = (
        "import pathlib, signal, sys, time\n"
        f"def end(*_): pathlib.Path({str(cleaned)!r}).write_text('yes'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('begun', flush=True)\n"
        "time.sleep(1000)\n"
    )

    async def work() -> None:
        begun = asyncio.Event()
        running = asyncio.create_task(script(text).run(timeout=600, on_line=lambda _: begun.set()))
        await begun.wait()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    asyncio.run(work())
    assert cleaned.read_text() == "yes"


def test_commands_run_on_the_loop_of_any_thread() -> None:
    found: list[Ended] = []
    thread = threading.Thread(target=lambda: found.append(run(command("echo", "here"))))
    thread.start()
    thread.join(30)
    assert found[0].out == "here\n"


def test_a_cancelled_command_is_ended_before_the_cancellation_goes_on(tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    async def work() -> None:
        running = asyncio.create_task(
            command("sh", "-c", f"echo $$ > {pid}; exec sleep 1000").run(timeout=600)
        )
        while not pid.exists() or not pid.read_text().endswith("\n"):
            await asyncio.sleep(0.01)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    asyncio.run(work())
    assert gone(int(pid.read_text()))


def test_what_the_command_leaves_behind_keeps_nobody_waiting() -> None:
    line = command("sh", "-c", "setsid sleep 1000 & echo $!")
    ended = run(line, timeout=20)
    os.kill(int(ended.out), signal.SIGKILL)
    assert ended.ok


def test_a_killed_caller_takes_its_command_along(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    text = (
        "import asyncio, os\n"
        "from orchestration.cluster.command_line import CommandLine\n"
        f"words = ('sh', '-c', 'echo $$ > {pid}; exec sleep 1000')\n"
        "asyncio.run(CommandLine(words=words, environ=dict(os.environ)).run(timeout=600))\n"
    )
    caller = subprocess.Popen([sys.executable, "-c", text], cwd=ROOT)
    assert eventually(lambda: pid.exists() and pid.read_text().endswith("\n"))
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    assert eventually(lambda: gone(int(pid.read_text())))


def test_secrets_in_words_and_output_are_not_shown() -> None:
    ended = run(command("echo", "--token=abcdef123", "https://me:pass1234@host/"))
    assert "abcdef123" not in ended.shown
    assert "pass1234" not in ended.shown + ended.told()


def test_the_guard_never_ends_the_group_of_its_caller() -> None:
    # As if it had been started without a session of its own.
    words = [sys.executable, "-I", "-S", command_guard.__file__, "/bin/sleep", "1000"]
    guard = subprocess.Popen(words, stdin=subprocess.PIPE)
    assert guard.stdin is not None
    assert eventually(lambda: os.getpgid(guard.pid) == guard.pid)
    guard.stdin.close()
    assert guard.wait(30) == -signal.SIGKILL
