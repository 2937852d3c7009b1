"""The whole of linking: every entry point of a repository, run once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from lint.effects import Entry, RunsFile, Trace
from lint.facts import FileFacts
from lint.linking import go_suites, python_suites, recipes
from lint.linking.machine import Commons
from lint.linking.relevance import Relevance
from lint.linking.roots import Surroundings
from lint.linking.symbols import Symbols
from lint.model import Tier


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
    symbols = Symbols(files, paths)
    surroundings = Surroundings(
        attribution=attribution, tiers=tiers or {}, relevance=Relevance(symbols), commons=Commons()
    )
    traces: list[Trace] = []
    visited: set[tuple[str, int]] = set()
    for entries in (go_suites.suites, python_suites.suites, recipes.recipes):
        for trace, machine in entries(symbols, surroundings):
            traces.append(trace)
            visited |= machine.visited
    runners = _runners(traces)
    for trace, machine in recipes.scripts(symbols, surroundings):
        callers = runners.get(trace.entry.place.path, ())
        reached = replace(trace, entry=_reached(trace, callers))
        traces.append(reached)
        visited |= machine.visited
    traces.extend(recipes.unreached(symbols, surroundings, visited))
    return tuple(traces)


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
