"""The whole of the linter: a repository in, a report out. Here the parts meet, and only here."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from lint import baseline as baselines
from lint import codeowners, history
from lint.baseline import Baseline
from lint.cache import Cache, extractors_version, open_cache
from lint.checker import Checker, running
from lint.claims import check_claims
from lint.compliance import judge
from lint.errors import GitError, NothingToScanError
from lint.extraction import facts_of
from lint.facts import FileFacts
from lint.grep import Grep
from lint.guidance.catalogue import load
from lint.guidance.guidance import Guidance
from lint.linking import link
from lint.model import (
    CheckedClaim,
    Coverage,
    Finding,
    Place,
    Report,
    ServiceReport,
    Severity,
    Status,
)
from lint.project import Project
from lint.repository import Repository, working_tree
from lint.rules.contradicted_claim import hits as claim_hits
from lint.rules.rule import Hit, Rule
from lint.rules.table import RULES
from lint.services import attribute
from lint.settings import LintConfig
from lint.sieve import Numbers, Sieved, sieve
from lint.suppress import UNUSED, Suppressions, marks_of, resolved

_CLAIM: Final = "contradicted-claim"
_HERE: Final = Path(__file__).parent
_SIFTING: Final = (
    *("declarations.py", "extraction.py", "facts.py", "grep.py"),
    *("program.py", "reach.py", "sieve.py", "triggers.py"),
)
"""What decides cached facts and sieves, beside the front ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """What to look at and how to judge it. The whole repository is analysed in any case."""

    root: Path
    paths: tuple[Path, ...] = ()
    """Only findings in these files and directories are reported; empty: all."""
    config: LintConfig = field(default_factory=LintConfig)
    guidance: str = ""
    """`ID` or `ID@VERSION`; empty: the configuration's, else the one in force."""
    as_of: date | None = None
    since: str = ""
    """A revision: only findings that it did not have are reported."""
    use_cache: bool = True
    baseline: Path | None = None
    everything: bool = False
    """Parse every file: slower, the same findings."""
    today: date | None = None
    """None: this day."""
    cache_directory: Path | None = None
    """None: the user's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The report, and what it was made of, for explanations."""

    report: Report
    project: Project
    guidance: Guidance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """One state of the repository, judged whole."""

    project: Project
    findings: tuple[Finding, ...]
    services: tuple[ServiceReport, ...]
    claims: tuple[CheckedClaim, ...]
    coverage: Coverage
    checker: Checker


