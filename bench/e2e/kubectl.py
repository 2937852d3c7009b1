"""What most repositories do: kubectl, called for one thing after the other."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from bench.e2e import served
from bench.e2e.cluster import Cluster
from bench.e2e.scenes import Scene, three_waves
from bench.timing import measure

LIMIT_S: Final = 120
MISSING: Final = "kubectl is not on PATH: its rows are left out"


def is_there() -> bool:
    """Whether there is a kubectl."""
    return shutil.which("kubectl") is not None


def one_by_one(cluster: Cluster, scene: Scene, directory: Path) -> float:
    """Seconds of `kubectl apply` and `kubectl wait` for each Deployment of `scene` in turn.

    Raises RuntimeError when one fails.
    """
    for workload, behaviour in scene.behaviours.items():
        cluster.ask(served.behave, workload, behaviour)
    files = scene.write(directory)
    _warm(cluster)

    def work() -> None:
        for number, file in enumerate(files):
            _kubectl(cluster, "apply", "-f", str(file))
            _available(cluster, "default", f"deployment/api-{number}")

    return measure(work)[1].wall_s


def all_at_once(cluster: Cluster, directory: Path) -> float:
    """Seconds of two commands: apply a folder with a Namespace and eight objects in it, and await
    all its Deployments.

    Raises RuntimeError when one fails.
    """
    three_waves(3, 5).write(directory)
    _warm(cluster)

    def work() -> None:
        _kubectl(cluster, "apply", "-f", str(directory))
        _available(cluster, "shop", "deployment", "--all")

    return measure(work)[1].wall_s


def _warm(cluster: Cluster) -> None:
    """Have kubectl remember which kinds there are, as it does where it was called before."""
    _kubectl(cluster, "api-resources")


def _available(cluster: Cluster, namespace: str, *which: str) -> None:
    condition = ("--for=condition=Available", f"--timeout={LIMIT_S}s")
    _kubectl(cluster, "wait", "-n", namespace, *condition, *which)


def _kubectl(cluster: Cluster, *words: str) -> None:
    home = cluster.kubeconfig.parent
    where = ("--kubeconfig", str(cluster.kubeconfig), "--cache-dir", str(home / "kubectl"))
    done = subprocess.run(
        ("kubectl", *where, *words),
        env={**os.environ, "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    if done.returncode != 0:
        raise RuntimeError(f"`kubectl {' '.join(words)}` failed: {done.stdout[-300:]}")
