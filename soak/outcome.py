"""What came of one start, and of one death."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

EngineName = Literal["embedded", "podman", "docker"]
ENGINES: Final[tuple[EngineName, ...]] = ("embedded", "podman", "docker")
OURS: Final = "stackwright"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One cold start by `way` and what clients found the moment it said that all is up.

    `up_s`: until it said so, None when it did not. `false_ready`: what a client could not do then.
    `failure`: why it did not come up. `killed`: components that ended with exit code 137;
    `restarts`: how often the engine started one again. `left`: what its teardown left behind; only
    ours is asked to clean up.
    """

    way: str
    engine: EngineName
    up_s: float | None = None
    false_ready: str = ""
    failure: str = ""
    killed: int = 0
    restarts: int = 0
    left: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether it came up and was what it said."""
        return self.up_s is not None and not (self.false_ready or self.failure or self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """One component that was killed while its stack came up.

    `how`: `SIGKILL`, `exit 0` or `exit 1`, `delay_s` after its start or its gate. `during`: the
    step that failed. `noticed_s` and `told_s` count from the death: until the run knew, before any
    evidence was collected, and until it told (`step_failed`). `blamed`: whom the error names.
    `problem`: why it counts for nothing, or what was wrong.
    """

    engine: EngineName
    victim: str
    how: str
    delay_s: float
    during: str = ""
    noticed_s: float | None = None
    told_s: float | None = None
    blamed: str = ""
    problem: str = ""
    left: tuple[str, ...] = ()
