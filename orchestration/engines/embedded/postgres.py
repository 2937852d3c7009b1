"""PostgreSQL as an embedded component."""

from __future__ import annotations

import shlex
import signal
from pathlib import Path
from typing import Final

from orchestration.engines.embedded.account import server_account
from orchestration.engines.embedded.binaries import POSTGRES_BIN, find_postgres, readable_by
from orchestration.engines.embedded.order import Order, Step
from orchestration.engines.embedded.processes import MARK, Process, child_of, wait_for_end
from orchestration.engines.embedded.seat import Seat
from orchestration.engines.embedded.server_options import only_port, options_of, served_addresses
from orchestration.errors import ComponentError
from orchestration.model import LOOPBACK, Launch, reveal

# Files of the data directory go away with it, whatever ends the server; POSIX shared memory, the
# default, would stay in /dev/shm.
_MEMORY_IN_FILES: Final = "dynamic_shared_memory_type=mmap"
# A test's database ends with its test: nothing needs to survive a power cut.
_THROW_AWAY: Final = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    _MEMORY_IN_FILES,
    "unix_socket_directories=",
)
_QUIT_WITHIN_S: Final = 0.15
_ALWAYS_THERE: Final = "postgres"
_INIT_SCRIPTS: Final = "/docker-entrypoint-initdb.d"


def postgres_order(launch: Launch, seat: Seat) -> Order:
    """initdb, then the database, then the server, by the variables of the official image:
    POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD.

    The server listens only when its database exists. The password goes to initdb through a pipe.
    Raises ComponentError for settings that cannot work, EngineError without the wheel.
    """
    given = {key: reveal(value) for key, value in launch.env.items()}
    port = only_port(launch)
    extra = options_of(launch, programs=("postgres",))
    user = given.get("POSTGRES_USER") or _ALWAYS_THERE
    database = given.get("POSTGRES_DB") or user
    method = given.get("POSTGRES_HOST_AUTH_METHOD") or "scram-sha-256"
    password = given.get("POSTGRES_PASSWORD", "")
    _check(launch, password, method)

    account = server_account("postgres")
    binaries = readable_by(account, find_postgres())
    scratch = seat.scratch(account)
    data = scratch / "data"
    own = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", MARK: seat.mark}
    own["TZ"] = given.get("TZ") or "UTC"

    def step(
        program: str, *words: str, stdin: str = "", last: signal.Signals = signal.SIGKILL
    ) -> Step:
        path = binaries.path(f"{POSTGRES_BIN}/{program}")
        return Step(
            argv=(str(path), *words),
            env=own,
            cwd=scratch,
            given=stdin.encode(),
            account=account,
            last_signal=last,
        )

    steps = [
        step(
            "initdb",
            f"--pgdata={data}",
            f"--username={user}",
            f"--auth={method}",
            *(["--pwfile=/dev/stdin"] if password else []),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
            *_settings(_MEMORY_IN_FILES),
            *_initdb_words(launch.component, given.get("POSTGRES_INITDB_ARGS", "")),
            stdin=f"{password}\n" if password else "",
        )
    ]
    if database != _ALWAYS_THERE:
        steps.append(
            step(
                "postgres",
                *("--single", "-j", "-D", str(data)),
                *_settings("exit_on_error=on", "log_checkpoints=off", *_THROW_AWAY),
                _ALWAYS_THERE,
                stdin=f"CREATE DATABASE {_quoted(database)} STRATEGY = file_copy;\n\n",
            )
        )
    steps.append(
        step(
            "postgres",
            *("-D", str(data)),
            *_settings(*_THROW_AWAY, f"hba_file={scratch / 'pg_hba.conf'}"),
            *extra,
            *_settings(f"listen_addresses={','.join(served_addresses(port))}", f"port={port.host}"),
            last=signal.SIGQUIT,
        )
    )
    client = {
        "PGHOST": LOOPBACK,
        "PGPORT": str(port.host),
        "PGUSER": user,
        "PGPASSWORD": password,
        "PGDATABASE": database,
    }
    return Order(
        steps=tuple(steps),
        env={**seat.env, **given, **client, MARK: seat.mark},
        cwd=seat.directory,
        scratch=scratch,
        files={"pg_hba.conf": f"host all all all {method}\n"},
        account=account,
    )


def quit_server(scratch: Path, supervisor: Process) -> None:
    """Shut the server down at once (pg_ctl's immediate mode), if it has come so far.

    Not its predecessors: initdb would delete the file that tells which shared memory is left.
    """
    lines = _lock_file(scratch)
    # A server that is not the postmaster writes its pid with a minus.
    if lines and lines[0].isdecimal():
        server = child_of(supervisor, int(lines[0]))
        if server is not None:
            server.kill(signal.SIGQUIT)
            wait_for_end([server], _QUIT_WITHIN_S)


def remove_shared_memory(scratch: Path) -> None:
    """Remove the System V segment of a server that was killed: a few bytes, of which a system has
    only so many (4096 on Linux).

    A server that ends by itself removes it; which one it is stands in line 7 of its lock file.
    """
    lines = _lock_file(scratch)
    recorded = lines[6].split() if len(lines) > 6 else []
    try:
        segments = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
        server = str(scratch.stat().st_uid)
    except OSError:
        return
    for segment in segments:
        key, identity, _, _, _, _, attached, owner = segment.split()[:8]
        if [key, identity] == recorded and attached == "0" and owner == server:
            import ctypes

            ctypes.CDLL(None).shmctl(int(identity), 0, None)  # 0: IPC_RMID


def _lock_file(scratch: Path) -> list[str]:
    try:
        return (scratch / "data/postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _check(launch: Launch, password: str, method: str) -> None:
    if not password and method != "trust":
        raise ComponentError(
            f"component {launch.component} has no POSTGRES_PASSWORD",
            why="PostgreSQL is not started without a password for its superuser",
            fix="set POSTGRES_PASSWORD in its env",
        )
    if "\n" in password or "\r" in password:
        raise ComponentError(
            f"component {launch.component} has a POSTGRES_PASSWORD of several lines",
            why="initdb would take the first line alone",
            fix="set a password without line breaks",
        )
    for mount in launch.mounts:
        if mount.target.startswith(_INIT_SCRIPTS):
            raise ComponentError(
                f"component {launch.component} mounts {mount.source} at {_INIT_SCRIPTS}",
                why="those scripts are run by the image's entrypoint, which there is none of here",
                fix="run them as a one-shot component after it (`psql -f …`)",
            )


def _initdb_words(component: str, text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ComponentError(
            f"component {component} has a POSTGRES_INITDB_ARGS that is no list of words",
            why=str(error),
            fix="close its quotes",
        ) from error


def _settings(*assignments: str) -> list[str]:
    return [word for each in assignments for word in ("-c", each)]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
