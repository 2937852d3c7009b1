"""What a run is made from, as digests by name: equal inputs allow reuse, a difference is named."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from orchestration.engines.build_bases import bases_of
from orchestration.model import Embedded, Mount, Text, reveal
from orchestration.mount_mapping import MountMapping
from orchestration.stack import Build, Component, Stack

_IGNORED: Final = frozenset({"__pycache__", ".git", ".venv", ".nox", "node_modules"})
_CONTENT_UP_TO: Final = 1 << 20
"""Bytes; of larger files size and modification time stand for the content."""

_MODULE: Final = re.compile(r"([^\W\d]\w*)(?:\.\w+)*(?::[\w.]+)?")

Reading = Callable[[Path], object]
"""Is told each file or directory before it is read: that may take as long as a disk does."""

NOT_HERE: Final = "not here: "
"""Before the name of an image that the engine had not, or not yet."""


def inputs_of(
    stack: Stack,
    *,
    engine: str,
    version: str,
    image_id: Callable[[str], str | None] | None,
    reading: Reading = lambda _: None,
) -> dict[str, str]:
    """Digests of all that decides what the running stack is.

    `image_id` tells the id of a local image (None: the engine runs no images), and is asked before
    files are read. `version`: that of stackwright. A build context counts whole, whatever its
    ignore file leaves out; of the images that a build uses count those that its Containerfile names
    (see `bases_of`). Of a local process count the files of the project that its command names, as
    paths or as Python's modules, and its own working directory; not what else they load from the
    project's root.
    """
    found = {"engine": engine, "stackwright": version}
    if image_id is not None:
        found |= image_inputs(stack, image_id)
    for component in stack.components:
        for name, value in _component_inputs(component, reading).items():
            found[f"{component.name}.{name}"] = value
        if image_id is None:
            for name, value in _process_inputs(component, stack.project, reading).items():
                found[f"{component.name}.{name}"] = value
        elif isinstance(component.source, Build):
            found[f"{component.name}.build"] = digest_of_build(component.source, reading)
    return found


def image_inputs(stack: Stack, image_id: Callable[[str], str | None]) -> dict[str, str]:
    """The images among the inputs, by id, or NOT_HERE; each is asked for once."""
    found: dict[str, str] = {}
    ask = cache(image_id)
    for component in stack.components:
        match component.source:
            case Build() as build:
                args = {key: reveal(value) for key, value in build.args.items()}
                for written, image in bases_of(_text_of(build), args, build.target).items():
                    # As it is written: an argument may be secret.
                    name = f"{component.name}.base image {written}"
                    found[name] = ask(image) or f"{NOT_HERE}{written}"
            case str() as image:
                found[f"{component.name}.image"] = ask(image) or f"{NOT_HERE}{image}"
            case None:
                pass
    return found


def _component_inputs(component: Component, reading: Reading) -> dict[str, str]:
    return {
        "ports": digest(repr(component.ports)),
        "aliases": digest(*component.aliases),
        "command": digest(repr(component.command)),
        "env": _digest_env(component.env),
        "volumes": _digest_mounts(component.mounts, reading),
        "gate": digest(repr(component.gate)),
    }


def _process_inputs(component: Component, project: Path, reading: Reading) -> dict[str, str]:
    embedded = component.embedded
    if embedded is None:
        return {}
    found = {
        "embedded": digest(repr((embedded.kind, embedded.command))),
        "embedded env": _digest_env(embedded.env),
    }
    # The project's root is everybody's: a test that was edited is no other stack.
    if embedded.cwd is not None and embedded.cwd != project:
        found["working directory"] = _digest_tree(embedded.cwd, embedded.cwd, reading)
    reading(project)
    for path in _program(component, embedded, project):
        found[f"program {path.relative_to(project)}"] = _digest_tree(project, path, reading)
    return found


def _program(component: Component, embedded: Embedded, project: Path) -> Iterator[Path]:
    """What the command names in the project, and no other input covers.

    A directory counts as a Python package only (`-m shop`, `shop.main:app`): another may be where
    the process writes, and any word may happen to be its name.
    """
    if embedded.kind != "command":
        return
    mapping = MountMapping.of((each.target, each.source) for each in component.mounts)
    cwd = embedded.cwd or project
    covered = [each.source for each in component.mounts if each.read_only]
    covered += [] if cwd == project else [cwd]
    words = embedded.command or component.command
    for before, word in zip(("", *words), words, strict=False):
        told = mapping.apply(word)
        files = [cwd / told, cwd / told.partition("=")[2]]
        if (module := _MODULE.fullmatch(told)) and (before == "-m" or ":" in told):
            files.append(cwd / f"{module[1]}.py")
            package = cwd / module[1]
            if _is_file(package / "__init__.py") or _is_file(package / "__main__.py"):
                yield from _uncovered(package, project, covered)
        for file in filter(_is_file, files):
            yield from _uncovered(file, project, covered)


def _uncovered(path: Path, project: Path, covered: Iterable[Path]) -> Iterator[Path]:
    plain = Path(os.path.normpath(path))
    if plain.is_relative_to(project) and not any(plain.is_relative_to(each) for each in covered):
        yield plain


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - Path's own raises where a word is too long


def _text_of(build: Build) -> str:
    try:
        return (build.context / build.containerfile).read_text("utf-8", "replace")
    except OSError:
        # The build says what is wrong with it.
        return ""


def digest_of_build(build: Build, reading: Reading = lambda _: None) -> str:
    """Of all that decides what an image is; its context counts whole."""
    return digest(
        build.containerfile,
        repr(build.target),
        _digest_env(build.args),
        _digest_tree(build.context, build.context, reading),
    )


def tree(directory: Path) -> list[Path]:
    """The files below a directory, without caches and version control; a link to a directory is one
    of them.
    """
    found: list[Path] = []
    for here, directories, files in os.walk(directory):
        directories[:] = sorted(set(directories) - _IGNORED)
        links = [each for each in directories if Path(here, each).is_symlink()]
        found.extend(Path(here) / name for name in sorted([*files, *links]))
    return found


def digest(*texts: str) -> str:
    """Of texts that no two different sequences of texts share."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _digest_env(env: Mapping[str, Text]) -> str:
    return digest(*(f"{key}={reveal(value)}" for key, value in sorted(env.items())))


