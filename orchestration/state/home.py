"""The directory that keeps what stackwright must remember: closed to everybody else."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from orchestration.errors import ConfigError

_ENTER: Final[int] = (
    getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
)
_SHARED: Final = stat.S_ISVTX | stat.S_IWOTH
_MOST_LINKS: Final = 40
"""As many as the system itself follows (path_resolution(7))."""

_OWN_STATE: Final = "point STACKWRIGHT_STATE at a directory of your own"


def state_home(environ: Mapping[str, str]) -> Path:
    """`STACKWRIGHT_STATE`, else the user's state directory, made if needed with mode 0700.

    Raises ConfigError as `closed_directory` does, and when the user has no home directory.
    """
    named = environ.get("STACKWRIGHT_STATE")
    if named:
        home = Path(named).absolute()
    else:
        from platformdirs import user_state_path

        try:
            home = user_state_path("stackwright")
        except RuntimeError as error:
            raise ConfigError(
                "there is no place for the state directory: this user has no home directory",
                why=str(error),
                fix=f"set HOME, or {_OWN_STATE}",
            ) from error
    return closed_directory(home)


def closed_directory(
    path: Path, *, what: str = "the state directory", fix: str = _OWN_STATE
) -> Path:
    """`path` as a directory that only this user can enter, made if it is not there.

    Raises ConfigError where somebody else could put something of theirs in its place: when it is a
    link or not this user's, and when a directory above it belongs to a third user, is reached
    through a link of theirs, or lets everybody write (without the sticky bit). And where others are
    at home: a directory that all may write to, such as root's `/tmp`, is not taken from them.
    """
    walk = _Walk(path.absolute(), what, fix)
    try:
        walk.to_the_end()
        walk.close_to_others()
    except OSError as error:
        raise walk.refused(f"cannot be made: {error.strerror}") from error
    finally:
        walk.leave()
    return path


def own_directory(path: Path, below: Path) -> Path:
    """`path`, below a directory that is taken as it is; what is missing is made with mode 0700.

    Raises ConfigError when anything on the way from `below` is a link or belongs to somebody else
    than this user, root or the owner of `below`.
    """
    fix = "remove what stands in its place, or name another with --artifacts"
    walk = _Walk(path.absolute(), "the directory", fix, below=below.absolute())
    try:
        walk.to_the_end()
    except OSError as error:
        raise walk.refused(f"cannot be made: {error.strerror}") from error
    finally:
        walk.leave()
    return path


class _Walk:
    """Goes down a path by directory descriptors: what was checked is what is entered next."""

    def __init__(self, path: Path, what: str, fix: str, *, below: Path | None = None) -> None:
        self._path, self._what, self._fix = path, what, fix
        self._strict = below is None
        start = below if below is not None else Path("/")
        self._rest = list(path.relative_to(start).parts)
        self._here = os.open(start, _ENTER & (~0 if below is None else ~os.O_NOFOLLOW))
        self._shown = start
        # Root may have no number of its own in a container: then it is whoever owns `/`.
        system = Path("/").lstat().st_uid
        self._trusted = {0, system, os.geteuid(), os.fstat(self._here).st_uid}
        self._links = 0

    def to_the_end(self) -> None:
        """Enter every directory of the path, making those that are missing. Raises ConfigError."""
        while self._rest:
            name = self._rest.pop(0)
            found = self._entry(name)
            if stat.S_ISLNK(found.st_mode):
                self._follow(name, found)
                continue
            if not stat.S_ISDIR(found.st_mode) and not self._rest:
                raise self.refused("is a link or a file")
            self._enter(name)
            self._check(os.fstat(self._here))

    def close_to_others(self) -> None:
        """Take the right to look from the others, if they have it. Raises ConfigError."""
        found = os.fstat(self._here)
        if found.st_uid != os.geteuid():
            raise self.refused(f"belongs to user {found.st_uid}, not to you")
        mode = stat.S_IMODE(found.st_mode)
        if mode & _SHARED:
            raise ConfigError(
                f"{self._what} {self._path} is shared with others (mode {mode:04o})",
                why="it is sticky, or everybody may write to it: closed, they could not use it",
                fix=self._fix,
            )
        if mode & 0o077:
            opened = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._here)
            try:
                os.fchmod(opened, 0o700)
            finally:
                os.close(opened)

    def refused(self, why: str) -> ConfigError:
        """The one error."""
        return ConfigError(f"{self._what} {self._path} {why}", fix=self._fix)

    def leave(self) -> None:
        """Give the descriptor back."""
        os.close(self._here)

    def _entry(self, name: str) -> os.stat_result:
        while True:
            try:
                return os.stat(name, dir_fd=self._here, follow_symlinks=False)
            except FileNotFoundError:
                # Somebody may have made it in the meantime: then it is looked at like any other.
                with suppress(FileExistsError):
                    os.mkdir(name, 0o700, dir_fd=self._here)

    def _follow(self, name: str, found: os.stat_result) -> None:
        """Links above it are the system's or this user's own business, a link in its place is not.

        `/var/run` and a `~/.local` on another disk are links.
        """
        if not self._rest or not self._strict:
            raise self.refused("is a link or a file" if not self._rest else self._lies("a link"))
        self._links += 1
        if found.st_uid not in self._trusted or self._links > _MOST_LINKS:
            raise self.refused(self._lies(f"a link of user {found.st_uid}", name))
        target = Path(os.readlink(name, dir_fd=self._here))
        self._rest[:0] = target.parts
        if target.is_absolute():
            del self._rest[0]
            self._enter("/")

    def _enter(self, name: str) -> None:
        inside = os.open(name, _ENTER, dir_fd=self._here)
        os.close(self._here)
        self._here = inside
        self._shown = Path(os.path.normpath(self._shown / name))

    def _check(self, found: os.stat_result) -> None:
        if found.st_uid not in self._trusted:
            if not self._rest:
                raise self.refused(f"belongs to user {found.st_uid}, not to you")
            raise self.refused(self._lies(f"a directory of user {found.st_uid}"))
        if self._strict and self._rest and found.st_mode & 0o1002 == 0o0002:
            raise self.refused(self._lies("a directory that everybody can write to"))

    def _lies(self, where: str, name: str = "") -> str:
        return f"lies in {where}: {self._shown / name}"
