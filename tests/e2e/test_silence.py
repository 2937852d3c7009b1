"""An API server that accepts connections and says nothing holds nobody up for long."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from orchestration import platform_up
from orchestration.shared_platform import SharedPlatform
from tests.e2e.conftest import Run
from tests.e2e.shop import Shop
from tests.e2e.test_signals import coming_up, watchdogs
from tests.kube.faults import Breakage, Which

LIMIT = "orchestration.platform_place.LOOK_S"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a look."""
    monkeypatch.setattr(LIMIT, 0.5)


def silence(shop: Shop, path: str = "", times: int | None = None) -> None:
    """Have no answer come any more."""
    shop.cluster.faults.add(Which(path=path), Breakage.HANG, times=times)


def test_after_a_signal_all_is_over_and_the_run_stays_known(shop: Shop) -> None:
    with coming_up(shop) as process:
        silence(shop)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (143, "")
    said = " ".join(err.split())
    assert "stopped by SIGTERM; the cluster of context double does not answer" in said
    (record,) = shop.product.records()
    assert (
        f"once it answers, `stackwright e2e clean` removes what is left of run {record.stem}"
        in (said)
    )
    for pid in watchdogs(shop):
        # It has asked while nobody answered, and would wait.
        os.kill(pid, signal.SIGKILL)
    shop.cluster.faults.clear()
    cleaned = shop.product.run("e2e", "clean")
    assert cleaned.code == 0, cleaned.err
    assert shop.left() == []


@pytest.mark.usefixtures("hasty")
def test_status_says_so(run: Run, shop: Shop) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    silence(shop)
    told = run("e2e", "status")
    assert told.code == 13
    assert "the cluster of context double does not answer" in told.err
    shop.cluster.faults.clear()
    assert run("e2e", "down").code == 0


@pytest.mark.usefixtures("hasty")
def test_a_kept_platform_that_does_not_answer_is_not_used(run: Run, shop: Shop) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    (kept,) = shop.product.records()
    silence(shop, "^/version$", times=1)
    with platform_up() as platform:
        assert platform.run != kept.stem
    assert shop.product.records() == [kept]
    assert run("e2e", "down").code == 0
    assert shop.left() == []


@pytest.mark.usefixtures("here", "hasty")
def test_failed_tests_wait_for_logs_once(shop: Shop) -> None:
    shared = SharedPlatform(
        cwd=Path.cwd(),
        service=None,
        config=None,
        fresh=False,
        keep=False,
        xdist=None,
        progress=lambda _redact: lambda _event: None,
    )
    shared.acquire()
    silence(shop)
    first = shared.log_sections(5)
    asked = shop.cluster.faults.struck
    again = shared.log_sections(5)
    assert shop.cluster.faults.struck == asked >= 1
    told = "not to be had: the cluster of context double does not answer"
    assert first == again == [("stackwright logs", told)]
    shop.cluster.faults.clear()
    shared.release()
    assert shop.left() == []
