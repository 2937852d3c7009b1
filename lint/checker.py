"""From a project to findings: runs the rules that the guidance asks for, and adds to each hit what
only the whole run knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from lint.effects import AnyEffect, Trace
from lint.errors import UsageError
from lint.fingerprints import fingerprints
from lint.guidance.guidance import Guidance
from lint.model import Finding, Place, Severity, Tier
from lint.project import Project
from lint.rules.rule import Hit, Rule

_TIERS: Final = (Tier.INTEGRATION, Tier.E2E, Tier.OTHER, Tier.NONE)
"""Where a place serves several, the first of these is told."""
_LEVELS: Final = {"SHOULD": Severity.WARNING, "MAY": Severity.NOTE}
_LONGEST: Final = 400
"""Lines of a span that are indexed one by one; no call is longer."""


def running(
    rules: Sequence[Rule], guidance: Guidance, select: Sequence[str], ignore: Sequence[str]
) -> tuple[Rule, ...]:
    """The rules that the guidance asks for and the user wants; hygiene always belongs to it.

    Raises:
        UsageError: `select` or `ignore` name nothing that exists.
    """
    for name in (*select, *ignore):
        if not any(_named(rule, name, guidance) for rule in rules) and not _asked(name, guidance):
            raise UsageError(
                f"there is no rule, code or requirement {name!r}",
                fix="`stackwright lint rule --all` lists them",
            )
    return tuple(
        rule
        for rule in rules
        if (not rule.requirement or guidance.requirement_of(rule.name))
        and (not select or any(_named(rule, name, guidance) for name in select))
        and not any(_named(rule, name, guidance) for name in ignore)
    )


def _asked(name: str, guidance: Guidance) -> bool:
    return name in guidance.requirements or name.upper() in ("ALL", "MUST", "SHOULD")


def _named(rule: Rule, name: str, guidance: Guidance) -> bool:
    """By name, code or the beginning of one (`SW2`), or requirement."""
    asked = guidance.requirement_of(rule.name)
    requirement = asked.id if asked else rule.requirement
    begins = name.startswith("SW") and rule.code.startswith(name)
    return name in (rule.name, rule.code, requirement) or begins or name.upper() == "ALL"


@dataclass(frozen=True, kw_only=True)
class Checker:
    """Makes findings of one project's hits."""

    project: Project
    rules: tuple[Rule, ...]
    """Those that run."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Path → the one by which fingerprints know the file: where it lies by now."""

    def findings(self) -> tuple[Finding, ...]:
        """What all the rules report, sorted by place, without duplicates."""
        return self.of(self._hits())

    def of(self, hits: Iterable[tuple[Rule, Hit]]) -> tuple[Finding, ...]:
        """Hits as findings with severity, services, tier and fingerprint, sorted by place."""
        made: dict[tuple[str, Place, str], tuple[Finding, str]] = {}
        for rule, hit in hits:
            same = (rule.code, hit.place, hit.message)
            finding, key = self._finding(rule, hit), hit.key or hit.message
            made[same] = (_merged(made[same][0], finding) if same in made else finding, key)
        ordered = sorted(made.values(), key=lambda one: _order(one[0]))
        marks = fingerprints(
            (one.rule, self.renamed.get(one.place.path, one.place.path), self._moved(key))
            for one, key in ordered
        )
        return tuple(
            replace(one, fingerprint=mark) for (one, _), mark in zip(ordered, marks, strict=True)
        )

    def _moved(self, key: str) -> str:
        for old, new in self.renamed.items():
            key = key.replace(old, new)
        return key

    def _hits(self) -> Iterator[tuple[Rule, Hit]]:
        for rule in self.rules:
            for hit in rule.check(self.project):
                yield rule, hit

    def _finding(self, rule: Rule, hit: Hit) -> Finding:
        asked = self.project.guidance.requirement_of(rule.name)
        severity = hit.severity or rule.severity
        cap = _LEVELS.get(asked.level.partition(" ")[0]) if asked else None
        if cap and cap.rank < severity.rank:
            severity = cap
        passing = self._passing.through(hit.place)
        owners = self.project.attribution.get(hit.place.path, ())
        return Finding(
            rule=rule.name,
            code=rule.code,
            requirement=asked.id if asked else rule.requirement,
            severity=severity,
            place=hit.place,
            message=hit.message,
            remedy=rule.remedy,
            services=tuple(sorted(hit.services or {*owners, *passing.services})),
            tier=hit.tier or passing.tier,
            reachable=passing.live if hit.reachable is None else hit.reachable,
            related=hit.related,
        )

    @cached_property
    def _passing(self) -> _Passing:
        return _passing(self.project.traces)


@dataclass(frozen=True, slots=True)
class _Through:
    """Of the traces that pass through a place: any of them live, their tier and services."""

    live: bool = False
    tier: Tier = Tier.NONE
    services: frozenset[str] = frozenset()


_NOBODY: Final = _Through()


@dataclass(frozen=True, slots=True)
class _Passing:
    """Path → line → the traces through it."""

    lines: dict[str, dict[int, set[int]]]
    traces: tuple[Trace, ...]
    known: dict[frozenset[int], _Through] = field(default_factory=dict)

    def through(self, at: Place) -> _Through:
        lines = self.lines.get(at.path)
        if not lines:
            return _NOBODY
        end = min(max(at.end_line, at.line), at.line + _LONGEST)
        found = frozenset[int]().union(*(lines.get(one, ()) for one in range(at.line, end + 1)))
        if found not in self.known:
            self.known[found] = _summary([self.traces[number] for number in found])
        return self.known[found]


def _summary(traces: Sequence[Trace]) -> _Through:
    live = [trace for trace in traces if trace.entry.live]
    counted = live or traces
    if not counted:
        return _NOBODY
    return _Through(
        live=bool(live),
        tier=min((trace.entry.tier for trace in counted), key=_TIERS.index),
        services=frozenset(name for trace in counted for name in trace.entry.services),
    )


def _passing(traces: tuple[Trace, ...]) -> _Passing:
    lines: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for number, trace in enumerate(traces):
        seen: set[Place] = set()
        for effect in trace.effects:
            for at in _places(effect):
                if at in seen:
                    continue
                seen.add(at)
                for line in range(at.line, min(max(at.end_line, at.line), at.line + 40) + 1):
                    lines[at.path][line].add(number)
    return _Passing(dict(lines), traces)


def _places(effect: AnyEffect) -> Iterator[Place]:
    yield effect.at
    yield effect.decided
    for step in effect.chain:
        yield step.place


def _merged(first: Finding, second: Finding) -> Finding:
    """One finding that was reached on two ways."""
    return replace(
        first,
        services=tuple(sorted({*first.services, *second.services})),
        severity=max(first.severity, second.severity, key=lambda one: one.rank),
        tier=min(first.tier, second.tier, key=_TIERS.index),
        reachable=first.reachable or second.reachable,
        related=tuple(dict.fromkeys((*first.related, *second.related))),
    )


def _order(finding: Finding) -> tuple[Place, str, str]:
    return finding.place, finding.code, finding.message
