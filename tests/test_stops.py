"""Whatever stops `stack up`, at whichever step, nothing of it is left."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.product import Product, leftovers
from tests.watched import killed_unwatched

STEPS = (
    "network",
    "start postgres",
    "gate postgres",
    "run migrations",
    "start redis",
    "gate redis",
    "start app",
    "gate app",
)
EMBEDDED = [pytest.param("embedded", step) for step in STEPS]
CONTAINERS = [
    pytest.param(engine, step, marks=pytest.mark.engine)
    for engine in ("podman", "docker")
    for step in ("network", "gate postgres", "run migrations", "start app")
]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("engine", "step"), EMBEDDED + CONTAINERS)
def test_a_signal_removes_what_was_made(
    tmp_path: Path, engine: str, step: str, number: signal.Signals
) -> None:
    product = Product.at(tmp_path)
    ended = product.stopped_at(step, number, "stack", "up", "--engine", engine)
    assert ended.code == 128 + number, ended.err
    assert "Traceback" not in ended.err
    assert leftovers(engine, product) == []
    assert product.records() == []


@pytest.mark.parametrize(("engine", "step"), EMBEDDED + CONTAINERS)
def test_after_sigkill_the_next_run_sweeps_and_comes_up(
    tmp_path: Path, engine: str, step: str
) -> None:
    """Without the watchdog, too, which would have done it meanwhile."""
    product = Product.at(tmp_path)
    killed_unwatched(product, engine, step)
    (dead,) = product.records()
    up = product.run("stack", "up", "--engine", engine, "--progress", "plain")
    assert up.code == 0, up.err
    assert dead not in product.records()
    down = product.run("stack", "down", "--progress", "plain")
    assert down.code == 0, down.err
    assert leftovers(engine, product) == []
    assert product.records() == []


@pytest.mark.parametrize(
    "engine",
    [
        "embedded",
        pytest.param("podman", marks=pytest.mark.engine),
        pytest.param("docker", marks=pytest.mark.engine),
    ],
)
def test_clean_removes_what_a_killed_run_left_and_a_dry_run_only_lists_it(
    tmp_path: Path, engine: str
) -> None:
    product = Product.at(tmp_path)
    killed_unwatched(product, engine, "gate app")
    before = leftovers(engine, product)
    assert before
    dry = product.run("stack", "clean", "--dry-run")
    assert dry.code == 0, dry.err
    assert "would remove" in dry.out
    assert leftovers(engine, product) == before
    clean = product.run("stack", "clean")
    assert clean.code == 0, clean.err
    assert leftovers(engine, product) == []
    assert product.records() == []


def test_a_living_run_is_not_cleaned(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    assert product.run("stack", "up", "--engine", "embedded").code == 0
    try:
        clean = product.run("stack", "clean")
        assert clean.code == 0, clean.err
        assert "left alone: it is kept" in clean.out
        status = product.run("stack", "status")
        assert status.code == 0, status.out
    finally:
        assert product.run("stack", "down").code == 0
    assert leftovers("embedded", product) == []
