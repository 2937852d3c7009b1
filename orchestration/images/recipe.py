"""A recipe: everything that decides what a base image is, except the versions apt offers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from orchestration.images.entries import Directory, Entry, File, Link, Script
from orchestration.images.package import Package

LABEL_NAME: Final = "io.stackwright.base"
LABEL_DIGEST: Final = "io.stackwright.base.digest"

# Raise it when the code makes another root file system of the same recipe and packages.
_FORMAT: Final = 2

ImageConfig: TypeAlias = Mapping[str, object]

_VERSION: Final = "{version}"
_DIGEST_LENGTH: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to install and how to run it.

    `{version}` in `reference`, `packages` and the values of `env` stands for the first
    `version_parts` numbers of the version of `versioned_by`, as the distribution has it.
    """

    name: str
    reference: str
    versioned_by: str
    version_parts: int
    packages: tuple[str, ...]
    entries: tuple[Entry, ...] = ()
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    user: str = ""
    workdir: str = "/"
    stop_signal: str = "SIGTERM"
    left_out: tuple[str, ...] = ()
    """Packages (shell patterns) never followed as dependencies."""
    omitted: tuple[str, ...] = ()
    """Paths (shell patterns, relative to the root, `*` crosses slashes) left out of the image."""

    def with_packages(self, *packages: str, reference: str = "") -> Recipe:
        """The same recipe with more packages, and another reference if one is given."""
        added = tuple(name for name in dict.fromkeys(packages) if name not in self.packages)
        return replace(self, packages=self.packages + added, reference=reference or self.reference)

    def at(self, version: str) -> Recipe:
        """The recipe for one version ("15", "3.11"): no placeholder is left."""
        return replace(
            self,
            reference=self.reference.replace(_VERSION, version),
            packages=tuple(name.replace(_VERSION, version) for name in self.packages),
            env={key: value.replace(_VERSION, version) for key, value in self.env.items()},
        )

    def config(self, digest: str) -> ImageConfig:
        """How an engine runs the image, as the `config` object of an image archive."""
        return {
            "Env": [f"{key}={value}" for key, value in self.env.items()],
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.command),
            "ExposedPorts": {f"{port}/tcp": {} for port in self.ports},
            "User": self.user,
            "WorkingDir": self.workdir,
            "StopSignal": self.stop_signal,
            "Labels": {LABEL_NAME: self.name, LABEL_DIGEST: digest},
        }

    def digest(self, packages: Iterable[Package]) -> str:
        """24 hex digits that change with anything that would change the archive."""
        facts = [
            _FORMAT,
            self.reference,
            [_entry_facts(entry) for entry in self.entries],
            self.config(digest=""),
            self.omitted,
            sorted([p.name, p.version, p.architecture, p.sha256] for p in packages),
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:_DIGEST_LENGTH]


def _entry_facts(entry: Entry) -> list[str | int]:
    match entry:
        case File():
            return [entry.path, hashlib.sha256(entry.content).hexdigest(), entry.mode]
        case Script():
            return [entry.path, hashlib.sha256(entry.read()).hexdigest()]
        case Directory():
            return [entry.path, entry.mode, entry.uid, entry.gid]
        case Link():
            return [entry.path, entry.target]
