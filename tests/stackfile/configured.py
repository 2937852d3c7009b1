"""A project directory with a configuration, for tests of what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from orchestration.errors import ConfigError
from orchestration.model import Secret
from orchestration.platform import Platform
from orchestration.project import Project
from orchestration.stack import Component, Stack
from orchestration.stackfile import load

NOTHING: Mapping[str, str] = MappingProxyType({})
PASSWORD = Secret("made-for-the-run")
WEB = """\
[stacks.shop.components.web]
image = "web:1"
ports.http = 8080
gate = { kind = "http", path = "/health" }
"""


def write(root: Path, text: str, name: str = "stackwright.toml") -> Path:
    """A configuration in `root`."""
    file = root / name
    file.write_text(text, "utf-8")
    return file


def project(root: Path, text: str) -> Project:
    """The project that `text` declares."""
    return load(write(root, text))


def stack(root: Path, text: str, environ: Mapping[str, str] = NOTHING) -> Stack:
    """The only or default stack that `text` declares."""
    made = project(root, text)
    return made.stack(made.stack_for(None), environ, PASSWORD)


def platform(root: Path, text: str) -> Platform:
    """The only or default platform that `text` declares."""
    made = project(root, text)
    return made.platform(made.platform_for(None), NOTHING)


def mistake(root: Path, text: str, environ: Mapping[str, str] = NOTHING) -> str:
    """The message about `text`, whether loading or translating finds it; `root` left out."""
    with pytest.raises(ConfigError) as caught:
        stack(root, text, environ)
    return str(caught.value).replace(f"{root.resolve()}/", "").replace(str(root.resolve()), "ROOT")


def web(root: Path, more: str = "", environ: Mapping[str, str] = NOTHING) -> Component:
    """The component `web` of WEB, with `more` after it."""
    return stack(root, WEB + more, environ).component("web")
