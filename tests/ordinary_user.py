"""A user without privileges on this machine, made by root, for what root must not stand for."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OrdinaryUser:
    """Somebody with a home and, for a Podman without root, a range of subordinate ids."""

    name: str
    uid: int
    gid: int
    home: Path

    @classmethod
    def named(cls, name: str) -> OrdinaryUser | None:
        """The user of this name, if there is one."""
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            return None
        return cls(name, found.pw_uid, found.pw_gid, Path(found.pw_dir))

    @classmethod
    def made(cls, name: str) -> OrdinaryUser:
        """The user of this name, made if needed. Raises OSError with what `useradd` said."""
        if found := cls.named(name):
            return found
        for file in (Path("/etc/subuid"), Path("/etc/subgid")):
            # Where they are missing, useradd gives no range.
            file.touch()
        argv = ["useradd", "--create-home", "--shell", "/usr/sbin/nologin", name]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        user = cls.named(name)
        if user is None:
            raise OSError(f"`{' '.join(argv)}` failed: {done.stderr.strip()}")
        return user

    @property
    def runtime(self) -> Path:
        """Its XDG_RUNTIME_DIR: where logind would put it, which is not everywhere."""
        return Path(f"/run/user/{self.uid}")

    @property
    def environ(self) -> dict[str, str]:
        """What a session of this user has, and nothing of ours."""
        return {
            "HOME": str(self.home),
            "USER": self.name,
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(self.runtime),
        }

    def own(self, directory: Path) -> None:
        """A directory that is this user's alone."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chown(directory, self.uid, self.gid)

    def give(self, tree: Path) -> None:
        """Make everything from `tree` down this user's."""
        for path in (tree, *tree.rglob("*")):
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def open_device(self, device: Path) -> None:
        """Let this user use `device` where udev has not made it everybody's, as it does."""
        if not stat.S_IMODE(device.stat().st_mode) & stat.S_IWOTH:
            os.chown(device, -1, self.gid)
            device.chmod(0o660)

    def begin(
        self, argv: list[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start a command as this user, in its home, with `env` on top of its environment."""
        return subprocess.Popen(
            argv,
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            cwd=cwd or self.home,
            env={**self.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
