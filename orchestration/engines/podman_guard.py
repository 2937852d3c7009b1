"""Keeps a Podman service for as long as somebody holds the other end of our standard input.

Run as a script, with the path of Podman and a directory: however the process that started it dies,
SIGKILL included, the pipe ends, and so does the service, as it does when this process is killed.
Standard output ends with the service. Its containers do not depend on it.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def main(podman: str, directory: Path) -> None:
    """Serve until standard input or the service ends; remove `directory` when nobody holds us."""
    ours = os.getpid()
    with (directory / "log").open("wb") as log:
        service = subprocess.Popen(
            [podman, "system", "service", "--time=0", f"unix://{directory / 'podman.sock'}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=lambda: end_with(ours),
        )
    ended = os.pidfd_open(service.pid)
    select.select([sys.stdin.fileno(), ended], [], [])
    service.terminate()
    service.wait()
    os.close(sys.stdout.fileno())
    # Whoever holds us may want to read why it ended, or be killed before it removes anything.
    sys.stdin.buffer.read()
    shutil.rmtree(directory, ignore_errors=True)


def end_with(parent: int) -> None:
    """Let this process end when `parent` does, even if nobody is left who could end it."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
