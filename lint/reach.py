"""What leads to a declaration and what it needs, over the program code of a repository.

Names decide, so it takes too much rather than too little: parsing a file in vain costs
milliseconds, leaving one out a finding.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from lint.declarations import Declaration, Declared
from lint.grep import Grep
from lint.repository import SourceFile
from lint.triggers import port_constant, skips

_TESTISH: Final = re.compile(r"(?i)test|e2e|integration|infra|fixture|harness|hack|script|e2e|spec")
_WAITISH: Final = re.compile(
    rb"(?i)wait|ready|health|ping|retry|poll|connect|await|eventually|probe|backoff|cleanup|teardown"
)
_SHORTEST: Final = 2
"""Letters of a name that is looked for (`db`, `pg`): shorter ones are everywhere."""
_SHORTEST_ALONE: Final = 3
"""The same where it is searched in the bytes of all files: shorter with the word `import`."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Grows from declarations that speak of containers: to their users, and to what they use."""

    files: Sequence[SourceFile]
    """All Go and Python."""
    grep: Grep
    _passed: set[str] = field(default_factory=set)
    _open: list[tuple[str, Declaration]] = field(default_factory=list)
    _seen: set[tuple[str, int]] = field(default_factory=set)
    _offered: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    _words: set[str] = field(default_factory=set)
    _known: dict[str, Declared] = field(default_factory=dict)

    def add(self, path: str, hits: Iterable[int]) -> None:
        """Places in a file that matter: their declarations do, and whoever uses those."""
        declared: Declared | None = None
        for hit in hits:
            declared = declared or self._declared(path)
            one = declared.at(hit)
            self._relevant(path, one)
            if one is None and (names := declared.brought_in(hit)):
                for user in declared.naming(names):
                    self._relevant(path, user)

    def add_words(self, words: Iterable[str]) -> None:
        """Names of scripts: code that holds one matters."""
        self._words.update(words)

    def closure(self) -> set[str]:
        """The files of all that leads to what was added, and of all that it needs."""
        if self._words:
            holding = self.grep.holding(self._words, self.files)
            pattern = re.compile(b"|".join(re.escape(word.encode()) for word in self._words))
            for path in holding:
                data = self._declared(path).data
                self.add(path, (found.start() for found in pattern.finditer(data)))
        while self._open:
            fresh, self._open[:] = list(self._open), []
            self._upward(fresh)
        self._downward()
        self._beside()
        return self._passed

    # ---- upward: who uses it

    def _upward(self, fresh: Sequence[tuple[str, Declaration]]) -> None:
        names: dict[str, set[bytes]] = defaultdict(set)
        for path, one in fresh:
            names[path].update(name for name in one.names if len(name) >= _SHORTEST)
        importers = self._importers(path for path in names if names[path])
        wanted: dict[str, set[bytes]] = defaultdict(set)
        for path, mine in names.items():
            for user in {*self._neighbours(path), *importers.get(path, ())}:
                wanted[user] |= mine
            for user in importers.get(path, ()):
                self._handed_on(user, frozenset(mine), _stem(path).encode())
        for path, mine in wanted.items():
            if mine:
                declared = self._declared(path)
                for found in declared.naming(frozenset(mine)):
                    self._relevant(path, found)

    def _relevant(self, path: str, one: Declaration | None) -> None:
        self._passed.add(path)
        if one and (path, one.start) not in self._seen:
            self._seen.add((path, one.start))
            self._open.append((path, one))

    def _handed_on(self, user: str, names: frozenset[bytes], module: bytes) -> None:
        """Names that a Python file imports are to be had from it as well."""
        fresh = self._declared(user).handed_on(names, module) - self._offered[user]
        if fresh:
            self._passed.add(user)
            self._offered[user] |= fresh
            self._open.append((user, Declaration(tuple(sorted(fresh)), 0, 0)))

    def _neighbours(self, path: str) -> Iterable[str]:
        directory, _, name = path.rpartition("/")
        if self._by_path[path].language == "go":
            return self._go.get(directory, ())
        if name == "conftest.py":
            return (
                one for one in self._python if one.startswith(f"{directory}/" * bool(directory))
            )
        return (one for one in self._python if one.rpartition("/")[0] == directory)

    def _importers(self, paths: Iterable[str]) -> dict[str, set[str]]:
        """For each file the files that import it (by the last element of its import path)."""
        go: dict[str, list[str]] = defaultdict(list)
        python: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            if self._by_path[path].language == "python":
                python[_stem(path)].append(path)
            elif not path.endswith("_test.go"):
                go[path.rpartition("/")[0]].append(path)
        found: dict[str, set[str]] = defaultdict(set)
        for directory, mine in self._importing_go(go):
            for path in go[directory]:
                found[path] |= mine
        for stem, mine in self._importing_python(python):
            for path in python[stem]:
                found[path] |= mine
        return found

    def _importing_go(self, directories: Iterable[str]) -> Iterator[tuple[str, set[str]]]:
        wanted = {directory: f'/{directory.rpartition("/")[2]}"' for directory in directories}
        holding = self.grep.holding(wanted.values(), self._of("go"))
        for path in holding:
            self._declared(path)
        for directory in wanted:
            tail = directory.encode()
            yield (
                directory,
                {
                    path
                    for path in holding
                    if any(one.endswith(tail) for one in self._known[path].imports)
                },
            )

    def _importing_python(self, stems: Iterable[str]) -> Iterator[tuple[str, set[str]]]:
        wanted = [stem for stem in stems if len(stem) >= _SHORTEST]
        holding = self.grep.holding(
            [word for stem in wanted for word in _searched(stem)], self._of("python")
        )
        plugging = [path for path in holding if b"pytest_plugins" in self._declared(path).words]
        users: dict[bytes, set[str]] = defaultdict(set)
        for path in holding:
            for name in self._declared(path).imports:
                users[name].add(path)
        for stem in wanted:
            word = stem.encode()
            mine = users[word]
            for path in plugging:
                if word in self._known[path].words:
                    mine.update(self._neighbours(path))
            yield stem, mine

    # ---- downward: what it uses

    def _downward(self) -> None:
        todo = [(path, self._declared(path).at(start), True) for path, start in sorted(self._seen)]
        seen = {(path, one.start) for path, one, _ in todo if one}
        while todo:
            path, one, near = todo.pop()
            if one is None:
                continue
            for where, used in self._used(path, one, near):
                if (where, used.start) not in seen:
                    seen.add((where, used.start))
                    self._passed.add(where)
                    todo.append((where, used, False))

    def _used(self, path: str, one: Declaration, near: bool) -> Iterator[tuple[str, Declaration]]:
        declared = self._declared(path)
        words = declared.words_of(one)
        for where, own in self._territory(path, declared):
            table = self._table(where)
            for word in words & table.keys():
                for at, used in table[word]:
                    if own or _WAITISH.search(word) or (near and used.value):
                        yield at, used

    def _territory(self, path: str, declared: Declared) -> Iterator[tuple[str, bool]]:
        """Tables that a file's names can mean; whether all of each counts (the file's own package,
        test code) or only waits and constants (the product's code)."""
        if self._by_path[path].language == "go":
            yield f"{path.rpartition('/')[0]}/", True
            for imported in declared.imports:
                directory = self._go_directory(imported.decode("utf-8", "replace"))
                if directory is not None:
                    yield f"{directory}/", bool(_TESTISH.search(directory))
        else:
            yield path, True
            for imported in declared.imports:
                for where in self._modules.get(imported.decode("utf-8", "replace"), ()):
                    near = where.rpartition("/")[0] == path.rpartition("/")[0]
                    yield where, near or bool(_TESTISH.search(where))

    def _go_directory(self, imported: str) -> str | None:
        elements = imported.split("/")
        for start in range(len(elements)):
            directory = "/".join(elements[start:])
            if directory in self._go and (start or "." not in elements[0]):
                return directory
        return None

    def _table(self, where: str) -> dict[bytes, list[tuple[str, Declaration]]]:
        """Name → declarations, of a Python file or (with `/` at its end) a Go package."""
        if where not in self._tables:
            table: dict[bytes, list[tuple[str, Declaration]]] = defaultdict(list)
            paths = self._go[where[:-1]] if where.endswith("/") else [where]
            for path in self.grep.texts(self._by_path[one] for one in paths):
                for one in self._declared(path).all:
                    for name in one.names:
                        table[name].append((path, one))
            self._tables[where] = dict(table)
        return self._tables[where]

    # ---- beside: what else counts in a suite's directory

    def _beside(self) -> None:
        """In directories of test code that lead to containers: skips, and ports with a name."""
        directories = {path.rpartition("/")[0] for path, _ in self._seen if _TESTISH.search(path)}
        near = [one for one in self.files if one.path.rpartition("/")[0] in directories]
        for path, data in self.grep.texts(near).items():
            if path not in self._passed and (skips(data) or port_constant(data)):
                self._passed.add(path)

    # ---- tables

    def _declared(self, path: str) -> Declared:
        if path not in self._known:
            one = self._by_path[path]
            data = self.grep.texts([one]).get(path, b"")
            self._known[path] = Declared(data=data, language=one.language)
        return self._known[path]

    def _of(self, language: str) -> list[SourceFile]:
        return [one for one in self.files if one.language == language]

    @cached_property
    def _by_path(self) -> dict[str, SourceFile]:
        return {one.path: one for one in self.files}

    @cached_property
    def _go(self) -> dict[str, list[str]]:
        """Directory → its Go files."""
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.files:
            if one.language == "go":
                found[one.path.rpartition("/")[0]].append(one.path)
        return dict(found)

    @cached_property
    def _python(self) -> list[str]:
        return [one.path for one in self.files if one.language == "python"]

    @cached_property
    def _modules(self) -> dict[str, list[str]]:
        """Last element of a module's name → the files it can mean."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in self._python:
            found[_stem(path)].append(path)
        return dict(found)

    @cached_property
    def _tables(self) -> dict[str, dict[bytes, list[tuple[str, Declaration]]]]:
        return {}


def _searched(stem: str) -> tuple[str, ...]:
    if len(stem) >= _SHORTEST_ALONE:
        return (stem,)
    return (f"{stem} import", f"import {stem}", f'.{stem}"', f".{stem}'")


def _stem(path: str) -> str:
    directory, _, name = path.rpartition("/")
    return directory.rpartition("/")[2] if name == "__init__.py" else name.removesuffix(".py")
