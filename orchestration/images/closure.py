"""Which packages an image needs: what was asked for and what that depends on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Protocol

from orchestration.errors import ImageError
from orchestration.images.package import Package


class PackageSource(Protocol):
    """Where packages are looked up: apt, or a dictionary in tests."""

    def find(self, names: Collection[str]) -> Mapping[str, Package]:
        """The packages of these names that exist, by name."""
        ...

    def providers(self, name: str) -> tuple[str, ...]:
        """The packages that provide the virtual package `name`, in apt's order."""
        ...

    def names(self) -> tuple[str, ...]:
        """All names there are."""
        ...


def close_over(
    wanted: Collection[str], left_out: Collection[str], source: PackageSource
) -> tuple[Package, ...]:
    """The packages of `wanted` and all they depend on, sorted by name.

    A requirement that names anything of `left_out` (shell patterns) is not followed: maintainer
    scripts need Perl, debconf and systemd, the programs do not. Raises ImageError when a package
    does not exist.
    """
    chosen: dict[str, Package] = {}
    provided: set[str] = set()
    pending: list[tuple[str, ...]] = [(name,) for name in wanted]
    while pending:
        found = source.find({name for names in pending for name in names})
        added: list[Package] = []
        for names in pending:
            if any(name in chosen or name in provided for name in names):
                continue
            package = _first(names, found) or _provider(names, source)
            if package is None:
                raise _missing(names, wanted, source)
            chosen[package.name] = package
            provided.update(package.provides)
            added.append(package)
        pending = [
            names
            for package in added
            for names in package.depends
            if not any(fnmatchcase(name, pattern) for name in names for pattern in left_out)
        ]
    return tuple(chosen[name] for name in sorted(chosen))


def _first(names: tuple[str, ...], found: Mapping[str, Package]) -> Package | None:
    return next((found[name] for name in names if name in found), None)


def _provider(names: tuple[str, ...], source: PackageSource) -> Package | None:
    for name in names:
        providers = source.providers(name)
        if package := _first(providers, source.find(providers)):
            return package
    return None


def _missing(names: tuple[str, ...], wanted: Collection[str], source: PackageSource) -> ImageError:
    name = names[0]
    if name not in wanted:
        return ImageError(
            f"No package source has {' or '.join(names)}, which another package depends on.",
            fix="Check the machine's apt sources, then run `apt-get update`.",
        )
    similar = [other for other in source.names() if other[:2] == name[:2]]
    nearest = get_close_matches(name, similar, n=3, cutoff=0.6)
    return ImageError(
        f"There is no package {name} in the machine's apt sources.",
        why=f"The nearest names are: {', '.join(nearest)}." if nearest else "",
        fix="Correct the name in the recipe's `packages`, or add the source that has it.",
    )
