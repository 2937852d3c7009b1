"""forbidden-advice: a document recommends what the current guidance forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from lint.documents import Standing, standing
from lint.facts import FileFacts, Mention
from lint.mechanisms import Named, handles_containers, named, touches_containers
from lint.model import Place, Severity, Tier
from lint.project import Project
from lint.rules.forbidden_code import forbidden_lines
from lint.rules.rule import Example, Hit, Rule
from lint.stance import endorsed, rejected, sentences, set_aside

_NEAR: Final = re.compile(
    r"integration[-_ ]*(?:tests?|testing|tier|suites?|infra\w*|environment)|tests?/integration"
    r"|test[-_.]integration|before-?suite|conftest|test infrastructure"
    r"|testes? de integra\w+|pruebas? de integraci\w+|tests? d['\u2019]int[\u00e9e]gration"
    r"|\u0438\u043d\u0442\u0435\u0433\u0440\u0430\u0446\u0438\u043e\u043d\u043d\w+ "
    r"\u0442\u0435\u0441\u0442|\u96c6\u6210\u6d4b\u8bd5",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(r"(?<!continuous )integration", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(
    r"\be2e\b|end[- ]to[- ]end|\bkind\b|production|staging|\bdemo\b|unit tests?|load test|benchmark"
    r"|quick ?start|\bmanual(?:ly)?\b",
    re.IGNORECASE,
)
_ON_TESTS: Final = re.compile(r"^\W*(?:\d[\d.]*\W+)?tests?(?:ing)?\W*$", re.IGNORECASE)
_ON_RUNNING_TESTS: Final = re.compile(
    r"\b(?:run(?:ning)?|execut(?:e|ing)|start(?:ing)?) (?:the |all |our |your |my )*tests?\b",
    re.IGNORECASE,
)
_RUNS_TESTS: Final = re.compile(
    r"\b(?:pytest|tox|nox|ginkgo|gotestsum|jest|mocha|vitest|go test|unittest|make [\w.-]*test"
    r"|(?:npm|yarn|pnpm)(?: run)? test)\b"
)
_RECOMMENDING_HEAD: Final = re.compile(
    r"\b(?:use|recommend\w*|preferred|command|how to|run|start)\b", re.IGNORECASE
)
_REFUSED_ROW: Final = re.compile(
    "[\u274c\U0001f6ab\u26d4\U0001f534]|\\b(?:violat\\w+|deprecat\\w+|forbidden|legacy|removed)\\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    project: Project
    path: str
    facts: FileFacts

    def concerns(self, mention: Mention, near: str) -> bool:
        """Whether it speaks of the integration tier: nearby, else by the document's title or
        path; or of tests, where these work with containers."""
        title = self.facts.document.title if self.facts.document else ""
        close = " ".join((near, *(one for one in mention.heading if one != title)))
        if _NEAR.search(close):
            return True
        if _ELSEWHERE.search(close):
            return False
        if _ABOUT.search(f"{title} {self.path}"):
            return True
        heads = [one for one in mention.heading if one != title]
        if any(_ON_RUNNING_TESTS.search(one) for one in heads) and not _inside(near):
            return True
        on_tests = any(_ON_TESTS.search(one) or _ON_RUNNING_TESTS.search(one) for one in heads)
        return on_tests and (_runs_tests(near) or self._tested_with_containers())

    def _tested_with_containers(self) -> bool:
        """Whether anything of the integration tier touches containers."""
        return any(
            trace.entry.tier is Tier.INTEGRATION and touches_containers(trace)
            for trace in self.project.live
        )

    def forbids(self, found: Named) -> bool:
        if self.project.guidance.requirement_of(found.rule) is None:
            return False
        return not found.file or handles_containers(self.project, found.file)


def _inside(near: str) -> bool:
    """Whether tests are run inside of what compose starts."""
    return any("compose" in line and _RUNS_TESTS.search(line) for line in near.splitlines())


def _runs_tests(near: str) -> bool:
    """Whether tests are run beside what compose starts, not inside of it."""
    return any("compose" not in line and _RUNS_TESTS.search(line) for line in near.splitlines())


def check(project: Project) -> Iterator[Hit]:
    """A hit for each sentence, cell or fence of a living document that gives such advice."""
    for path, facts in sorted(project.files.items()):
        if facts.document is None or standing(project, path) is not Standing.LIVING:
            continue
        page = _Page(project=project, path=path, facts=facts)
        lines = groupby(facts.mentions, key=lambda one: (one.at.line, one.kind == "fence"))
        for _, group in lines:
            mentions = tuple(group)
            if not set_aside(mentions[0].heading[: _common(mentions)]):
                yield from _of_line(page, mentions)


def _common(mentions: tuple[Mention, ...]) -> int:
    """How many headings the mentions of one line share: cells differ in their column's head."""
    if len(mentions) == 1:
        return len(mentions[0].heading)
    return min(len(one.heading) for one in mentions) - 1


