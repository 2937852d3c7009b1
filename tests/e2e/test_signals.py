"""A platform that is stopped on its way up leaves nothing, however it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.shop import Shop, until
from tests.kube.behaviours import Runs


@pytest.fixture
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
    coming_up: subprocess.Popen[str], shop: Shop, number: signal.Signals, code: int
) -> None:
    coming_up.send_signal(number)
    out, err = coming_up.communicate(timeout=15)
    assert (coming_up.returncode, out) == (code, "")
    assert f"stopped by {number.name}" in err
    assert "Traceback" not in err
    assert shop.left() == []


def test_whoever_insists_need_not_wait_and_the_watchdog_goes_on(
    coming_up: subprocess.Popen[str], shop: Shop
) -> None:
    shop.cluster.script.stop_s = 2.0
    coming_up.send_signal(signal.SIGINT)
    until(lambda: any(map(shop.is_going, shop.namespaces())), "the removal begins")
    coming_up.send_signal(signal.SIGINT)
    _, err = coming_up.communicate(timeout=10)
    assert coming_up.returncode == 130
    assert "Traceback" not in err
    assert shop.namespaces() != []
    until(lambda: shop.left() == [], "the watchdog removes it")


def test_the_watchdog_cleans_up_after_a_killed_process(
    coming_up: subprocess.Popen[str], shop: Shop
) -> None:
    coming_up.kill()
    coming_up.communicate()
    until(lambda: shop.left() == [], "the watchdog removes it")


@pytest.mark.parametrize("words", [("e2e", "clean"), ("e2e", "up")], ids=["clean", "up"])
def test_what_even_the_watchdog_could_not_remove_goes_with_the_next_command(
    coming_up: subprocess.Popen[str], shop: Shop, words: tuple[str, ...]
) -> None:
    (dead,) = shop.namespaces()
    for pid in watchdogs(shop):
        os.kill(pid, signal.SIGKILL)
    coming_up.kill()
    coming_up.communicate()
    assert shop.namespaces() == [dead]
    shop.cluster.script.behave("Deployment/api", Runs())
    ended = shop.product.run(*words)
    assert ended.code == 0, ended.err
    assert dead not in shop.namespaces()
    assert shop.product.run("e2e", "down").code == 0
    assert shop.left() == []
