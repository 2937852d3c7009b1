"""What goes into a root file system besides the files of packages."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A regular file. `path` is relative to the root, without a leading slash or dot."""

    path: str
    content: bytes = field(repr=False)
    mode: int = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """An executable that ships with stackwright, as `images/files/<resource>`."""

    path: str
    resource: str

    def read(self) -> bytes:
        """The script's bytes."""
        return resources.files(__package__).joinpath("files", self.resource).read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A directory with the owner and mode a service expects."""

    path: str
    mode: int = 0o755
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A symbolic link; `target` as it will be stored. It never replaces a package's file."""

    path: str
    target: str


Entry: TypeAlias = File | Script | Directory | Link
