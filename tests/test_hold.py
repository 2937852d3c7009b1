"""The loop that waits, with time in our hands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise, repeat
from signal import SIGINT

import pytest

from orchestration.background import TICK_S
from orchestration.errors import EngineError
from orchestration.hold import LOOK_S, Cancelled, Died, Held, Opened, Refused, TimedOut, hold
from orchestration.model import (
    Failed,
    Life,
    NotYet,
    Pacing,
    Ready,
    State,
    Verdict,
)
from tests.clocks import FakeCancel, FakeClock

ALIVE = State(life=Life.RUNNING)
DEAD = State(life=Life.EXITED, exit_code=1)


ONCE = Pacing(successes=1)


@dataclass(slots=True)
class FakeProbe:
    """Gives the verdicts of a list, each after `takes` seconds on the clock. `at`: when it did."""

    clock: FakeClock
    verdicts: Iterator[Verdict]
    takes: float
    at: list[float] = field(default_factory=list)

    def __call__(self, keep: Callable[[], None]) -> Verdict:
        self.at.append(self.clock.now())
        until = self.clock.now() + self.takes
        while (left := until - self.clock.now()) > 0:
            self.clock.advance(min(left, TICK_S))
            keep()
        return next(self.verdicts)


@dataclass(slots=True)
class Scene:
    """One wait: what the gate says, what the engine says, and what came of it.

    `looked`: when the engine was asked.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    heard: list[tuple[str, float]] = field(default_factory=list)
    cancel: FakeCancel = field(init=False)
    probe: FakeProbe = field(init=False)
    looked: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cancel = FakeCancel(self.clock)

    def hold(
        self,
        verdicts: Iterable[Verdict],
        *,
        states: Iterable[State] = repeat(ALIVE),
        look: Callable[[], State] | None = None,
        still: Callable[[], None] = lambda: None,
        pacing: Pacing | None = None,
        takes: float = 0.0,
        deadline: float | None = None,
    ) -> Held:
        self.probe = FakeProbe(self.clock, iter(verdicts), takes)
        pending = iter(states)

        def looked() -> State:
            self.looked.append(self.clock.now())
            return look() if look is not None else next(pending)

        return hold(
            self.probe,
            pacing or ONCE,
            look=looked,
            still=still,
            clock=self.clock,
            cancel=self.cancel,
            on_answer=lambda answer, elapsed: self.heard.append((answer, elapsed)),
            deadline=deadline,
        )


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_by_default_a_server_that_answers_once_and_is_gone_is_not_ready(scene: Scene) -> None:
    """Whether or not the engine knows already that it died."""
    slow: list[Verdict] = [NotYet("refused")] * 40
    held = scene.hold(
        [*slow, Ready("PONG"), NotYet("refused"), Ready("PONG"), Ready("PONG")], pacing=Pacing()
    )
    assert isinstance(held, Opened)
    assert held.looks == 44
    # The second look follows at once, however long the pauses have grown.
    assert gaps(scene.probe.at)[-1] == pytest.approx(Pacing().interval)
    assert "ready" not in str(scene.heard)


def gaps(moments: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(moments)]


def test_a_ready_component_opens_the_gate_without_a_pause(scene: Scene) -> None:
    held = scene.hold([Ready("PONG")])
    assert held == Opened(answer="PONG", lasting=False, elapsed_s=0.0, looks=1, answers=())
    assert scene.cancel.pauses == []
    assert scene.heard == []


def test_pauses_grow_from_the_interval_to_the_longest(scene: Scene) -> None:
    pacing = replace(ONCE, interval=0.1, growth=2.0, longest=0.5)
    verdicts: list[Verdict] = [*repeat(NotYet("no"), 5), Ready()]
    held = scene.hold(verdicts, pacing=pacing)
    assert isinstance(held, Opened)
    assert gaps(scene.probe.at) == pytest.approx([0.1, 0.2, 0.4, 0.5, 0.5])
    assert held.looks == 6


def test_every_answer_short_of_opening_is_reported_with_its_time(scene: Scene) -> None:
    pacing = Pacing(interval=1.0, growth=1.0, longest=1.0, successes=3)
    verdicts: list[Verdict] = [NotYet("refused"), Ready(), NotYet("503"), *[Ready()] * 3]
    held = scene.hold(verdicts, pacing=pacing)
    # The first of a row is no news on a screen; what went wrong in the end may be told by it.
    assert scene.heard == [("refused", 0.0), ("503", 2.0), ("ready, 2 of 3 in a row", 4.0)]
    assert any("ready, 1 of 3 in a row" in each for each in held.answers)


