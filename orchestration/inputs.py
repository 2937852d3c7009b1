"""What a run is made from, as digests by name: equal inputs allow reuse, a difference is named."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from orchestration.model import Mount, Text, reveal
from orchestration.stack import Build, Component, Stack

_IGNORED: Final = frozenset({"__pycache__", ".git", ".venv", ".nox", "node_modules"})
_CONTENT_UP_TO: Final = 1 << 20
"""Bytes; of larger files size and modification time stand for the content."""


def inputs_of(
    stack: Stack,
    *,
    engine: str,
    version: str,
    image_id: Callable[[str], str | None] | None,
) -> dict[str, str]:
    """Digests of all that decides what the running stack is.

    `image_id` tells the id of a local image (None: the engine runs no images). `version`: that of
    stackwright. A build context counts whole, whatever its ignore file leaves out.
    """
    found = {"engine": engine, "stackwright": version}
    for component in stack.components:
        for name, value in _component_inputs(component, stack.project, image_id).items():
            found[f"{component.name}.{name}"] = value
    return found


def _component_inputs(
    component: Component,
    project: Path,
    image_id: Callable[[str], str | None] | None,
) -> dict[str, str]:
    found = {
        "ports": digest(repr(component.ports)),
        "command": digest(repr(component.command)),
        "env": _digest_env(component.env),
        "volumes": _digest_mounts(component.mounts),
        "gate": digest(repr(component.gate)),
    }
    match component.source:
        case _ if image_id is None:
            embedded = component.embedded
            if embedded is not None:
                found["embedded"] = digest(repr((embedded.kind, embedded.command)))
                found["embedded env"] = _digest_env(embedded.env)
                # The project's root is everybody's: a test that was edited is no other stack.
                if embedded.cwd is not None and embedded.cwd != project:
                    found["working directory"] = _digest_files(embedded.cwd, tree(embedded.cwd))
        case Build() as build:
            found["build"] = digest_of_build(build)
        case str() as reference:
            found["image"] = image_id(reference) or reference
        case None:
            pass
    return found


def digest_of_build(build: Build) -> str:
    """Of all that decides what an image is; its context counts whole."""
    return digest(
        build.containerfile,
        repr(build.target),
        _digest_env(build.args),
        _digest_files(build.context, tree(build.context)),
    )


def tree(directory: Path) -> list[Path]:
    """The files below a directory, without caches and version control."""
    found: list[Path] = []
    for here, directories, files in os.walk(directory):
        directories[:] = sorted(set(directories) - _IGNORED)
        found.extend(Path(here) / name for name in sorted(files))
    return found


def digest(*texts: str) -> str:
    """Of texts that no two different sequences of texts share."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _digest_env(env: Mapping[str, Text]) -> str:
    return digest(*(f"{key}={reveal(value)}" for key, value in sorted(env.items())))


def _digest_mounts(mounts: tuple[Mount, ...]) -> str:
    parts: list[str] = []
    for mount in mounts:
        parts.append(f"{mount.source}:{mount.target}:{mount.read_only}")
        if mount.read_only:
            files = tree(mount.source) if mount.source.is_dir() else [mount.source]
            parts.append(_digest_files(mount.source, files))
    return digest(*parts)


def _digest_files(base: Path, files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(os.fsencode(os.path.relpath(file, base)) + b"\0")
        try:
            status = file.stat()
            if status.st_size <= _CONTENT_UP_TO and file.is_file():
                total.update(hashlib.sha256(file.read_bytes()).digest())
            else:
                total.update(f"{status.st_size}:{status.st_mtime_ns}".encode())
        except OSError:
            total.update(b"unreadable")
    return total.hexdigest()[:16]
