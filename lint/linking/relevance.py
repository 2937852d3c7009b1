"""Which functions can lead to an effect that matters: the others need not be run as entries.

By names over the call graph, limited to what a file can see (itself, its package or folder, what
it imports, its conftest chain, and so on through these). It takes too much rather than too little.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from lint.facts import FileFacts
from lint.linking import process_names
from lint.linking.symbols import Defined, Symbols, functions
from lint.program import (
    Assign,
    Attr,
    Call,
    Class,
    Define,
    DefineClass,
    Expr,
    Function,
    Import,
    Lit,
    Name,
    Run,
    Stmt,
)

_WORDS: Final = re.compile(
    r"\b(?:podman|docker|nerdctl|compose|testcontainers|kind|minikube|k3d|kubectl)\b|compose",
    re.IGNORECASE,
)
_APIS: Final = re.compile(
    r"^(?:subprocess|os|asyncio|sh|plumbum|docker|podman|python_on_whales|testcontainers|invoke"
    r"|nox|fabric|pexpect|os/exec|exec|client|testcontainers|dockertest|pool|containers)\b"
)
_SKIPS: Final = frozenset(
    {"skip", "skipif", "skipIf", "skipUnless", "Skip", "Skipf", "SkipNow", "skipTest"}
)
_METHODS: Final = frozenset(
    {"containers", "GenericContainer", "ContainerCreate", "RunWithOptions", "BuildAndRun",
     "DockerCompose", "DockerContainer", "stack_up", "stackwright_stack", "RunContainer",
     "NewPool", "docker_services", "CreateContainer"}
)  # fmt: skip  # a list of names reads best as a paragraph
_PROCESSES: Final = frozenset(name.rpartition(".")[2] for name in process_names.ALL)


@dataclass(slots=True)
class _Unit:
    """A function, or a top-level statement of a file."""

    path: str
    name: str
    line: int
    owner: str = ""
    direct: bool = False
    speaks: bool = False
    """It holds a container word itself, or calls a container library."""
    names: set[str] = field(default_factory=set)


class Relevance:
    """Computed once for a repository."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._units: list[_Unit] = []
        self._visible: dict[str, frozenset[str]] = {}
        self._imports: dict[str, set[str]] = {}
        for path, facts in symbols.files.items():
            if facts.program is not None:
                self._units.extend(_units(path, facts))
                self._imports[path] = self._imported(path, facts)
        self._relevant = {(unit.path, unit.line) for unit in self._units if unit.direct}
        self._spoken = {(unit.path, unit.line) for unit in self._units if unit.speaks}
        self._close()
        self._files = {path for path, _ in self._relevant}

    def of(self, path: str, line: int) -> bool:
        """Whether the function (or top-level statement) that begins there can lead to effects."""
        return (path, line) in self._relevant

    def speaks(self, path: str, line: int) -> bool:
        """Whether it speaks of containers itself."""
        return (path, line) in self._spoken

    def file(self, path: str) -> bool:
        """Whether anything in the file can."""
        return path in self._files

    def called_from(self, callers: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
        """The functions that `callers` may call, over others or not; each as its path and line."""
        named: defaultdict[str, list[_Unit]] = defaultdict(list)
        for unit in self._units if callers else ():
            for name in filter(None, (unit.name, unit.owner)):
                named[name].append(unit)
        pending = [unit for unit in self._units if (unit.path, unit.line) in callers]
        found: set[tuple[str, int]] = set()
        while pending:
            caller = pending.pop()
            seen = self._seen_from(caller.path)
            for called in (one for name in caller.names for one in named.get(name, ())):
                key = (called.path, called.line)
                if key not in found and called.path in seen:
                    found.add(key)
                    pending.append(called)
        return found

    def _close(self) -> None:
        users: dict[str, list[_Unit]] = defaultdict(list)
        for unit in self._units:
            for name in unit.names:
                users[name].append(unit)
        pending = [unit for unit in self._units if unit.direct]
        while pending:
            found = pending.pop()
            # Whoever makes an object may have its methods called (testify's suites).
            for user in (*users.get(found.name, ()), *users.get(found.owner or "\0", ())):
                key = (user.path, user.line)
                if key not in self._relevant and found.path in self._seen_from(user.path):
                    self._relevant.add(key)
                    pending.append(user)

    def _seen_from(self, path: str) -> frozenset[str]:
        held = self._visible.get(path)
        if held is not None:
            return held
        seen = {path}
        pending = [path]
        while pending:
            for one in self._imports.get(pending.pop(), ()):
                if one not in seen:
                    seen.add(one)
                    pending.append(one)
        found = frozenset(seen)
        self._visible[path] = found
        return found

    def _imported(self, path: str, facts: FileFacts) -> set[str]:
        symbols = self._symbols
        found: set[str] = set()
        folder = posixpath.dirname(path)
        if facts.language == "go":
            for sibling in symbols.go_siblings(folder):
                found.update(sibling.files)
        elif facts.language != "python":
            return set(symbols.files)
        while facts.language == "python":
            conftest = posixpath.join(folder, "conftest.py")
            if conftest in symbols.files:
                found.add(conftest)
            if not folder:
                break
            folder = posixpath.dirname(folder)
        for node in _nodes(facts.program.body if facts.program else ()):
            if not isinstance(node, Import):
                continue
            if facts.language == "go":
                package = symbols.go_import(node.module)
                found.update(package.files if package else ())
                continue
            for module in (node.module, f"{node.module}.{node.member}".strip(".")):
                inside = symbols.python_import(module, node.level, path)
                if inside:
                    found.add(inside)
        return found


def _units(path: str, facts: FileFacts) -> Iterator[_Unit]:
    program = facts.program
    body = program.body if program else ()
    everything = facts.language not in ("go", "python")
    aliases = _aliases(body)
    for one in functions(body):
        yield _unit(path, one, aliases, everything=everything)
    for statement in body:
        match statement:
            case Define() | Import():
                continue
            case DefineClass(definition):
                yield _heir(path, definition)
                continue
            case Assign(target, value) if isinstance(target, Name):
                unit = _Unit(path, target.id, line_of(value))
            case _:
                unit = _Unit(path, "<module>", 0)
        _read(unit, statement, aliases)
        unit.direct = unit.direct or everything
        yield unit


def _heir(path: str, definition: Class) -> _Unit:
    """A class leads where the classes lead that it inherits from or embeds."""
    unit = _Unit(path, definition.name, definition.at.line)
    unit.names.update(one.type.rpartition(".")[2] for one in definition.fields if one.embedded)
    for base in definition.bases:
        unit.names.add(base.name if isinstance(base, Attr) else getattr(base, "id", ""))
    return unit


def line_of(expr: Expr) -> int:
    """The line where a top-level expression begins."""
    for node in _nodes(expr):
        if isinstance(node, Call | Lit | Run):
            return node.at.line
    return 0


def _unit(path: str, one: Defined, aliases: dict[str, str], *, everything: bool) -> _Unit:
    function = one.function
    unit = _Unit(path, function.name, function.at.line, one.owner or function.owner)
    unit.names.update(parameter.name for parameter in function.params)
    _read(unit, function, aliases)
    unit.direct = unit.direct or everything
    return unit


def _aliases(body: Iterable[Stmt]) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in _nodes(tuple(body)):
        if isinstance(node, Import):
            found[node.alias] = f"{node.module}.{node.member}" if node.member else node.module
    return found


def _read(unit: _Unit, root: object, aliases: dict[str, str]) -> None:
    for node in _nodes(root):
        match node:
            case Lit(told):
                if _WORDS.search(told):
                    unit.direct = unit.speaks = True
                if told.isidentifier():
                    unit.names.add(told)
            case Run():
                unit.direct = unit.speaks = True
            case Name(name):
                unit.names.add(name)
                if name in _METHODS:
                    unit.direct = unit.speaks = True
                if name in _SKIPS or (name in aliases and _matters(aliases[name])):
                    unit.direct = True
            case Attr(of, name):
                unit.names.add(name)
                if name in _SKIPS:
                    unit.direct = True
                elif name in _METHODS:
                    unit.direct = unit.speaks = True
                elif isinstance(of, Name):
                    path = f"{aliases.get(of.id, of.id)}.{name}"
                    if _APIS.match(path.rpartition("/")[2]) and name in _PROCESSES:
                        unit.direct = True
            case Function(name=name):
                unit.names.add(name)
            case _:
                pass


def _matters(path: str) -> bool:
    return (
        path in process_names.ALL
        or path.startswith(("testcontainers", "docker.", "sh.", "plumbum", "python_on_whales"))
        or "/testcontainers" in path
        or "/dockertest" in path
        or path.rpartition(".")[2] in _SKIPS
    )


def _nodes(root: object) -> Iterator[msgspec.Struct]:
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif isinstance(node, msgspec.Struct):
            yield node
            stack.extend(getattr(node, name) for name in node.__struct_fields__)
