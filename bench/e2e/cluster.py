"""A cluster for one trial."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

from bench.e2e.served import Served, serve

P = ParamSpec("P")
T = TypeVar("T")
END_S: Final = 10.0
"""How long the process gets to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A double in a process of its own, with nothing deployed yet. `latency_s`: before each
    answer; making a connection takes no such time."""

    kubeconfig: Path
    latency_s: float
    connection: Connection

    def ask(self, work: Callable[Concatenate[Served, P], T], *given: P.args, **_: P.kwargs) -> T:
        """What a function of bench.e2e.served returns over there."""
        self.connection.send((work, given))
        return cast("T", self.connection.recv())


@contextmanager
def cluster(directory: Path, *, latency_s: float) -> Iterator[Cluster]:
    """Start one; it ends with the block. Raises EOFError when it cannot start."""
    processes = multiprocessing.get_context("spawn")
    here, there = processes.Pipe()
    kubeconfig = directory / "kubeconfig"
    process = processes.Process(target=serve, args=(there, kubeconfig, latency_s), daemon=True)
    process.start()
    there.close()
    try:
        here.recv()
        yield Cluster(kubeconfig=kubeconfig, latency_s=latency_s, connection=here)
    finally:
        here.close()
        process.join(END_S)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()
