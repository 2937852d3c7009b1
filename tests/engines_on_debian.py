"""Podman and Docker on a bare Debian, for the tests that need both: installed, set up, running.

`python -m tests.engines_on_debian install|start|status|rootless`. `install` ends with `start`;
`rootless` installs what a Podman without root needs, and starts one for a user made for it. Prints
the sockets it made ready; what it cannot do ends with one message and exit code 1, never with a
skip.
"""

from __future__ import annotations

import argparse
import fcntl
import http.client
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.lost_networks import forget_lost_networks
from tests.ordinary_user import OrdinaryUser

PODMAN_PACKAGES: Final = ["podman", "runc", "netavark", "aardvark-dns", "iptables", "catatonit"]
DOCKER_PACKAGES: Final = ["docker.io"]
ROOTLESS_PACKAGES: Final = ["uidmap", "slirp4netns"]
ROOTLESS_USER: Final = "stackwright-rootless"

_START_SECONDS: Final = 30.0
_APT_SECONDS: Final = 900.0
_LOCK: Final = Path("/run/lock/stackwright-engines.lock")
_CAP_SYS_RESOURCE: Final = 1 << 24


class EnginesError(Exception):
    """The engines are not ready; the message says which one, why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """One engine's API: where it listens, how it is started, what has to be installed.

    `unit`: what systemd starts it by, if it may. `user`: who runs it, root by default.
    """

    name: str
    socket: Path
    argv: tuple[str, ...]
    unit: str
    packages: Sequence[str]
    user: OrdinaryUser | None = None

    @property
    def url(self) -> str:
        """The address clients take."""
        return f"unix://{self.socket}"

    @property
    def log(self) -> Path:
        """Where the daemon's output goes when it is started here."""
        return Path(f"/var/log/stackwright-{self.name}.log")

    def answers(self) -> bool:
        """Whether the API answers a ping within two seconds."""
        connection = _UnixConnection(self.socket)
        try:
            connection.request("GET", "/_ping")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=2)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


PODMAN: Final = Daemon(
    name="podman",
    socket=Path("/run/podman/podman.sock"),
    argv=("podman", "system", "service", "--time=0", "unix:///run/podman/podman.sock"),
    unit="podman.socket",
    packages=PODMAN_PACKAGES,
)
DOCKER: Final = Daemon(
    name="docker",
    socket=Path("/var/run/docker.sock"),
    argv=("dockerd", "--host", "unix:///var/run/docker.sock"),
    unit="docker.service",
    packages=DOCKER_PACKAGES,
)
DAEMONS: Final[tuple[Daemon, ...]] = (PODMAN, DOCKER)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.engines_on_debian", description=__doc__)
    parser.add_argument("action", choices=("install", "start", "status", "rootless"))
    action = parser.parse_args(arguments).action
    daemons = DAEMONS
    try:
        if action == "rootless":
            daemons = (rootless_podman(install=True),)
        else:
            ensure(action)
            if action != "status":
                forget_lost_networks()
    except EnginesError as error:
        print(error, file=sys.stderr)
        return 1
    for daemon in daemons:
        print(f"{daemon.name} {daemon.url}")
    return 0


def ensure(action: str) -> None:
    """Do what `action` allows, then look whether all answer. Raises EnginesError if not."""
    if action != "status" and not all(daemon.answers() for daemon in DAEMONS):
        make_ready(install=action == "install")
    if silent := [daemon for daemon in DAEMONS if not daemon.answers()]:
        names = " and ".join(f"{daemon.name} ({daemon.url})" for daemon in silent)
        raise EnginesError(
            f"No answer from {names}.\n"
            "  fix: run `python -m tests.engines_on_debian install` as root."
        )


