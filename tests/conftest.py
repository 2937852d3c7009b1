"""How tests are shared out among processes."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one engine run one at a time under `--dist loadgroup`, beside those of the other:
    tests that remove images disturb an engine's answers to its other clients."""
    for item in items:
        if item.get_closest_marker("engine") is not None:
            engine = "docker" if "docker" in item.name else "podman"
            item.add_marker(pytest.mark.xdist_group(engine))
