"""`stackwright e2e up` as its users type it: a process of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from bench.contenders.stackwright_project import program, program_env
from bench.e2e.cluster import Cluster
from bench.e2e.scenes import eight_without_namespace, write
from bench.timing import measure

LIMIT_S: Final = 120
_CONFIG: Final = """\
[e2e.shop]
manifests = ["manifests"]
"""


def whole_command(cluster: Cluster, directory: Path) -> float:
    """Seconds of `e2e up` on eight objects, which are removed again afterwards.

    Raises RuntimeError when either fails.
    """
    directory.mkdir()
    (directory / "stackwright.toml").write_text(_CONFIG, encoding="utf-8")
    write(eight_without_namespace(), directory / "manifests")
    seconds = measure(lambda: _stackwright(cluster, directory, "up"))[1].wall_s
    _stackwright(cluster, directory, "down")
    return seconds


def _stackwright(cluster: Cluster, directory: Path, verb: str) -> None:
    state = directory / "state"
    done = subprocess.run(
        (*program(), "e2e", verb, "--service", "shop", "--progress", "plain"),
        cwd=directory,
        env=program_env(KUBECONFIG=str(cluster.kubeconfig), STACKWRIGHT_STATE=str(state)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    if done.returncode != 0:
        raise RuntimeError(f"`stackwright e2e {verb}` ended with {done.returncode}: {done.stdout}")
