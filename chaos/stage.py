"""A project of its own for one fault: its commands, what they said, and what must hold of them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from chaos.leftovers import held_by, left_by
from chaos.ports import free_port
from chaos.scene import CLI, ROOT
from chaos.trial import EngineName
from tests.product import SOCKETS, Product

STOPPED_S: Final = 6.0
"""From a signal to the exit, at the most."""

_LONGEST_S: Final = 90.0
_REACHED_S: Final = 30.0
_UNTOLD: Final = ("Traceback", "Exception ignored", "Exception in thread", "ResourceWarning")


@dataclass(slots=True, kw_only=True)
class Command:
    """A command on its way. `stop`: the file that is there while it waits at its step."""

    process: subprocess.Popen[str]
    stop: Path
    code: int | None = None
    said: str = ""

    def reached(self) -> bool:
        """Wait until it waits at its step; False when it ends before."""
        until = time.monotonic() + _REACHED_S
        while not self.stop.exists():
            if self.process.poll() is not None or time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def go_on(self) -> float:
        """Let it go on from its step; when that was, in seconds since the epoch."""
        self.stop.unlink()
        return time.time()

    def ended(self, within: float = _LONGEST_S) -> float:
        """Wait for its end; how long that took. One that does not end is killed, with code 999."""
        begun = time.monotonic()
        try:
            self.said, _ = self.process.communicate(timeout=within)
            self.code = self.process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.said, _ = self.process.communicate()
            self.code = 999
        return time.monotonic() - begun


@dataclass(slots=True, kw_only=True)
class Stage:
    """The product on a project. `url`: where its engine is, if not where it usually is. `problems`:
    what was not as it must be, so far.
    """

    engine: EngineName
    directory: Path
    product: Product
    port: int
    url: str = ""
    problems: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    closed: bool = False

    @classmethod
    @contextmanager
    def of(cls, engine: EngineName, config: str, files: Mapping[str, str]) -> Iterator[Stage]:
        """A project with `config`, in which PORT stands for a free port of the host and DIRECTORY
        for the stage's directory, and `files` by their paths. Removed again, with all that is left.
        """
        directory = Path(tempfile.mkdtemp(prefix="stackwright-chaos-"))
        port = free_port()
        config = config.replace("HOSTPORT", str(port)).replace("DIRECTORY", str(directory))
        stage = cls(
            engine=engine, directory=directory, product=Product.at(directory, config), port=port
        )
        try:
            for name, text in files.items():
                file = stage.product.project / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            yield stage
        finally:
            stage.close()
            shutil.rmtree(directory, ignore_errors=True)

    def close(self) -> None:
        """Remove what should not be there: it must not spoil the next case."""
        if self.problems and not self.closed:
            self.begin("stack", "down", "--force", environ=self.reached_directly()).ended()
            self.begin("stack", "clean", environ=self.reached_directly()).ended()
        self.closed = True

    def begin(
        self, *words: str, step: str = "", environ: Mapping[str, str] | None = None
    ) -> Command:
        """Start a command, in a session of its own; it waits when `step` begins."""
        stop = self.directory / f"reached-{len(self.commands)}"
        inherited = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("STACKWRIGHT_", "CONTAINER_", "DOCKER_"))
        }
        process = subprocess.Popen(
            [sys.executable, "-c", CLI, *words],
            cwd=self.product.project,
            env={
                **inherited,
                "STACKWRIGHT_STATE": str(self.product.state),
                "PYTHONPATH": str(ROOT),
                "CHAOS_STEP": step,
                "CHAOS_FILE": str(stop),
                **(environ or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        command = Command(process=process, stop=stop)
        self.commands.append(command)
        return command

    def reached_directly(self) -> dict[str, str]:
        """The environment that leads to the engine itself, whatever the project says."""
        url = self.url or SOCKETS.get(self.engine, "")
        return {"STACKWRIGHT_ENGINE_URL": url} if url else {}

    def up(self, step: str = "", environ: Mapping[str, str] | None = None) -> Command:
        """Start `stack up`."""
        words = ("stack", "up", "--engine", self.engine, "--progress", "plain")
        return self.begin(*words, step=step, environ=environ)

    def down(self, step: str = "") -> Command:
        """Start `stack down`."""
        return self.begin("stack", "down", "--progress", "plain", step=step)

    @property
    def output(self) -> str:
        """All that the commands said."""
        return "".join(each.said for each in self.commands)

    def judge(self, command: Command, codes: frozenset[int]) -> None:
        """Note what is wrong with the end of a command: its code, or more than a message."""
        if command.code not in codes:
            wanted = " or ".join(str(each) for each in sorted(codes))
            self.problems.append(f"exit code {command.code}, not {wanted}")
        self.problems += [f"it says {each!r}" for each in _UNTOLD if each in command.said]
        message = any(each in command.said for each in ("  fix: ", "stopped by "))
        if command.code not in (0, None) and not message:
            self.problems.append("no message that says what to do")

    def judge_held(self, *, within: float) -> None:
        """Note what the engine still holds."""
        found = held_by(self.engine, self.product, within=within, url=self.url)
        self.problems += [f"left: {each}" for each in found]

    def judge_left(self, *, within: float = 0.0) -> None:
        """Note what is left."""
        found = left_by(self.engine, self.product, self.port, within=within, url=self.url)
        self.problems += [f"left: {each}" for each in found]

    def bundle(self) -> Path | None:
        """The evidence of the failure, if there is any."""
        place = self.product.project / ".stackwright" / "failures"
        return next(iter(sorted(place.glob("*Z-*"))), None) if place.is_dir() else None

    def judge_evidence(self, *, code: int | None, component: str, log: str = "") -> None:
        """Note what the bundle lacks. `log`: a text that the component's log must have."""
        bundle = self.bundle()
        if bundle is None:
            self.problems.append("no evidence was written")
            return
        failure = json.loads((bundle / "failure.json").read_text())
        if failure["exit_code"] != code:
            self.problems.append(f"the evidence is of exit code {failure['exit_code']}")
        found = (failure["evidence"] or {}).get("component")
        if component and found != component:
            self.problems.append(f"the evidence is of component {found}, not {component}")
        file = bundle / "logs" / f"{component}.log"
        if log and log not in (file.read_text() if file.exists() else ""):
            self.problems.append(f"the evidence has no log with {log!r}")

    def failed_at(self) -> float | None:
        """When the step failed, in seconds since the epoch, by the evidence."""
        bundle = self.bundle()
        lines = (bundle / "timeline.jsonl").read_text().splitlines() if bundle is not None else []
        events = [json.loads(line) for line in lines]
        return next((_epoch(each) for each in events if each["event"] == "step_failed"), None)

    def step_began(self, step: str, component: str) -> float | None:
        """When a step began, in seconds since the epoch, by the evidence."""
        bundle = self.bundle()
        lines = (bundle / "timeline.jsonl").read_text().splitlines() if bundle is not None else []
        for each in (json.loads(line) for line in lines):
            name = (each.get("step"), each.get("component"))
            if each["event"] == "step_started" and name == (step, component):
                return _epoch(each)
        return None


def _epoch(event: Mapping[str, str]) -> float:
    return datetime.fromisoformat(event["time"]).timestamp()
