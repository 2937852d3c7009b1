"""A package repository in a directory, read by the real apt and nothing else of the machine's."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AptRepository:
    """Packages go in with `add`; `update` makes apt see them."""

    place: Path

    @property
    def config(self) -> Path:
        """The value for APT_CONFIG."""
        return self.place / "apt.conf"

    def prepare(self) -> None:
        """Write apt's configuration."""
        for name in ("repository", "lists/partial", "archives/partial", "empty"):
            (self.place / name).mkdir(parents=True)
        (self.place / "sources.list").write_text(
            f"deb [trusted=yes] file:{self.place}/repository ./\n"
        )
        self.config.write_text(
            f'Dir::State::lists "{self.place}/lists";\n'
            f'Dir::Cache::archives "{self.place}/archives";\n'
            f'Dir::Etc::sourcelist "{self.place}/sources.list";\n'
            f'Dir::Etc::sourceparts "{self.place}/empty";\n'
            f'Dir::Etc::preferencesparts "{self.place}/empty";\n'
            'APT::Sandbox::User "root";\n'
        )

    def add(
        self, name: str, version: str = "1.0", *, files: Mapping[str, str], fields: str = ""
    ) -> Path:
        """Make a package of `files` (path → content); `fields` are further control lines."""
        source = self.place / "source" / name
        control = (
            f"Package: {name}\nVersion: {version}\nArchitecture: all\n{fields}"
            "Maintainer: Nobody <nobody@localhost>\nInstalled-Size: 1\n"
        )
        for path, content in {**files, "DEBIAN/control": f"{control}Description: a test\n"}.items():
            target = source / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
        # As in a real pool, the file's name has no epoch.
        upstream = version.split(":", 1)[-1]
        package = self.place / "repository" / f"{name}_{upstream}_all.deb"
        subprocess.run(
            ["dpkg-deb", "--build", str(source), str(package)], check=True, capture_output=True
        )
        digest = hashlib.sha256(package.read_bytes()).hexdigest()
        with (self.place / "repository/Packages").open("a") as index:
            index.write(
                f"{control}Filename: ./{package.name}\nSize: {package.stat().st_size}\n"
                f"SHA256: {digest}\nDescription: a test\n\n"
            )
        return package

    def update(self) -> None:
        """`apt-get update`, for this repository alone."""
        subprocess.run(
            ["apt-get", "update", "-qq"],
            env={"APT_CONFIG": str(self.config), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
            check=True,
            capture_output=True,
        )
