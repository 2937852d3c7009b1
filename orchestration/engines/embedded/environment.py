"""The environment of embedded processes: made, not inherited."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from orchestration.engines.embedded.binaries import POSTGRES_BIN, find_postgres
from orchestration.errors import EngineError

# What says who and where the user is. Nothing that changes what programs do: a PYTHONPATH, a
# PGHOST or a REDIS_URL of the shell would make a stack depend on where it is started.
_KEPT: Final = ("HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "LANG", "LC_ALL")
_PLAIN_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What every embedded process gets, given the environment of this process.

    `python` is this interpreter and `psql` the one of the embedded PostgreSQL; output of Python
    programs is unbuffered, since a log that comes after a crash is a log that does not come.
    """
    clean = {key: environ[key] for key in _KEPT if environ.get(key)}
    clean.setdefault("LANG", "C.UTF-8")
    clean["PYTHONUNBUFFERED"] = "1"
    if sys.prefix != sys.base_prefix:
        clean["VIRTUAL_ENV"] = sys.prefix
    first = [str(Path(sys.executable).parent)]
    with suppress(EngineError):
        first.append(str(find_postgres().path(POSTGRES_BIN)))
    clean["PATH"] = ":".join([*first, environ.get("PATH") or _PLAIN_PATH])
    return clean
