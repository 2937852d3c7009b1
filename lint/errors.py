"""Every way the linter can end badly. Exit codes are stable, as ruff's are: 2 for all of these,
3 for nothing to scan; 1 is kept for findings."""

from __future__ import annotations

from typing import ClassVar


class LintError(Exception):
    """The root of the linter's errors: what, why and what to do next, in one message."""

    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        self.what = what
        self.why = why
        self.fix = fix
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)


class LintConfigError(LintError):
    """The configuration, a guidance file or the baseline is wrong; says file, line and key.

    `key`: the key of the configuration that asks for what is wrong, where whoever raises it does
    not know the file. Who does adds the place.
    """

    def __init__(
        self, what: str, *, why: str = "", fix: str = "", key: tuple[str | int, ...] = ()
    ) -> None:
        self.key = key
        super().__init__(what, why=why, fix=fix)


class UsageError(LintError):
    """The command line asks for something that does not exist."""


class GitError(LintError):
    """Git could not tell what is needed (no repository, unknown revision)."""


class NothingToScanError(LintError):
    """The paths given hold no file that the linter reads."""

    exit_code = 3
