"""What has come since a commit: findings that its files did not have."""

from __future__ import annotations

from collections.abc import Iterable

from lint.git import Git
from lint.model import Finding
from lint.repository import Repository, SourceFile, at_commit


def then(now: Repository, git: Git, revision: str, exclude: Iterable[str] = ()) -> Repository:
    """The repository as it was at a revision, whole.

    Raises:
        GitError: there is no such commit here.
    """
    return at_commit(now.root, git, git.commit(revision), exclude)


def unchanged(now: Repository) -> dict[str, SourceFile]:
    """The files of the working tree that git's index knows as they are: path → file."""
    return {one.path: one for one in now.files if one.blob not in now.kept}


def new_since(findings: Iterable[Finding], before: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings whose fingerprint counted for nothing then: absent, or suppressed."""
    known = {one.fingerprint for one in before if one.suppressed is None}
    return tuple(one for one in findings if one.fingerprint not in known)
