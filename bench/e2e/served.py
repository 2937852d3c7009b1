"""The double of an API server in a process of its own, and what it is asked for from outside.

The process has the interpreter to itself, so that serving does not slow down what is measured.
Times are `time.monotonic()`, which all processes of a machine share.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread

from tests.kube.behaviours import Behaviour
from tests.kube.faults import Refuses, Which
from tests.kube.json_values import Doc, docs, text
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.request_log import RequestLog, Seen
from tests.kube.store import Change

Asked = tuple[Callable[..., object], tuple[object, ...]]
"""A function of a module, and what it gets after the `Served`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the server has seen. `requests`: how many came. `last_apply_at`: when the last apply was
    answered; `job_failed_at`: when a Job got its condition `Failed`. None: nothing such happened.
    """

    requests: int
    last_apply_at: float | None
    job_failed_at: float | None


class TimedLog(RequestLog):
    """A request log that knows when applies were answered."""

    def __init__(self) -> None:
        super().__init__()
        self.last_apply_at: float | None = None

    def add(self, seen: Seen) -> None:
        if seen.verb == "patch":
            self.last_apply_at = time.monotonic()
        super().add(seen)


@dataclass(slots=True)
class Served:
    """The double, and who looks at its Jobs."""

    double: KubeDouble
    log: TimedLog
    over: Event = field(default_factory=Event)
    job_failed_at: float | None = None

    def look(self) -> None:
        """Note when the first Job fails; to run in a thread."""
        store = self.double.registry.store
        seen = 0
        while not self.over.is_set() and self.job_failed_at is None:
            changes = store.since(seen) if seen else list(store.history)
            now = time.monotonic()
            if any(_is_failed_job(each) for each in changes):
                self.job_failed_at = now
            seen = changes[-1].revision if changes else seen
            store.wait(seen, 1.0, self.over.is_set)


def serve(connection: Connection, kubeconfig: Path, latency_s: float) -> None:
    """Serve until the other end is closed, and answer what it asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with kube_double(tls=True) as double:
        served = Served(double, TimedLog())
        double.server.traffic.requests = served.log
        double.delay_all(latency_s)
        double.write_kubeconfig(kubeconfig)
        looking = Thread(target=served.look, daemon=True)
        looking.start()
        connection.send(None)
        try:
            while True:
                work, given = connection.recv()
                connection.send(work(served, *given))
        except EOFError:
            served.over.set()


def behave(served: Served, workload: str, behaviour: Behaviour) -> None:
    """Have the pods of `Kind/name` behave so."""
    served.double.script.behave(workload, behaviour)


def put(served: Served, kind: str, doc: Doc) -> None:
    """Have an object there that somebody else has made."""
    served.double.create(kind, doc)


def refuse(served: Served, which: Which, answer: Refuses) -> None:
    """Refuse all requests that fit."""
    served.double.faults.add(which, answer, times=None)


def told(served: Served) -> Told:
    """What has come so far."""
    return Told(
        requests=served.log.count(),
        last_apply_at=served.log.last_apply_at,
        job_failed_at=served.job_failed_at,
    )


def _is_failed_job(change: Change) -> bool:
    return change.key[:2] == ("batch", "jobs") and any(
        (text(each, "type"), text(each, "status")) == ("Failed", "True")
        for each in docs(change.doc, "status", "conditions")
    )
