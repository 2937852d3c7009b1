"""From package files to a root file system."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import translate
from io import BytesIO
from pathlib import Path
from typing import Final

from orchestration.errors import ImageError
from orchestration.images.bytecode import compile_bytecode
from orchestration.images.entries import Directory, Entry, File, Link, Script
from orchestration.images.library_cache import library_cache

_EXTRACT_SECONDS: Final = 120.0

# Packages may still ship /bin and /lib, which the distribution merged into /usr.
_MERGED: Final = ("bin", "lib", "lib64", "sbin")

# One fixed time makes equal input give equal bytes; zip files cannot say anything before 1980.
_TIME: Final = 315_619_200


def make_rootfs(
    packages: Sequence[Path], entries: Sequence[Entry], omitted: Sequence[str], work: Path
) -> Path:
    """A tar file, in `work`, of what `packages` contain and of `entries`.

    `work` is an empty directory for this build alone. Everything belongs to root but what
    `entries` say, whoever runs this. Raises ImageError.
    """
    root = work / "root"
    for name in _MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / "usr" / name).chmod(0o755)
        (root / name).symlink_to(f"usr/{name}")
    (root / "usr").chmod(0o755)
    for package in packages:
        _extract(package, root)
    compile_bytecode(root)
    cache = library_cache(root)
    linked = [File(path="etc/ld.so.cache", content=cache)] if cache else []
    archive = work / "rootfs.tar"
    with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as tar:
        _write(tar, root, {entry.path: entry for entry in (*entries, *linked)}, omitted)
    return archive


def _extract(package: Path, root: Path) -> None:
    """Unpack like dpkg does: a directory of the package goes where a link to one leads.

    `dpkg-deb -x` would put a real /bin in the place of the link to usr/bin.
    """
    into = ["tar", "-x", "-p", "--no-same-owner", "--keep-directory-symlink", "-C", str(root)]
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(
            ["dpkg-deb", "--fsys-tarfile", str(package)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
        ) as unpacker,
    ):
        try:
            tar = subprocess.run(
                into, stdin=unpacker.stdout, stderr=words, timeout=_EXTRACT_SECONDS, check=False
            )
            failed = tar.returncode or unpacker.wait(_EXTRACT_SECONDS)
        except subprocess.TimeoutExpired:
            unpacker.kill()
            failed = -1
        if failed:
            words.seek(0)
            raise ImageError(
                f"{package.name} could not be unpacked.",
                why=words.read().decode(errors="replace").strip()[-500:]
                or f"It took more than {_EXTRACT_SECONDS:.0f} s.",
                fix=f"If the disk has room, remove {package.parent} and try again.",
            )


def _write(
    tar: tarfile.TarFile, root: Path, entries: Mapping[str, Entry], omitted: Sequence[str]
) -> None:
    leave_out = re.compile("|".join(map(translate, omitted)) or r"(?!)").match
    present = set()
    for path, source in _walk(root):
        member = tar.gettarinfo(source, path)
        if path in entries and not isinstance(entries[path], Link):
            continue
        if leave_out(path) and not path.endswith("/copyright"):
            continue
        present.add(path)
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = _TIME
        if member.isreg():
            with source.open("rb") as file:
                tar.addfile(member, file)
        else:
            tar.addfile(member)
    for path, entry in sorted(entries.items()):
        if path not in present:
            tar.addfile(*_member(entry))


def _walk(root: Path) -> Iterator[tuple[str, Path]]:
    """Every path below `root`, parents first, in a fixed order."""
    for directory, names, files in os.walk(root):
        names.sort()
        for name in sorted((*names, *files)):
            source = Path(directory, name)
            yield str(source.relative_to(root)), source


def _member(entry: Entry) -> tuple[tarfile.TarInfo, BytesIO | None]:
    member = tarfile.TarInfo(entry.path)
    member.mtime = _TIME
    match entry:
        case File(content=content, mode=mode):
            member.mode, member.size = mode, len(content)
            return member, BytesIO(content)
        case Script():
            content = entry.read()
            member.mode, member.size = 0o755, len(content)
            return member, BytesIO(content)
        case Directory(mode=mode, uid=uid, gid=gid):
            member.type, member.mode = tarfile.DIRTYPE, mode
            member.uid, member.gid = uid, gid
            return member, None
        case Link(target=target):
            member.type, member.mode, member.linkname = tarfile.SYMTYPE, 0o777, target
            return member, None
