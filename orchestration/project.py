"""A project: what its configuration says of it as a whole, its stacks and its platforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from orchestration.errors import ConfigError
from orchestration.model import EngineName, Secret
from orchestration.nearest import suggest
from orchestration.platform import Platform
from orchestration.ports_registry import Registry
from orchestration.stack import Stack


class StackSource(Protocol):
    """Where the stacks and platforms of a project come from."""

    def stack(self, name: str, environ: Mapping[str, str], password: Secret | None = None) -> Stack:
        """As `Project.stack`."""
        ...

    def platform(self, name: str, environ: Mapping[str, str]) -> Platform:
        """As `Project.platform`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A deployable of the user's platform. `paths`: what belongs to it, relative to the root."""

    language: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeChange:
    """What to add to a base image of `images build`. `reference`: its name, "" for the usual."""

    packages: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A configuration file, read and found consistent.

    `root` is its directory. `engine` and `engine_url` are None unless the file pins them.
    `stacks` maps each stack to its service, `platforms` each platform for end-to-end tests, in the
    order of the file.
    """

    root: Path
    file: Path
    name: str
    artifacts: Path
    source: StackSource = field(repr=False, compare=False)
    stacks: Mapping[str, str]
    platforms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    default: str | None = None
    engine: EngineName | None = None
    engine_url: str | None = None
    outside: tuple[Path, ...] = ()
    image_overrides: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    recipes: Mapping[str, RecipeChange] = field(default_factory=lambda: MappingProxyType({}))
    ports: Registry = field(default_factory=Registry)
    services: Mapping[str, Service] = field(default_factory=lambda: MappingProxyType({}))

    def stack_for(self, name: str | None) -> str:
        """The stack that `--service NAME` means: of that name, else the only one of that service.

        Without a name the default, else the only one there is. Raises ConfigError.
        """
        if name is None:
            return self._unnamed()
        return self._named(name, self.stacks, "stack", "stacks")

    def platform_for(self, name: str | None) -> str:
        """The platform that `--service NAME` means: of that name, else the only one of that
        service. Without a name the only one there is, else the one called like the default stack.

        Raises ConfigError.
        """
        if name is not None:
            return self._named(name, self.platforms, "platform", "e2e")
        match list(self.platforms):
            case [only]:
                return only
            case []:
                raise ConfigError(
                    f"{self.file} declares no platform", fix="declare one: [e2e.NAME]"
                )
            case many if self.default in many:
                return self.default
            case many:
                raise ConfigError(
                    f"{self.file} declares {len(many)} platforms, and none of them is the default",
                    fix=f"choose one with --service ({', '.join(many)})",
                )

    def stack(self, name: str, environ: Mapping[str, str], password: Secret | None = None) -> Stack:
        """The stack, ready for a run: secrets read from `environ` and files, files found.

        `password`: used where the configuration leaves one to be generated; None makes a new one.
        Raises ConfigError, which lists every mistake.
        """
        return self.source.stack(name, environ, password)

    def platform(self, name: str, environ: Mapping[str, str]) -> Platform:
        """The platform, its files found; what is in the manifests is not looked at.

        Raises ConfigError, which lists every mistake.
        """
        return self.source.platform(name, environ)

    def _named(self, name: str, declared: Mapping[str, str], noun: str, table: str) -> str:
        """What is called `name` among `declared`, else the only one of that service."""
        if name in declared:
            return name
        of_service = [each for each, service in declared.items() if service == name]
        match of_service:
            case [only]:
                return only
            case []:
                known = {*declared, *declared.values()}
                what = (
                    f"service `{name}` has no {noun}"
                    if name in self.services
                    else f"there is no {noun} or service `{name}`"
                )
                raise ConfigError(
                    f"{what} in {self.file}",
                    fix=suggest(name, known, nothing=f"declare one: [{table}.NAME]"),
                )
            case _:
                raise ConfigError(
                    f"service `{name}` has {len(of_service)} {noun}s: {', '.join(of_service)}",
                    fix=f"name the {noun} instead of the service",
                )

    def _unnamed(self) -> str:
        if self.default is not None:
            return self.default
        match list(self.stacks):
            case [only]:
                return only
            case []:
                raise ConfigError(
                    f"{self.file} declares no stack", fix="declare one: [stacks.NAME]"
                )
            case many:
                raise ConfigError(
                    f"{self.file} declares {len(many)} stacks and no default",
                    fix=f"choose one with --service ({', '.join(many)}), or set "
                    "`default` under [project]",
                )
