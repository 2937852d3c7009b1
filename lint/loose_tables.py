"""The tables that the linter shares with the other half of stackwright.

Of `[services.*]` and `[ports.services.*]` every value that is read here is checked; what only
stacks are made of is not, so that a mistake in a stack does not keep the linter from reading.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lint.config_file import ConfigFile, Mistake
from lint.languages.toml_keys import Key
from lint.nearest import suggestion
from lint.settings import LintConfig, ServiceSettings

TABLES: Final = (
    *("project", "engine", "images", "ports"),
    *("bootstrap", "services", "stacks", "e2e", "lint"),
)
"""All that a configuration may hold, whichever half reads it."""
SERVICE_KEYS: Final = ("language", "paths")
PORTS_KEYS: Final = ("ranges", "kinds", "services")


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseConfig:
    """A configuration without its `[lint]` table, and the directory that its paths start from."""

    config: LintConfig
    base: str
    """Relative to the root; empty: the root itself."""


def loose_config(config: ConfigFile, root: Path) -> LooseConfig:
    """What the file says of services and ports, with paths made relative to `root`."""
    file = Path(os.path.relpath(config.file, root)).as_posix()
    base = posixpath.dirname(file)
    return LooseConfig(
        config=LintConfig(
            file=file,
            services=tuple(_services(config.data.get("services"), base)),
            ports=_ports(config.data.get("ports")),
        ),
        base=base,
    )


def shared_mistakes(config: ConfigFile, base: str) -> Iterator[Mistake]:
    """What is wrong with tables that no half has, and with what is read here."""
    for name in config.data:
        if name not in TABLES:
            fix = suggestion(name, TABLES)
            yield Mistake(key=(name,), what="there is no such table", fix=fix)
    yield from _service_mistakes(config.data.get("services", {}), base)
    ports = config.data.get("ports", {})
    if not isinstance(ports, dict):
        yield _no_table(("ports",))
        return
    yield from _unknown_keys(("ports",), ports, PORTS_KEYS)
    numbers = ports.get("services", {})
    if not isinstance(numbers, dict):
        yield _no_table(("ports", "services"))
        return
    for service, names in numbers.items():
        if not isinstance(names, dict):
            yield _no_table(("ports", "services", service))
            continue
        for name, number in names.items():
            if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 65536:
                yield Mistake(
                    key=("ports", "services", service, name),
                    what="must be the number of a port",
                    fix=f"write it like {name} = 15437",
                )


def _service_mistakes(services: object, base: str) -> Iterator[Mistake]:
    if not isinstance(services, dict):
        yield _no_table(("services",))
        return
    for name, table in services.items():
        key: Key = ("services", name)
        if not isinstance(table, dict):
            yield _no_table(key)
            continue
        yield from _unknown_keys(key, table, SERVICE_KEYS)
        if not isinstance(table.get("language", ""), str):
            what = "must be text in quotes"
            yield Mistake(key=(*key, "language"), what=what, fix='write language = "go"')
        paths = table.get("paths", [])
        if not isinstance(paths, list):
            example = f'"{paths}"' if isinstance(paths, str) else f'"services/{name}"'
            what = "must be a list of paths"
            yield Mistake(key=(*key, "paths"), what=what, fix=f"write paths = [{example}]")
            continue
        for at, path in enumerate(paths):
            if not isinstance(path, str) or not path.strip():
                what = "must be a path in quotes"
                yield Mistake(key=(*key, "paths", at), what=what, fix=f'write "services/{name}"')
            elif path_from_root(path, base).partition("/")[0] == "..":
                yield Mistake(
                    key=(*key, "paths", at),
                    what=f"`{path}` is outside of the repository",
                    fix="write a path inside of it, relative to the configuration",
                )


def _unknown_keys(key: Key, table: Mapping[str, object], known: Sequence[str]) -> Iterator[Mistake]:
    for each in table:
        if each not in known:
            fix = suggestion(each, known)
            yield Mistake(key=(*key, each), what="there is no such key here", fix=fix)


def _no_table(key: Key) -> Mistake:
    return Mistake(key=key, what="must be a table", fix=f"write [{'.'.join(map(str, key))}]")


def from_root(glob: str, base: str) -> str:
    """A path glob of a file in `base`, as one from the root.

    Without a `/` it means a name at any depth, and then at any depth below `base`.
    """
    if not base:
        return glob
    anywhere = "/" not in glob.rstrip("/") and glob not in (".", "..")
    return path_from_root(f"**/{glob}" if anywhere else glob, base)


def path_from_root(path: str, base: str) -> str:
    """A path in a file in `base`, as one from the root. `..` in front: it lies outside."""
    return posixpath.normpath(posixpath.join(base, path.removeprefix("/")))


def _services(written: object, base: str) -> Iterator[ServiceSettings]:
    for name, table in _table(written).items():
        match table:
            case dict():
                language, paths = table.get("language"), table.get("paths")
            case _:
                continue
        yield ServiceSettings(
            name=name,
            language=language if isinstance(language, str) else "",
            paths=tuple(
                path_from_root(each, base)
                for each in (paths if isinstance(paths, list) else ())
                if isinstance(each, str) and each
            ),
        )


def _ports(written: object) -> Mapping[str, Mapping[str, int]]:
    services = _table(_table(written).get("services"))
    return {
        service: {
            name: number
            for name, number in _table(names).items()
            if isinstance(number, int) and not isinstance(number, bool)
        }
        for service, names in services.items()
    }


def _table(written: object) -> Mapping[str, object]:
    return written if isinstance(written, dict) else {}
