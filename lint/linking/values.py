"""What a variable may hold while a program is run abstractly.

A `Value` is a tuple of alternatives (`Shape`), never empty and bounded by `text.MOST`. Lists and
dictionaries are immutable here: a method that changes one stores the changed value back, so that
branches can be joined by looking at names alone. Objects live on the heap (`World.heap`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lint.model import Place
from lint.program import Class, Function
from lint.text import MOST, Literal, Text, Unknown, glue, text, unknown


@dataclass(frozen=True, slots=True)
class Void:
    """None, nil."""


@dataclass(frozen=True, slots=True)
class Bool:
    """True or False."""

    value: bool


@dataclass(frozen=True, slots=True)
class Items:
    """A list or tuple; `rest`: more, unknown items may follow."""

    items: tuple[Value, ...] = ()
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """A dictionary with known keys; `rest`: there may be others."""

    entries: tuple[tuple[str, Value], ...] = ()
    rest: bool = False
    keys: tuple[tuple[str, Value], ...] = ()
    """The keys that are not wholly known, by how they are shown among the entries."""

    def key(self, name: str) -> Value:
        """An entry's key as a value."""
        held = next((value for shown, value in self.keys if shown == name), None)
        return held if held is not None else (text(name),)

    def get(self, key: str) -> Value | None:
        """The value of a key that is known."""
        return next((value for name, value in self.entries if name == key), None)


@dataclass(frozen=True, slots=True)
class External:
    """Something that is not in the repository, by its dotted path: `subprocess.run`,
    `docker.from_env().containers`, `os/exec.Command`. A call adds `()`.

    `words` are arguments that were bound before (plumbum, partial, a container's image);
    `at` where it was made.
    """

    path: str
    words: tuple[Value, ...] = ()
    at: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Namespace:
    """A module or package of the repository; `key` is a file path or a Go package key."""

    key: str


@dataclass(frozen=True, slots=True, eq=False)
class Func:
    """A function of the repository with the scope it was made in, its receiver, bound arguments."""

    function: Function
    path: str
    scope: Scope
    receiver: Value | None = None
    bound: tuple[Value, ...] = ()
    named: tuple[tuple[str, Value], ...] = ()
    qualified: str = ""
    owner: ClassRef | None = None
    """The class in whose body it was found, for `super()`."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassRef:
    """A class of the repository."""

    definition: Class
    path: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Instance:
    """An object on the heap."""

    ref: int


Shape = Text | Void | Bool | Items | Fields | External | Namespace | Func | ClassRef | Instance
Value = tuple[Shape, ...]

_MOCK: Final = re.compile(
    r"(?:^|\.)(?:NonCallable)?(?:Magic|Async|Property)?Mock\(\)|\bcreate_autospec\(\)"
)
UNKNOWN: Final[Value] = (unknown(),)
VOID: Final[Value] = (Void(),)


@dataclass(slots=True, eq=False)
class Scope:
    """Names and values of a function, class or module; lookups go on in `outer`."""

    names: dict[str, Value] = field(default_factory=dict)
    outer: Scope | None = None
    path: str = ""
    outer_names: frozenset[str] = frozenset()
    """Names that assignments store in an outer scope (Python's global, nonlocal)."""
    lexical: bool = False
    """Assignments to names that an outer scope of the same function chain has, change it there
    (Go closures, shell)."""

    def find(self, name: str) -> Scope | None:
        """The nearest scope that holds the name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope
            scope = scope.outer
        return None


def known(value: Value) -> tuple[str, ...]:
    """The texts that are wholly known among the alternatives."""
    return tuple(
        told for shape in value if isinstance(shape, Text) and (told := shape.known) is not None
    )


def only(value: Value) -> str | None:
    """The one text that the value is, where that is certain."""
    return shape.known if len(value) == 1 and isinstance(shape := value[0], Text) else None


def join(*values: Value) -> Value:
    """All alternatives, equal ones once; too many become unknown."""
    seen: dict[Shape, None] = {}
    for value in values:
        for shape in value:
            seen.setdefault(shape)
    if len(seen) > MOST:
        kept = [shape for shape in seen if not (isinstance(shape, Text) and shape.opaque)]
        return (*kept[: MOST - 1], unknown())
    return tuple(seen)


def texts(value: Value, name: str = "") -> tuple[Text, ...]:
    """The value as text: what it would be when formatted into a string."""
    found: dict[Text, None] = {}
    for shape in value:
        match shape:
            case Text():
                found.setdefault(shape)
            case Bool(flag):
                found.setdefault(text("true" if flag else "false"))
            case External(path) if path.endswith("()"):
                found.setdefault(Text((Unknown(name or path),)))
            case Items(items) if len(items) == 1:
                found.update(dict.fromkeys(texts(items[0], name)))
            case _:
                found.setdefault(unknown(name))
    return tuple(found)[:MOST]


def glued(pieces: Iterable[Value]) -> Value:
    """All ways to put the pieces side by side, bounded."""
    ways: list[Text] = [Text()]
    for piece in pieces:
        options = texts(piece)
        if len(ways) * len(options) > MOST:
            options = options[: max(1, MOST // len(ways))]
        ways = [glue((way, option)) for way in ways for option in options]
    return tuple(dict.fromkeys(ways))


def items_of(value: Value) -> Items:
    """The value as one list: positions of several alternatives are joined, shorter ones make the
    end uncertain."""
    lists = [shape for shape in value if isinstance(shape, Items)]
    if not lists:
        return Items((), rest=True)
    if len(lists) == 1:
        return Items(lists[0].items, rest=lists[0].rest or len(value) > 1)
    longest = max(len(one.items) for one in lists)
    joined = tuple(
        join(*(one.items[at] for one in lists if at < len(one.items))) for at in range(longest)
    )
    return Items(joined, rest=any(one.rest for one in lists))


def lists_of(value: Value) -> tuple[Items, ...]:
    """Each alternative that is a list; others as an open one."""
    found = tuple(shape for shape in value if isinstance(shape, Items))
    return found or (Items((), rest=True),)


def handed(value: Value, at: Place) -> Value:
    """The value as an argument: a text without a place is decided by the call that hands it."""
    if all(not isinstance(shape, Text | Items) for shape in value):
        return value
    made: list[Shape] = []
    for shape in value:
        match shape:
            case Text(parts, None):
                made.append(Text(parts, at))
            case Items(items, rest):
                made.append(Items(tuple(handed(one, at) for one in items), rest=rest))
            case _:
                made.append(shape)
    return tuple(made)


def is_mock(path: str) -> bool:
    """Whether a dotted path is a mock object, or what one of its members or calls gives."""
    return bool(_MOCK.search(path))


def truth(value: Value) -> bool | None:
    """Whether a test with this value is certain."""
    told = {_truth(shape) for shape in value}
    return told.pop() if len(told) == 1 else None


def _truth(shape: Shape) -> bool | None:
    match shape:
        case Bool(flag):
            return flag
        case Void():
            return False
        case Text(parts):
            if not parts:
                return False
            return True if any(isinstance(part, Literal) for part in parts) else None
        case Items(items, rest):
            return True if items else (None if rest else False)
        case Func() | ClassRef() | Instance() | Namespace():
            return True
        case External(path) if is_mock(path):
            return True
    return None