def test_successes_must_follow_each_other(scene: Scene) -> None:
    pacing = Pacing(successes=3)
    steady = [Ready(), Ready(), Ready("steady")]
    verdicts: list[Verdict] = [Ready(), Ready(), NotYet("fell over"), *steady]
    held = scene.hold(verdicts, pacing=pacing)
    assert isinstance(held, Opened)
    assert (held.looks, held.answer) == (6, "steady")


def test_a_dead_component_is_not_even_probed(scene: Scene) -> None:
    held = scene.hold([], states=[DEAD])
    assert held == Died(state=DEAD, elapsed_s=0.0, looks=0, answers=())


def test_a_death_between_two_looks_ends_the_wait_at_the_next_tick(scene: Scene) -> None:
    held = scene.hold(repeat(NotYet("no answer")), states=[ALIVE, ALIVE, DEAD])
    assert isinstance(held, Died)
    assert (held.state, held.looks) == (DEAD, 2)
    assert held.answers == ("0.0-0.0 s, 2 times: no answer",)


def test_a_component_that_answers_once_and_dies_is_not_ready(scene: Scene) -> None:
    held = scene.hold([Ready()], states=[ALIVE, DEAD])
    assert isinstance(held, Died)


def test_a_restarted_component_counts_as_dead(scene: Scene) -> None:
    restarted = State(life=Life.RUNNING, restarts=1)
    held = scene.hold([Ready()], states=[ALIVE, restarted])
    assert isinstance(held, Died)
    assert held.state.restarts == 1


@pytest.mark.parametrize("life", [Life.CREATED, Life.EXITED, Life.MISSING])
def test_only_a_running_component_is_alive(scene: Scene, life: Life) -> None:
    assert isinstance(scene.hold([], states=[State(life=life)]), Died)


def test_a_failed_verdict_ends_the_wait_at_once(scene: Scene) -> None:
    verdicts: list[Verdict] = [NotYet("starting"), Failed("password authentication failed")]
    held = scene.hold(verdicts)
    assert isinstance(held, Refused)
    assert held.reason == "password authentication failed"
    assert len(scene.cancel.pauses) == 1


def test_a_death_explains_a_failed_verdict_better_than_the_verdict(scene: Scene) -> None:
    held = scene.hold([Failed("exit 126")], states=[ALIVE, DEAD])
    assert isinstance(held, Died)


def test_the_gates_own_timeout_ends_the_wait(scene: Scene) -> None:
    held = scene.hold(repeat(NotYet("503")), pacing=replace(ONCE, timeout=3.0))
    assert isinstance(held, TimedOut)
    assert not held.by_deadline
    assert held.elapsed_s == pytest.approx(3.0)


def test_the_deadline_of_the_run_wins_when_it_is_sooner(scene: Scene) -> None:
    deadline = scene.clock.now() + 2.0
    held = scene.hold(repeat(NotYet("503")), pacing=replace(ONCE, timeout=3.0), deadline=deadline)
    assert isinstance(held, TimedOut)
    assert held.by_deadline
    assert held.elapsed_s == pytest.approx(2.0)


def test_a_later_deadline_changes_nothing(scene: Scene) -> None:
    deadline = scene.clock.now() + 60.0
    held = scene.hold(repeat(NotYet("503")), pacing=replace(ONCE, timeout=3.0), deadline=deadline)
    assert isinstance(held, TimedOut)
    assert not held.by_deadline


def test_the_last_pause_is_cut_so_that_a_probe_is_made_when_time_is_up(scene: Scene) -> None:
    pacing = replace(ONCE, timeout=1.0, interval=0.7, growth=1.0, longest=0.7)
    verdicts: list[Verdict] = [NotYet("a"), NotYet("b"), Ready("just in time")]
    held = scene.hold(verdicts, pacing=pacing)
    assert isinstance(held, Opened)
    assert gaps(scene.probe.at) == pytest.approx([0.7, 0.3])


@pytest.mark.parametrize("takes", [0.3, 0.9, 2.0, 5.0])
def test_the_wait_exceeds_its_limit_by_one_probe_at_the_most(scene: Scene, takes: float) -> None:
    held = scene.hold(repeat(NotYet("slow")), pacing=replace(ONCE, timeout=4.0), takes=takes)
    assert isinstance(held, TimedOut)
    assert 4.0 <= held.elapsed_s <= 4.0 + takes + 1e-6


