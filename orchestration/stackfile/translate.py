"""From tables to the frozen nouns of `orchestration.stack`, for one stack and one environment."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestration.datastorage import DataStorageSettings, datastorage_components
from orchestration.errors import ConfigError
from orchestration.model import Embedded, Mount, PortRequest, Secret, Text, reveal
from orchestration.nearest import suggest
from orchestration.platform import Platform
from orchestration.ports_registry import Registry
from orchestration.stack import Build, Component, Stack
from orchestration.stackfile.builds import make_build
from orchestration.stackfile.component_tables import ComponentTable, EmbeddedTable
from orchestration.stackfile.e2e_translate import make_platform
from orchestration.stackfile.gates import make_gate
from orchestration.stackfile.migrations import find_migrations
from orchestration.stackfile.mistakes import Mistakes, Source
from orchestration.stackfile.ordering import start_order
from orchestration.stackfile.outline import (
    Bootstrap,
    bootstrap_of,
    outlines_of,
    skipped_parts,
    waits_of,
)
from orchestration.stackfile.places import Places, Sort
from orchestration.stackfile.positions import Key
from orchestration.stackfile.tables import Stackfile
from orchestration.stackfile.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class StackfileStacks:
    """`StackSource` from a configuration that was found consistent."""

    stackfile: Stackfile = field(repr=False)
    source: Source
    root: Path
    outside: tuple[Path, ...]
    registry: Registry

    def stack(self, name: str, environ: Mapping[str, str], password: Secret | None = None) -> Stack:
        """As `Project.stack`."""
        if name not in self.stackfile.stacks:
            raise ConfigError(
                f"there is no stack `{name}` in {self.source.file}",
                fix=suggest(name, self.stackfile.stacks, nothing="declare one: [stacks.NAME]"),
            )
        texts = self._texts(environ)
        translation = _Translation(
            stackfile=self.stackfile,
            name=name,
            service=self.stackfile.stacks[name].service or name,
            registry=self.registry,
            places=texts.places,
            texts=texts,
            mistakes=texts.mistakes,
            password=password or Secret(secrets.token_urlsafe(16)),
        )
        components = translation.components()
        texts.mistakes.raise_if_any()
        return Stack(
            name=name,
            service=translation.service,
            project=self.root,
            components=components,
            deadline=self.stackfile.stacks[name].deadline,
        )

    def platform(self, name: str, environ: Mapping[str, str]) -> Platform:
        """As `Project.platform`."""
        if name not in self.stackfile.e2e:
            raise ConfigError(
                f"there is no platform `{name}` in {self.source.file}",
                fix=suggest(name, self.stackfile.e2e, nothing="declare one: [e2e.NAME]"),
            )
        texts = self._texts(environ, "a platform")
        platform = make_platform(name, self.stackfile.e2e[name], texts)
        texts.mistakes.raise_if_any()
        return platform

    def _texts(self, environ: Mapping[str, str], whose: str = "a stack") -> Texts:
        mistakes = Mistakes(self.source)
        places = Places(root=self.root, outside=self.outside, mistakes=mistakes, whose=whose)
        return Texts(environ=environ, places=places, mistakes=mistakes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Translation:
    """One stack on its way. After a mistake it goes on with something in its place."""

    stackfile: Stackfile
    name: str
    service: str
    registry: Registry
    places: Places
    texts: Texts
    mistakes: Mistakes
    password: Secret

    def components(self) -> tuple[Component, ...]:
        stack = self.stackfile.stacks[self.name]
        made: dict[str, Component] = {}
        if stack.bootstrap is not None:
            made = {each.name: each for each in self._bootstrap()}
        for name, table in stack.components.items():
            made[name] = self._component(name, table)
        waits = waits_of(outlines_of(self.stackfile, self.name, frozenset()))
        order = [name for name in start_order(waits) if name in made]
        return tuple(
            replace(made[name], after=tuple(each for each in order if each in waits[name]))
            for name in order
        )

    def _component(self, name: str, table: ComponentTable) -> Component:
        key: Key = ("stacks", self.name, "components", name)
        env: dict[str, Text] = {}
        for index, file in enumerate(table.env_files):
            env |= self.texts.env_file(file, (*key, "env_files", index))
        env |= self.texts.variables(table.env, (*key, "env"))
        source: str | Build | None = None
        if table.build is not None:
            source = make_build(table.build, (*key, "build"), self.texts)
        elif table.image is not None:
            source = self._image(table.image)
        component = Component(
            name=name,
            source=source,
            ports=tuple(
                PortRequest(
                    name=port_name,
                    container=port.container,
                    host=self.registry.port_of(self.service, port.host)
                    if isinstance(port.host, str)
                    else port.host,
                    bind=port.bind,
                )
                for port_name, port in table.ports.items()
            ),
            env=env,
            mounts=tuple(self._mounts(table, key)),
            command=tuple(table.command or ()),
            aliases=tuple(table.aliases),
            gate=make_gate(table, env, (*key, "gate"), self.texts),
            one_shot=table.one_shot,
            embedded=self._embedded(table.embedded, (*key, "embedded")),
        )
        return component if table.timeout is None else replace(component, timeout=table.timeout)

    def _mounts(self, table: ComponentTable, key: Key) -> Iterable[Mount]:
        for index, volume in enumerate(table.volumes):
            place = self.places.find(volume.source, (*key, "volumes", index), Sort.EITHER)
            if place is not None:
                yield Mount(source=place, target=volume.target, read_only=not volume.writable)

    def _embedded(self, table: EmbeddedTable | None, key: Key) -> Embedded | None:
        if table is None:
            return None
        cwd = self.places.find(table.cwd or ".", (*key, "cwd"), Sort.DIRECTORY)
        return Embedded(
            kind=table.kind or "command",
            command=tuple(table.command or ()),
            cwd=cwd if table.kind in (None, "command") else None,
            env=self.texts.variables(table.env, (*key, "env")),
        )

    def _image(self, reference: str) -> str:
        return self.stackfile.images.overrides.get(reference, reference)

    def _bootstrap(self) -> tuple[Component, ...]:
        bootstrap = bootstrap_of(self.stackfile, self.name)
        table, skip = bootstrap.table, skipped_parts(bootstrap.table)
        defaults = DataStorageSettings(password=self.password)
        settings = DataStorageSettings(
            postgres_image=self._image(table.postgres_image or defaults.postgres_image),
            redis_image=self._image(table.redis_image or defaults.redis_image),
            migrations_image=self._image(table.migrations_image)
            if table.migrations_image is not None
            else None,
            user=table.user or defaults.user,
            password=self._password(bootstrap),
            database=table.database or defaults.database,
            skip=skip,
            timeout=table.timeout,
        )
        if "migrations" not in skip:
            directory, names = find_migrations(
                table.migrations_dir or "migrations", bootstrap.key("migrations_dir"), self.places
            )
            settings = replace(settings, migrations_dir=directory, migrations=names)
        if "datastorage" not in skip:
            settings = self._datastorage(settings, bootstrap)
        names_ = ("postgres", "redis", "datastorage", "metrics")
        ports = {each: self.registry.port_of(self.service, each) for each in names_}
        return datastorage_components(settings, ports)

    def _datastorage(
        self, settings: DataStorageSettings, bootstrap: Bootstrap
    ) -> DataStorageSettings:
        table = bootstrap.table
        source: str | Build | None = None
        if table.build is not None:
            source = make_build(table.build, bootstrap.key("build"), self.texts)
        elif table.datastorage_image is not None:
            source = self._image(table.datastorage_image)
        config_dir = None
        if table.config_dir is not None:
            key = bootstrap.key("config_dir")
            config_dir = self.places.find(table.config_dir, key, Sort.DIRECTORY)
        env: dict[str, Text] = {}
        for name, value in table.env.items():
            env |= self.texts.variables({name: value}, bootstrap.env_keys[name][:-1])
        return replace(
            settings,
            source=source,
            config_dir=config_dir,
            env=env,
            embedded=self._embedded(table.embedded, bootstrap.key("embedded")),
        )

    def _password(self, bootstrap: Bootstrap) -> Secret:
        given = bootstrap.table.password
        if given is None:
            return self.password
        mistakes_before = len(self.mistakes.found)
        text = self.texts.read(given, bootstrap.key("password"))
        if not reveal(text) and len(self.mistakes.found) == mistakes_before:
            self.mistakes.add(
                bootstrap.key("password"),
                "is empty, and PostgreSQL lets nobody in without a password",
                fix="leave it out, and one is made for each run",
            )
        return text if isinstance(text, Secret) else Secret(text)
