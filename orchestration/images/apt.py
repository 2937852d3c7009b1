"""The machine's own apt: which packages there are, and their files."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from orchestration.errors import ImageError
from orchestration.images.package import Package, parse_packages

_TOOLS: Final = ("apt-get", "apt-cache", "dpkg-deb", "tar")
_QUERY_SECONDS: Final = 60.0
_DOWNLOAD_SECONDS: Final = 900.0
_TAIL_LINES: Final = 8


class Apt:
    """apt as a source of packages, for any user. Changes nothing on the machine.

    `cache` is a directory of ours: apt keeps a parsed copy of its lists there (40 MB, 0.1 s a query
    instead of 0.6 s), since container images of Debian switch apt's own one off.
    """

    def __init__(self, cache: Path) -> None:
        if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
            raise ImageError(
                "Base images can only be made on Debian, Ubuntu or a relative of theirs.",
                why=f"This machine has no {', '.join(missing)}.",
                fix="Pull the images from a registry instead, or build them on a Debian machine "
                "and copy them with `podman save` and `podman load`.",
            )
        self._options = (
            # What happens to be installed here must not decide what goes into an image.
            *("-o", "Dir::State::status=/dev/null"),
            *("-o", f"Dir::Cache::pkgcache={cache / 'pkgcache.bin'}"),
            *("-o", "Dir::Cache::srcpkgcache="),
            # The directory is closed to others, so apt's download user could not write to it.
            *("-o", "APT::Sandbox::User=root"),
            *("-o", "Acquire::Retries=2"),
        )

    def find(self, names: Collection[str]) -> Mapping[str, Package]:
        """The candidates of these names, by name. Raises ImageError when apt has no lists."""
        if not names:
            return {}
        shown = self._run(
            "apt-cache", "show", "--no-all-versions", *sorted(names), seconds=_QUERY_SECONDS
        )
        found = {package.name: package for package in parse_packages(shown.stdout)}
        if not found:
            self._require_lists()
        return found

    def providers(self, name: str) -> tuple[str, ...]:
        """The packages that provide `name`."""
        shown = self._run("apt-cache", "showpkg", name, seconds=_QUERY_SECONDS).stdout
        _, _, providers = shown.partition("Reverse Provides:")
        return tuple(dict.fromkeys(line.split()[0] for line in providers.splitlines() if line))

    def names(self) -> tuple[str, ...]:
        """All package names."""
        shown = self._run("apt-cache", "pkgnames", seconds=_QUERY_SECONDS)
        return tuple(sorted(shown.stdout.split()))

    def architecture(self) -> str:
        """Debian's name of the machine's architecture, such as "amd64"."""
        shown = self._run(
            "apt-config", "dump", "--format", "%v", "APT::Architecture", seconds=_QUERY_SECONDS
        )
        return shown.stdout.strip()

    def download(self, packages: Sequence[Package], target: Path) -> None:
        """Put the packages' files into `target`; apt checks their hashes. Raises ImageError."""
        wanted = [f"{package.name}={package.version}" for package in packages]
        done = self._run("apt-get", "download", *wanted, cwd=target, seconds=_DOWNLOAD_SECONDS)
        absent = [p.file_name for p in packages if not (target / p.file_name).is_file()]
        if done.returncode or absent:
            tail = (done.stderr or done.stdout).strip().splitlines()[-_TAIL_LINES:]
            raise ImageError(
                f"apt could not download {len(absent) or len(wanted)} of {len(wanted)} packages.",
                why="\n       ".join(tail) or f"It left no file {absent[0]}.",
                fix="Run `apt-get update`; then check the network, proxy and mirror in "
                "/etc/apt (`apt-get download tzdata` must work by hand).",
            )

    def _require_lists(self) -> None:
        lists = self._run(
            "apt-get",
            "indextargets",
            "--format",
            "$(FILENAME)",
            "Created-By: Packages",
            seconds=_QUERY_SECONDS,
        )
        if not lists.stdout.strip():
            raise ImageError(
                "apt knows no packages on this machine.",
                why="Its lists are empty, as they are in a fresh container or virtual machine.",
                fix="Run `apt-get update` as root, then try again.",
            )

    def _run(
        self, tool: str, *arguments: str, seconds: float, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [tool, *self._options, *arguments],
                cwd=cwd,
                env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": ""},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ImageError(
                f"`{tool} {arguments[0]}` did not finish within {seconds:.0f} s.",
                fix="Check the network and the mirror in /etc/apt/sources.list*.",
            ) from error
