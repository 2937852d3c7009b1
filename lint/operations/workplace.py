"""From where somebody stands to what is read: root, configuration, guidance, baseline."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lint.config_file import Mistake, find_config, read_config
from lint.errors import LintConfigError, UsageError
from lint.loose_tables import loose_config, shared_mistakes
from lint.nearest import suggestion
from lint.outputs.colour import wants_colour
from lint.outputs.output import Sources
from lint.rules.rule import Rule
from lint.settings import LintConfig

if TYPE_CHECKING:
    from lint.audit import Audit
    from lint.audit_request import AuditRequest
    from lint.baseline import Baseline

BASELINE: Final = "stackwright-baseline.txt"
"""The baseline's name where the configuration gives none."""
COMMANDS: Final = ("check", "status", "rule", "explain", "baseline", "init")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line says of how to read and judge, as it was written."""

    paths: Sequence[Path] = ()
    config: Path | None = None
    guidance: str | None = None
    as_of: str | None = None
    no_cache: bool = False
    since: str | None = None
    baseline: Path | None = None
    no_baseline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """A repository, and the configuration that holds for it."""

    cwd: Path
    root: Path
    config: LintConfig
    paths: tuple[Path, ...] = ()
    """Absolute; what findings are wanted of. Empty: all of the repository."""
    wishes: Wishes = field(default_factory=Wishes)

    @classmethod
    def here(cls, wishes: Wishes) -> Workplace:
        """The one around the current directory, or around the paths when they lie elsewhere.

        Raises LintConfigError and UsageError.
        """
        cwd = Path.cwd()
        paths = tuple(_existing(cwd, each) for each in wishes.paths)
        start = cwd
        repository = repository_of(cwd)
        homes = {repository_of(_directory(each)) for each in paths} or {repository}
        beyond = not all(each.is_relative_to(repository or cwd) for each in paths)
        if beyond or homes != {repository}:
            start = Path(os.path.commonpath([_directory(each) for each in paths]))
            repository = _only(homes)
        file = find_config(start, repository, _from(cwd, wishes.config))
        root = repository or (file.parent if file and wishes.config is None else start)
        config = _config(file, root)
        if not paths and start != root:
            paths = (start,)
        return cls(cwd=cwd, root=root, config=config, paths=paths, wishes=wishes)

    def whole(self) -> Workplace:
        """The same repository, all of it."""
        return replace(self, paths=())

    def request(self, *, baseline: bool = True) -> AuditRequest:
        """What to ask the audit for; `baseline` False: without one, whatever was wished."""
        from lint.audit_request import AuditRequest

        # Rules are chosen on the report: what is not shown still counts for the verdicts.
        return AuditRequest(
            root=self.root,
            paths=self.paths,
            config=replace(self.config, select=(), ignore=()),
            guidance=self.wishes.guidance or "",
            as_of=_date(self.wishes.as_of),
            since=self.wishes.since or "",
            use_cache=not self.wishes.no_cache,
            baseline=self.baseline() if baseline else None,
        )

    def audit(self, *, baseline: bool = True) -> Audit:
        """Read and judge the repository."""
        from lint.audit import audit

        self.check_words()
        try:
            return audit(self.request(baseline=baseline))
        except LintConfigError as error:
            raise self._placed(error) from error

    def known(self) -> Baseline:
        """What the baseline holds. Raises LintConfigError."""
        from lint import baseline

        try:
            return baseline.read(self.baseline_file())
        except LintConfigError as error:
            raise self._placed(error) from error

    def check_words(self) -> None:
        """That `select` and `ignore` of the configuration name what the guidance has.

        Raises LintConfigError, before the repository is read.
        """
        if not (self.config.select or self.config.ignore):
            return
        from lint.audit_request import guidance_of
        from lint.operations.selection import meaning

        try:
            requirements = guidance_of(self.request(baseline=False)).requirements
        except LintConfigError as error:
            raise self._placed(error) from error
        for key, words in (("select", self.config.select), ("ignore", self.config.ignore)):
            for at, word in enumerate(words):
                try:
                    meaning(word, rules(), requirements)
                except UsageError as error:
                    told = LintConfigError(error.what, fix=error.fix, key=("lint", key, at))
                    raise self._placed(told) from error

    def _placed(self, error: LintConfigError) -> LintConfigError:
        """The same, with file and line when it is a key of the configuration that asks for it."""
        by_hand = error.key == ("lint", "baseline") and not (
            self.config.baseline and self.wishes.baseline is None
        )
        if by_hand or not (error.key and self.config.file):
            return error
        read = read_config(self.root / self.config.file)
        what = f"{error.what}: {error.why}" if error.why else error.what
        return read.error([Mistake(key=error.key, what=what, fix=error.fix)])

    def baseline(self) -> Path | None:
        """The baseline to apply: the one wished for or configured, else one of the usual name
        that is there.
        """
        if self.wishes.no_baseline:
            return None
        wanted = self.baseline_file()
        named = self.wishes.baseline is not None or self.config.baseline
        return wanted if named or wanted.is_file() else None

    def baseline_file(self) -> Path:
        """Where the baseline is, or would be written."""
        if self.wishes.baseline is not None:
            return Path(os.path.normpath(self.cwd / self.wishes.baseline))
        return self.root / (self.config.baseline or BASELINE)

    def sources(self, audit: Audit, *, show_suppressed: bool = False) -> Sources:
        """What a format may look up."""
        return Sources(
            lines=lines_below(self.root),
            rules=rules(),
            requirements=audit.guidance.requirements,
            version=_version,
            show_suppressed=show_suppressed,
        )


def for_terminal(sources: Sources) -> Sources:
    """The same for standard output: colours and a width when it is a terminal."""
    return replace(
        sources,
        colour=wants_colour(os.environ, terminal=sys.stdout.isatty()),
        width=terminal_width(),
    )


def repository_of(start: Path) -> Path | None:
    """The directory with `.git` that holds `start`, None outside of any repository."""
    for directory in (start, *start.parents):
        if os.path.lexists(directory / ".git"):
            return directory
    return None


def lines_below(root: Path) -> Callable[[str], Sequence[str]]:
    """A reader of the lines of files below `root`; it reads each once, and never raises."""

    @cache
    def lines(path: str) -> tuple[str, ...]:
        try:
            data = (root / path).read_bytes()
        except (OSError, ValueError):
            return ()
        text = data.decode("utf-8-sig", "replace")
        return tuple(line.removesuffix("\r") for line in text.split("\n"))

    return lines


def rules() -> Mapping[str, Rule]:
    """All rules by name."""
    from lint.rules.table import RULES

    return {rule.name: rule for rule in RULES}


def terminal_width() -> int:
    """Of standard output; 0 when it is no terminal."""
    if not sys.stdout.isatty():
        return 0
    import shutil

    return shutil.get_terminal_size().columns


def _config(file: Path | None, root: Path) -> LintConfig:
    if file is None:
        return LintConfig()
    read = read_config(file)
    if "lint" not in read.data:
        loose = loose_config(read, root)
        if mistakes := list(shared_mistakes(read, loose.base)):
            raise read.error(mistakes)
        return loose.config
    from lint.config import load_config

    known = rules().values()
    return load_config(read, root, [*(each.name for each in known), *(each.code for each in known)])


def _existing(cwd: Path, path: Path) -> Path:
    whole = Path(os.path.normpath(cwd / path))
    if os.path.lexists(whole):
        return whole
    if str(path) in COMMANDS:
        raise UsageError(
            f"`{path}` is a command, and stands where a path would",
            fix=f"write it first, its options behind it: stackwright lint {path} …",
        )
    meant = suggestion(path.name, COMMANDS) if path.parent == Path() else ""
    raise UsageError(
        f"there is no file or directory `{path}`",
        fix=f"{meant} A command comes first, then paths." if "mean" in meant else "check the path",
    )


def _directory(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _only(repositories: set[Path | None]) -> Path | None:
    if len(repositories) == 1:
        return repositories.pop()
    named = sorted(str(each) for each in repositories if each)
    raise UsageError(
        f"the paths belong to different repositories: {', '.join(named)}",
        why="one run judges one repository, because calls lead from file to file",
        fix="run it once for each",
    )


def _from(cwd: Path, path: Path | None) -> Path | None:
    return cwd / path if path is not None else None


def _date(written: str | None) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise UsageError(
            f"`{written}` is no date", fix="write it like 2026-01-31: --as-of 2026-01-31"
        ) from None


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("stackwright")
    except metadata.PackageNotFoundError:
        return ""