def test_a_deadline_that_has_passed_still_allows_one_look(scene: Scene) -> None:
    held = scene.hold([Ready()], deadline=scene.clock.now() - 5.0)
    assert isinstance(held, Opened)


def test_a_death_at_the_limit_is_a_death_and_no_timeout(scene: Scene) -> None:
    held = scene.hold([NotYet("no")], states=[ALIVE, DEAD], deadline=scene.clock.now())
    assert isinstance(held, Died)


def test_a_requested_stop_ends_the_wait_before_the_next_look(scene: Scene) -> None:
    scene.cancel.signal = SIGINT
    scene.cancel.after = 2
    held = scene.hold(repeat(NotYet("no")))
    assert isinstance(held, Cancelled)
    assert (held.signal, held.looks) == (SIGINT, 2)


def test_a_stop_requested_before_the_start_touches_nothing(scene: Scene) -> None:
    scene.cancel.signal = SIGINT
    held = scene.hold([], states=[])
    assert held == Cancelled(signal=SIGINT, elapsed_s=0.0, looks=0, answers=())


def test_the_last_five_distinct_answers_are_kept_with_their_times(scene: Scene) -> None:
    pacing = replace(ONCE, timeout=7.0, interval=1.0, growth=1.0, longest=1.0)
    said = ["one", "two", "three", "four", "five", "six", "three", "six"]
    held = scene.hold(map(NotYet, said), pacing=pacing)
    assert isinstance(held, TimedOut)
    assert held.answers == (
        "1.0 s: two",
        "3.0 s: four",
        "4.0 s: five",
        "2.0-6.0 s, 2 times: three",
        "5.0-7.0 s, 2 times: six",
    )


SLUGGISH = replace(ONCE, timeout=20.0, interval=1.0, growth=1.0, longest=1.0)


def test_a_long_pause_between_probes_leaves_no_death_unseen_for_longer_than_any(
    scene: Scene,
) -> None:
    held = scene.hold(repeat(NotYet("no")), pacing=SLUGGISH)
    assert isinstance(held, TimedOut)
    assert gaps(scene.probe.at) == pytest.approx([1.0] * 20)
    assert max(gaps(scene.looked)) <= LOOK_S + TICK_S + 1e-6


def test_a_death_during_a_long_pause_ends_it(scene: Scene) -> None:
    held = scene.hold(repeat(NotYet("no")), pacing=SLUGGISH, states=[ALIVE, ALIVE, DEAD])
    assert isinstance(held, Died)
    assert held.looks == 1
    assert held.elapsed_s <= 2 * (LOOK_S + TICK_S)


def test_a_death_while_a_slow_probe_is_on_its_way_ends_the_wait(scene: Scene) -> None:
    held = scene.hold(repeat(NotYet("no")), takes=5.0, states=[ALIVE, ALIVE, DEAD])
    assert isinstance(held, Died)
    assert held.looks == 0
    assert held.elapsed_s <= 2 * (LOOK_S + TICK_S)
    assert len(scene.probe.at) == 1


def test_the_engine_is_not_asked_more_often_than_needed_while_a_probe_is_slow(
    scene: Scene,
) -> None:
    scene.hold(chain([NotYet("no")], [Ready()]), takes=5.0)
    assert len(scene.looked) <= 10.0 / LOOK_S + 3


def test_what_is_raised_on_a_tick_ends_a_probe_and_a_pause(scene: Scene) -> None:
    ends = scene.clock.now() + 7.0

    def still() -> None:
        if scene.clock.now() >= ends:
            raise EngineError("enough")

    rarely = replace(ONCE, interval=60.0, longest=60.0, timeout=99)
    for takes, pacing in ((60.0, ONCE), (0.0, rarely)):
        ends = scene.clock.now() + 7.0
        with pytest.raises(EngineError, match="enough"):
            scene.hold(repeat(NotYet("no")), takes=takes, pacing=pacing, still=still)
        assert scene.clock.now() <= ends + TICK_S + 1e-6


def test_an_engine_that_stops_answering_is_not_mistaken_for_a_death(scene: Scene) -> None:
    def look() -> State:
        raise EngineError("the engine does not answer")

    with pytest.raises(EngineError):
        scene.hold([Ready()], look=look)
