"""The whole of linking: every entry point of a repository, run once."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lint.effects import Entry, RunsFile, RunsTests, Trace
from lint.facts import FileFacts
from lint.linking import go_suites, python_suites, recipes
from lint.linking.machine import Commons
from lint.linking.relevance import Relevance
from lint.linking.roots import Surroundings
from lint.linking.symbols import Symbols
from lint.model import Tier

_NESTED: Final = 5000
"""Python's own calls inside calls: one of the repository's takes some twenty of them."""


def link(
    files: Mapping[str, FileFacts],
    paths: frozenset[str],
    attribution: Mapping[str, tuple[str, ...]],
    tiers: Mapping[str, Tier] | None = None,
) -> tuple[Trace, ...]:
    """The traces of all suites, recipes, jobs and scripts, and of test code that none reaches.

    `files` are the parsed ones, `paths` all of the repository's; `attribution` file → services;
    `tiers` path → tier where the configuration sets it.
    """
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _NESTED))
    try:
        return _traces(Symbols(files, paths), attribution, tiers or {})
    finally:
        sys.setrecursionlimit(limit)


def _traces(
    symbols: Symbols, attribution: Mapping[str, tuple[str, ...]], tiers: Mapping[str, Tier]
) -> tuple[Trace, ...]:
    surroundings = Surroundings(
        attribution=attribution, tiers=tiers, relevance=Relevance(symbols), commons=Commons()
    )
    traces: list[Trace] = []
    visited: set[tuple[str, int]] = set()
    for entries in (go_suites.suites, python_suites.suites, recipes.recipes):
        for trace, machine in entries(symbols, surroundings):
            traces.append(trace)
            visited |= machine.visited
    if named := _named(traces):
        for trace, machine in python_suites.suites(symbols, surroundings, named):
            traces.append(trace)
            visited |= machine.visited
    runners = _runners(traces)
    for trace, machine in recipes.scripts(symbols, surroundings):
        callers = runners.get(trace.entry.place.path, ())
        reached = replace(trace, entry=_reached(trace, callers))
        traces.append(reached)
        visited |= machine.visited
    cut = {(at.path, at.line) for trace in traces for at in trace.cut}
    traces.extend(recipes.unreached(symbols, surroundings, visited, cut))
    return tuple(traces)


def _named(traces: list[Trace]) -> set[str]:
    """Test files that are none by their names: a command hands them to the runner."""
    return {
        path
        for trace in traces
        for effect in trace.effects
        if isinstance(effect, RunsTests)
        for path in effect.paths
        if path.endswith(".py") and not python_suites.is_collected(path)
    }


def _runners(traces: list[Trace]) -> dict[str, list[Trace]]:
    """Which live entries run which file."""
    found: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        for effect in trace.effects:
            if isinstance(effect, RunsFile) and trace not in found[effect.path]:
                found[effect.path].append(trace)
    return found


def _reached(trace: Trace, callers: list[Trace] | tuple[()]) -> Entry:
    entry = trace.entry
    if not callers:
        return entry
    tiers = {caller.entry.tier for caller in callers}
    order = (Tier.INTEGRATION, Tier.E2E, Tier.OTHER)
    return replace(
        entry,
        reached_by=tuple(dict.fromkeys(caller.entry.name for caller in callers)),
        tier=next((tier for tier in order if tier in tiers), entry.tier),
        services=tuple(
            sorted({*entry.services, *(one for c in callers for one in c.entry.services)})
        ),
    )
