"""The reference platform: every service's stack comes up on every engine, and goes."""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from filelock import FileLock

from tests.product import Product, leftovers

PLATFORM: Final = Path(__file__).parents[1] / "examples" / "platform"
STACKS: Final = tuple(tomllib.loads((PLATFORM / "stackwright.toml").read_text())["stacks"])


def test_the_platform_has_its_eight_services() -> None:
    assert sorted(STACKS) == [
        "aianalysis",
        "datastorage",
        "gateway",
        "holmesgpt-api",
        "notification",
        "remediationorchestrator",
        "signalprocessing",
        "workflowexecution",
    ]


@pytest.fixture
def pinned_ports() -> Iterator[None]:
    """One test at a time, over all xdist workers: the stacks' host ports are pinned."""
    with FileLock(Path(tempfile.gettempdir()) / f"stackwright-tests-platform-{os.getuid()}.lock"):
        yield


@pytest.mark.usefixtures("pinned_ports")
@pytest.mark.parametrize(
    "engine",
    [
        "embedded",
        pytest.param("podman", marks=pytest.mark.engine),
        pytest.param("docker", marks=pytest.mark.engine),
    ],
)
@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_comes_up_and_goes(tmp_path: Path, stack: str, engine: str) -> None:
    project = tmp_path / "platform"
    shutil.copytree(PLATFORM, project, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    product = Product(project=project, state=tmp_path / "state")
    up = product.run("stack", "up", "--service", stack, "--engine", engine, "--progress", "plain")
    assert up.code == 0, up.err
    assert any(line.split()[:2] == ["datastorage", "http"] for line in up.out.splitlines())
    status = product.run("stack", "status")
    assert status.code == 0, status.out
    down = product.run("stack", "down", "--service", stack)
    assert down.code == 0, down.err
    assert leftovers(engine, product) == []


def test_the_ports_of_the_platform_have_no_finding(tmp_path: Path) -> None:
    product = Product(project=PLATFORM, state=tmp_path / "state")
    ended = product.run("ports", "check")
    assert (ended.code, ended.out) == (0, ""), ended.out
    assert "0 findings" in ended.err


@pytest.mark.parametrize(
    ("table", "port"), [("seeds.toml", 19095), ("dd_test_001_v1_9.toml", 15439)]
)
def test_the_tables_that_collided_are_found_out(tmp_path: Path, table: str, port: int) -> None:
    product = Product(
        project=Path(__file__).parent / "data" / "collided_ports", state=tmp_path / "state"
    )
    ended = product.run("ports", "check", "--config", table)
    assert ended.code == 5
    (finding,) = ended.out.splitlines()
    assert f"{table}:" in finding
    assert "collision" in finding
    assert str(port) in finding