def make_ready(*, install: bool) -> None:
    """Install (if allowed), set up and start what does not answer. Raises EnginesError."""
    absent = [daemon for daemon in DAEMONS if shutil.which(daemon.argv[0]) is None]
    packages = [name for daemon in absent for name in daemon.packages]
    command = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0:
        silent = ", ".join(daemon.name for daemon in DAEMONS if not daemon.answers())
        raise EnginesError(
            f"Not ready: {silent}. Only root can change that.\n"
            "  fix: sudo python -m tests.engines_on_debian install"
            + (f"\n       (it runs `{command}`)" if packages else "")
        )
    if absent and not install:
        raise EnginesError(
            f"Not installed: {', '.join(daemon.name for daemon in absent)}.\n"
            f"  fix: python -m tests.engines_on_debian install (it runs `{command}`)"
        )
    _LOCK.parent.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if packages:
            _install(packages)
        _configure_podman()
        for daemon in DAEMONS:
            start(daemon)


def rootless_podman(*, install: bool) -> Daemon:
    """The running Podman of ROOTLESS_USER, made and started if needed. Raises EnginesError."""
    command = "python -m tests.engines_on_debian rootless"
    user = OrdinaryUser.named(ROOTLESS_USER)
    if user is not None and (podman := podman_of(user)).answers():
        return podman
    if os.geteuid() != 0:
        raise EnginesError(
            f"No Podman of the user {ROOTLESS_USER} answers. Only root can change that.\n"
            f"  fix: sudo {command}"
        )
    tools = {"podman": PODMAN_PACKAGES, "newuidmap": ["uidmap"], "slirp4netns": ["slirp4netns"]}
    absent = [tool for tool in tools if shutil.which(tool) is None]
    if absent and not install:
        raise EnginesError(f"Not installed: {', '.join(absent)}.\n  fix: {command}")
    _LOCK.parent.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if absent:
            _install([package for tool in absent for package in tools[tool]])
        _configure_podman()
        try:
            podman = podman_of(_prepared(OrdinaryUser.made(ROOTLESS_USER)))
        except OSError as error:
            raise EnginesError(f"The user {ROOTLESS_USER} cannot be prepared: {error}") from error
        start(podman)
    return podman


def podman_of(user: OrdinaryUser) -> Daemon:
    """The Podman of `user`, at the socket where everybody looks for it."""
    at = user.runtime / "podman/podman.sock"
    return Daemon(
        name="podman-rootless",
        socket=at,
        argv=("podman", "system", "service", "--time=0", f"unix://{at}"),
        unit="",
        packages=ROOTLESS_PACKAGES,
        user=user,
    )


def _prepared(user: OrdinaryUser) -> OrdinaryUser:
    """`user` with what Podman needs: closed directories, the tunnel device, a storage driver."""
    storage = user.home / ".config/containers/storage.conf"
    for directory in (user.runtime, user.runtime / "podman", *reversed(storage.parents[:2])):
        user.own(directory)
    user.open_device(Path("/dev/net/tun"))
    if not storage.exists():
        # Without it Podman 4.3 takes vfs here, which copies the whole image for each container.
        storage.write_text('[storage]\ndriver = "overlay"\n')
        user.give(storage)
    return user


def _install(packages: Sequence[str]) -> None:
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        raise EnginesError(
            f"This machine has no apt-get.\n  fix: install {' '.join(packages)} another way."
        )
    # Fails when there are no lists, or when they name versions the mirror no longer has.
    if _apt(install).returncode:
        _apt(["apt-get", "update"])
        again = _apt(install)
        if again.returncode:
            raise EnginesError(
                f"`{' '.join(install)}` failed:\n{_tail(again.stdout)}\n"
                "  fix: check the network and the mirror in /etc/apt."
            )


