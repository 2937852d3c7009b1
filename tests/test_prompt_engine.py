"""An engine that is not waited for longer than somebody has patience."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.background import Background
from orchestration.errors import PortError, SilenceError, StoppedError
from orchestration.model import BuildOrder, Kind, Launch, PortBinding, PortRequest, Resource
from orchestration.patience import (
    EVIDENCE_S,
    LOOK_S,
    STOPPED_S,
    TURN_S,
    BriefPatience,
    RemovalPatience,
    RunPatience,
)
from orchestration.ports import Engine
from orchestration.prompt_engine import PromptEngine
from orchestration.state import SignalCancel
from tests.clocks import FakeCancel, FakeClock, HurriedClock
from tests.fakes import FakeEngine, Hang

FAST = HurriedClock(40.0)
CANCEL = SignalCancel()


def launch(port: int = 0) -> Launch:
    return Launch(
        name="store-1",
        component="store",
        image="sha256:1",
        network="net",
        ports=(PortBinding(name="http", inside=80, host=port),),
    )


def build(engine: Engine, directory: Path) -> object:
    order = BuildOrder(context=directory, containerfile="Containerfile", tag="localhost/x:1")
    return engine.build_image(order, lambda _: None, CANCEL)


CALLS: dict[str, Callable[[Engine, Path], object]] = {
    "create_network": lambda engine, _: engine.create_network("net", {}),
    "find_image": lambda engine, _: engine.find_image("x"),
    "pull_image": lambda engine, _: engine.pull_image("x", CANCEL),
    "build_image": build,
    "plan_ports": lambda engine, _: engine.plan_ports((PortRequest(name="a", container=1),)),
    "start": lambda engine, _: engine.start(launch()),
    "look": lambda engine, _: engine.look("gone"),
    "logs": lambda engine, _: engine.logs("gone", tail=1),
    "execute": lambda engine, _: engine.execute("gone", ("true",), timeout=5.0),
    "list_resources": lambda engine, _: engine.list_resources({"a": ""}),
    "remove": lambda engine, _: engine.remove(
        Resource(kind=Kind.NETWORK, id="n", name="n", labels={})
    ),
}
MAKERS = {"create_network", "build_image", "start"}


@pytest.fixture
def background() -> Iterator[Background]:
    with Background() as background:
        yield background


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    (tmp_path / "Containerfile").write_text("FROM scratch")
    return FakeEngine(images={"x": "sha256:1"})


def prompt(engine: FakeEngine, background: Background, deadline: float = 1e9) -> PromptEngine:
    return PromptEngine(engine, background, RunPatience(FAST, CANCEL, FAST.now() + deadline))


@pytest.mark.parametrize("method", CALLS)
def test_a_call_comes_to_what_the_engine_makes_of_it(
    engine: FakeEngine, background: Background, tmp_path: Path, method: str
) -> None:
    def outcome(asked: Engine) -> object:
        try:
            return CALLS[method](asked, tmp_path)
        except Exception as error:  # noqa: BLE001 - compared, whatever it is
            return type(error), str(error)

    direct = FakeEngine(images={"x": "sha256:1"})
    assert outcome(prompt(engine, background)) == outcome(direct)
    assert engine.calls == direct.calls


@pytest.mark.parametrize("method", CALLS)
def test_a_call_that_hangs_ends_at_the_deadline(
    engine: FakeEngine, background: Background, tmp_path: Path, method: str
) -> None:
    hang = engine.hang(method)
    with pytest.raises(SilenceError, match="deadline") as caught:
        CALLS[method](prompt(engine, background, deadline=4.0), tmp_path)
    assert caught.value.exit_code == 3
    assert "raise the `deadline`" in caught.value.fix
    assert bool(background.making()) is (method in MAKERS)
    hang.release()
    assert background.settled(20.0)


def test_a_call_that_hangs_ends_at_a_stop(engine: FakeEngine, background: Background) -> None:
    cancel = SignalCancel()
    hang = engine.hang("look")

    def press() -> None:
        assert hang.entered.wait(20)
        cancel.request(signal.SIGHUP)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(StoppedError, match="SIGHUP") as caught:
        PromptEngine(engine, background, RunPatience(FAST, cancel, FAST.now() + 1e9)).look("gone")
    assert caught.value.code == 129
    thread.join()
    hang.release()


def test_no_call_begins_after_a_stop(engine: FakeEngine, background: Background) -> None:
    cancel = SignalCancel()
    cancel.request(signal.SIGINT)
    with pytest.raises(StoppedError):
        PromptEngine(engine, background, RunPatience(FAST, cancel, FAST.now() + 1e9)).look("gone")
    assert engine.calls == []


def test_a_last_look_is_granted_when_time_is_up(engine: FakeEngine, background: Background) -> None:
    assert not prompt(engine, background, deadline=-100.0).look("gone").alive


def test_errors_of_the_engine_pass(engine: FakeEngine, background: Background) -> None:
    engine.busy_ports[80] = "pid 7"
    with pytest.raises(PortError, match="pid 7"):
        prompt(engine, background).start(launch(port=80))


def test_evidence_is_given_up_after_the_first_that_does_not_come(
    engine: FakeEngine, background: Background
) -> None:
    hangs: list[Hang] = [engine.hang("logs")]
    witness = PromptEngine(engine, background, BriefPatience(FAST, CANCEL))
    begun = FAST.now()
    with pytest.raises(SilenceError, match=f"within {EVIDENCE_S:g} s"):
        witness.logs("gone")
    assert FAST.now() - begun >= EVIDENCE_S
    with pytest.raises(SilenceError):
        witness.look("gone")
    assert engine.calls == ["logs gone"]
    hangs[0].release()


def test_a_long_log_is_waited_for_while_the_engine_answers(
    engine: FakeEngine, background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.prompt_engine._LONG_S", 0.05)
    hang = engine.hang("logs")
    threading.Timer(0.5, hang.release).start()
    brief = BriefPatience(FAST, CANCEL, LOOK_S)
    assert PromptEngine(engine, background, brief).whole_log("gone") == ""
    assert engine.calls.count("logs gone") == 1
    assert engine.calls.count("look gone") > 1


def test_a_log_that_does_not_come_is_given_up_when_the_engine_is_silent(
    engine: FakeEngine, background: Background
) -> None:
    hang = engine.silence(after=0)
    brief = BriefPatience(FAST, CANCEL, LOOK_S, "podman at here", "restart it")
    with pytest.raises(SilenceError) as caught:
        PromptEngine(engine, background, brief).whole_log("gone")
    hang.release()
    assert caught.value.what == "podman at here did not answer within 5 s (look)"
    assert caught.value.fix == "restart it"


class TestPatienceForARemoval:
    def test_lasts_for_its_limit(self) -> None:
        clock = FakeClock()
        patience = RemovalPatience(clock, FakeCancel(clock), limit=60.0)
        clock.advance(59.0)
        patience.still()
        clock.advance(1.0)
        with pytest.raises(SilenceError, match=r"60\.0 s"):
            patience.still()

    def test_is_shortened_by_the_first_signal_once(self) -> None:
        clock = FakeClock()
        cancel = FakeCancel(clock)
        patience = RemovalPatience(clock, cancel, limit=60.0)
        clock.advance(20.0)
        cancel.signal = signal.SIGTERM
        patience.still()
        clock.advance(STOPPED_S - 1.0)
        patience.still()
        clock.advance(1.0)
        with pytest.raises(SilenceError):
            patience.still()

    def test_gives_each_removal_a_turn_and_half_of_what_is_left_at_the_most(self) -> None:
        clock = FakeClock()
        cancel = FakeCancel(clock)
        patience = RemovalPatience(clock, cancel, limit=60.0)
        begun = clock.now()
        clock.advance(TURN_S - 0.1)
        assert not patience.turn_is_over(begun)
        clock.advance(0.1)
        assert patience.turn_is_over(begun)
        cancel.signal = signal.SIGTERM
        begun = clock.now()
        assert not patience.turn_is_over(begun)
        clock.advance(STOPPED_S / 2)
        assert patience.turn_is_over(begun)
        clock.advance(STOPPED_S / 2)
        with pytest.raises(SilenceError):
            patience.turn_is_over(begun)

    def test_is_never_lengthened_by_a_signal(self) -> None:
        clock = FakeClock()
        cancel = FakeCancel(clock)
        patience = RemovalPatience(clock, cancel, limit=10.0)
        clock.advance(9.0)
        cancel.signal = signal.SIGTERM
        patience.still()
        clock.advance(1.0)
        with pytest.raises(SilenceError):
            patience.still()

    def test_hurries_at_the_second_and_ends_at_the_third(self) -> None:
        clock = FakeClock()
        cancel = FakeCancel(clock, signal=signal.SIGINT)
        patience = RemovalPatience(clock, cancel)
        hurried = []
        for times in (1, 2):
            cancel.times = times
            patience.still()
            hurried.append(patience.hurried)
        assert hurried == [False, True]
        cancel.times = 3
        with pytest.raises(StoppedError, match="SIGINT at once; the watchdog goes on"):
            patience.still()

    def test_of_what_others_left_ends_at_the_first(self) -> None:
        clock = FakeClock()
        cancel = FakeCancel(clock, signal=signal.SIGTERM)
        with pytest.raises(StoppedError, match=r"^stopped by SIGTERM$"):
            RemovalPatience(clock, cancel, broken_off_at=1).still()
