"""Podman's API for this process alone, where Podman is installed and nobody serves it."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from orchestration.engines import podman_guard
from orchestration.engines.engine_address import Address
from orchestration.engines.engine_answer import Answer, ask

PREFIX: Final = "stackwright-podman-"
"""What the names of its directories begin with."""

RULE: Final = "private Podman service"
"""By which rule it was found."""

START_SECONDS: Final = 15.0
_STOP_SECONDS: Final = 1.0
"""It ends in 0.05 s unless it hangs, and then nothing but SIGKILL helps."""
_POLL_S: Final = 0.02


class PodmanService:
    """A running `podman system service` on a socket of its own, in a directory of mode 0700."""

    def __init__(self, process: subprocess.Popen[bytes], directory: Path, address: Address) -> None:
        self.address = address
        self._process = process
        self._directory = directory

    @classmethod
    def start(
        cls, podman: str, environ: Mapping[str, str], *, seconds: float = START_SECONDS
    ) -> tuple[PodmanService, Answer] | str:
        """Start it and wait until it answers; else why it does not."""
        try:
            directory = _directory(environ)
        except OSError as error:
            return f"there is no room for the directory of its socket: {error.strerror or error}"
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", podman_guard.__file__, podman, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environ},
            # Ctrl-C on the terminal must not take the engine away before the teardown.
            start_new_session=True,
        )
        url = f"unix://{directory / 'podman.sock'}"
        service = cls(process, directory, Address(rule=RULE, url=url))
        deadline = time.monotonic() + seconds
        ended = False
        while not ended and time.monotonic() < deadline:
            answer = ask(service.address)
            if isinstance(answer, Answer):
                return service, answer
            ended = service._ends_within(_POLL_S)
        said = _last_line(directory / "log")
        service.close()
        return said or ("it ended at once" if ended else f"no answer within {seconds:g} s")

    def _ends_within(self, seconds: float) -> bool:
        if self._process.stdout is None:
            return True
        waiting = select.poll()
        waiting.register(self._process.stdout, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))

    def close(self) -> None:
        """End it, and remove its directory. Containers it started live on."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        shutil.rmtree(self._directory, ignore_errors=True)


def _directory(environ: Mapping[str, str]) -> Path:
    """A new one: with those for temporary files, else, where they are full, with the user's own."""
    try:
        return Path(tempfile.mkdtemp(prefix=PREFIX))
    except OSError:
        runtime = environ.get("XDG_RUNTIME_DIR")
        if not runtime:
            raise
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=runtime))


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""
