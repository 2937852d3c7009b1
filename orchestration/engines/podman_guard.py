"""Keeps a Podman service for as long as somebody holds the other end of our standard input.

Run as a script, with the path of Podman and a directory: however the process that started it dies,
SIGKILL included, the pipe ends, and so does the service. Its containers do not depend on it.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from pathlib import Path


def main(podman: str, directory: Path) -> None:
    """Serve until standard input or the service ends; then remove `directory`."""
    with (directory / "log").open("wb") as log:
        service = subprocess.Popen(
            [podman, "system", "service", "--time=0", f"unix://{directory / 'podman.sock'}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    ended = os.pidfd_open(service.pid)
    holder_gone = sys.stdin.fileno() in select.select([sys.stdin.fileno(), ended], [], [])[0]
    service.terminate()
    service.wait()
    if holder_gone:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
