"""A stack reduced to what its components say of each other, each saying with its place."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.datastorage import DataStorageSettings, Part, datastorage_components
from orchestration.errors import ConfigError
from orchestration.model import Secret
from orchestration.references import names_in
from orchestration.stackfile.component_tables import ComponentTable, EmbeddedTable
from orchestration.stackfile.positions import Key
from orchestration.stackfile.tables import DataStorageTable, Stackfile
from orchestration.stackfile.values import FromEnv, FromFile

BOOTSTRAP: tuple[str, ...] = ("postgres", "migrations", "redis", "datastorage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A word or text of the configuration and its place."""

    text: str
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One component. `whole`: nothing of it was left out because of a mistake.

    `texts` are its env values and commands as far as they are written in the configuration;
    `commands` the latter alone.
    """

    name: str
    key: Key
    ports: tuple[str, ...] = ()
    one_shot: bool = False
    aliases: tuple[Said, ...] = ()
    after: tuple[Said, ...] = ()
    texts: tuple[Said, ...] = ()
    commands: tuple[Said, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """[bootstrap.datastorage] with the changes of one stack: each setting with its place."""

    table: DataStorageTable
    keys: Mapping[str, Key]
    env_keys: Mapping[str, Key]

    def key(self, setting: str) -> Key:
        """Where a setting is, or would be, made."""
        return self.keys[setting]


def bootstrap_of(stackfile: Stackfile, name: str) -> Bootstrap:
    """The settings of the DataStorage bootstrap for a stack."""
    general: Key = ("bootstrap", "datastorage")
    special: Key = ("stacks", name, "datastorage")
    shared = stackfile.bootstrap.datastorage
    own = stackfile.stacks[name].datastorage or DataStorageTable()
    chosen = own.model_fields_set
    values = {field: getattr(own if field in chosen else shared, field) for field in _FIELDS}
    keys = {
        field: (*(general if field in shared.model_fields_set - chosen else special), field)
        for field in _FIELDS
    }
    # A stack that says where its DataStorage comes from has said it for both ways.
    for field, other in (("build", "datastorage_image"), ("datastorage_image", "build")):
        if field in chosen and other not in chosen:
            values[other] = None
    values["env"] = {**shared.env, **own.env}
    env_keys: dict[str, Key] = {
        variable: (*(special if variable in own.env else general), "env", variable)
        for variable in values["env"]
    }
    return Bootstrap(table=DataStorageTable.model_construct(**values), keys=keys, env_keys=env_keys)


_FIELDS = tuple(DataStorageTable.model_fields)


def outlines_of(stackfile: Stackfile, name: str, broken: frozenset[Key]) -> tuple[Outline, ...]:
    """The components of a stack as declared. `broken`: those that have mistakes already."""
    stack = stackfile.stacks[name]
    found = list(_bootstrap_outlines(stackfile, name)) if stack.bootstrap else []
    for component, table in stack.components.items():
        key: Key = ("stacks", name, "components", component)
        found.append(_outline(component, table, key, whole=key not in broken))
    known = {each.name for each in found}
    pruned = [key for key in sorted(broken, key=str) if key[-1] not in known]
    found.extend(Outline(name=str(key[-1]), key=key, whole=False) for key in pruned)
    return tuple(found)


def _outline(name: str, table: ComponentTable, key: Key, *, whole: bool) -> Outline:
    commands = list(_words(table.command, (*key, "command")))
    texts = list(_values(table.env, (*key, "env")))
    if table.embedded is not None:
        embedded = _embedded(table.embedded, (*key, "embedded"))
        commands += embedded[0]
        texts += embedded[1]
    return Outline(
        name=name,
        key=key,
        ports=tuple(table.ports),
        one_shot=table.one_shot,
        aliases=tuple(_words(table.aliases, (*key, "aliases"))),
        after=tuple(_words(table.after, (*key, "after"))),
        texts=(*texts, *commands),
        commands=tuple(commands),
        whole=whole,
    )


def _bootstrap_outlines(stackfile: Stackfile, name: str) -> Iterator[Outline]:
    bootstrap = bootstrap_of(stackfile, name)
    table = bootstrap.table
    texts = [
        Said(text=value, key=bootstrap.env_keys[variable])
        for variable, value in table.env.items()
        if isinstance(value, str)
    ]
    commands: list[Said] = []
    if table.embedded is not None:
        commands, more = _embedded(table.embedded, bootstrap.key("embedded"))
        texts += more
    settings = DataStorageSettings(
        password=Secret(""),
        migrations=("any.sql",),
        migrations_dir=Path("any"),
        skip=skipped_parts(table),
    )
    for component in datastorage_components(settings):
        last = component.name == "datastorage"
        yield Outline(
            name=component.name,
            key=("stacks", name, "bootstrap"),
            ports=tuple(port.name for port in component.ports),
            one_shot=component.one_shot,
            after=tuple(
                Said(text=each, key=("stacks", name, "bootstrap")) for each in component.after
            ),
            texts=(*texts, *commands) if last else (),
            commands=tuple(commands) if last else (),
        )


def waits_of(outlines: Iterable[Outline]) -> dict[str, dict[str, Key]]:
    """What each component waits for, by `after` and by reference, and where it says so.

    Texts that are no references are left to others to find.
    """
    found: dict[str, dict[str, Key]] = {}
    for outline in outlines:
        mine = found.setdefault(outline.name, {})
        for said in outline.after:
            mine.setdefault(said.text, said.key)
        for said in outline.texts:
            with contextlib.suppress(ConfigError):
                for name in names_in(said.text):
                    if name != outline.name:
                        mine.setdefault(name, said.key)
    return found


def _embedded(table: EmbeddedTable, key: Key) -> tuple[list[Said], list[Said]]:
    return (
        list(_words(table.command, (*key, "command"))),
        list(_values(table.env, (*key, "env"))),
    )


def _words(words: list[str] | None, key: Key) -> Iterator[Said]:
    for index, word in enumerate(words or []):
        yield Said(text=word, key=(*key, index))


def _values(values: Mapping[str, str | FromEnv | FromFile], key: Key) -> Iterator[Said]:
    for name, value in values.items():
        if isinstance(value, str):
            yield Said(text=value, key=(*key, name))


def skipped_parts(table: DataStorageTable) -> frozenset[Part]:
    """The parts of the bootstrap that are left out."""
    return frozenset(table.skip or ())
