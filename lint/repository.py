"""The files of a repository, as git knows them, and why some of them are not read."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lint.errors import LintError
from lint.git import Git, git_of
from lint.globs import matches_any
from lint.languages.table import language_of, needs_head
from lint.model import SkippedFile

LARGEST: Final = 2 * 1024 * 1024
"""Bytes of a file that is still read; what is larger is generated or data."""

VENDORED: Final = frozenset(
    {"vendor", "node_modules", "third_party", "thirdparty", "bower_components", "site-packages"}
    | {".venv", "venv", ".tox", ".nox", "__pycache__", ".git", ".eggs", ".mypy_cache"}
)
"""Directories of code that others wrote or tools made, at any depth."""

_TEST_DATA: Final = "testdata"
_IN_TEST_DATA: Final = "test data (testdata/)"
_RUN_FROM_THERE: Final = (".sh", ".bash", ".yml", ".yaml")
"""Scripts and compose files that suites keep among their test data, and run."""
_CI_DIRECTORIES: Final = frozenset(
    {".github", ".gitlab", ".ci", ".circleci", ".buildkite", ".azure", ".tekton", ".woodpecker"}
)
_BACKUP: Final = re.compile(r"(?:\.(?:bak|backup|orig|old|rej|save|sw[op])\d*|~)\Z", re.IGNORECASE)
_ENTRY: Final = re.compile(
    rb"\? (?P<other>[^\0]+)\0"
    rb"|(?P<tag>[A-Za-z]) (?P<mode>[0-7]+) (?P<blob>[0-9a-f]+) [0-3]\t(?P<path>[^\0]+)\0"
    rb"(?:  ctime: (?P<cs>\d+):(?P<cn>\d+)\n  mtime: (?P<ms>\d+):(?P<mn>\d+)\n"
    rb"  dev: \d+\tino: (?P<ino>\d+)\n  uid: [^\n]*\n  size: (?P<size>\d+)\tflags: [^\n]*\n)?"
)
_LINK, _SUBMODULE, _PLAIN, _PROGRAM = "120000", "160000", "100644", "100755"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that the linter can read. `blob` is git's id of its present content."""

    path: str
    blob: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """The files below a root as they are now, or as they were in a commit."""

    root: Path
    files: tuple[SourceFile, ...]
    """Those of a language that the linter reads, sorted by path."""
    paths: frozenset[str]
    """All files that are not ignored, whatever they are."""
    skipped: tuple[SkippedFile, ...] = ()
    """Files that would have been read, and why they were not."""
    notes: tuple[str, ...] = ()
    git: Git | None = None
    commit: str = ""
    """Empty: the working tree."""
    kept: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """Contents by blob id that had to be read to find it."""

    def contents(self, files: Iterable[SourceFile]) -> dict[str, bytes]:
        """Path → bytes. A file that vanished or cannot be read any more is left out."""
        if self.commit and self.git:
            wanted = list(files)
            blobs = dict(self.git.blobs({one.blob for one in wanted}))
            return {one.path: blobs[one.blob] for one in wanted if one.blob in blobs}
        found: dict[str, bytes] = {}
        for one in files:
            data = self.kept.get(one.blob)
            if data is None:
                data = _read(self.root / one.path)
            if data is not None:
                found[one.path] = data
        return found


def blob_id(data: bytes, size: int = 40) -> str:
    """What git calls this content; `size` is 40 for SHA-1 repositories, 64 for SHA-256 ones."""
    made = hashlib.sha256() if size == 64 else hashlib.sha1(usedforsecurity=False)
    made.update(b"blob %d\0" % len(data))
    made.update(data)
    return made.hexdigest()


