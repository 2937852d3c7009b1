"""Which services a repository has, and which files are whose.

Configuration decides where it speaks. Else conventions do: `services/<name>`,
`test/integration/<name>`, directories with a manifest of their own, `cmd/<name>` with a Dockerfile.
A repository without any of these is one service, named after itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lint.codeowners import Owners
from lint.file_names import named_services
from lint.globs import fixed_beginning, matches_any
from lint.project import ServiceOf
from lint.settings import ServiceSettings
from lint.spelling import GENERIC, spelled, spellings

_DEPLOYED: Final = frozenset({"services", "service", "apps", "microservices"})
"""`<one of these>/<name>` is a service by its place alone."""
_HOMES: Final = frozenset({"src", "components", "backend", "projects", "packages", "modules"})
"""`<one of these>/<name>` is a service when it has a manifest."""
_PROGRAMS: Final = frozenset({"cmd"})
_TIERS: Final = frozenset({"integration", "e2e"})
_TESTS: Final = frozenset({"test", "tests"})
_MANIFESTS: Final = frozenset(
    {"go.mod", "pyproject.toml", "setup.py", "setup.cfg", "package.json", "Cargo.toml", "pom.xml"}
    | {"Dockerfile", "Containerfile", "requirements.txt", "build.gradle"}
)
_SUITES: Final = (".go", ".py", ".sh", ".yml", ".yaml", ".ts", ".js", ".java")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The services, and file → the services that own it (files of nobody are left out)."""

    services: tuple[ServiceOf, ...]
    files: Mapping[str, tuple[str, ...]]


def attribute(
    paths: Iterable[str],
    settings: Sequence[ServiceSettings] = (),
    *,
    repository: str,
    owners: Owners | None = None,
) -> Attribution:
    """Services of the repository and whose each path is.

    `repository` is its name, which a repository of one service bears. `owners` are its CODEOWNERS,
    the last resort.
    """
    known = sorted(paths)
    services = _configured(settings) if settings else _found(known)
    if not services:
        name = repository or "repository"
        only = ServiceOf(name=name, paths=("",), names=spellings(name), language=_spoken(known))
        return Attribution(services=(only,), files=dict.fromkeys(known, (name,)))
    patterns = {one.name: one.paths for one in settings if one.paths}
    table = _Table(services, patterns, owners)
    files = {path: whose for path in known if (whose := table.of(path))}
    return Attribution(services=services, files=files)


def unmatched(paths: Iterable[str], settings: Sequence[ServiceSettings]) -> tuple[str, ...]:
    """Notes on paths of the configuration that mean no file: misspelt, or long gone."""
    known = tuple(paths)
    return tuple(
        f"[services.{one.name}]: `{path}` is no file, directory or glob of any here"
        for one in settings
        for path in one.paths
        if not any(matches_any(each, [path]) for each in known)
    )


@dataclass(frozen=True)
class _Table:
    services: tuple[ServiceOf, ...]
    patterns: Mapping[str, tuple[str, ...]]
    owners: Owners | None

    @cached_property
    def called(self) -> dict[str, tuple[str, ...]]:
        """Normalised spelling → services."""
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.services:
            for name in one.names:
                found[name].append(one.name)
        return {name: tuple(services) for name, services in found.items()}

    @cached_property
    def owned(self) -> list[tuple[str, str]]:
        """(Directory with `/`, service), the longest first."""
        claims = [
            (f"{own}/", one.name)
            for one in self.services
            if one.name not in self.patterns
            for own in one.paths
        ]
        return sorted(claims, key=lambda claim: -len(claim[0]))

    def of(self, path: str) -> tuple[str, ...]:
        """The nearest claim wins: configured paths, own directory, a directory's name, the
        file's name, CODEOWNERS."""
        if claimed := self._configured(path):
            return claimed
        if own := self._own_directory(path):
            return own
        *directories, name = path.split("/")
        for directory in reversed(directories):
            if named := self.called.get(spelled(directory)):
                return named
        if named := named_services(name, self.called):
            return named
        if self.owners is None:
            return ()
        teams = self.owners.of(path)
        return tuple(one.name for one in self.services if one.names & teams)

    def _configured(self, path: str) -> tuple[str, ...]:
        claims = [
            (max(len(fixed_beginning(one)) for one in said if matches_any(path, [one])), name)
            for name, said in self.patterns.items()
            if matches_any(path, said)
        ]
        longest = max((length for length, _ in claims), default=0)
        return tuple(name for length, name in claims if length == longest)

    def _own_directory(self, path: str) -> tuple[str, ...]:
        for own, name in self.owned:
            if path.startswith(own):
                return (name,)
        return ()


def _configured(settings: Sequence[ServiceSettings]) -> tuple[ServiceOf, ...]:
    return tuple(
        ServiceOf(
            name=one.name,
            paths=one.paths,
            language=one.language,
            names=spellings(one.name)
            | {spelled(path.rstrip("/*").rpartition("/")[2]) for path in one.paths}
            - GENERIC
            - {""},
        )
        for one in settings
    )


def _found(paths: Sequence[str]) -> tuple[ServiceOf, ...]:
    """By convention: names that one strong sign or two different weak ones speak for."""
    strong: dict[str, set[str]] = defaultdict(set)
    weak: dict[str, set[str]] = defaultdict(set)
    shown: dict[str, str] = {}
    for path in paths:
        if not (sign := _sign(path.split("/"))):
            continue
        key = spelled(sign.name)
        if key and key not in GENERIC:
            (strong if sign.strong else weak)[key].add(sign.own)
            shown.setdefault(key, sign.name)
    for key, places in weak.items():
        if len(places) > 1 or key in strong:
            strong[key] |= places
    return tuple(
        ServiceOf(
            name=shown[key],
            paths=(own := tuple(sorted(one for one in strong[key] if not one.startswith("*")))),
            language=_spoken(path for path in paths if path.startswith(own)),
            names=spellings(shown[key]),
        )
        for key in sorted(strong)
    )


@dataclass(frozen=True, slots=True)
class _Sign:
    """That a path speaks for a service, and the directory that would be its own."""

    name: str
    own: str
    strong: bool


def _sign(names: Sequence[str]) -> _Sign | None:
    *directories, file = names
    if not directories:
        if file.startswith(("Dockerfile.", "Containerfile.")):
            return _Sign(file.partition(".")[2], "*Dockerfile", False)
        return None
    top = directories[0].lower()
    second = directories[1] if len(directories) > 1 else ""
    own = "/".join(directories[:2])
    manifest = file in _MANIFESTS
    if len(directories) == 1:
        return _Sign(directories[0], directories[0], True) if manifest else None
    if top in _DEPLOYED:
        return _Sign(second, own, True)
    if top in _PROGRAMS or (top in _HOMES and len(directories) == 2 and manifest):
        return _Sign(second, own, manifest and len(directories) == 2)
    if top in _TESTS and file.endswith(_SUITES):
        if second.lower() in _TIERS and len(directories) == 3:
            return _Sign(directories[2], "/".join(directories), second.lower() == "integration")
        return _Sign(second, own, False) if len(directories) == 2 else None
    if second.lower() in _TESTS and len(directories) > 2 and directories[2].lower() in _TIERS:
        return _Sign(directories[0], directories[0], True)
    return None


def _spoken(paths: Iterable[str]) -> str:
    """The language that most of the paths are written in."""
    count = {"go": 0, "python": 0}
    for path in paths:
        if path.endswith(".go"):
            count["go"] += 1
        elif path.endswith(".py"):
            count["python"] += 1
    best = max(count, key=lambda name: count[name])
    return best if count[best] else ""
