"""Which files hold any of some words: by git's own search on disk, by ours for the rest."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lint.git import Git, command
from lint.repository import Repository, SourceFile

HEAD = 8000
"""Bytes at the beginning of a file in which a NUL tells that it is no text, as for git."""
_ENOUGH = 400
"""Words that one search takes: each costs a pass over the files."""


@dataclass(frozen=True, kw_only=True)
class Grep:
    """Searches the files of one repository. Contents that were read once are kept."""

    repository: Repository
    same: Mapping[str, SourceFile] = field(default_factory=dict)
    """Path → file on disk, where a commit is searched whose file is the same as that."""
    _read: dict[str, bytes] = field(default_factory=dict, repr=False)

    def holding(self, words: Iterable[str], files: Iterable[SourceFile]) -> set[str]:
        """The paths of those files whose bytes hold any of the words."""
        wanted = list(dict.fromkeys(words))
        asked = {one.path: one for one in files}
        if not wanted or not asked:
            return set()
        git, on_disk = self.repository.git, self._on_disk(asked)
        found: set[str] = set()
        if git and on_disk:
            for start in range(0, len(wanted), _ENOUGH):
                found |= _searched(git, wanted[start : start + _ENOUGH], on_disk)
            found &= on_disk.keys()
        else:
            on_disk = {}
        rest = [one for path, one in asked.items() if path not in on_disk]
        encoded = [word.encode() for word in wanted]
        for path, data in self.texts(rest).items():
            if any(word in data for word in encoded):
                found.add(path)
        return found

    def binary(self, files: Iterable[SourceFile]) -> dict[str, bytes]:
        """Path → beginning of those files that are none of text: with NUL bytes near it."""
        asked = {one.path: one for one in files}
        git, on_disk = self.repository.git, self._on_disk(asked)
        text = _searched(git, ("",), on_disk, "-I") if git and on_disk else set()
        # Empty files hold no line, and attributes can call any file binary.
        doubted = [one for path, one in asked.items() if path not in text]
        heads = {path: data[:HEAD] for path, data in self.texts(doubted).items()}
        return {path: head for path, head in heads.items() if b"\0" in head}

    def texts(self, files: Iterable[SourceFile]) -> dict[str, bytes]:
        """Path → content of those files; unreadable ones are left out."""
        wanted = list(files)
        missing = [one for one in wanted if one.path not in self._read]
        self._read.update(self.repository.contents(missing))
        return {one.path: self._read[one.path] for one in wanted if one.path in self._read}

    def _on_disk(self, asked: Mapping[str, SourceFile]) -> dict[str, SourceFile]:
        if not self.repository.commit:
            return {p: one for p, one in asked.items() if one.blob not in self.repository.kept}
        return {
            path: one
            for path, one in asked.items()
            if (now := self.same.get(path)) and now.blob == one.blob
        }


def _searched(
    git: Git, words: Sequence[str], files: Mapping[str, SourceFile], binary: str = "-a"
) -> set[str]:
    """By `git grep` over tracked files on disk. Globs of endings keep it from the other files."""
    endings = {"*" + os.path.splitext(path)[1] for path in files}  # noqa: PTH122 - no Path per file
    done = subprocess.run(
        [
            *command(globs=True),
            *("-c", "grep.fullName=false", "-c", "grep.threads=0"),
            *("grep", "-l", "-z", "-F", binary, "--no-recurse-submodules", "--no-textconv"),
            *(flag for word in words for flag in ("-e", word)),
            *("--", *sorted(endings)),
        ],
        cwd=git.directory,
        env=git.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        return set(files) if binary == "-a" else set()
    return {os.fsdecode(path) for path in done.stdout.split(b"\0") if path}
