"""The abstract machine: runs lowered programs and writes down what they do.

One machine runs one entry point. Its parts: `evaluating` (expressions), `running` (statements),
`calling` (functions, classes, what is not in the repository), `shell_words` (shell commands).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from lint.effects import AnyEffect, Compose, Context, Guard
from lint.linking.frame import WHOLE_FILE, Frame, depth_of
from lint.linking.relevance import Relevance
from lint.linking.symbols import Defined, GoPackage, Symbols
from lint.linking.values import (
    UNKNOWN,
    VOID,
    Bool,
    ClassRef,
    Func,
    Items,
    Scope,
    Value,
    join,
)
from lint.model import Place
from lint.program import (
    Assign,
    Class,
    Define,
    DefineClass,
    Expr,
    Function,
    Listing,
    Module,
    Name,
    Span,
    Stmt,
)
from lint.text import Text, rooted, text

if TYPE_CHECKING:
    from lint.linking.apis.options import Parser

BUDGET: Final = 120_000
"""Expressions and statements of one entry point; the rest is reported as unresolved."""
BRIEF: Final = 400
"""Steps of a function that can have no effect."""
OF_A_TEST: Final = 6_000
"""Steps of one test function: a heavy one must not take the whole of its suite's."""
BRIEF_MODULE: Final = 4_000
"""Steps of the top level of a module in which nothing can."""
DEEPEST: Final = 48
"""Calls inside calls."""

E = TypeVar("E", bound=AnyEffect)


