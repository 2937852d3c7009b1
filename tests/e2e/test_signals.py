"""A platform that is stopped on its way up leaves nothing, however it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import Run
from tests.e2e.shop import Shop, until
from tests.kube.behaviours import Runs


@contextmanager
def coming_up(shop: Shop) -> Iterator[subprocess.Popen[str]]:
    """An `up` that waits for a pod which is never ready."""
    shop.cluster.script.behave("Deployment/api", Runs(ready_s=None))
    process = shop.product.begin("e2e", "up", "--progress", "plain", apart=True)
    try:
        until(lambda: len(shop.cluster.all("Pod")) == 2, "the pods are made")
        yield process
    finally:
        process.kill()
        process.communicate()


def watchdogs(shop: Shop) -> list[int]:
    """Those of the runs that are recorded."""
    runs = [each.stem for each in shop.product.records()]
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if any(word.endswith("watchdog_wait.py") for word in words) and {*words} & {*runs}:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_signal_ends_it_and_nothing_is_left(
    shop: Shop, number: signal.Signals, code: int
) -> None:
    with coming_up(shop) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (code, "")
    assert f"stopped by {number.name}" in err
    assert "Traceback" not in err
    assert shop.left() == []


def test_whoever_insists_need_not_wait_and_the_watchdog_goes_on(
    shop: Shop,
) -> None:
    shop.hold()
    with coming_up(shop) as process:
        process.send_signal(signal.SIGINT)
        until(lambda: any(map(shop.is_going, shop.namespaces())), "the removal begins")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=5)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert len(shop.namespaces()) == 1
    shop.let_go()
    until(lambda: shop.left() == [], "the watchdog removes it")


def test_a_removal_that_takes_too_long_is_left_to_the_watchdog(shop: Shop) -> None:
    shop.hold()
    with coming_up(shop) as process:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (143, "")
    (namespace,) = shop.namespaces()
    assert "settings waits for finalizer example.com/held" in " ".join(err.split())
    assert namespace in err
    shop.let_go()
    until(lambda: shop.left() == [], "the watchdog removes it")


def test_the_watchdog_cleans_up_after_a_killed_process(shop: Shop) -> None:
    with coming_up(shop) as process:
        process.kill()
    until(lambda: shop.left() == [], "the watchdog removes it")


@pytest.mark.parametrize("words", [("e2e", "clean"), ("e2e", "up")], ids=["clean", "up"])
def test_what_even_the_watchdog_could_not_remove_goes_with_the_next_command(
    shop: Shop, words: tuple[str, ...]
) -> None:
    with coming_up(shop) as process:
        (dead,) = shop.namespaces()
        for pid in watchdogs(shop):
            os.kill(pid, signal.SIGKILL)
        process.kill()
    assert shop.namespaces() == [dead]
    shop.cluster.script.behave("Deployment/api", Runs())
    ended = shop.product.run(*words)
    assert ended.code == 0, ended.err
    assert dead not in shop.namespaces()
    assert shop.product.run("e2e", "down").code == 0
    assert shop.left() == []


def test_a_dead_run_that_does_not_go_holds_up_nobody(
    run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.platform_removal.SWEEP_S", 0.5)
    shop.hold()
    with coming_up(shop) as process:
        for pid in watchdogs(shop):
            os.kill(pid, signal.SIGKILL)
        process.kill()
    (dead,) = shop.namespaces()
    (record,) = shop.product.records()
    shop.edit("settings.yaml", "  finalizers: [example.com/held]\n", "")
    shop.cluster.script.behave("Deployment/api", Runs())
    ended = run("e2e", "up", "--progress", "plain")
    assert ended.code == 0, ended.err
    said = " ".join(ended.err.split())
    assert "settings waits for finalizer example.com/held" in said
    assert "it goes on by itself, `stackwright e2e clean` looks again" in said
    assert shop.is_going(dead)
    assert record in shop.product.records()
    shop.let_go()
    until(lambda: record not in shop.product.records(), "the watchdog removes it")
    assert dead not in shop.namespaces()
    assert run("e2e", "down").code == 0
    assert shop.left() == []
