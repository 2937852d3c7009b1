"""Findings that somebody answers for: inline comments and exemptions, and what is wrong with them.

A suppression that is malformed, expired, names an unknown rule or hides nothing is a finding
itself (`malformed-suppression`, `unused-suppression`, `expired-exemption`), so that none outlives
its reason.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from lint.errors import LintConfigError
from lint.facts import FileFacts, Suppression
from lint.globs import matches_any
from lint.guidance.guidance import Guidance
from lint.model import Finding, Place, Suppressed
from lint.nearest import nearest, suggestion
from lint.project import place
from lint.rules.rule import Hit, Rule
from lint.settings import Exemption
from lint.spelling import spelled

UNUSED: Final = "unused-suppression"
MALFORMED: Final = "malformed-suppression"
EXPIRED: Final = "expired-exemption"


def resolved(
    exemptions: Iterable[Exemption],
    guidance: Guidance,
    rules: Iterable[Rule],
    services: Collection[str] = (),
) -> tuple[Exemption, ...]:
    """The exemptions, requirements by their ids where names were written, services as they are
    spelt here.

    Raises LintConfigError for a requirement that neither the guidance nor any rule has, and for a
    service that is none of `services` (empty: not looked at).
    """
    spelt = {spelled(one): one for one in services}
    ids = {one.name: one.id for one in guidance.requirements.values()}
    known = {*guidance.requirements, *(rule.requirement for rule in rules)}
    made: list[Exemption] = []
    for one in exemptions:
        named = ids.get(one.requirement, one.requirement)
        if named and named not in known:
            near = nearest(one.requirement, (*known, *ids))
            raise LintConfigError(
                f"{one.at}: an exemption of the requirement `{one.requirement}`",
                why=f"{guidance.id} {guidance.version} has none of that id or name",
                fix=f"write `{near}`" if near else f"there are {', '.join(guidance.requirements)}",
            )
        if one.service and services and spelled(one.service) not in spelt:
            raise LintConfigError(
                f"{one.at}: an exemption for the service `{one.service}`",
                why="there is no such service in this repository",
                fix=suggestion(one.service, services),
            )
        service = spelt.get(spelled(one.service), one.service)
        made.append(replace(one, requirement=named, service=service))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _Mark:
    """An inline suppression where it stands."""

    path: str
    said: Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressions:
    """All suppressions of a repository. It remembers which of them hid something."""

    marks: Mapping[str, tuple[Suppression, ...]]
    """Path → the inline ones of a file."""
    exemptions: tuple[Exemption, ...] = ()
    rules: tuple[Rule, ...]
    """All there are, whether they run or not."""
    today: date
    _used: set[tuple[str, Suppression, str]] = field(default_factory=set)
    _exempting: set[int] = field(default_factory=set)

    def apply(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The same findings, those that somebody answers for marked as suppressed."""
        return tuple(self._applied(finding) for finding in findings)

    def hits(
        self, ran: Collection[str], needed: Collection[tuple[str, str]] = ()
    ) -> Iterator[tuple[str, Hit]]:
        """Rule name → what is wrong with the suppressions themselves.

        Call it after `apply` saw every finding. `ran` are the rules that ran: of others nothing is
        known. `needed` are (service, requirement) that are not met: an exemption of a requirement
        is in use there though no single finding shows it.
        """
        for path, said in self.marks.items():
            for one in said:
                yield from self._problems(_Mark(path, one), ran)
        for at, exemption in enumerate(self.exemptions):
            yield from self._exemption_problems(at, exemption, ran, needed)

    def _applied(self, finding: Finding) -> Finding:
        for said in self.marks.get(finding.place.path, ()):
            if self._expired(said) or not _covers(said, finding.place):
                continue
            for name in said.rules:
                if not said.problem and _means(name, finding):
                    self._used.add((finding.place.path, said, name))
                    return replace(finding, suppressed=_inline(said))
        return self._exempted(finding)

    def _exempted(self, finding: Finding) -> Finding:
        """An exemption for one service does not hide what other services suffer from too."""
        left = set(finding.services)
        for at, exemption in enumerate(self.exemptions):
            if exemption.until < self.today or not _exempts(exemption, finding):
                continue
            self._exempting.add(at)
            left.discard(exemption.service)
            if not exemption.service or not left:
                return replace(
                    finding,
                    suppressed=Suppressed(
                        by="exemption",
                        reason=exemption.reason,
                        owner=exemption.owner,
                        until=exemption.until.isoformat(),
                    ),
                )
        return finding

    def _expired(self, said: Suppression) -> bool:
        return bool(said.until) and not said.problem and date.fromisoformat(said.until) < self.today

    def _problems(self, mark: _Mark, ran: Collection[str]) -> Iterator[tuple[str, Hit]]:
        said, at = mark.said, place(mark.path, mark.said.at)
        if said.problem:
            yield MALFORMED, Hit(place=at, message=f"this suppresses nothing: {said.problem}")
            return
        if self._expired(said):
            message = f"this suppression of {', '.join(said.rules)} ended on {said.until}"
            yield EXPIRED, Hit(place=at, message=message)
            return
        for name in said.rules:
            meant = [rule for rule in self.rules if name in (rule.name, rule.code)]
            if not meant:
                yield MALFORMED, Hit(place=at, message=_unknown(name, self.rules))
            elif (mark.path, said, name) not in self._used and meant[0].name in ran:
                message = f"nothing here breaks {name}: this suppression hides nothing"
                yield UNUSED, Hit(place=at, message=message)

    def _exemption_problems(
        self,
        at: int,
        exemption: Exemption,
        ran: Collection[str],
        needed: Collection[tuple[str, str]],
    ) -> Iterator[tuple[str, Hit]]:
        what = exemption.rule or exemption.requirement
        whose = f"{what} for {exemption.service}" if exemption.service else what
        if exemption.until < self.today:
            message = (
                f"the exemption of {whose} ended on {exemption.until} (owner: {exemption.owner})"
            )
            yield EXPIRED, Hit(place=exemption.at, message=message)
            return
        meant = [
            rule
            for rule in self.rules
            if exemption.rule in (rule.name, rule.code)
            or (exemption.requirement and exemption.requirement == rule.requirement)
        ]
        if exemption.rule and not meant:
            yield MALFORMED, Hit(place=exemption.at, message=_unknown(exemption.rule, self.rules))
        elif (
            at not in self._exempting
            and not _needed(exemption, needed)
            and meant
            and all(rule.name in ran for rule in meant)
        ):
            message = f"nothing breaks {whose}: this exemption hides nothing"
            yield UNUSED, Hit(place=exemption.at, message=message)