def audit(request: AuditRequest) -> Audit:
    """Reads and judges a repository.

    Garbage is not collected meanwhile: millions of nodes are made and nearly all of them stay, so
    that looking for what is gone would take a third of the time.

    Raises:
        NothingToScanError: no file of a language that is read, or none in the paths given.
        LintConfigError, UsageError, GitError: see there.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _audit(request)
    finally:
        if collecting:
            gc.enable()


def _audit(request: AuditRequest) -> Audit:
    config, root = request.config, request.root
    guidance = _guidance(request)
    rules = running(RULES, guidance, config.select, config.ignore)
    repository = working_tree(root, config.exclude)
    scope = _scope(request, repository)
    cache = _cache(request)
    now = _judged(request, repository, Grep(repository=repository), guidance, rules, cache)
    findings = now.findings
    if request.baseline:
        baseline = baselines.read(request.root / request.baseline)
        stale = _stale(request, now.checker, findings, baseline, scope)
        findings = (*baselines.apply(baseline, findings), *stale)
    if request.since:
        then = _then(request, repository)
        before = now.findings
        if (then.files, then.paths) != (repository.files, repository.paths):
            grep = Grep(repository=then, same=history.unchanged(repository))
            before = _judged(request, then, grep, guidance, rules, cache).findings
        findings = history.new_since(findings, before)
    cache.save()
    report = Report(
        guidance_id=guidance.id,
        guidance_version=guidance.version,
        coverage=now.coverage,
        findings=tuple(
            sorted(
                (one for one in findings if _within(one.place.path, scope)),
                key=lambda one: (one.place, one.code, one.message),
            )
        ),
        services=now.services,
        claims=tuple(one for one in now.claims if _within(one.place.path, scope)),
        notes=(*repository.notes, *cache.notes),
    )
    return Audit(report=report, project=now.project, guidance=guidance)


def _guidance(request: AuditRequest) -> Guidance:
    config = request.config
    catalogue = load([request.root / one for one in config.guidance_files])
    day = request.as_of or config.as_of or _today(request)
    spec = request.guidance or config.guidance
    return catalogue.named(spec, day) if spec else catalogue.current(day)


def _judged(
    request: AuditRequest,
    repository: Repository,
    grep: Grep,
    guidance: Guidance,
    rules: tuple[Rule, ...],
    cache: Cache,
) -> _Judged:
    sieved = _sieved(request, repository, grep, guidance, cache)
    chosen = [one for one in repository.files if one.path in sieved.paths]
    project = _project(request, repository, facts_of(chosen, grep, cache), guidance)
    checker = Checker(project=project, rules=rules)
    suppressions = Suppressions(
        marks=marks_of(project.files),
        exemptions=resolved(request.config.exemptions, guidance, RULES),
        rules=RULES,
        today=_today(request),
    )
    findings = suppressions.apply(checker.findings())
    services = judge(project, findings)
    claims = check_claims(project, services)
    contradicted = [rule for rule in rules if rule.name == _CLAIM]
    told = suppressions.apply(
        checker.of((rule, hit) for rule in contradicted for hit in claim_hits(claims))
    )
    if told:
        findings = (*findings, *told)
        services = judge(project, findings)
    return _Judged(
        project=project,
        findings=(*findings, *_about_suppressions(checker, suppressions, services)),
        services=services,
        claims=claims,
        coverage=_coverage(repository, sieved, len(project.files)),
        checker=checker,
    )


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


def _project(
    request: AuditRequest,
    repository: Repository,
    files: Mapping[str, FileFacts],
    guidance: Guidance,
) -> Project:
    config = request.config
    attribution = attribute(
        repository.paths,
        config.services,
        repository=request.root.resolve().name,
        owners=_owners(repository),
    )
    return Project(
        files=files,
        paths=repository.paths,
        traces=link(files, repository.paths, attribution.files, config.tiers),
        services=attribution.services,
        attribution=attribution.files,
        guidance=guidance,
        ports=config.ports,
        today=_today(request),
    )


def _owners(repository: Repository) -> codeowners.Owners | None:
    for place in codeowners.PLACES:
        if place in repository.paths:
            try:
                text = (repository.root / place).read_text("utf-8", "replace")
            except OSError:
                return None
            return codeowners.parse(text)
    return None


def _sieved(
    request: AuditRequest, repository: Repository, grep: Grep, guidance: Guidance, cache: Cache
) -> Sieved:
    """From the cache when no file has changed; one that has can make any other matter."""
    numbers = Numbers(
        known=tuple(sorted({guidance.id, *(one.number for one in guidance.documents)})),
        superseded=tuple(sorted({one.number for one in guidance.documents if one.superseded_by})),
    )
    told = hashlib.sha256(repr(numbers).encode())
    for one in repository.files:
        told.update(f"\0{one.path}\0{one.blob}\0{one.language}".encode())
    key = f"sieve:{told.hexdigest()}"
    if not request.everything and (known := cache.raw(key)):
        return _SIEVED.decode(known)
    sieved = sieve(repository.files, grep, numbers, everything=request.everything)
    if not request.everything:
        cache.keep_raw(key, msgspec.msgpack.encode(sieved))
    return sieved


def _cache(request: AuditRequest) -> Cache:
    if not request.use_cache:
        return Cache(file=None)
    directory = request.cache_directory or platformdirs.user_cache_path("stackwright") / "lint"
    sources = [*(_HERE / "languages").glob("*.py"), *(_HERE / name for name in _SIFTING)]
    return open_cache(directory, request.root, extractors_version(sources))


def _scope(request: AuditRequest, repository: Repository) -> tuple[str, ...]:
    """The paths given, relative to the root.

    Raises:
        NothingToScanError: they hold no file that the linter reads.
    """
    root = request.root.resolve()
    scope = []
    for path in request.paths:
        whole = (request.root / path).resolve()
        scope.append(whole.relative_to(root).as_posix() if whole.is_relative_to(root) else "..")
    if not any(_within(one.path, scope) for one in repository.files):
        what = ", ".join(str(path) for path in request.paths) or str(request.root)
        raise NothingToScanError(
            f"{what} holds no file that the linter reads",
            why="it reads Python, Go, shell, Makefiles, Dockerfiles, YAML and Markdown"
            + (f"; {len(repository.skipped)} were skipped" if repository.skipped else ""),
            fix="give the root of a repository, or look at `exclude` in the configuration",
        )
    return tuple(scope)


def _coverage(repository: Repository, sieved: Sieved, matched: int) -> Coverage:
    skipped = (*repository.skipped, *sieved.binary)
    return Coverage(
        scanned=len(repository.files) - len(sieved.binary),
        matched=matched,
        skipped=tuple(sorted(skipped, key=lambda one: one.path)),
    )


def _stale(
    request: AuditRequest,
    checker: Checker,
    findings: tuple[Finding, ...],
    baseline: Baseline,
    scope: tuple[str, ...],
) -> tuple[Finding, ...]:
    """A finding for each entry of the baseline that is mended: it would hide the next one."""
    ran = {rule.name: rule for rule in checker.rules}
    if UNUSED not in ran or request.baseline is None:
        return ()
    file = (request.root / request.baseline).resolve()
    root = request.root.resolve()
    name = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
    return checker.of(
        (
            ran[UNUSED],
            Hit(
                place=Place(name, entry.line),
                severity=Severity.ERROR,
                message=f"the baseline knows a finding that is mended: {entry.rule} in "
                f"{entry.path}: {entry.message} (`stackwright lint baseline prune`)",
                services=checker.project.attribution.get(entry.path, ()),
            ),
        )
        for entry in baselines.diff(baseline, findings, ran).stale
        if _within(entry.path, scope)
    )


def _today(request: AuditRequest) -> date:
    return request.today or date.today()


_SIEVED: Final = msgspec.msgpack.Decoder(Sieved)


def _then(request: AuditRequest, repository: Repository) -> Repository:
    if repository.git is None:
        raise GitError(
            f"{request.root} is no git repository",
            why="--since compares with a commit",
            fix="leave --since out, or use a baseline",
        )
    return history.then(repository, repository.git, request.since, request.config.exclude)


def _within(path: str, scope: Sequence[str]) -> bool:
    return not scope or any(
        one in ("", ".") or path == one or path.startswith(f"{one}/") for one in scope
    )
