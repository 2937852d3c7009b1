"""The base images stackwright can make."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from orchestration.images.entries import Directory, Entry, File, Link, Script
from orchestration.images.recipe import Recipe

_POSTGRES_ID: Final = 999
_REDIS_ID: Final = 999
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# What maintainer scripts, service managers and rarely used plug-ins need, and servers do not. A
# requirement that names one of them is dropped, so that Perl, systemd and LLVM stay out.
_LEFT_OUT: Final = (
    "adduser",
    "awk",
    "debconf*",
    "dpkg",
    "gcc-*-base",
    "init-system-helpers",
    "libllvm*",
    "locales*",
    "lsb-base",
    "media-types",
    "mime-support",
    "netbase",
    "passwd",
    "perl*",
    "postgresql-client-common",
    "postgresql-common*",
    "readline-common",
    "sensible-utils",
    "ssl-cert",
    "systemd*",
    "sysvinit-utils",
    "tar",
    "ucf",
    "util-linux",
)

# PostgreSQL compiles expressions with LLVM only if it finds that plug-in; without, it does not try.
_OMITTED: Final = (
    "etc/init.d*",
    "etc/logrotate.d*",
    "lib/systemd*",
    "usr/include*",
    "usr/lib/postgresql/*/lib/bitcode*",
    "usr/lib/postgresql/*/lib/llvmjit*",
    "usr/lib/postgresql/*/lib/pgxs*",
    "usr/lib/python3*/lib2to3*",
    "usr/lib/python3*/pydoc_data*",
    "usr/lib/systemd*",
    "usr/lib/tmpfiles.d*",
    "usr/share/bash-completion*",
    "usr/share/bug*",
    "usr/share/doc-base*",
    "usr/share/doc/*/*",
    "usr/share/info*",
    "usr/share/lintian*",
    "usr/share/locale*",
    "usr/share/man*",
    "usr/share/postgresql/*/man*",
    "usr/share/zoneinfo/posix*",
    "usr/share/zoneinfo/right*",
)

# What busybox offers for scripts, probes and a look inside.
_TOOLS: Final = """
    [ ash awk base64 basename cat chgrp chmod chown clear cmp cp cut date dd df diff dirname
    du echo egrep env expr false fgrep find free grep gunzip gzip head hexdump hostname id ip
    kill killall less ln ls md5sum mkdir mkfifo mktemp more mv nc netstat nproc nslookup od
    pidof ping printf ps pwd readlink realpath rm rmdir sed seq setsid sh sha256sum sleep sort
    start-stop-daemon stat stty sync tail tar tee telnet test time timeout top touch tr true
    tty uname uniq uptime vi watch wc wget which who whoami xargs xxd yes zcat
"""


def _system(*accounts: tuple[str, int, str]) -> tuple[Entry, ...]:
    """The files any container needs; an account is its name, its user and group id, its home."""
    everyone = [("root", 0, "/root"), *accounts, ("nobody", 65534, "/nonexistent")]
    passwd = "".join(
        f"{name}:x:{uid}:{uid}:{name}:{home}:/bin/sh\n" for name, uid, home in everyone
    )
    group = "".join(f"{name}:x:{uid}:\n" for name, uid, _ in everyone)
    return (
        File(path="etc/passwd", content=passwd.encode()),
        File(path="etc/group", content=group.encode()),
        File(path="etc/nsswitch.conf", content=b"passwd: files\ngroup: files\nhosts: files dns\n"),
        Directory(path="dev"),
        Directory(path="proc"),
        Directory(path="root", mode=0o700),
        Directory(path="run"),
        Directory(path="sys"),
        Directory(path="tmp", mode=0o1777),
        Directory(path="var/tmp", mode=0o1777),
        Link(path="var/run", target="/run"),
        *(Link(path=f"usr/bin/{tool}", target="busybox") for tool in _TOOLS.split()),
    )


_POSTGRES: Final = Recipe(
    name="postgres",
    reference="localhost/stackwright-postgres:{version}",
    versioned_by="postgresql",
    version_parts=1,
    packages=("busybox", "libc-bin", "postgresql-{version}", "postgresql-client-{version}"),
    entries=(
        *_system(("postgres", _POSTGRES_ID, "/var/lib/postgresql")),
        Directory(path="docker-entrypoint-initdb.d"),
        Directory(path="run/postgresql", mode=0o3777, uid=_POSTGRES_ID, gid=_POSTGRES_ID),
        Directory(path="var/lib/postgresql", uid=_POSTGRES_ID, gid=_POSTGRES_ID),
        # Open to all, so that a container started with another user can make it its own.
        Directory(path="var/lib/postgresql/data", mode=0o1777, uid=_POSTGRES_ID, gid=_POSTGRES_ID),
        Script(path="usr/local/bin/docker-entrypoint.sh", resource="postgres-entrypoint"),
    ),
    env={
        "PATH": f"{_PATH}:/usr/lib/postgresql/{{version}}/bin",
        "LANG": "C.UTF-8",
        "PG_MAJOR": "{version}",
        "PGDATA": "/var/lib/postgresql/data",
    },
    entrypoint=("docker-entrypoint.sh",),
    command=("postgres",),
    ports=(5432,),
    # PostgreSQL's fast shutdown: it does not wait for clients to leave.
    stop_signal="SIGINT",
    left_out=_LEFT_OUT,
    omitted=_OMITTED,
)

_REDIS: Final = Recipe(
    name="redis",
    reference="localhost/stackwright-redis:{version}",
    versioned_by="redis-server",
    version_parts=1,
    packages=("busybox", "libc-bin", "redis-server", "redis-tools", "tzdata"),
    entries=(
        *_system(("redis", _REDIS_ID, "/data")),
        Directory(path="data", uid=_REDIS_ID, gid=_REDIS_ID),
        Script(path="usr/local/bin/docker-entrypoint.sh", resource="redis-entrypoint"),
    ),
    env={"PATH": _PATH, "LANG": "C.UTF-8"},
    entrypoint=("docker-entrypoint.sh",),
    command=("redis-server", "--save", "", "--appendonly", "no", "--protected-mode", "no"),
    ports=(6379,),
    workdir="/data",
    left_out=_LEFT_OUT,
    omitted=_OMITTED,
)

_PYTHON: Final = Recipe(
    name="python",
    reference="localhost/stackwright-python:{version}",
    versioned_by="python3",
    version_parts=2,
    packages=("busybox", "libc-bin", "python3", "tzdata"),
    entries=(
        *_system(),
        Link(path="usr/bin/python", target="python3"),
    ),
    env={"PATH": _PATH, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"},
    command=("python3",),
    left_out=_LEFT_OUT,
    omitted=_OMITTED,
)

RECIPES: Final[Mapping[str, Recipe]] = MappingProxyType(
    {recipe.name: recipe for recipe in (_POSTGRES, _REDIS, _PYTHON)}
)
