"""One cold start of ours: up through the Python API, used at once, and away again."""

from __future__ import annotations

import time
from dataclasses import dataclass

from orchestration import stack_up
from orchestration.errors import StackwrightError, StoppedError
from orchestration.running import RunningStack
from soak.clients import Addresses, complaint
from soak.containers import fates
from soak.outcome import OURS, Start
from soak.scene import Scene

_KILLED = 137
_LAST_WORDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart:
    """A start in `scene`, with databases and servers of its own."""

    scene: Scene

    def play(self) -> Start:
        """Up, a client's look, down, what is left. Raises KeyboardInterrupt when stopped."""
        up_s: float | None = None
        false_ready = failure = ""
        killed = restarts = 0
        begun = time.monotonic()
        try:
            with stack_up(
                config=self.scene.config, engine=self.scene.engine, fresh=True
            ) as running:
                up_s = time.monotonic() - begun
                false_ready = complaint(_addresses(running))
                found = fates(self.scene.engine, running.run)
                killed = sum(each.code == _KILLED for each in found)
                restarts = sum(each.restarts for each in found)
        except StoppedError as error:
            # It hears signals itself; here the whole soak is meant.
            raise KeyboardInterrupt from error
        except StackwrightError as error:
            failure = " ".join(str(error).split())
            evidence = error.evidence
            if evidence is not None:
                said = evidence.logs.get(evidence.component, "").split()
                failure = " ".join((failure, "| its log:", *said[-_LAST_WORDS:]))
                killed += evidence.state is not None and evidence.state.exit_code == _KILLED
        return Start(
            way=OURS,
            engine=self.scene.engine,
            up_s=up_s,
            false_ready=false_ready,
            failure=failure,
            killed=killed,
            restarts=restarts,
            left=self.scene.left(),
        )


def _addresses(running: RunningStack) -> Addresses:
    cache = running.endpoint("redis")
    return Addresses(
        dsn=running.endpoint("postgres").dsn,
        redis_host=cache.host,
        redis_port=cache.port,
        app=running.endpoint("app").url,
    )
