"""Which engine a test needs."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of engines with the one they are played on, for `tests.each_engine`."""
    for item in items:
        if item.get_closest_marker("engine") is not None:
            item.add_marker("docker" if "docker" in item.name else "podman")
