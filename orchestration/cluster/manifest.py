"""An object that somebody wants in the cluster, and where they wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A line of a file, from 1. What a kustomization made is at line 1 of its file."""

    path: Path
    line: int


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Ref:
    """Names one object. `namespace`: None when none is written, or the kind has none."""

    api_version: str
    kind: str
    namespace: str | None
    name: str

    @property
    def group(self) -> str:
        """The API group, "" for the core: one object is served under all versions of its group."""
        return group_of(self.api_version)

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else self.short

    @property
    def short(self) -> str:
        """`Deployment postgres`: for where all objects are in one namespace."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One object as written. `body`: the whole of it, of JSON's types only."""

    api_version: str
    kind: str
    name: str
    namespace: str | None
    body: Mapping[str, object] = field(repr=False)
    place: Place

    @property
    def ref(self) -> Ref:
        """What names it."""
        return Ref(
            api_version=self.api_version,
            kind=self.kind,
            namespace=self.namespace,
            name=self.name,
        )


def group_of(api_version: str) -> str:
    """`apps` of `apps/v1`, "" of `v1`."""
    return api_version.rpartition("/")[0]
