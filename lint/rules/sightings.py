"""What several traces saw at one place, as one finding.

A helper that five suites reach executes at one place: it is reported once, with the services and
entries of all five and the strongest severity of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from lint.effects import Effect, Entry, Trace
from lint.model import Place, Related, Severity, Tier
from lint.project import Project
from lint.rules.rule import Hit

_TIERS: Final = (Tier.INTEGRATION, Tier.OTHER, Tier.E2E, Tier.NONE)
_NAMED: Final = 3
"""Entries that a message names; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One violation as one trace saw it.

    `value` is what the message names (`docker compose up`); sightings of one place merge.
    """

    place: Place
    value: str
    entry: Entry
    severity: Severity
    related: tuple[Related, ...] = ()
    services: tuple[str, ...] = ()
    """Beyond those of the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """All sightings of one place."""

    place: Place
    values: tuple[str, ...]
    entries: tuple[Entry, ...]
    severity: Severity
    tier: Tier
    live: bool
    services: tuple[str, ...]
    related: tuple[Related, ...]

    @property
    def value(self) -> str:
        """The values as words: `` `a` or `b` `` where one place does several."""
        return listed(self.values, last="or")

    @property
    def who(self) -> str:
        """Who gets there: `the integration suite of gateway`, `` `make test` ``."""
        return who(self.entries, self.live)


def sighting(
    trace: Trace,
    effect: Effect,
    value: str,
    severity: Severity,
    *,
    at: Place | None = None,
) -> Sighting:
    """Of an effect: at the caller that decides its value, with the place that executes it."""
    where = at or effect.decided
    told: list[Related] = []
    if not within(effect.at, where):
        told.append(Related(place=effect.at, why="it is executed here"))
    if trace.entry.live and trace.entry.kind != "script":
        start = beginning(trace, effect)
        if not (within(where, start) or within(start, where)):
            told.append(Related(place=start, why=f"reached from {who((trace.entry,), live=True)}"))
    return Sighting(
        place=where, value=value, entry=trace.entry, severity=severity, related=tuple(told)
    )


def beginning(trace: Trace, effect: Effect) -> Place:
    """Where an entry begins what ends in an effect: of a suite the hook, fixture or test."""
    if trace.entry.kind != "suite":
        return trace.entry.place
    if effect.chain:
        return effect.chain[0].place
    return effect.at


def merge(sightings: Iterable[Sighting]) -> Iterator[Merged]:
    """By place, in the order of places. Dead code is left out where a live trace gets there."""
    places: dict[tuple[str, int, int], list[Sighting]] = {}
    for one in sightings:
        places.setdefault((one.place.path, one.place.line, one.place.column), []).append(one)
    for key in sorted(places):
        group = places[key]
        if any(one.entry.live for one in group):
            group = [one for one in group if one.entry.live]
        entries = tuple(dict.fromkeys(one.entry for one in group))
        services = {name for one in group for name in (*one.entry.services, *one.services)}
        yield Merged(
            place=group[0].place,
            values=tuple(dict.fromkeys(one.value for one in group if one.value)),
            entries=entries,
            severity=max((one.severity for one in group), key=lambda one: one.rank),
            tier=min((one.tier for one in entries), key=_TIERS.index),
            live=group[0].entry.live,
            services=tuple(sorted(services)),
            related=_related(one for sight in group for one in sight.related),
        )


def hits(
    sightings: Iterable[Sighting], message: Callable[[Merged], str], *, prefix: str = ""
) -> Iterator[Hit]:
    """One hit for each place; `prefix` tells apart what else one rule reports there."""
    for one in merge(sightings):
        yield hit(one, message(one), prefix=prefix)


def hit(one: Merged, message: str, *, prefix: str = "") -> Hit:
    """Of merged sightings. Its key has no line number and no names of callers."""
    return Hit(
        place=one.place,
        message=message,
        severity=one.severity,
        related=one.related,
        services=one.services,
        tier=one.tier,
        reachable=one.live,
        key="|".join((one.place.path, prefix, *one.values)),
    )


def nearest_owned(project: Project, trace: Trace, effect: Effect) -> Place:
    """Where an effect is reached in a file of the trace's own services: a fault of the suite is
    reported there, not in a helper that other services share."""
    owned = {*trace.entry.services}
    for at in (effect.decided, *(step.place for step in reversed(effect.chain))):
        if owned & {*project.attribution.get(at.path, ())}:
            return at
    return effect.decided


def also(one: Sighting, *related: Related) -> Sighting:
    """With more places that explain it."""
    return replace(one, related=(*one.related, *related))


def who(entries: Iterable[Entry], live: bool) -> str:
    """The entries as a message names them."""
    if not live:
        return "code that nothing reaches"
    entries = tuple(entries)
    entries = tuple(one for one in entries if one.kind != "script") or entries
    shown: dict[str, None] = {}
    suites: dict[str, dict[str, None]] = {}
    for entry in entries:
        match entry.kind:
            case "suite":
                tier = "integration " if entry.tier is Tier.INTEGRATION else ""
                tier = "end-to-end " if entry.tier is Tier.E2E else tier
                names = entry.services or (f"`{entry.name}`",)
                suites.setdefault(tier, {}).update(dict.fromkeys(names))
            case "recipe" if entry.language == "makefile":
                shown[f"`make {entry.name}`"] = None
            case "recipe" if entry.language == "npm":
                shown[f"`npm run {entry.name}`"] = None
            case "recipe" if entry.language == "tox":
                shown[f"`tox -e {entry.name}`"] = None
            case "recipe":
                shown[f"the task `{entry.name}`"] = None
            case "job":
                shown[f"the workflow job `{entry.name}`"] = None
            case _:
                shown[f"`{entry.name}`"] = None
    told = [
        f"the {tier}suite{'s' if len(names) > 1 else ''} of {_counted(tuple(names))}"
        if not next(iter(names)).startswith("`")
        else f"the {tier}suite{'s' if len(names) > 1 else ''} {_counted(tuple(names))}"
        for tier, names in suites.items()
    ]
    return _counted((*told, *shown))


def listed(words: tuple[str, ...], *, last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def within(inner: Place, outer: Place) -> bool:
    """Whether the first place begins inside the second (the same place is inside)."""
    if inner.path != outer.path:
        return False
    start = (outer.line, outer.column)
    end = (outer.end_line or outer.line, outer.end_column or 1 << 30)
    return start <= (inner.line, inner.column) <= end


def _counted(words: tuple[str, ...]) -> str:
    if len(words) <= _NAMED:
        return listed(words)
    return f"{', '.join(words[:_NAMED])} and {len(words) - _NAMED} more"


def _related(all_of_them: Iterable[Related]) -> tuple[Related, ...]:
    """Each place once, the executing ones first, and not more than a reader wants."""
    seen: dict[tuple[str, int], Related] = {}
    entries: set[tuple[str, str]] = set()
    for one in all_of_them:
        if one.why.startswith("reached from"):  # of all the tests of a suite the first will do
            if (entry := (one.why, one.place.path)) in entries:
                continue
            entries.add(entry)
        seen.setdefault((one.place.path, one.place.line), one)
    ordered = sorted(seen.values(), key=lambda one: one.why.startswith("reached from"))
    return tuple(ordered[: 2 * _NAMED])
