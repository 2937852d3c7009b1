"""The whole of the linter: a repository in, a report out. Here the parts meet, and only here."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import platformdirs

from lint import baseline as baselines
from lint import history
from lint.audit_request import AuditRequest, guidance_of
from lint.baseline import Baseline
from lint.cache import Cache, extractors_version, open_cache
from lint.checker import running
from lint.errors import GitError, NothingToScanError
from lint.fingerprints import mark
from lint.grep import Grep
from lint.guidance.guidance import Guidance
from lint.model import Finding, Place, Report, Severity
from lint.project import Project
from lint.renames import renames
from lint.repository import Repository, working_tree
from lint.rules.rule import Hit
from lint.rules.table import RULES
from lint.services import unmatched
from lint.state import Judging, State
from lint.suppress import UNUSED
from lint.verdicts import Verdicts

__all__ = ["Audit", "AuditRequest", "audit"]

_HERE: Final = Path(__file__).parent
_SIFTING: Final = (
    *("declarations.py", "extraction.py", "facts.py", "grep.py"),
    *("program.py", "reach.py", "sieve.py", "triggers.py"),
)
"""What decides cached facts and sieves, beside the front ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The report, and what it was made of, for explanations."""

    report: Report
    guidance: Guidance
    state: State

    @property
    def project(self) -> Project:
        """What was judged. Costs a whole run where the verdict was known already."""
        return self.state.project

    @property
    def paths(self) -> frozenset[str]:
        """All files that there are."""
        return self.state.repository.paths


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
    guidance = guidance_of(request)
    rules = running(RULES, guidance, config.select, config.ignore)
    repository = working_tree(root, config.exclude)
    scope = _scope(request, repository)
    cache = _cache(request)
    judging = Judging(
        request=request,
        guidance=guidance,
        rules=rules,
        cache=cache,
        verdicts=Verdicts(cache, request, guidance, _HERE.rglob("*.py")),
    )
    now = State(judging=judging, repository=repository)
    verdict = now.verdict
    findings = _marked(verdict.findings, now.grep)
    if request.baseline:
        baseline = baselines.read(request.root / request.baseline)
        stale = _stale(request, now, findings, baseline, scope)
        findings = (*baselines.apply(baseline, findings, repository.paths), *stale)
    if request.since:
        then = _then(request, repository)
        before = verdict.findings
        if (then.files, then.paths) != (repository.files, repository.paths):
            same = history.unchanged(repository)
            moved = renames(Grep(repository=then, same=same), now.grep)
            before = State(
                judging=judging, repository=then, renamed=moved, same=same
            ).verdict.findings
        findings = history.new_since(findings, before)
    cache.save()
    report = Report(
        guidance_id=guidance.id,
        guidance_version=guidance.version,
        coverage=verdict.coverage,
        findings=tuple(
            sorted(
                (one for one in findings if _within(one.place.path, scope)),
                key=lambda one: (one.place, one.code, one.message),
            )
        ),
        services=verdict.services,
        claims=tuple(one for one in verdict.claims if _within(one.place.path, scope)),
        notes=(
            *repository.notes,
            *cache.notes,
            *unmatched(repository.paths, config.services),
        ),
    )
    return Audit(report=report, guidance=guidance, state=now)


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


def _stale(
    request: AuditRequest,
    now: State,
    findings: tuple[Finding, ...],
    baseline: Baseline,
    scope: tuple[str, ...],
) -> tuple[Finding, ...]:
    """A finding for each entry of the baseline that is mended: it would hide the next one."""
    ran = {rule.name: rule for rule in now.judging.rules}
    if UNUSED not in ran or request.baseline is None:
        return ()
    found = baselines.diff(baseline, findings, ran, now.repository.paths).stale
    if not (stale := [entry for entry in found if _within(entry.path, scope)]):
        return ()
    checker = now.checker
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
        for entry in stale
    )


def _marked(findings: Iterable[Finding], grep: Grep) -> tuple[Finding, ...]:
    found = tuple(findings)
    wanted = {one.place.path for one in found}
    texts = grep.texts(one for one in grep.repository.files if one.path in wanted)
    lines = {path: data.decode("utf-8", "replace").split("\n") for path, data in texts.items()}
    return tuple(
        replace(one, mark=mark(one.rule, lines[one.place.path], one.place.line, one.place.end_line))
        if one.place.path in lines
        else one
        for one in found
    )


def _then(request: AuditRequest, repository: Repository) -> Repository:
    if repository.git is None:
        missing = shutil.which("git") is None
        raise GitError(
            "there is no `git` on PATH" if missing else f"{request.root} is no git repository",
            why="--since compares with a commit",
            fix="install git" if missing else "leave --since out, or use a baseline",
        )
    return history.then(repository, repository.git, request.since, request.config.exclude)


def _within(path: str, scope: Sequence[str]) -> bool:
    return not scope or any(
        one in ("", ".") or path == one or path.startswith(f"{one}/") for one in scope
    )
