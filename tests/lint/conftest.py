"""The repository that tests of the whole command run on; a module may have one of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.repositories import Checkout, checkout
from tests.lint.shop import FILES


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = checkout(tmp_path / "shop", FILES)
    monkeypatch.chdir(made.root)
    return made
