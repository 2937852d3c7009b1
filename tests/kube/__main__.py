"""A double of its own process: `python -m tests.kube --kubeconfig PATH`.

Writes the kubeconfig, says so on standard output, and serves until it is told to stop.
"""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from tests.kube.behaviours import Runs
from tests.kube.kube_double import kube_double


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.kube", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="where to write it")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--ready", type=float, default=0.0, help="seconds until pods are ready")
    parser.add_argument("--tls", action="store_true", help="serve https")
    given = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with kube_double(tls=given.tls) as double:
        double.delay_all(given.latency)
        double.script.behave("Deployment/*", Runs(ready_s=given.ready))
        double.script.behave("StatefulSet/*", Runs(ready_s=given.ready))
        double.write_kubeconfig(given.kubeconfig)
        print(f"{double.url} {given.kubeconfig}", flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