@dataclass(slots=True, kw_only=True)
class _Sorting:
    """Takes candidates one by one and decides what becomes of each."""

    root: Path
    exclude: tuple[str, ...]
    files: list[SourceFile] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    skipped: list[SkippedFile] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)
    safe: dict[str, bool] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)

    def skip(self, path: str, why: str) -> None:
        if language_of(path) is not None or why == "submodule":
            self.skipped.append(SkippedFile(path=path, why=why))

    def admit(self, path: str) -> bool:
        """By its name alone: whether it may be read."""
        if not path.isprintable():
            shown = path.encode("utf-8", "replace").decode()
            self.skip(shown, "its name is no printable text")
            return False
        self.paths.add(path)
        if why := self.unwanted(path):
            self.skip(path, why)
            return False
        return needs_head(path) or language_of(path) is not None

    def unwanted(self, path: str) -> str:
        directory, _, name = path.rpartition("/")
        why = self.others.get(directory)
        if why is None:
            why = self.others[directory] = _of_others(directory)
        if why == _IN_TEST_DATA and name.endswith(_RUN_FROM_THERE):
            why = ""
        if why or _BACKUP.search(name):
            return why or "backup"
        excluded = self.exclude and matches_any(path, self.exclude)
        return "excluded by the configuration" if excluded else ""

    def look(self, path: str) -> os.stat_result | None:
        """What stands there now, None where nothing does that may be read."""
        try:
            told = os.lstat(f"{self.root}/{path}")
        except (FileNotFoundError, NotADirectoryError):
            self.paths.discard(path)
            return None
        except OSError:
            self.skip(path, "unreadable")
            return None
        if stat.S_ISLNK(told.st_mode):
            self.skip(path, _link(self.root, path))
        elif not stat.S_ISREG(told.st_mode):
            self.skip(path, "no regular file")
        elif told.st_size > LARGEST:
            self.skip(path, f"larger than {LARGEST // 1024 // 1024} MiB")
        elif not self.inside(path.rpartition("/")[0]):
            self.skip(path, "a directory above it is a symbolic link")
        else:
            return told
        return None

    def inside(self, directory: str) -> bool:
        known = self.safe.get(directory)
        if known is None:
            above = directory.rpartition("/")[0]
            known = not directory or (
                not (self.root / directory).is_symlink() and self.inside(above)
            )
            self.safe[directory] = known
        return known

    def take(self, path: str, blob: str = "", id_size: int = 40) -> None:
        """A file whose content is `blob`, or has to be read to know."""
        language = language_of(path)
        if blob and language:
            self.files.append(SourceFile(path=path, blob=blob, language=language.name))
            return
        data = _read(self.root / path)
        if data is None:
            self.skip(path, "unreadable")
            return
        language = language or language_of(path, data[:200])
        if language:
            blob = blob or blob_id(data, id_size)
            self.kept[blob] = data
            self.files.append(SourceFile(path=path, blob=blob, language=language.name))


def working_tree(root: Path, exclude: Iterable[str] = ()) -> Repository:
    """The files below a directory as they are now: tracked ones, and new ones not ignored.

    Raises:
        GitError: git refuses to read it.
        LintError: there is no such directory.
    """
    if not root.is_dir():
        raise LintError(f"{root} is no directory", fix="give the root of a repository")
    sorting = _Sorting(root=root, exclude=tuple(exclude))
    git = git_of(root)
    notes: tuple[str, ...] = ()
    if git:
        _from_index(sorting, git)
    else:
        notes = (
            f"{root} is no git repository (or git is missing): every file is read but those in "
            "hidden and vendored directories, and .gitignore is not looked at",
        )
        _from_disk(sorting)
    return _made(sorting, git, notes)


def at_commit(root: Path, git: Git, commit: str, exclude: Iterable[str] = ()) -> Repository:
    """The files below a directory as they were in a commit."""
    sorting = _Sorting(root=root, exclude=tuple(exclude))
    unnamed: dict[str, str] = {}
    for path, (mode, blob) in git.tree(commit).items():
        if mode in (_LINK, _SUBMODULE) or not sorting.admit(path):
            continue
        if language := language_of(path):
            sorting.files.append(SourceFile(path=path, blob=blob, language=language.name))
        else:
            unnamed[path] = blob
    heads = dict(git.blobs(set(unnamed.values()))) if unnamed else {}
    for path, blob in unnamed.items():
        if language := language_of(path, heads.get(blob, b"")[:200]):
            sorting.files.append(SourceFile(path=path, blob=blob, language=language.name))
    return _made(sorting, git, (), commit)


