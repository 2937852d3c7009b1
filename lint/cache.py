"""Facts of files by content, kept between runs in the user's cache directory.

Everything in it can be made again, so nothing about it may fail a run: a cache that is damaged, not
ours or full is left alone or rebuilt, with a note. Only msgpack is read, never code.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec

from lint.facts import FileFacts

LARGEST: Final = 128 * 1024 * 1024
"""Bytes of one repository's cache; the entries that were not used longest go first."""

_MAGIC: Final = b"stackwright-facts\x01"
_LIBRARIES: Final = (
    *("libcst", "msgspec", "markdown-it-py", "PyYAML", "tree-sitter", "tree-sitter-bash"),
    *("tree-sitter-containerfile", "tree-sitter-go", "tree-sitter-make", "tree-sitter-yaml"),
)
_VERSIONS: Final = 2
_Entries = dict[str, msgspec.Raw]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """One repository's facts. Keys are what the caller makes of a blob id and a language."""

    file: Path | None
    """None: nothing is kept."""
    notes: tuple[str, ...] = ()
    _old: _Entries = field(default_factory=dict, repr=False)
    _used: _Entries = field(default_factory=dict, repr=False)
    _new: set[str] = field(default_factory=set, repr=False)
    _read: dict[str, FileFacts] = field(default_factory=dict, repr=False)

    def facts(self, key: str) -> FileFacts | None:
        """What is known of a content, None: it has to be extracted."""
        if known := self._read.get(key):
            return known
        raw = self.raw(key)
        if raw is None:
            return None
        try:
            self._read[key] = _FACTS.decode(raw)
        except (msgspec.MsgspecError, RecursionError):
            self._used.pop(key, None)
        return self._read.get(key)

    def raw(self, key: str) -> bytes | None:
        """Any other entry as its bytes (msgpack)."""
        found = self._used.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self._used[key] = found
        return bytes(found) if found is not None else None

    def keep(self, key: str, facts: FileFacts) -> None:
        """Remembers facts for `save`."""
        self._read[key] = facts
        with contextlib.suppress(RecursionError):
            self.keep_raw(key, _ENTRIES.encode(facts))

    def keep_raw(self, key: str, encoded: bytes) -> None:
        """Remembers any other entry (msgpack)."""
        self._used[key] = msgspec.Raw(encoded)
        self._new.add(key)

    def save(self) -> None:
        """Writes it, if anything was learnt: in one step, so that others see old or new."""
        if self.file is None or not self._new:
            return
        body = _ENTRIES.encode(self._bounded())
        head = _MAGIC + zlib.crc32(body).to_bytes(4, "big")
        with contextlib.suppress(OSError):
            _replace(self.file, head + body)
            _forget_others(self.file)

    def _bounded(self) -> _Entries:
        """What this run used first, then older entries while there is room."""
        kept: _Entries = {}
        room = LARGEST
        for key, raw in (*self._used.items(), *self._old.items()):
            size = len(bytes(raw)) + len(key)
            if key not in kept and size <= room:
                kept[key] = raw
                room -= size
        return kept


_FACTS: Final = msgspec.msgpack.Decoder(FileFacts)
_READER: Final = msgspec.msgpack.Decoder(_Entries)
_ENTRIES: Final = msgspec.msgpack.Encoder()


def open_cache(directory: Path, root: Path, made_by: str) -> Cache:
    """The cache of the repository at `root` below `directory` (made if missing).

    `made_by` is the extractors' version: other versions' entries are never read.
    """
    home = directory / hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    file = home / f"facts-{made_by}.msgpack"
    if why := _unfit(directory, home):
        return Cache(file=None, notes=(f"facts are not cached: {why}",))
    try:
        data = _content(file)
    except FileNotFoundError:
        return Cache(file=file)
    except OSError as error:
        return Cache(file=None, notes=(f"facts are not cached: {error}",))
    entries = _decoded(data)
    if entries is None:
        return Cache(file=file, notes=(f"the cache {file} was damaged and is rebuilt",))
    return Cache(file=file, _old=entries)


def extractors_version(sources: Iterable[Path]) -> str:
    """A hash of the extractors' sources, the parsers' versions and Python's."""
    made = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for name in _LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            made.update(f"{name}={version(name)};".encode())
    for source in sorted(sources):
        made.update(source.name.encode() + b"\0" + source.read_bytes())
    return made.hexdigest()[:16]


def _unfit(directory: Path, home: Path) -> str:
    """Why a directory may not be used: others could have written what we would read."""
    for one in (directory, home):
        try:
            one.mkdir(mode=0o700, parents=True, exist_ok=True)
            told = one.lstat()
        except OSError as error:
            return str(error)
        if not stat.S_ISDIR(told.st_mode):
            return f"{one} is a symbolic link or no directory"
        if told.st_uid != os.getuid():
            return f"{one} belongs to another user"
        if told.st_mode & 0o022:
            return f"{one} can be written by others (chmod 700 it)"
    return ""


def _content(file: Path) -> bytes:
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as opened:  # noqa: PTH123 - a descriptor, opened without following links
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode) or told.st_uid != os.getuid():
            raise OSError(f"{file} is no file of ours")
        return opened.read(LARGEST * 2)


def _decoded(data: bytes) -> _Entries | None:
    head = len(_MAGIC) + 4
    body = memoryview(data)[head:]
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : head] != _crc(body):
        return None
    try:
        return _READER.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _crc(body: memoryview) -> bytes:
    return zlib.crc32(body).to_bytes(4, "big")


def _replace(file: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    written = Path(name)
    try:
        with open(handle, "wb") as opened:  # noqa: PTH123 - a descriptor
            opened.write(data)
        written.replace(file)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _forget_others(file: Path) -> None:
    """Of other versions of the extractors the newest stay: two installations may take turns."""
    others = [one for one in file.parent.glob("facts-*.msgpack") if one != file]
    for other in sorted(others, key=lambda one: one.stat().st_mtime_ns)[:-_VERSIONS]:
        other.unlink(missing_ok=True)