def _apt(argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            argv,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_APT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EnginesError(f"`{' '.join(argv)}` took over {_APT_SECONDS:.0f} s.") from error


def wanted_settings(
    *, systemd: bool, capabilities: int, limits: Mapping[str, int], runc: bool
) -> dict[str, dict[str, str]]:
    """The containers.conf settings without which Podman runs nothing here: table → key → TOML.

    `capabilities` is the bit set of this process, `limits` its highest nofile and nproc.
    """
    settings: dict[str, dict[str, str]] = {"containers": {}, "engine": {}}
    if not systemd:
        settings["engine"] |= {"cgroup_manager": '"cgroupfs"', "events_logger": '"file"'}
    if not capabilities & _CAP_SYS_RESOURCE:
        # Podman's defaults raise the limits of containers, which then may not be raised.
        values = ", ".join(f'"{name}={limit}:{limit}"' for name, limit in limits.items())
        settings["containers"]["default_ulimits"] = f"[{values}]"
        if runc:
            # crun insists on raising limits of its own.
            settings["engine"]["runtime"] = '"runc"'
    return settings


def write_settings(settings: Mapping[str, Mapping[str, str]], etc: Path) -> Path | None:
    """Add what the files in `etc` (`/etc/containers`) do not set; the file written, or None.

    A setting someone made stays. An existing containers.conf is never changed: a drop-in, which
    Podman reads after it, takes what it lacks.
    """
    main_file, drop_in = etc / "containers.conf", etc / "containers.conf.d/stackwright.conf"
    present: set[tuple[str, str]] = set()
    for path in (main_file, *sorted(drop_in.parent.glob("*.conf"))):
        if path != drop_in and path.is_file():
            for table, keys in tomllib.loads(path.read_text()).items():
                present |= {(table, key) for key in keys}
    lines = []
    for table, keys in settings.items():
        lacking = {key: value for key, value in keys.items() if (table, key) not in present}
        if lacking:
            lines += [f"[{table}]", *(f"{key} = {value}" for key, value in lacking.items()), ""]
    if not lines:
        return None
    target = drop_in if main_file.exists() else main_file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines))
    return target


def _configure_podman() -> None:
    status = Path("/proc/self/status").read_text().splitlines()
    effective = next(line.split()[1] for line in status if line.startswith("CapEff:"))
    highest = {
        "nofile": (resource.RLIMIT_NOFILE, 8192),
        "nproc": (resource.RLIMIT_NPROC, 4096),
    }
    limits = {}
    for name, (kind, enough) in highest.items():
        hard = resource.getrlimit(kind)[1]
        limits[name] = enough if hard == resource.RLIM_INFINITY else min(hard, enough)
    settings = wanted_settings(
        systemd=_systemd_runs(),
        capabilities=int(effective, 16),
        limits=limits,
        runc=shutil.which("runc") is not None,
    )
    try:
        write_settings(settings, Path("/etc/containers"))
    except tomllib.TOMLDecodeError as error:
        raise EnginesError(f"A file in /etc/containers is not valid TOML: {error}") from error


def _systemd_runs() -> bool:
    return Path("/run/systemd/system").is_dir()


def start(daemon: Daemon) -> None:
    """Start `daemon` if it does not answer, and wait until it does. Raises EnginesError."""
    if daemon.answers():
        return
    daemon.socket.parent.mkdir(parents=True, exist_ok=True)
    process = None
    with daemon.log.open("ab") as log:
        if not (daemon.unit and _systemd_runs() and _start_unit(daemon.unit)):
            user = daemon.user
            process = subprocess.Popen(
                daemon.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                env=user.environ if user else None,
                user=user.uid if user else None,
                group=user.gid if user else None,
                extra_groups=[] if user else None,
            )
    deadline = time.monotonic() + _START_SECONDS
    while not daemon.answers():
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > deadline:
            if process is not None:
                process.kill()
                process.wait()
            what = "ended at once" if ended else f"did not answer within {_START_SECONDS:.0f} s"
            raise EnginesError(
                f"{daemon.name} {what} ({' '.join(daemon.argv)}).\n"
                f"  the end of {daemon.log}:\n{_tail(daemon.log.read_text(errors='replace'))}"
            )
        time.sleep(0.05)
    if process is not None:
        # It outlives this process on purpose; without this, Python warns that it still runs.
        process.returncode = 0


def _start_unit(unit: str) -> bool:
    done = subprocess.run(
        ["systemctl", "start", unit],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_START_SECONDS,
        check=False,
    )
    return done.returncode == 0


def _tail(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-15:])


if __name__ == "__main__":
    sys.exit(main())
