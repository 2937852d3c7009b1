"""The order in which components start: as declared, as far as what they wait for allows."""

from __future__ import annotations

import graphlib
from collections.abc import Collection, Mapping
from heapq import heappop, heappush

Waits = Mapping[str, Collection[str]]
"""What each component waits for, in the order of declaration."""


def start_order(waits: Waits) -> tuple[str, ...]:
    """The first component that may start, then the first of those that may start after it, …

    Names that are no components count for nothing. Raises graphlib.CycleError.
    """
    rank = {name: index for index, name in enumerate(waits)}
    sorter = graphlib.TopologicalSorter(_known(waits))
    sorter.prepare()
    may_start: list[tuple[int, str]] = []
    order: list[str] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heappush(may_start, (rank[name], name))
        _, name = heappop(may_start)
        order.append(name)
        sorter.done(name)
    return tuple(order)


def find_cycle(waits: Waits) -> tuple[str, ...]:
    """Components that wait for each other, the first again at the end; () when there are none."""
    try:
        graphlib.TopologicalSorter(_known(waits)).prepare()
    except graphlib.CycleError as error:
        cycle: list[str] = error.args[1]
        return tuple(reversed(cycle))
    return ()


def _known(waits: Waits) -> dict[str, list[str]]:
    return {name: [each for each in found if each in waits] for name, found in waits.items()}
