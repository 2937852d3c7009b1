"""The double in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.kube.test_access import kubectl


def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "config"
    command = (sys.executable, "-m", "tests.kube", "--kubeconfig", str(path), "--tls")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        try:
            assert process.stdout is not None
            assert str(path) in process.stdout.readline()
            found = kubectl(path, "get", "namespace", "default", "-o", "name")
            assert found.stdout == "namespace/default\n", found.stderr
        finally:
            process.terminate()
    assert process.returncode == 0