def _made(
    sorting: _Sorting, git: Git | None, notes: tuple[str, ...], commit: str = ""
) -> Repository:
    return Repository(
        root=sorting.root,
        files=tuple(sorted(sorting.files, key=lambda one: one.path)),
        paths=frozenset(sorting.paths),
        skipped=tuple(sorted(sorting.skipped, key=lambda one: one.path)),
        notes=notes,
        git=git,
        commit=commit,
        kept=sorting.kept,
    )


def _from_index(sorting: _Sorting, git: Git) -> None:
    listed = git.lines(
        *("ls-files", "-z", "-t", "--stage", "--others", "--exclude-standard", "--debug")
    )
    written = _written(git.index)
    seen: set[str] = set()
    for entry in _ENTRY.finditer(listed):
        path = os.fsdecode(entry["other"] or entry["path"])
        if path in seen:
            continue
        seen.add(path)
        if entry["other"]:
            if path.endswith("/"):
                sorting.skip(path.rstrip("/"), "submodule")
            elif sorting.admit(path) and sorting.look(path):
                sorting.take(path)
            continue
        _tracked(sorting, path, entry, written)


def _tracked(sorting: _Sorting, path: str, entry: re.Match[bytes], written: int) -> None:
    if entry["mode"].decode() == _SUBMODULE:
        sorting.skip(path, "submodule")
        return
    if not sorting.admit(path):
        return
    if entry["tag"] == b"S" and not (sorting.root / path).exists():
        sorting.skip(path, "not checked out (sparse)")
        return
    told = sorting.look(path)
    if told is None:
        return
    blob = entry["blob"].decode()
    sorting.take(path, blob if _unchanged(entry, told, written) else "", len(blob))


def _unchanged(entry: re.Match[bytes], told: os.stat_result, written: int) -> bool:
    """Whether the file is still the one that git hashed, by the rules of git's own index."""
    if entry["ms"] is None:
        return False
    changed = int(entry["ms"]) * 10**9 + int(entry["mn"])
    return (
        int(entry["size"]) == told.st_size & 0xFFFFFFFF
        and int(entry["ino"]) == told.st_ino & 0xFFFFFFFF
        and changed == told.st_mtime_ns
        and int(entry["cs"]) * 10**9 + int(entry["cn"]) == told.st_ctime_ns
        and changed < written
    )


def _written(index: Path) -> int:
    try:
        return index.stat().st_mtime_ns
    except OSError:
        return 0


def _from_disk(sorting: _Sorting) -> None:
    def closed(error: OSError) -> None:
        path = Path(str(error.filename)).relative_to(sorting.root).as_posix()
        sorting.skipped.append(SkippedFile(path=path, why="unreadable directory"))

    for directory, below, names in os.walk(sorting.root, onerror=closed):
        below[:] = sorted(
            name
            for name in below
            if name not in VENDORED and (not name.startswith(".") or name in _CI_DIRECTORIES)
        )
        for name in sorted(names):
            path = (Path(directory) / name).relative_to(sorting.root).as_posix()
            if sorting.admit(path) and sorting.look(path):
                sorting.take(path)


def _of_others(directory: str) -> str:
    for name in directory.split("/"):
        if name in VENDORED:
            return f"vendored ({name}/)"
        if name == _TEST_DATA:
            return _IN_TEST_DATA
    return ""


def _link(root: Path, path: str) -> str:
    try:
        inside = (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return "symbolic link that leads nowhere"
    return "symbolic link (its target is read)" if inside else "symbolic link out of the repository"


def _read(path: Path) -> bytes | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with open(handle, "rb") as file:  # noqa: PTH123 - a descriptor, opened without following links
        try:
            return file.read(LARGEST + 1)
        except OSError:
            return None
