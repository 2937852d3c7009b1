"""The directory that keeps what stackwright must remember: closed to everybody else."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from orchestration.errors import ConfigError


def state_home(environ: Mapping[str, str]) -> Path:
    """`STACKWRIGHT_STATE`, else the user's state directory, made if needed with mode 0700.

    Raises ConfigError when it is a symlink, belongs to somebody else, or cannot be made.
    """
    named = environ.get("STACKWRIGHT_STATE")
    if named:
        home = Path(named).absolute()
    else:
        from platformdirs import user_state_path

        home = user_state_path("stackwright")
    return closed_directory(home)


def closed_directory(path: Path) -> Path:
    """`path` as a directory that only this user can enter. Raises ConfigError."""
    fix = "point STACKWRIGHT_STATE at a directory of your own"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise ConfigError(
            f"the state directory {path} cannot be made: {error.strerror}", fix=fix
        ) from error
    if not stat.S_ISDIR(found.st_mode):
        raise ConfigError(f"the state directory {path} is a link or a file", fix=fix)
    if found.st_uid != os.geteuid():
        raise ConfigError(
            f"the state directory {path} belongs to user {found.st_uid}, not to you", fix=fix
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        path.chmod(0o700)
    return path
