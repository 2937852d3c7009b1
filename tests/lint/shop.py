"""A repository with one violation, for tests of the whole command."""

from __future__ import annotations

from typing import Final

CONFTEST: Final = """\
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def stack():
    subprocess.run(["podman-compose", "-f", "compose.yml", "up", "-d"], check=True)
    yield
    subprocess.run(["podman-compose", "-f", "compose.yml", "down"], check=True)
"""
PLACE: Final = "services/gateway/tests/integration/conftest.py"
FILES: Final = {
    PLACE: CONFTEST,
    "services/gateway/tests/integration/test_gateway.py": "def test_it(stack):\n    pass\n",
    "services/gateway/gateway.py": "ANSWER = 42\n",
    "README.md": "# Shop\n",
}
