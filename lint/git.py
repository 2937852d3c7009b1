"""Git, asked in ways that run nothing of the repository that is read.

Only plumbing is called, as argv lists. Hooks, file-system monitors, clean filters, external diff
programs, credential prompts and lazy fetches of partial clones stay off, whatever the
repository's own configuration says; the caller's `GIT_*` variables (a hook sets some) are not
passed on, so that the directory given is the one that is read.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from lint.errors import GitError

_SAFE: Final = (
    "--no-pager",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "core.quotePath=false"),
    *("-c", "protocol.allow=never"),
)
_REFUSED: Final = "dubious ownership"


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """The git repository that holds a directory. Paths are relative to that directory."""

    directory: Path
    index: Path
    """The file that holds git's index; it may be missing."""

    @property
    def environment(self) -> dict[str, str]:
        """What git is given of ours."""
        return _environment()

    def lines(self, *arguments: str) -> bytes:
        """What a command prints.

        Raises:
            GitError: it failed; with git's own words.
        """
        done = _run(self.directory, *arguments)
        if done.returncode:
            raise GitError(
                f"git {arguments[0]} failed in {self.directory}",
                why=done.stderr.decode("utf-8", "replace").strip(),
                fix="run the same git command by hand; the repository may be damaged",
            )
        return done.stdout

    def commit(self, revision: str) -> str:
        """The commit that a revision names.

        Raises:
            GitError: there is no such commit here.
        """
        done = _run(
            self.directory,
            *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"),
        )
        if done.returncode and self.shallow:
            raise GitError(
                f"git knows no commit `{revision}` in {self.directory}",
                why="this clone is shallow, and may not reach back to it",
                fix="git fetch --unshallow; in CI fetch the whole history (`fetch-depth: 0`)",
            )
        if done.returncode:
            raise GitError(
                f"git knows no commit `{revision}` in {self.directory}",
                why="it is misspelt, or a branch that was not fetched",
                fix="`git log` and `git branch -a` list what there is",
            )
        return done.stdout.decode().strip()

    @property
    def shallow(self) -> bool:
        """Whether the history was cut off when it was cloned."""
        return _run(self.directory, "rev-parse", "--is-shallow-repository").stdout == b"true\n"

    def tree(self, commit: str) -> Mapping[str, tuple[str, str]]:
        """Path → (mode, blob id) of a commit, below this directory."""
        entries: dict[str, tuple[str, str]] = {}
        for entry in self.lines("ls-tree", "-r", "-z", commit).split(b"\0"):
            told, tab, name = entry.partition(b"\t")
            if tab:
                mode, _, blob = told.decode().split()
                entries[os.fsdecode(name)] = (mode, blob)
        return entries

    def blobs(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The contents of blobs, one process for all; ids that are not here are left out.

        Raises:
            GitError: there is no room for the list of them.
        """
        with (
            _file_of("".join(f"{one}\n" for one in ids).encode()) as asked,
            subprocess.Popen(
                [*command(), "cat-file", "--batch", "--buffer"],
                cwd=self.directory,
                env=self.environment,
                stdin=asked,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as process,
        ):
            if process.stdout is not None:
                yield from _batch(process.stdout)


def _file_of(data: bytes) -> IO[bytes]:
    """A file without a name, at its beginning: a pipe would have to be filled while git answers."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(tempfile.TemporaryFile())
            file.write(data)
            file.seek(0)
        except OSError as error:
            raise GitError(
                "git cannot be asked for the files of a commit",
                why=f"what is asked needs a temporary file: {error.strerror or error}",
                fix="make room on the disk, or set TMPDIR to a directory that has some",
            ) from error
        stack.pop_all()
        return file


def _batch(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    while head := stream.readline():
        words = head.split()
        if len(words) != 3 or not words[2].isdigit():
            continue
        data = stream.read(int(words[2]))
        stream.read(1)
        if words[1] == b"blob":
            yield words[0].decode(), data


def command(*, globs: bool = False) -> tuple[str, ...]:
    """How git is called, before its subcommand; `globs` in paths mean something only if asked."""
    return ("git", *_SAFE, *(() if globs else ("--literal-pathspecs",)))


def git_of(directory: Path) -> Git | None:
    """The git repository that a directory belongs to, None: it is in none, or git is missing.

    Raises:
        GitError: git refuses to read it because somebody else owns it.
    """
    try:
        done = _run(directory, "rev-parse", "--is-inside-work-tree", "--git-path", "index")
    except FileNotFoundError:
        return None
    told = done.stderr.decode("utf-8", "replace")
    if _REFUSED in told:
        raise GitError(
            f"git does not trust {directory}",
            why="somebody else owns it",
            fix=f"git config --global --add safe.directory {directory}",
        )
    inside, _, index = done.stdout.partition(b"\n")
    if done.returncode or inside != b"true":
        return None
    return Git(directory=directory, index=directory / os.fsdecode(index.rstrip(b"\n")))


def _run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*command(), *arguments],
        cwd=directory,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }
