"""A command run in an instance, besides its component."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from orchestration.engines.embedded.instance_directory import InstanceRecord
from orchestration.engines.embedded.local_command import resolve
from orchestration.model import Executed
from orchestration.mount_mapping import MountMapping

_LONGEST_OUTPUT: Final = 1 << 20


def execute_in(record: InstanceRecord, command: tuple[str, ...], *, timeout: float) -> Executed:
    """Run `command` with the variables, directory and mounts of the instance.

    Exit codes as a shell gives them: 127 not found, 126 not executable, 124 when it and its session
    were killed after `timeout` seconds. Output beyond 1 MiB is dropped.
    """
    mapping = MountMapping.of((target, Path(source)) for target, source in record.mounts)
    words = [mapping.apply(word) for word in command]
    program = resolve(words[0], record.env, Path(record.cwd))
    if isinstance(program, int):
        return _unrunnable(words[0], program)
    # Into a file: a background process that keeps a pipe open would keep us waiting for its end.
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                [program, *words[1:]],
                env=record.env,
                cwd=record.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return _unrunnable(words[0], error.errno or errno.EACCES)
        with process:
            code = _wait(process, timeout)
        output.seek(0)
        text = output.read(_LONGEST_OUTPUT).decode(errors="replace")
    return Executed(exit_code=code, output=text)


def _wait(process: subprocess.Popen[bytes], timeout: float) -> int:
    try:
        code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return 124
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return code if code >= 0 else 128 - code


def _unrunnable(program: str, problem: int) -> Executed:
    return Executed(
        exit_code=127 if problem == errno.ENOENT else 126,
        output=f"{program}: {os.strerror(problem)}",
    )
