"""Stages of a pipeline that share one machine: which of them are the tests' job."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lint.languages.workflow_steps import deferred
from lint.program import Define, Function, Span, Stmt

_DEPLOYS: Final = re.compile(
    r"deploy|publish|release|promot|notif|slack|rollback|push|upload", re.IGNORECASE
)
_TESTS: Final = re.compile(
    r"tests?(?![a-z])|testing|integration|e2e|verify|acceptance|pytest", re.I
)
_INTEGRATION: Final = re.compile(r"integration|functional|acceptance|component", re.IGNORECASE)
_RUNNERS: Final = re.compile(
    r"\b(?:go test|ginkgo|gotestsum|py\.?test|tox|nox|(?:npm|yarn|pnpm) (?:run )?test\S*"
    r"|make (?:\S+ )*\S*test\S*|gradlew? \S*[tT]est\w*|mvnw? .*(?:test|verify)|cargo test)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage: its name, the text of its commands, and what they do."""

    name: str
    script: str
    body: tuple[Stmt, ...]
    at: Span

    @property
    def deploys(self) -> bool:
        """Whether it brings the product somewhere."""
        return bool(_DEPLOYS.search(self.name))

    @property
    def tests(self) -> bool:
        """Whether it runs tests, by its name or its commands."""
        return not self.deploys and bool(_TESTS.search(self.name) or _RUNNERS.search(self.script))


def jobs(stages: Sequence[Stage], after: tuple[Stmt, ...] = ()) -> tuple[Stmt, ...]:
    """The stages as functions: all up to the last that tests are one, which bears its name; those
    that deploy, and what follows, stand alone. `after` is what runs at the end."""
    last = max((at for at, one in enumerate(stages) if one.tests), default=-1)
    mine = [one for at, one in enumerate(stages) if at <= last and not one.deploys]
    alone = [one for one in stages if one not in mine]
    found = [Define(Function(one.name or "step", (), one.body, one.at)) for one in alone]
    if mine:
        testing = [one for one in mine if one.tests]
        named = [one for one in testing if _INTEGRATION.search(one.name)] or testing[-1:]
        whole = (*(each for one in mine for each in one.body), *deferred(after))
        found.insert(0, Define(Function(named[-1].name or "tests", (), whole, mine[0].at)))
    return tuple(found)
