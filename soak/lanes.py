"""All lanes side by side, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Final

from soak.lane import Lane, Outcome

_JOINED_S: Final = 60.0


def play_all(lanes: Sequence[Lane]) -> tuple[list[Outcome], list[str]]:
    """All outcomes, and what is to be said of lanes that broke off.

    Stopped, it lets them end in order, and raises KeyboardInterrupt.
    """
    context = multiprocessing.get_context("spawn")
    outcomes: list[Outcome] = []
    broken: list[str] = []
    processes: list[SpawnProcess] = []
    ends: list[Connection] = []
    try:
        for lane in lanes:
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_run, args=(lane, theirs))
            process.start()
            theirs.close()
            processes.append(process)
            ends.append(ours)
        while ends:
            for end in wait(ends):
                assert isinstance(end, Connection), "a pipe's end on this system"
                try:
                    told = end.recv()
                except EOFError:
                    ends.remove(end)
                    continue
                if isinstance(told, str):
                    broken.append(told)
                else:
                    outcomes.append(told)
                print(f"{len(outcomes)} {told}", file=sys.stderr, flush=True)
    finally:
        for process in processes:
            if ends and process.is_alive():
                process.terminate()
        for process in processes:
            process.join(_JOINED_S)
    for lane, process in zip(lanes, processes, strict=True):
        if process.exitcode != 0:
            broken.append(f"the lane of {lane.engine} ended with {process.exitcode}")
    return outcomes, broken


def _run(lane: Lane, end: Connection) -> None:
    """In a process of its own. It ends in order when it is stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        lane.play(end.send)
    except KeyboardInterrupt:
        pass
    except BaseException:  # noqa: BLE001 - told where it is printed and counted
        with suppress(OSError):
            end.send(f"the lane of {lane.engine} broke off:\n{traceback.format_exc()}")
    finally:
        end.close()
