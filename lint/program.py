"""One small language into which every language of a repository is lowered.

A front end (`lint/languages/`) turns Python, Go, shell, Makefiles and workflows into these nodes;
the interpreter (`lint/linking/`) runs them abstractly and knows nothing of their syntax. The nodes
are frozen, hold no path (the bytes of a file decide its facts, not its name) and encode to
msgpack, so that they can be cached by content.

Names that a front end must resolve itself: none. `Name`, `Attr` and `Import` are enough for the
interpreter to resolve calls across files.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Lines and columns, 1-based; the end is exclusive in columns."""

    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0


class Node(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The root of all expressions and statements."""


# ---- expressions


class Lit(Node, frozen=True):
    """A string or a number as its text. `at` is the literal itself."""

    text: str
    at: Span
    number: bool = False


class Flag(Node, frozen=True):
    """True or False."""

    value: bool


class Nothing(Node, frozen=True):
    """None, nil, an empty shell word."""


class Name(Node, frozen=True):
    """A variable, function, class, module, or a builtin."""

    id: str


class Attr(Node, frozen=True):
    """`of.name`."""

    of: Expr
    name: str


class Index(Node, frozen=True):
    """`of[key]`."""

    of: Expr
    key: Expr


class Slice(Node, frozen=True):
    """`of[low:high]`."""

    of: Expr
    low: Expr | None = None
    high: Expr | None = None


class Arg(Node, frozen=True):
    """An argument or an item: `value`, `name=value`, `*value` / `value...` (1), `**value` (2)."""

    value: Expr
    name: str = ""
    spread: int = 0


class Call(Node, frozen=True):
    """A call, or Go's composite literal `Type{…}` (`literal`; fields are named arguments)."""

    func: Expr
    args: tuple[Arg, ...]
    at: Span
    literal: bool = False


class Glue(Node, frozen=True):
    """Pieces of one string, side by side: an f-string, `"a$b"`, `a` `"b"`."""

    parts: tuple[Expr, ...]
    at: Span


class Plus(Node, frozen=True):
    """`left + right`, of strings, lists or numbers."""

    left: Expr
    right: Expr


class Percent(Node, frozen=True):
    """Python's `template % args` (args: one value or a tuple)."""

    template: Expr
    args: Expr


class Listing(Node, frozen=True):
    """A list, tuple, set or slice literal."""

    items: tuple[Arg, ...]


class Entry(Node, frozen=True):
    """One `key: value` of a dictionary; `key` None for a `**spread`."""

    key: Expr | None
    value: Expr


class Dict(Node, frozen=True):
    """A dictionary or map literal."""

    entries: tuple[Entry, ...]


class Choice(Node, frozen=True):
    """One of `options`: a conditional expression (with its test), `a or b`, `${X:-default}`."""

    options: tuple[Expr, ...]
    test: Expr | None = None


class Test(Node, frozen=True):
    """A comparison, negation or other expression of which only the parts matter.

    `op` is the operator's word (`==`, `not`, `and`, `-z`) or empty.
    """

    __test__: ClassVar[bool] = False  # pytest takes classes of this name for its own

    op: str
    parts: tuple[Expr, ...]


class Closure(Node, frozen=True):
    """A function as a value: lambda, func literal."""

    function: Function


class Each(Node, frozen=True):
    """A comprehension: `value for target in over` (a list)."""

    target: Expr
    over: Expr
    value: Expr


class Opaque(Node, frozen=True):
    """Not modelled: the parts are evaluated for what they do, the result is unknown."""

    parts: tuple[Expr, ...] = ()
    name: str = ""


class Run(Node, frozen=True):
    """A shell command: words as they reach the process, before functions and builtins are told
    apart. `stdin` is a here-document or here-string; `env` are `A=b` in front of the command."""

    words: tuple[Arg, ...]
    at: Span
    stdin: Expr | None = None
    env: tuple[Arg, ...] = ()


class Output(Node, frozen=True):
    """What a block prints: `$(…)`, backquotes, make's `$(shell …)`."""

    body: tuple[Stmt, ...]


Expr = (
    Lit | Flag | Nothing | Name | Attr | Index | Slice | Call | Glue | Plus | Percent | Listing
    | Dict | Choice | Test | Closure | Each | Opaque | Run | Output
)  # fmt: skip  # a list of names reads best as a paragraph

# ---- statements


class Assign(Node, frozen=True):
    """`target = value`; a `Listing` of targets takes values apart; `augment` is `+=`;
    `default` is make's `?=` and shell's `: ${X:=…}`."""

    target: Expr
    value: Expr
    augment: bool = False
    default: bool = False


class Do(Node, frozen=True):
    """An expression for what it does."""

    value: Expr


class If(Node, frozen=True):
    """Both branches are possible. The test is evaluated first."""

    test: Expr
    then: tuple[Stmt, ...]
    other: tuple[Stmt, ...] = ()


class Branches(Node, frozen=True):
    """One of several blocks (switch, select, case, match); `test` is evaluated first.

    `patterns`, where given, has one tuple for each block: what the test is compared with (shell
    globs as written); an empty tuple is the default.
    """

    test: Expr | None
    blocks: tuple[tuple[Stmt, ...], ...]
    patterns: tuple[tuple[Expr, ...], ...] = ()


class Loop(Node, frozen=True):
    """`for target in over` where `over` is given, else `while test` / `for {}`.

    A shell `until` negates its test; `key` is Go's first range variable.
    """

    body: tuple[Stmt, ...]
    target: Expr | None = None
    over: Expr | None = None
    test: Expr | None = None
    key: Expr | None = None
    at: Span | None = None


class Return(Node, frozen=True):
    """Leaves the function with a value (a `Listing` for several)."""

    value: Expr | None = None


class Yield(Node, frozen=True):
    """A generator hands out a value; what follows runs later (a fixture's teardown)."""

    value: Expr | None = None


class Raise(Node, frozen=True):
    """Raises, panics, `exit 1`."""

    value: Expr | None = None


class Leave(Node, frozen=True):
    """`break` or `continue`."""

    word: str


class Try(Node, frozen=True):
    """`handlers` run only after an error, `final` always."""

    body: tuple[Stmt, ...]
    handlers: tuple[tuple[Stmt, ...], ...] = ()
    other: tuple[Stmt, ...] = ()
    final: tuple[Stmt, ...] = ()


class With(Node, frozen=True):
    """`with item as target: body`; leaving runs the manager's exit."""

    item: Expr
    target: Expr | None
    body: tuple[Stmt, ...]


class Defer(Node, frozen=True):
    """Go's `defer`, shell's `trap … EXIT`: runs when the function (the script) is left."""

    value: Expr


class Go(Node, frozen=True):
    """Started and not waited for here: Go's `go f()`, shell's `cmd &`."""

    value: Expr


class Define(Node, frozen=True):
    """A named function, here in this scope."""

    function: Function


class DefineClass(Node, frozen=True):
    """A class or struct, here in this scope."""

    definition: Class


class Import(Node, frozen=True):
    """`import module as alias` or `from module import member as alias`.

    `level` counts the dots of a relative import; `member` `*` takes all.
    Go: `module` is the whole import path, `alias` its last element unless renamed.
    """

    alias: str
    module: str
    member: str = ""
    level: int = 0


Stmt = (
    Assign | Do | If | Branches | Loop | Return | Yield | Raise | Leave | Try | With | Defer | Go
    | Define | DefineClass | Import
)  # fmt: skip  # a list of names reads best as a paragraph


class Param(msgspec.Struct, frozen=True, array_like=True):
    """A parameter. `kind` is "", "*" (rest) or "**" (keywords); `type` its annotation's text."""

    name: str
    default: Expr | None = None
    kind: str = ""
    type: str = ""


class Function(msgspec.Struct, frozen=True, array_like=True):
    """A function, method, closure, recipe (named after its target) or workflow job.

    `at` spans the whole. `owner` is Go's receiver type;
    `receiver` the name that it has inside. `needs` are a target's prerequisites or a job's `needs`.
    `labels` are facts of its surroundings that a front end tells: `build:integration` (Go build
    tag), `matrix:…`, `phony`, `default`.
    """

    name: str
    params: tuple[Param, ...]
    body: tuple[Stmt, ...]
    at: Span
    decorators: tuple[Expr, ...] = ()
    owner: str = ""
    receiver: str = ""
    generator: bool = False
    returns: str = ""
    needs: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


class FieldOf(msgspec.Struct, frozen=True, array_like=True):
    """A declared field. `type` is its annotation's text without `*` and `[]`; `embedded`: Go's."""

    name: str
    type: str = ""
    embedded: bool = False


class Class(msgspec.Struct, frozen=True, array_like=True):
    """A class or struct: its bases, declared fields, attributes and methods (in `body`)."""

    name: str
    bases: tuple[Expr, ...]
    body: tuple[Stmt, ...]
    at: Span
    fields: tuple[FieldOf, ...] = ()
    decorators: tuple[Expr, ...] = ()


class Module(msgspec.Struct, frozen=True, array_like=True):
    """A file's top level. `package` is Go's package name; `labels` as for a function."""

    body: tuple[Stmt, ...]
    package: str = ""
    labels: tuple[str, ...] = ()
