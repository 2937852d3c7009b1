"""From a build table to the build that it means."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from orchestration.stack import Build
from orchestration.stackfile.component_tables import BuildTable
from orchestration.stackfile.places import Sort
from orchestration.stackfile.positions import Key
from orchestration.stackfile.texts import Texts

USUAL: Final = ("Containerfile", "Dockerfile")


def make_build(table: BuildTable, key: Key, texts: Texts) -> Build | None:
    """The build; None, and a mistake noted, when what it names is not there."""
    context = texts.places.find(table.context, (*key, "context"), Sort.DIRECTORY)
    args = {name: texts.read(value, (*key, "args", name)) for name, value in table.args.items()}
    if context is None:
        return None
    containerfile = table.containerfile or _usual(context)
    place_key = (*key, "containerfile" if table.containerfile else "context")
    if texts.places.find(containerfile, place_key, Sort.FILE, base=context) is None:
        return None
    return Build(context=context, containerfile=containerfile, args=args, target=table.target)


def _usual(context: Path) -> str:
    return next((name for name in USUAL if (context / name).is_file()), USUAL[0])
