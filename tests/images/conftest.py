"""Fixtures for the tests of base images."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.images.apt_repository import AptRepository
from tests.images.fake_image_store import FakeImageStore


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AptRepository:
    """An empty package repository that apt, run by this test, takes for the machine's only one."""
    made = AptRepository(place=tmp_path / "apt")
    made.prepare()
    monkeypatch.setenv("APT_CONFIG", str(made.config))
    return made


@pytest.fixture
def store() -> FakeImageStore:
    """An engine without images."""
    return FakeImageStore()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Where builds keep things; not made yet."""
    return tmp_path / "cache"