@dataclass(slots=True, eq=False)
class Hooks:
    """What a test framework was told to run, in order of registration."""

    setup: list[Callable[[], None]] = field(default_factory=list)
    each: list[Callable[[], None]] = field(default_factory=list)
    tests: list[Callable[[], None]] = field(default_factory=list)
    teardown: list[Callable[[], None]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Commons:
    """What all machines of a run share: objects, and modules in which nothing can have an effect,
    which are therefore run once."""

    heap: list[dict[str, Value]] = field(default_factory=list)
    heap_class: list[ClassRef | None] = field(default_factory=list)
    modules: dict[str, Scope] = field(default_factory=dict)
    class_scopes: dict[str, Scope] = field(default_factory=dict)


class Machine:
    """Runs the functions of one repository for one entry point."""

    def __init__(self, symbols: Symbols, relevance: Relevance, commons: Commons) -> None:
        self.symbols = symbols
        self.relevance = relevance
        self.commons = commons
        self.sink: list[AnyEffect] = []
        self.unresolved: dict[Place, None] = {}
        self.cut: dict[Place, None] = {}
        """Tests that were not run to their end."""
        self.context = Context()
        self.hooks = Hooks()
        self.cleanups: list[Callable[[], None]] = []
        """Registered to run when the test or session ends, last first."""
        self.tests_now: Callable[[], None] = lambda: None
        """Runs the suite's tests in the middle of its TestMain."""
        self.over = False
        """The suite's tests have run: what follows is teardown."""
        self.heap = commons.heap
        self.heap_class = commons.heap_class
        self.logs: list[dict[tuple[int, str], Value | None]] = []
        """Of each branch being run: the fields that it changed, and what they held before."""
        self.visited: set[tuple[str, int]] = set()
        self.fixtures: dict[str, Value] = {}
        self.fixture: Callable[[str], Value] = lambda _name: UNKNOWN
        """A fixture of the suite that runs, by its name."""
        self.mocked: list[str] = []
        """Dotted names that a test has replaced."""
        self.standing: tuple[str, ...] | None = None
        """Of an entry that yields: the names that were replaced when it did."""
        self.parsers: dict[Place | None, Parser] = {}
        """What command-line parsers were told, by where they were made."""
        self.writers: dict[Place | None, int] = {}
        """The objects behind builders and buffers, by where these were made last."""
        self.groups: dict[Place, dict[str, Value]] = {}
        """The commands of command-line applications, by where these were made."""
        self._class_scopes: dict[str, Scope] = {}
        self.main = ""
        """The file that is run as a program, for `__name__`."""
        self.argv: Items | None = None
        """The arguments of the Python program that is run, its name first."""
        self.steps = 0
        self.limit = BUDGET
        self.active: list[Function] = []
        self.running: set[str] = set()
        """Files and recipes that are being run or, for recipes, have been."""
        self._modules: dict[str, Scope] = {}
        self._packages: dict[str, Scope] = {}
        self._pending: dict[tuple[str, str], tuple[str, Expr, int]] = {}

    # ---- effects

    def place(self, frame: Frame, at: Span) -> Place:
        """Where a node of this frame stands."""
        return frame.fixed or Place(
            frame.path, at.line, at.column, at.end_line or at.line, at.end_column
        )

    def emit(
        self, effect: AnyEffect, frame: Frame, at: Span, deciding: Iterable[Text] = ()
    ) -> None:
        """Write an effect down, with its place, its chain and its circumstances."""
        here = self.place(frame, at)
        if isinstance(effect, Compose) and not effect.directory:
            effect = replace(effect, directory=frame.directory)
        self.sink.append(
            replace(
                effect,
                at=here,
                decided=self.decided(frame, here, deciding),
                chain=frame.chain,
                context=replace(self.context, phase="teardown") if self.over else self.context,
            )
        )

    def move(self, made: Place, directory: str) -> None:
        """A command that was prepared at a place is run in another directory (`cmd.Dir = …`)."""
        for at in range(len(self.sink) - 1, max(-1, len(self.sink) - 12), -1):
            effect = self.sink[at]
            if isinstance(effect, Compose) and effect.at == made:
                self.sink[at] = replace(effect, directory=directory)

    def unmock(self, names: Iterable[str]) -> None:
        """What was replaced is there again; a test may have undone it itself before."""
        for one in names:
            if one in self.mocked:
                self.mocked.remove(one)

    def unmake(self, made: Place) -> None:
        """A command that was prepared at a place is not the one that is run (`cmd.Args = …`)."""
        from_here = max(0, len(self.sink) - 12)
        self.sink[from_here:] = [one for one in self.sink[from_here:] if one.at != made]

    def decided(self, frame: Frame, here: Place, deciding: Iterable[Text]) -> Place:
        """The call, nearest to the execution, that hands a deciding literal down."""
        depths = [depth_of(one.at, frame) for one in deciding if one.at is not None]
        depth = min(depths, default=len(frame.chain))
        return frame.chain[depth].place if depth < len(frame.chain) else here

    @contextmanager
    def under(
        self,
        *,
        phase: str | None = None,
        handler: bool | None = None,
        polling: bool | None = None,
        loop: bool | None = None,
        concurrent: bool | None = None,
        ignored: bool | None = None,
        guard: Guard | None = None,
    ) -> Iterator[None]:
        """Effects inside happen under these circumstances as well."""
        before = self.context
        self.context = Context(
            phase=before.phase if phase is None else phase,
            handler=before.handler if handler is None else handler,
            polling=before.polling if polling is None else polling,
            loop=before.loop if loop is None else loop,
            concurrent=before.concurrent if concurrent is None else concurrent,
            ignored=before.ignored if ignored is None else ignored,
            guards=before.guards if guard is None else (*before.guards, guard),
        )
        try:
            yield
        finally:
            self.context = before

    @contextmanager
    def into(self, sink: list[AnyEffect]) -> Iterator[None]:
        """Effects inside are written down here instead."""
        before, self.sink = self.sink, sink
        try:
            yield
        finally:
            self.sink = before

    def spend(self, frame: Frame, at: Span | None = None) -> bool:
        """Take one step of the budget; False when it is used up."""
        self.steps += 1
        if self.steps <= self.limit:
            return True
        if at is not None and self.steps > BUDGET:
            self.unresolved.setdefault(self.place(frame, at))
        return False

    @contextmanager
    def briefly(self, steps: int, cut: Place | None = None) -> Iterator[None]:
        """What runs inside is not run for long; `cut`: where it is told when that was too short."""
        before, mine = self.limit, min(self.limit, self.steps + steps)
        self.limit = mine
        try:
            yield
        finally:
            self.limit = before
            if self.steps > mine:
                # One more than was allowed: whoever allowed no more than this has to know as well.
                self.steps = max(mine + 1, min(self.steps, before))
                if cut is not None:
                    self.cut.setdefault(cut)

    def class_scopes(self, path: str) -> dict[str, Scope]:
        """Where the scopes of a file's classes are kept."""
        return self._class_scopes if self.relevance.file(path) else self.commons.class_scopes

    # ---- the heap

    def new(self, of: ClassRef | None) -> int:
        """A fresh object."""
        self.heap.append({})
        self.heap_class.append(of)
        return len(self.heap) - 1

    def write(self, ref: int, name: str, value: Value) -> None:
        """Set a field, so that a branch can be taken back."""
        if self.logs:
            self.logs[-1].setdefault((ref, name), self.heap[ref].get(name))
        self.heap[ref][name] = value

    # ---- modules

    def module(self, path: str) -> Scope:
        """The names of a Python module, shell script or Makefile, after its top level has run."""
        modules = self._modules if self.relevance.file(path) else self.commons.modules
        if path == self.main:
            modules = self._modules
        if (found := modules.get(path)) is not None:
            return found
        scope = Scope(path=path)
        modules[path] = scope
        facts = self.symbols.files.get(path)
        if facts is None or facts.program is None:
            return scope
        name = "__main__" if path == self.main else path
        scope.names["__name__"] = (text(name),)
        scope.names["__file__"] = (rooted(path),)
        self.run_module(facts.program, scope, path)
        return scope

    def run_module(self, module: Module, scope: Scope, path: str) -> Frame:
        """Run a top level in a scope; effects go to the sink in use."""
        from lint.linking import running

        frame = Frame(path=path, scope=scope, defined=Place(path, 1, 1, WHOLE_FILE))
        predefine(module.body, scope, path)
        with self.briefly(BUDGET if self.relevance.file(path) else BRIEF_MODULE):
            running.block(self, module.body, frame)
            running.leave(self, frame)
        return frame

    def package(self, key: str) -> Scope:
        """The names of a Go package. Variables are evaluated when first asked for."""
        if (found := self._packages.get(key)) is not None:
            return found
        scope = Scope(path=key)
        self._packages[key] = scope
        package: GoPackage = self.symbols.packages[key]
        for name, defined in package.functions.items():
            scope.names[name] = (self.go_function(defined),)
        for name, (path, definition) in package.classes.items():
            scope.names[name] = (ClassRef(definition, path, self.file_scope(path)),)
        for path in package.files:
            program = self.symbols.files[path].program
            for statement in program.body if program else ():
                if isinstance(statement, Assign):
                    targets: list[tuple[Expr, int]] = (
                        [(one.value, at) for at, one in enumerate(statement.target.items)]
                        if isinstance(statement.target, Listing)
                        else [(statement.target, -1)]
                    )
                    for target, at in targets:
                        if isinstance(target, Name) and target.id != "_":
                            self._pending[key, target.id] = (path, statement.value, at)
        return scope

    def package_value(self, key: str, name: str) -> Value | None:
        """A name of a Go package, or of its sibling (external tests see it too)."""
        scope = self.package(key)
        if name in scope.names:
            return scope.names[name]
        pending = self._pending.pop((key, name), None)
        if pending is None:
            return None
        from lint.linking import assigning, evaluating

        path, value, at = pending
        scope.names[name] = UNKNOWN
        frame = Frame(path=path, scope=self.file_scope(path))
        result = evaluating.evaluate(self, value, frame)
        if at >= 0:
            result = join(*(evaluating.item(shape, at) for shape in result))
        # A package's own variable: no caller decides it, so its literals have no place.
        scope.names[name] = result = assigning.constant(result)
        return result

    def assign_package(self, path: str, name: str, value: Value) -> bool:
        """Set a package's variable from a function (`execCommand = fake`); False: it has none."""
        key = self.symbols.package_of.get(path, "")
        if not key:
            return False
        scope = self.package(key)
        if (key, name) in self._pending or name in scope.names:
            # In a branch it may keep what it held.
            before = self.package_value(key, name) if self.logs else None
            self._pending.pop((key, name), None)
            scope.names[name] = join(before, value) if before else value
            return True
        return False

    def file_scope(self, path: str) -> Scope:
        """The scope of one Go file: its package's names outside, its imports inside."""
        if (found := self._modules.get(path)) is not None:
            return found
        scope = Scope(path=path, outer=self.package(self.symbols.package_of[path]))
        self._modules[path] = scope
        facts = self.symbols.files[path]
        if facts.program:
            from lint.linking import running

            running.imports(self, facts.program.body, Frame(path=path, scope=scope))
        return scope

    def go_function(self, found: Defined) -> Func:
        """A package-level Go function as a value."""
        return Func(
            found.function, found.path, self.file_scope(found.path), qualified=found.function.name
        )


def predefine(body: Iterable[Stmt], scope: Scope, path: str) -> None:
    """Functions are known before the statements above them run (scripts call later ones)."""
    for statement in body:
        match statement:
            case Define(function):
                scope.names.setdefault(
                    function.name, (Func(function, path, scope, qualified=function.name),)
                )
            case DefineClass(definition):
                scope.names.setdefault(definition.name, (ClassRef(definition, path, scope),))


def zero(type_name: str) -> Value:
    """What a Go variable of a type holds before it is set."""
    match type_name:
        case "string":
            return (text(""),)
        case "bool":
            return (Bool(False),)
        case "int" | "int32" | "int64" | "uint" | "uint16" | "uint32" | "time.Duration" | "float64":
            return (text("0"),)
        case "":
            return UNKNOWN
    return VOID if "." not in type_name else UNKNOWN


def methods(definition: Class) -> Mapping[str, Function]:
    """The methods written inside a class."""
    return {one.function.name: one.function for one in definition.body if isinstance(one, Define)}
