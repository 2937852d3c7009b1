"""One state of a repository, read and judged as far as somebody asks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import msgspec

from lint import codeowners
from lint.audit_request import AuditRequest
from lint.cache import Cache
from lint.checker import Checker
from lint.claims import check_claims
from lint.compliance import judge
from lint.extraction import facts_of
from lint.grep import Grep
from lint.guidance.guidance import Guidance
from lint.linking import link
from lint.model import Coverage, Finding, ServiceReport, Status
from lint.project import Project
from lint.repository import Repository, SourceFile, working_tree
from lint.rules.contradicted_claim import hits as claim_hits
from lint.rules.rule import Rule
from lint.rules.table import RULES
from lint.services import attribute
from lint.sieve import Numbers, Sieved, sieve
from lint.suppress import Suppressions, marks_of, resolved
from lint.verdicts import Verdict, Verdicts

_CLAIM: Final = "contradicted-claim"
_SIEVED: Final = msgspec.msgpack.Decoder(Sieved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """By what all states of one run are judged."""

    request: AuditRequest
    guidance: Guidance
    rules: tuple[Rule, ...]
    cache: Cache
    verdicts: Verdicts


@dataclass(frozen=True, kw_only=True)
class State:
    """A repository as it is now, or was in a commit."""

    judging: Judging
    repository: Repository
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Path → the one by which fingerprints know the file: where it lies by now."""
    same: Mapping[str, SourceFile] = field(default_factory=dict)
    """Files on disk that are the same as this commit's, by path."""

    @cached_property
    def verdict(self) -> Verdict:
        """From the cache where this very state was judged before. Raises LintConfigError."""
        verdicts = self.judging.verdicts
        owners = self._owners
        known = verdicts.of(self.repository, owners, self.renamed)
        if known is None:
            known = self._judged()
            if self._still(owners):
                verdicts.keep(self.repository, owners, self.renamed, known)
        return known

    @cached_property
    def grep(self) -> Grep:
        """What searches its files."""
        return Grep(repository=self.repository, same=self.same)

    @cached_property
    def project(self) -> Project:
        """All of it, read and run."""
        config, repository = self.judging.request.config, self.repository
        chosen = [one for one in repository.files if one.path in self._sieved.paths]
        files = facts_of(chosen, self.grep, self.judging.cache)
        attribution = attribute(
            repository.paths,
            config.services,
            repository=self.judging.request.root.resolve().name,
            owners=codeowners.parse(self._owners) if self._owners else None,
        )
        return Project(
            files=files,
            paths=repository.paths,
            traces=link(files, repository.paths, attribution.files, config.tiers),
            services=attribution.services,
            attribution=attribution.files,
            guidance=self.judging.guidance,
            ports=config.ports,
            today=self.judging.request.day,
        )

    @cached_property
    def checker(self) -> Checker:
        """Makes findings of it."""
        return Checker(project=self.project, rules=self.judging.rules, renamed=self.renamed)

    def _judged(self) -> Verdict:
        request, project, checker = self.judging.request, self.project, self.checker
        suppressions = Suppressions(
            marks=marks_of(project.files),
            exemptions=resolved(
                request.config.exemptions,
                self.judging.guidance,
                RULES,
                # A service that is here now need not have been there then.
                () if self.repository.commit else [service.name for service in project.services],
            ),
            rules=RULES,
            today=request.day,
        )
        findings = suppressions.apply(checker.findings())
        services = judge(project, findings)
        claims = check_claims(project, services)
        contradicted = [rule for rule in self.judging.rules if rule.name == _CLAIM]
        told = suppressions.apply(
            checker.of((rule, hit) for rule in contradicted for hit in claim_hits(claims))
        )
        if told:
            findings = (*findings, *told)
            services = judge(project, findings)
        return Verdict(
            findings=(*findings, *_about_suppressions(checker, suppressions, services)),
            services=services,
            claims=claims,
            coverage=self._coverage(),
        )

    def _coverage(self) -> Coverage:
        binary, traces = self._sieved.binary, self.project.traces
        skipped = (*self.repository.skipped, *binary)
        return Coverage(
            scanned=len(self.repository.files) - len(binary),
            matched=len(self.project.files),
            skipped=tuple(sorted(skipped, key=lambda one: one.path)),
            cut=tuple(sorted({at for trace in traces for at in trace.cut})),
        )

    def _still(self, owners: str) -> bool:
        """Whether it is what was read: files may have changed meanwhile."""
        if self.repository.commit:
            return True
        again = working_tree(self.repository.root, self.judging.request.config.exclude)
        fresh = State(judging=self.judging, repository=again)
        return (again.files, again.paths, again.skipped, fresh._owners) == (
            *(self.repository.files, self.repository.paths, self.repository.skipped),
            owners,
        )

    @cached_property
    def _owners(self) -> str:
        for place in codeowners.PLACES:
            if place in self.repository.paths:
                try:
                    return (self.repository.root / place).read_text("utf-8", "replace")
                except OSError:
                    return ""
        return ""

    @cached_property
    def _sieved(self) -> Sieved:
        """From the cache when no file has changed; one that has can make any other matter."""
        guidance, cache = self.judging.guidance, self.judging.cache
        everything = self.judging.request.everything
        numbers = Numbers(
            known=tuple(sorted({guidance.id, *(one.number for one in guidance.documents)})),
            superseded=tuple(
                sorted({one.number for one in guidance.documents if one.superseded_by})
            ),
        )
        told = hashlib.sha256(repr(numbers).encode())
        for one in self.repository.files:
            told.update(f"\0{one.path}\0{one.blob}\0{one.language}".encode())
        key = f"sieve:{told.hexdigest()}"
        if not everything and (known := cache.raw(key)):
            return _SIEVED.decode(known)
        sieved = sieve(self.repository.files, self.grep, numbers, everything=everything)
        if not everything:
            cache.keep_raw(key, msgspec.msgpack.encode(sieved))
        return sieved


def _about_suppressions(
    checker: Checker, suppressions: Suppressions, services: Iterable[ServiceReport]
) -> tuple[Finding, ...]:
    running_by_name = {rule.name: rule for rule in checker.rules}
    unmet = (Status.FAIL, Status.EXEMPT, Status.UNKNOWN)
    needed = {
        (one.name, requirement)
        for one in services
        for requirement, judgement in one.requirements.items()
        if judgement.status in unmet
    }
    return checker.of(
        (running_by_name[name], hit)
        for name, hit in suppressions.hits(running_by_name.keys(), needed)
        if name in running_by_name
    )
