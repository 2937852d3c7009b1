"""Where names lead: modules, packages, scripts and functions of the whole repository."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lint.facts import FileFacts
from lint.program import Class, Define, DefineClass, Function, Import, Module, Stmt

RECIPES: Final = frozenset({"makefile", "yaml", "npm", "tox", "jenkinsfile", "justfile"})
"""Languages whose functions are recipes and jobs: no command of the same name means them."""


@dataclass(frozen=True, slots=True)
class Defined:
    """A function and the file that holds it; `owner` is its class or receiver type."""

    path: str
    function: Function
    owner: str = ""


@dataclass(slots=True)
class GoPackage:
    """All files of one Go package in one directory."""

    key: str
    directory: str
    files: list[str] = field(default_factory=list)
    functions: dict[str, Defined] = field(default_factory=dict)
    classes: dict[str, tuple[str, Class]] = field(default_factory=dict)
    methods: dict[str, dict[str, Defined]] = field(default_factory=lambda: defaultdict(dict))


class Symbols:
    """The index of a repository. Built once for a run; read-only after."""

    def __init__(self, files: Mapping[str, FileFacts], paths: frozenset[str]) -> None:
        self.files = files
        self.paths = paths
        self.by_name: dict[str, list[Defined]] = defaultdict(list)
        self.packages: dict[str, GoPackage] = {}
        self.package_of: dict[str, str] = {}
        self._by_tail: dict[str, list[str]] = defaultdict(list)
        self._imports: dict[tuple[str, int, str], str | None] = {}
        self._go_directories: dict[str, list[str]] = defaultdict(list)
        for path in sorted(paths | files.keys()):
            self._by_tail[posixpath.basename(path)].append(path)
        for path, facts in sorted(files.items()):
            if facts.program:
                self._index(path, facts, facts.program)
        self._go_prefixes = self._votes()

    def _index(self, path: str, facts: FileFacts, module: Module) -> None:
        for found in functions(module.body):
            self.by_name[found.function.name].append(
                Defined(path, found.function, found.owner or found.function.owner)
            )
        if facts.language != "go":
            return
        directory = posixpath.dirname(path)
        key = f"{directory}#{module.package}"
        package = self.packages.setdefault(key, GoPackage(key, directory))
        if key not in self._go_directories[directory]:
            self._go_directories[directory].append(key)
        package.files.append(path)
        self.package_of[path] = key
        for statement in module.body:
            match statement:
                case Define(function):
                    defined = Defined(path, function, function.owner)
                    if function.owner:
                        package.methods[function.owner][function.name] = defined
                    elif function.name != "init":
                        package.functions.setdefault(function.name, defined)
                case DefineClass(definition):
                    package.classes[definition.name] = (path, definition)

    def _votes(self) -> tuple[str, ...]:
        """Import paths' beginnings that stand for the repository, most common first."""
        votes: Counter[str] = Counter()
        for facts in self.files.values():
            if facts.language == "go" and facts.program:
                for one in facts.program.body:
                    if isinstance(one, Import) and "." in one.module.partition("/")[0]:
                        parts = one.module.split("/")
                        for at in range(1, len(parts)):
                            if "/".join(parts[at:]) in self._go_directories:
                                votes["/".join(parts[:at])] += len(parts) - at
                                break
        if not votes:
            return ()
        most = max(votes.values())
        return tuple(prefix for prefix, count in votes.most_common() if count * 5 >= most)

    def go_import(self, module: str) -> GoPackage | None:
        """The repository's package that an import path names."""
        for prefix in self._go_prefixes:
            if module.startswith(prefix + "/"):
                directory = module.removeprefix(prefix + "/")
                for key in self._go_directories.get(directory, ()):
                    if not key.endswith("_test"):
                        return self.packages[key]
        return None

    def go_siblings(self, directory: str) -> Iterator[GoPackage]:
        """The packages of one directory: the package and its external tests."""
        for key in self._go_directories.get(directory, ()):
            yield self.packages[key]

    def python_import(self, module: str, level: int, importer: str) -> str | None:
        """The file of a Python module, None where it is not in the repository.

        An absolute name is looked for at every root, the nearest to the importer first.
        """
        inside = posixpath.dirname(importer)
        key = (module, level, inside)
        if key not in self._imports:
            self._imports[key] = self._python_import(module, level, inside)
        return self._imports[key]

    def _python_import(self, module: str, level: int, inside: str) -> str | None:
        importer = posixpath.join(inside, "_")
        if level:
            for _ in range(level - 1):
                inside = posixpath.dirname(inside)
            return self._python_file(posixpath.join(inside, *filter(None, module.split("."))))
        tail = module.replace(".", "/")
        while True:
            if found := self._python_file(posixpath.join(inside, tail)):
                return found
            if not inside:
                break
            inside = posixpath.dirname(inside)
        candidates = [
            path
            for name in (f"{tail.rpartition('/')[2]}.py", "__init__.py")
            for path in self._by_tail.get(name, ())
            if path.endswith((f"/{tail}.py", f"/{tail}/__init__.py"))
        ]
        if "/" not in tail and len(candidates) != 1:
            return None
        return max(candidates, key=lambda path: _shared(path, importer), default=None)

    def _python_file(self, stem: str) -> str | None:
        stem = posixpath.normpath(stem) if stem else stem
        for path in (f"{stem}.py", f"{stem}/__init__.py"):
            if path in self.files:
                return path
        return None

    def script(self, named: str, directories: Iterable[str]) -> str | None:
        """The repository's file that a command names, seen from the likely working directories;
        by its end where that leads to one file alone."""
        clean = named.removeprefix("./")
        for directory in directories:
            path = posixpath.normpath(posixpath.join(directory, named))
            if path in self.paths or path in self.files:
                return path
        if clean.startswith("/") or not clean:
            return None
        tail = clean
        while tail.startswith("../"):
            tail = tail.removeprefix("../")
        ending = [
            path
            for path in self._by_tail.get(posixpath.basename(tail), ())
            if path == tail or path.endswith(f"/{tail}")
        ]
        return ending[0] if len(ending) == 1 else None

    def makefile(self, directory: str) -> str | None:
        """The Makefile of a directory."""
        for name in ("GNUmakefile", "makefile", "Makefile"):
            path = posixpath.join(directory, name) if directory not in ("", ".") else name
            if path in self.files:
                return path
        return None


def functions(body: Iterable[Stmt], owner: str = "") -> Iterator[Defined]:
    """Every named function of a block, methods with their class as owner; no path."""
    for statement in body:
        match statement:
            case Define(function):
                yield Defined("", function, owner)
            case DefineClass(definition):
                yield from functions(definition.body, definition.name)


def _shared(one: str, other: str) -> int:
    return len(posixpath.commonprefix([one, other]))