def _of_line(page: _Page, mentions: tuple[Mention, ...]) -> Iterator[Hit]:
    near = " ".join(one.text for one in mentions)
    if mentions[0].kind == "fence":
        yield from _of_fence(page, mentions[0])
    elif len(mentions) > 1:
        if not _REFUSED_ROW.search(near):
            for mention in mentions:
                yield from _of_cell(page, mention, near)
    else:
        yield from _of_prose(page, mentions[0])


def _of_prose(page: _Page, mention: Mention) -> Iterator[Hit]:
    for start, sentence in sentences(mention.text):
        for found in named(sentence):
            if (
                page.forbids(found)
                and endorsed(sentence, found.start, found.end)
                and not rejected(sentence, found.start, found.end)
                and page.concerns(mention, mention.text)
            ):
                yield _hit(page, mention, start + found.start, found)
                break


def _of_cell(page: _Page, mention: Mention, row: str) -> Iterator[Hit]:
    head = mention.heading[-1] if mention.heading else ""
    if set_aside((head,)):
        return
    for found in named(mention.text):
        advised = "\u2705" in mention.text[: found.start] or _RECOMMENDING_HEAD.search(head)
        if (
            page.forbids(found)
            and advised
            and not rejected(mention.text, found.start, found.end)
            and page.concerns(mention, row)
        ):
            yield _hit(page, mention, found.start, found)
            return


def _of_fence(page: _Page, mention: Mention) -> Iterator[Hit]:
    for offset, found in forbidden_lines(mention.text, mention.language):
        if page.forbids(found) and page.concerns(mention, mention.text):
            yield _hit(page, mention, offset, found)
            return


def _hit(page: _Page, mention: Mention, offset: int, found: Named) -> Hit:
    line = mention.at.line + mention.text.count("\n", 0, offset)
    asked = page.project.guidance.requirement_of(found.rule)
    title = f"{page.project.guidance.id} {page.project.guidance.version}"
    why = f"which {title} forbids ({asked.id} {asked.name})" if asked else ""
    text = " ".join(mention.text[offset:].partition("\n")[0].split())
    return Hit(
        place=Place(page.path, line, mention.at.column if line == mention.at.line else 1, line),
        message=f"it recommends {found.shown} for the integration tier, {why}",
        key=f"{found.shown} {text[:80]}",
    )


RULE: Final = Rule(
    name="forbidden-advice",
    code="SW553",
    requirement="S5",
    severity=Severity.WARNING,
    summary="A document recommends compose or container scripts for the integration tier.",
    why=(
        "People and assistants do what a README says, whatever the decision record says. Sections "
        "about history, alternatives or problems, sentences that reject what they name, records "
        "of a day (handoffs, changelogs, dated file names) and superseded documents give no advice."
    ),
    remedy="Describe the programmatic set-up instead, or mark the section as superseded.",
    check=check,
    examples=(
        Example(
            title="a README that still says how it was done",
            files={
                "test/integration/gateway/README.md": (
                    "# Gateway integration tests\n\n"
                    "Start PostgreSQL and Redis with podman-compose before you run the suite. ◄\n\n"
                    "```bash\n"
                    "# bring the stack up\n"
                    "podman-compose -f podman-compose.test.yml up -d ◄\n"
                    "go test ./test/integration/gateway/...\n"
                    "```\n"
                ),
            },
        ),
        Example(
            title="a decision table and a script",
            files={
                "docs/testing/strategy.md": (
                    "# Integration test strategy\n\n"
                    "| Scenario | Use |\n"
                    "|---|---|\n"
                    "| Several services | sequential `podman run` |\n"
                    "| A single service | ✅ `podman-compose` | ◄\n\n"
                    "## Continuous integration\n\n"
                    "Run `./scripts/setup-infrastructure.sh` first. ◄\n"
                ),
            },
        ),
        Example(
            title="what is forbidden, what was, and what belongs elsewhere",
            files={
                "docs/testing/infrastructure.md": (
                    "# Integration test infrastructure\n\n"
                    "Never start it with podman-compose.\n"
                    "The suite starts containers itself instead of calling `podman-compose up`.\n\n"
                    "## Before\n\n"
                    "```bash\npodman-compose up -d\n```\n\n"
                    "## Troubleshooting\n\n"
                    "❌ Wrong:\n\n"
                    "```bash\npodman-compose up -d\n```\n"
                ),
                "README.md": (
                    "# Platform\n\n## Production\n\nDeploy it with `docker compose up -d`.\n"
                ),
                "docs/adr/ADR-007-compose.md": (
                    "# ADR-007: Compose for integration tests\n\n"
                    "**Status**: Superseded by DD-INTEGRATION-001 v2.0\n\n"
                    "Use `podman-compose up -d` to start the integration tests' stack.\n"
                ),
            },
        ),
    ),
)
