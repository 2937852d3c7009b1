"""From a configuration file to a Project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from orchestration.ports_registry import PortFinding, Registry, check
from orchestration.project import Project, RecipeChange, Service
from orchestration.stackfile.consistency import check_consistency
from orchestration.stackfile.json_schema import json_schema
from orchestration.stackfile.mistakes import Mistakes, Source
from orchestration.stackfile.places import Places
from orchestration.stackfile.positions import Key
from orchestration.stackfile.reading import Data, parse, read_tables, tool_table
from orchestration.stackfile.registration import registry_of, with_lines
from orchestration.stackfile.tables import Stackfile
from orchestration.stackfile.translate import StackfileStacks
from orchestration.stackfile.wording import clean_key, word

_ROUNDS = 8
"""How often what is wrong is cut out to see what else is wrong; each cut can only reveal more."""


def load(path: Path) -> Project:
    """The project that the configuration `path` declares.

    Checked is what the file alone can tell, for all stacks; `Project.stack` looks at files and
    secrets. Raises ConfigError, which lists every mistake.
    """
    file = path.absolute()
    source, data = read_tables(file)
    mistakes = Mistakes(source)
    stackfile = _validate(data, mistakes)
    if stackfile is None:
        raise mistakes.error()
    check_consistency(stackfile, mistakes)
    root = file.parent.resolve()
    outside = tuple(_outside(stackfile, root, mistakes))
    places = Places(root=root, outside=outside, mistakes=mistakes)
    artifacts = places.inside(stackfile.project.artifacts, ("project", "artifacts"))
    mistakes.raise_if_any()
    registry = registry_of(stackfile, source)
    return Project(
        root=root,
        file=file,
        name=stackfile.project.name or _name_from(root),
        default=stackfile.project.default,
        artifacts=artifacts or root,
        engine=stackfile.engine.use,
        engine_url=stackfile.engine.url,
        outside=outside,
        image_overrides=MappingProxyType(dict(stackfile.images.overrides)),
        recipes=MappingProxyType(
            {
                name: RecipeChange(packages=tuple(table.packages), reference=table.reference or "")
                for name, table in stackfile.images.recipes.items()
            }
        ),
        ports=registry,
        services=MappingProxyType(
            {
                name: Service(language=table.language, paths=tuple(table.paths))
                for name, table in stackfile.services.items()
            }
        ),
        stacks=MappingProxyType(
            {name: table.service or name for name, table in stackfile.stacks.items()}
        ),
        platforms=MappingProxyType(
            {name: table.service or name for name, table in stackfile.e2e.items()}
        ),
        source=StackfileStacks(
            stackfile=stackfile, source=source, root=root, outside=outside, registry=registry
        ),
    )


def _outside(stackfile: Stackfile, root: Path, mistakes: Mistakes) -> Iterator[Path]:
    for index, written in enumerate(stackfile.engine.outside):
        try:
            yield (root / written).resolve()
        except (OSError, RuntimeError):
            mistakes.add(
                ("engine", "outside", index),
                f"`{written}` cannot be followed: its links lead in a circle",
            )


def locate_ports(project: Project) -> Registry:
    """The project's port registry with the lines of its file. Raises ConfigError when the file
    can no longer be read.
    """
    source, _ = read_tables(project.file)
    return with_lines(project.ports, source)


def port_findings(project: Project) -> tuple[PortFinding, ...]:
    """All that is wrong with the project's host ports, with lines; quick when nothing is."""
    if not check(project.ports):
        return ()
    return check(locate_ports(project))


def _validate(data: Data, mistakes: Mistakes) -> Stackfile | None:
    """The tables; after mistakes, what is left of them once what is wrong was cut out."""
    try:
        return Stackfile.model_validate(data)
    except ValidationError as error:
        schema = json_schema()
        errors = error.errors(include_url=False)
        mistakes.found.extend(word(each, data, schema) for each in errors)
    rest = _parse_again(mistakes.source)
    for _ in range(_ROUNDS):
        for each in errors:
            _cut(rest, clean_key(each["loc"]), whole=each["type"] == "missing")
        try:
            return Stackfile.model_validate(rest)
        except ValidationError as error:
            errors = error.errors(include_url=False)
    return None


def _parse_again(source: Source) -> Data:
    data = parse(source.file, source.text)
    return tool_table(data, source) if source.prefix else data


def _cut(data: Data, key: Key, *, whole: bool) -> None:
    """Remove what `key` names, or, when it cannot be without it, the table around it."""
    here: Any = data
    path = key[:-1] if whole else key
    for index, part in enumerate(path):
        if not isinstance(here, dict) or part not in here:
            return
        last = index == len(path) - 1
        below = here[part]
        if last or isinstance(below, list) or not isinstance(below, dict | list):
            del here[part]
            return
        here = below


def _name_from(root: Path) -> str:
    """A name from the directory's, in the letters that names may have."""
    words = re.sub(r"[^a-z0-9]+", "-", root.name.lower()).strip("-")
    return words[:40].strip("-") or "project"