def marks_of(files: Mapping[str, FileFacts]) -> dict[str, tuple[Suppression, ...]]:
    """Path → inline suppressions, of the files that have any."""
    return {path: facts.suppressions for path, facts in files.items() if facts.suppressions}


def _covers(said: Suppression, at: Place) -> bool:
    return said.covers == 0 or at.line <= said.covers <= max(at.line, at.end_line)


def _means(name: str, finding: Finding) -> bool:
    return name in (finding.rule, finding.code)


def _inline(said: Suppression) -> Suppressed:
    return Suppressed(by="inline", reason=said.reason, owner=said.owner, until=said.until)


def _exempts(exemption: Exemption, finding: Finding) -> bool:
    wanted = exemption.rule or exemption.requirement
    return (
        wanted in (finding.rule, finding.code, finding.requirement)
        and (not exemption.service or exemption.service in finding.services)
        and (not exemption.paths or matches_any(finding.place.path, exemption.paths))
    )


def _needed(exemption: Exemption, needed: Collection[tuple[str, str]]) -> bool:
    return any(
        requirement == exemption.requirement and exemption.service in ("", service)
        for service, requirement in needed
    )


def _unknown(name: str, rules: Iterable[Rule]) -> str:
    near = difflib.get_close_matches(name, [rule.name for rule in rules], 1)
    meant = f"; did you mean `{near[0]}`?" if near else "; `stackwright lint rule --all` lists them"
    return f"there is no rule `{name}`{meant}"
