"""Removing everything of a run, and being sure of it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping

import pytest

from orchestration.background import Background
from orchestration.errors import EngineError, TeardownError
from orchestration.events import Event, Removed
from orchestration.model import Label, Launch
from orchestration.patience import RemovalPatience
from orchestration.teardown import ATTEMPTS, tear_down
from tests.clocks import FakeCancel, FakeClock, HurriedClock
from tests.fakes import FakeEngine

RUN = "0a1b2c3d"
LABELS: Mapping[str, str] = {Label.RUN: RUN}


class Site:
    """An engine that holds a run of twenty containers, and time."""

    def __init__(self, background: Background) -> None:
        self.engine = FakeEngine(images={"x": "sha256:1"})
        self.engine.create_network("net", LABELS)
        for number in range(20):
            self.start(f"c{number}")
        self.background = background
        self.clock = FakeClock()
        self.cancel = FakeCancel(self.clock)
        self.events: list[Event] = []

    def start(self, name: str) -> None:
        launch = Launch(
            name=name, component=name, image="sha256:1", network="net", ports=(), labels=LABELS
        )
        self.engine.start(launch)

    def tear_down(self, *, thorough: bool = False) -> int:
        return tear_down(
            self.engine,
            RUN,
            background=self.background,
            patience=RemovalPatience(self.clock, self.cancel),
            clock=self.clock,
            emit=self.events.append,
            thorough=thorough,
        )


@pytest.fixture
def site() -> Iterator[Site]:
    with Background() as background:
        yield Site(background)


def test_all_goes_and_the_network_after_its_components(site: Site) -> None:
    assert site.tear_down() == 21
    assert site.engine.list_resources(LABELS) == ()
    removed = [call for call in site.engine.calls if call.startswith("remove")]
    assert removed[-1] == "remove net"
    (event,) = site.events
    assert isinstance(event, Removed)
    assert (event.count, event.left) == (21, ())


def test_nothing_without_the_label_is_touched(site: Site) -> None:
    site.engine.create_network("another's", {Label.RUN: "ffffffff"})
    site.tear_down()
    assert [each.name for each in site.engine.list_resources({})] == ["another's"]


def test_what_fails_is_tried_again(site: Site) -> None:
    site.engine.fail("remove", EngineError("busy"))
    assert site.tear_down() == 21


def test_what_fails_again_and_again_is_named_with_its_reason(site: Site) -> None:
    for number in range(1, 21 + ATTEMPTS):
        if number >= 21:
            site.engine.fail("remove", EngineError("the network is busy"), nth=number)
    with pytest.raises(TeardownError, match=r"1 of run 0a1b2c3d .*: network net") as caught:
        site.tear_down()
    assert "network net: the network is busy" in caught.value.why


def test_a_pause_before_the_second_look_is_left_out_for_who_insists(site: Site) -> None:
    begun = site.clock.now()
    site.tear_down(thorough=True)
    calm = site.clock.now() - begun
    assert calm > 0
    site.cancel.signal = signal.SIGTERM
    site.cancel.times = 2
    begun = site.clock.now()
    site.tear_down(thorough=True)
    assert site.clock.now() == begun


def test_what_is_still_being_made_is_waited_for_and_removed(site: Site) -> None:
    hang = site.engine.hang("start")
    job = site.background.begin(lambda: site.start("late"), makes="start late")
    assert hang.entered.wait(20)
    threading.Timer(0.2, hang.release).start()
    assert site.tear_down() == 22
    assert site.engine.list_resources(LABELS) == ()
    assert job.wait(0.0)


def test_one_removal_that_hangs_is_named_and_the_others_are_done(site: Site) -> None:
    hang = site.engine.hang("remove")
    clock = HurriedClock(40.0)
    with pytest.raises(TeardownError) as caught:
        tear_down(
            site.engine,
            RUN,
            background=site.background,
            patience=RemovalPatience(clock, site.cancel, limit=20.0),
            clock=clock,
            emit=site.events.append,
        )
    hang.release()
    assert caught.value.what == "1 of run 0a1b2c3d could not be removed: container c19"
    assert "container c19: its removal has not been answered" in caught.value.why
    assert "`stackwright stack clean`" in caught.value.fix
    (event,) = site.events
    assert isinstance(event, Removed)
    assert event.left == ("container c19",)
    assert "remove net" in site.engine.calls


def test_one_removal_that_hangs_after_a_signal_leaves_time_for_the_others(site: Site) -> None:
    hang = site.engine.hang("remove")
    clock = HurriedClock(4.0)
    site.cancel.signal = signal.SIGTERM
    with pytest.raises(TeardownError, match=r"removed: container c19\n"):
        tear_down(
            site.engine,
            RUN,
            background=site.background,
            patience=RemovalPatience(clock, site.cancel),
            clock=clock,
            emit=site.events.append,
        )
    hang.release()
    assert "remove net" in site.engine.calls


def test_what_only_takes_long_is_waited_for_and_counted(site: Site) -> None:
    hang = site.engine.hang("remove")
    clock = HurriedClock(40.0)
    threading.Timer(0.6, hang.release).start()
    count = tear_down(
        site.engine,
        RUN,
        background=site.background,
        patience=RemovalPatience(clock, site.cancel),
        clock=clock,
        emit=site.events.append,
    )
    assert count == 21
    removed = [call for call in site.engine.calls if call.startswith("remove")]
    assert removed[0] == "remove c19"
    assert removed.count("remove c19") == 1
