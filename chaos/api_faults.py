"""The engine's API goes wrong at its nth call, for every call that a good run makes."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from chaos.leftovers import KILLED_S
from chaos.proxy import EngineProxy, Harm
from chaos.stage import STOPPED_S, Command, Stage
from chaos.trial import EngineName, Trial
from tests.product import SOCKETS

ApiFaultKind = Literal[
    "no fault",
    "answers 500",
    "is cut off",
    "hangs, TERM",
    "falls silent, TERM",
    "hangs, deadline",
    "vanishes for 3 s",
    "vanishes",
]

CALLS: Final[dict[EngineName, int]] = {"podman": 48, "docker": 48}
"""At least as many as a good run makes, from `up` to the end of `down`; "no fault" counts them."""

STACK: Final = """\
[engine]
url = "unix://DIRECTORY/engine.sock"

[stacks.shop]
deadline = "60s"

[stacks.shop.components.once]
image = "localhost/stackwright-python:3.11"
command = ["true"]
one_shot = true

[stacks.shop.components.app]
build = { context = "app" }
command = ["python", "/app/app.py"]
env = { PORT = "8080", DATABASE_URL = "none" }
ports.http = 8080
ports.admin = { container = 8081, host = HOSTPORT }
gate = { kind = "http", port = "http", path = "/health", interval = "200ms" }