def _digest_mounts(mounts: tuple[Mount, ...], reading: Reading) -> str:
    parts: list[str] = []
    for mount in mounts:
        parts.append(f"{mount.source}:{mount.target}:{mount.read_only}")
        if mount.read_only:
            parts.append(_digest_tree(mount.source, mount.source, reading))
    return digest(*parts)


def _digest_tree(base: Path, path: Path, reading: Reading) -> str:
    """Of all files below a directory, or of one file, by their names from `base`."""
    reading(path)
    return _digest_files(base, tree(path) if path.is_dir() else [path])


def _digest_files(base: Path, files: Iterable[Path]) -> str:
    """Of names, modes, contents, and where links lead; what is in a linked directory does not
    count.
    """
    total = hashlib.sha256()
    for file in files:
        total.update(os.fsencode(os.path.relpath(file, base)) + b"\0")
        try:
            if file.is_symlink():
                total.update(b"link to " + os.fsencode(file.readlink()) + b"\0")
            status = file.stat()
            total.update(b"%o\0" % stat.S_IMODE(status.st_mode))
            if stat.S_ISDIR(status.st_mode):
                continue
            if status.st_size <= _CONTENT_UP_TO and stat.S_ISREG(status.st_mode):
                total.update(hashlib.sha256(file.read_bytes()).digest())
            else:
                total.update(f"{status.st_size}:{status.st_mtime_ns}".encode())
        except OSError:
            total.update(b"unreadable")
    return total.hexdigest()[:16]
