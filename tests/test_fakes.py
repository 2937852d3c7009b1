"""The faults that a fake engine can be told to have; the rest of it is held to the contract."""

from __future__ import annotations

import threading

import pytest

from orchestration.errors import EngineError, PortError
from orchestration.model import Launch, Life, PortBinding
from tests.fakes import FakeEngine, FakeProgram


def launch(component: str = "store", port: int = 0) -> Launch:
    return Launch(
        name=f"{component}-1",
        component=component,
        image="sha256:1",
        network="net",
        ports=(PortBinding(name="http", inside=80, host=port),),
    )


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(images={"x": "sha256:1"})


def test_the_nth_call_from_now_fails(engine: FakeEngine) -> None:
    instance = engine.start(launch())
    engine.look(instance.id)
    engine.fail("look", EngineError("gone"), nth=2)
    assert engine.look(instance.id).alive
    with pytest.raises(EngineError, match="gone"):
        engine.look(instance.id)
    assert engine.look(instance.id).alive
    assert engine.calls == ["start store", *["look store"] * 4]


def test_a_call_hangs_until_it_is_released(engine: FakeEngine) -> None:
    hang = engine.hang("start")
    seen: list[str] = []
    caller = threading.Thread(target=lambda: seen.append(engine.start(launch()).name))
    caller.start()
    assert hang.entered.wait(5)
    assert seen == []
    hang.release()
    caller.join()
    assert seen == ["store-1"]


def test_a_program_ends_at_the_look_it_was_told(engine: FakeEngine) -> None:
    engine.programs["store"] = FakeProgram(exit_code=3, exits_at=3, error="as told")
    instance = engine.start(launch())
    lives = [engine.look(instance.id).life for _ in range(3)]
    assert lives == [Life.RUNNING, Life.RUNNING, Life.EXITED]
    state = engine.look(instance.id)
    assert (state.exit_code, state.error) == (3, "as told")


def test_a_busy_port_names_its_holder(engine: FakeEngine) -> None:
    engine.busy_ports[15433] = "pid 7 (postgres)"
    with pytest.raises(PortError, match=r"15433 is in use by pid 7 \(postgres\)"):
        engine.start(launch(port=15433))