[stacks.shop.components.side]
image = "localhost/stackwright-python:3.11"
command = ["sleep", "60"]
gate = { kind = "exec", command = ["true"] }
"""
CONTAINERFILE: Final = """\
FROM localhost/stackwright-python:3.11
COPY app.py /app/app.py
"""

_HARM: Final[dict[ApiFaultKind, Harm]] = {
    "answers 500": "error",
    "is cut off": "cut",
    "hangs, TERM": "hang",
    "falls silent, TERM": "silence",
    "hangs, deadline": "hang",
    "vanishes for 3 s": "vanish",
    "vanishes": "vanish",
}
_FAILED: Final = frozenset({3, 6, 7, 8, 9, 10})
_AWAY_S: Final = 3.0
_DEADLINE_S: Final = 5
_AFTER_DEADLINE_S: Final = 20.0
"""Evidence, then a removal that waits for what the engine may still be making."""


def api_faults(engine: EngineName) -> Iterator[ApiFault]:
    """All of them on one engine."""
    yield ApiFault(engine=engine, kind="no fault", nth=0)
    for kind in _HARM:
        for nth in range(1, CALLS[engine] + 1):
            yield ApiFault(engine=engine, kind=kind, nth=nth)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFault:
    """`up` and `down` through a proxy of ours, which does harm at the `nth` call of the two."""

    engine: EngineName
    kind: ApiFaultKind
    nth: int

    def __str__(self) -> str:
        return f"{self.engine}, the API {self.kind} at call {self.nth}"

    @property
    def table(self) -> str:
        """As Case says."""
        return "the engine's API"

    @property
    def row(self) -> str:
        """As Case says."""
        return self.kind

    @property
    def column(self) -> str:
        """As Case says."""
        return self.engine

    def play(self) -> Trial:
        """As Case says."""
        config = STACK
        if self.kind == "hangs, deadline":
            config = config.replace('"60s"', f'"{_DEADLINE_S}s"')
        with Stage.of(self.engine, config, {"app/Containerfile": CONTAINERFILE}) as stage:
            recorded: list[bool] = []
            proxy = EngineProxy(
                stage.directory / "engine.sock",
                Path(SOCKETS[self.engine].removeprefix("unix://")),
                nth=self.nth,
                harm=_HARM.get(self.kind, "error"),
                on_harm=lambda: recorded.append(bool(stage.product.records())),
            )
            with proxy.serving():
                return _Play(self, stage, proxy, recorded).trial()


class _Play:
    def __init__(
        self, fault: ApiFault, stage: Stage, proxy: EngineProxy, recorded: list[bool]
    ) -> None:
        self._fault = fault
        self._stage = stage
        self._proxy = proxy
        self._recorded = recorded
        self._took: dict[str, float] = {}

    def trial(self) -> Trial:
        up = self._stage.up()
        self._harm(up)
        if self._proxy.harmed.is_set():
            self._judge_up(up)
        else:
            self._stage.judge(up, frozenset({0}))
        if up.code == 0:
            if self._fault.kind == "hangs, deadline":
                self._proxy.harmed.set()  # there is no deadline to a removal
            down = self._stage.down()
            self._harm(down)
            self._judge_down(down)
            if self._is_up():
                # It was stopped before it began, while it still looked for the engine.
                again = self._stage.down()
                again.ended()
                self._stage.judge(again, frozenset({0}))
        self._clean_up()
        return Trial(
            case=self._fault,
            problems=tuple(self._stage.problems),
            took=self._took,
            output=self._stage.output,
            note=self._note(),
        )

    def _harm(self, command: Command) -> None:
        """Wait for the harm and do what belongs to it, until the command ends."""
        before = self._proxy.harmed.is_set()
        while not before and command.process.poll() is None:
            if self._proxy.harmed.wait(0.02):
                break
        if before or not self._proxy.harmed.is_set():
            command.ended()
            return
        match self._fault.kind:
            case "hangs, TERM" | "falls silent, TERM":
                time.sleep(1.0)
                command.process.send_signal(signal.SIGTERM)
                took = command.ended()
                self._took["from SIGTERM to the exit, with a call that hangs"] = took
                if took > STOPPED_S:
                    self._stage.problems.append(f"it took {took:.1f} s to end")
            case "hangs, deadline":
                took = command.ended()
                self._took["from the call that hangs to the exit, by the deadline"] = took
                if took > _DEADLINE_S + _AFTER_DEADLINE_S:
                    self._stage.problems.append(f"it took {took:.1f} s to end")
            case "vanishes for 3 s":
                time.sleep(_AWAY_S)
                self._proxy.listen()
                command.ended()
            case _:
                command.ended()
        self._proxy.heal()

    def _judge_up(self, up: Command) -> None:
        codes = _FAILED
        if self._fault.kind.endswith("TERM"):
            codes = frozenset({128 + signal.SIGTERM})
        # Calls may be made again, and some are only made to say more in a message.
        self._stage.judge(up, codes | {0})
        if self._recorded == [True] and up.code in _FAILED:
            self._stage.judge_evidence(code=up.code, component="")

    def _judge_down(self, down: Command) -> None:
        self._stage.judge(down, frozenset({0, 3, 11, 128 + signal.SIGTERM}))

    def _is_up(self) -> bool:
        """Whether the stack is kept as it was: nothing of it has been touched."""
        records = (json.loads(each.read_text()) for each in self._stage.product.records())
        return any(each["phase"] == "up" for each in records)

    def _clean_up(self) -> None:
        begun = time.monotonic()
        if self._fault.kind == "vanishes":
            clean = self._stage.begin("stack", "clean", environ=self._stage.reached_directly())
            clean.ended()
            self._stage.judge(clean, frozenset({0}))
            self._stage.judge_held(within=KILLED_S)
            # Where nothing was found of a run its record stays until the address that it names
            # answers: an engine elsewhere, though it is the same, proves nothing of that one.
            self._proxy.listen()
            self._stage.judge_left(within=KILLED_S)
        elif self._fault.kind == "no fault":
            self._stage.judge_left()
            made, known = len(self._proxy.calls), CALLS[self._fault.engine]
            if made > known:
                self._stage.problems.append(f"a good run makes {made} calls, CALLS has {known}")
        else:
            self._stage.judge_left(within=KILLED_S)
            self._took["from the exit after harm to the API until nothing was left"] = (
                time.monotonic() - begun
            )

    def _note(self) -> str:
        calls = self._proxy.calls
        if not self._proxy.harmed.is_set() or self._fault.nth > len(calls):
            return f"it made {len(calls)} calls"
        codes = ", ".join(str(each.code) for each in self._stage.commands)
        return f"{calls[self._fault.nth - 1]} (exit {codes})"
