"""What became of containers, by the engine's own account."""

from __future__ import annotations

from dataclasses import dataclass

from bench.engine_api import EngineApi, Json
from bench.engines import find_engines
from bench.stack_under_test import EngineUnderTest
from soak.outcome import EngineName


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """One container. `code`: its exit code, None while it runs. `pid`: on this machine, 0: none."""

    name: str
    code: int | None
    restarts: int
    pid: int


def engine_called(name: EngineName) -> EngineUnderTest | None:
    """The container engine of that name, None for the embedded one. Raises UnpreparedError."""
    return None if name == "embedded" else find_engines((name,), {})[0]


def fates(engine: EngineName, token: str) -> list[Fate]:
    """All containers whose names hold `token`: a run's id, or the name of a compose project."""
    under_test = engine_called(engine)
    if under_test is None:
        return []
    with EngineApi(under_test.socket) as api:
        return [
            _fate(api.call("GET", f"/containers/{each['Id']}/json"))
            for each in api.containers(token)
        ]


def _fate(container: Json) -> Fate:
    state = container["State"]
    return Fate(
        name=container["Name"].lstrip("/"),
        code=None if state["Running"] else int(state["ExitCode"]),
        restarts=int(container.get("RestartCount") or 0),
        pid=int(state.get("Pid") or 0),
    )
