"""The user that embedded servers run as where this process is root: PostgreSQL refuses root."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import EngineError


@dataclass(frozen=True, slots=True)
class Account:
    """A user without privileges, and its group."""

    uid: int
    gid: int

    def enters(self, directory: Path) -> bool:
        """Whether it can pass through `directory` and all that is above it."""
        return all(self._passes(each) for each in (directory, *directory.parents))

    def _passes(self, directory: Path) -> bool:
        try:
            found = directory.stat()
        except OSError:
            return False
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def server_account(*names: str) -> Account | None:
    """None unless this process is root; else the first user of `names` that exists, or `nobody`.

    Raises EngineError when not even `nobody` exists.
    """
    if os.geteuid() != 0:
        return None
    for name in (*names, "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Account(found.pw_uid, found.pw_gid)
    raise EngineError(
        "there is no user without privileges to run servers as",
        why="PostgreSQL refuses to run as root, and this machine has no user `nobody`",
        fix="run stackwright as another user, or `useradd postgres`",
    )
