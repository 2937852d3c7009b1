"""Made-up figures for the benchmark's arithmetic."""

from bench.timing import Cost
from bench.trial import Trial


def trial(contender: str, round_: int, up: float, down: float, failure: str = "") -> Trial:
    """A trial on Podman; its CPU is a tenth of its wall time."""
    return Trial(
        engine="podman",
        contender=contender,
        round=round_,
        up=Cost(wall_s=up, cpu_s=up / 10),
        down=Cost(wall_s=down, cpu_s=down / 10),
        failure=failure,
    )
