"""A double of its own process: `python -m tests.kube --kubeconfig PATH`.

Writes the kubeconfig, says so on standard output, and serves until it is told to stop. Pods are
simulated; with `--engine podman` or `docker` they are containers, of images that are there, and
`--image gateway=localhost/gateway:1` says which one is meant by a name.
"""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kube.behaviours import Runs
from tests.kube.kube_double import KubeDouble, kube_double

CONTAINERS = ("podman", "docker")


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.kube", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="where to write it")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--ready", type=float, default=0.0, help="seconds until pods are ready")
    parser.add_argument("--tls", action="store_true", help="serve https")
    parser.add_argument(
        "--engine", choices=CONTAINERS, help="run pods as containers of this engine"
    )
    parser.add_argument(
        "--image", action="append", default=[], metavar="NAME=LOCAL", help="what a pod's image is"
    )
    given = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with _cluster(given) as double:
        double.delay_all(given.latency)
        double.write_kubeconfig(given.kubeconfig)
        print(f"{double.url} {given.kubeconfig}", flush=True)
        stopped.wait()


@contextmanager
def _cluster(given: argparse.Namespace) -> Iterator[KubeDouble]:
    if given.engine:
        # Docker's client takes 0.2 s to import, which simulated pods need not wait for.
        from tests.kube.container_clusters import container_cluster

        images = dict(each.split("=", 1) for each in given.image)
        with container_cluster(given.engine, images=images, tls=given.tls) as double:
            yield double
        return
    with kube_double(tls=given.tls) as double:
        double.script.behave("Deployment/*", Runs(ready_s=given.ready))
        double.script.behave("StatefulSet/*", Runs(ready_s=given.ready))
        yield double


if __name__ == "__main__":
    main()
