"""Which findings and services of a report are to be shown. Verdicts stay what they are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lint.errors import UsageError
from lint.guidance.guidance import Requirement
from lint.model import Finding, Report
from lint.nearest import suggestion
from lint.rules.rule import Rule
from lint.settings import LintConfig

ALL: Final = "ALL"
_SEPARATOR: Final = re.compile(r"[,\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Words for rules (name, code or its beginning, requirement) and names of services.

    `select` and `services` and `requirements` empty: all of them.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()


def selection(
    config: LintConfig,
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    services: Iterable[str] = (),
    requirements: Iterable[str] = (),
) -> Selection:
    """The command line's words over the configuration's.

    `select` replaces both lists of the configuration: who asks for a rule gets it. `ignore` adds.
    Words may stand in one argument, with commas.
    """
    chosen, left_out = words(select), words(ignore)
    return Selection(
        select=chosen or config.select,
        ignore=left_out if chosen else (*config.ignore, *left_out),
        services=words(services),
        requirements=words(requirements),
    )


def words(written: Iterable[str]) -> tuple[str, ...]:
    """`["R1,R2", "R3"]` is `("R1", "R2", "R3")`."""
    return tuple(each for one in written for each in _SEPARATOR.split(one) if each)


def select(
    report: Report,
    wanted: Selection,
    rules: Mapping[str, Rule],
    requirements: Mapping[str, Requirement],
) -> Report:
    """The part of the report that is wanted. Raises UsageError for a word that means nothing."""
    names = [each.name for each in report.services]
    ids = tuple(_requirement(word, requirements) for word in wanted.requirements)
    services = tuple(_service(word, names) for word in wanted.services)
    asked = _matcher(wanted.select, rules, requirements)
    left_out = _matcher(wanted.ignore, rules, requirements)

    def fits(finding: Finding) -> bool:
        return (
            (not wanted.select or asked(finding))
            and not left_out(finding)
            and (not ids or finding.requirement in ids)
            and (not services or any(each in services for each in finding.services))
        )

    return replace(
        report,
        findings=tuple(each for each in report.findings if fits(each)),
        services=tuple(
            replace(
                each,
                requirements={
                    key: value for key, value in each.requirements.items() if not ids or key in ids
                },
            )
            for each in report.services
            if not services or each.name in services
        ),
        claims=tuple(each for each in report.claims if not services or each.service in services),
    )


def meaning(
    word: str, rules: Mapping[str, Rule], requirements: Mapping[str, Requirement]
) -> tuple[str, str]:
    """A rule's name or a requirement's id, else how the codes that are meant begin (empty: all).

    Raises UsageError for a word that means nothing.
    """
    if word.upper() == ALL:
        return "", ""
    if word.upper().startswith("SW") and any(
        rule.code.startswith(word.upper()) for rule in rules.values()
    ):
        return "", word.upper()
    if word in rules:
        return word, ""
    known = [*rules, *(each.code for each in rules.values()), *requirements]
    known += [each.name for each in requirements.values()]
    return _requirement(word, requirements, known), ""


class _Matcher:
    """Whether a finding is meant by any of some words."""

    def __init__(
        self,
        written: Sequence[str],
        rules: Mapping[str, Rule],
        requirements: Mapping[str, Requirement],
    ) -> None:
        meant = [meaning(word, rules, requirements) for word in written]
        self._exact = {exact for exact, _ in meant if exact}
        self._codes = [code for exact, code in meant if not exact]

    def __call__(self, finding: Finding) -> bool:
        return (
            finding.rule in self._exact
            or finding.requirement in self._exact
            or any(finding.code.startswith(each) for each in self._codes)
        )


def _matcher(
    written: Sequence[str],
    rules: Mapping[str, Rule],
    requirements: Mapping[str, Requirement],
) -> _Matcher:
    return _Matcher(written, rules, requirements)


def _requirement(
    word: str, requirements: Mapping[str, Requirement], known: Collection[str] = ()
) -> str:
    """The id that `R2`, `r2` or `no-compose` means."""
    for each in requirements.values():
        if word.casefold() in (each.id.casefold(), each.name.casefold()):
            return each.id
    what = "rule, code or requirement" if known else "requirement"
    names = known or [*requirements, *(each.name for each in requirements.values())]
    raise UsageError(f"there is no {what} `{word}`", fix=suggestion(word, names))


def _service(word: str, names: Sequence[str]) -> str:
    plain = {_plain(each): each for each in names}
    if found := plain.get(_plain(word)):
        return found
    raise UsageError(
        f"there is no service `{word}` in this repository",
        fix=suggestion(word, names) or "declare it: [services.NAME] in stackwright.toml",
    )


def _plain(name: str) -> str:
    """`Remediation-Orchestrator` and `remediationorchestrator` are one service."""
    return "".join(each for each in name.casefold() if each.isalnum())
