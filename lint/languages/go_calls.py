"""Go's calls: chains of them, conversions that look like them, `new` and `make`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Final

from tree_sitter import Node

from lint.languages.go_source import DEEPEST, field, kind, named
from lint.languages.go_types import (
    F_TYPE,
    FUNCTION_TYPE,
    GENERIC,
    MAP_TYPE,
    PREDECLARED,
    QUALIFIED,
    SEQUENCES,
    TYPE_IDENTIFIER,
    TYPES,
    GoTypes,
)
from lint.program import (
    Arg,
    Attr,
    Call,
    Dict,
    Expr,
    Flag,
    Index,
    Listing,
    Lit,
    Name,
    Nothing,
    Opaque,
    Plus,
    Test,
)

_CALL: Final = kind("call_expression")
_IDENTIFIER: Final = kind("identifier")
_SELECTOR: Final = kind("selector_expression")
_SPREAD: Final = kind("variadic_argument")
_TYPE_ELEM: Final = kind("type_elem")

_F_ARGUMENTS: Final = field("arguments")
_F_FIELD: Final = field("field")
_F_FUNCTION: Final = field("function")
_F_OPERAND: Final = field("operand")
_F_TYPE_ARGUMENTS: Final = field("type_arguments")


class GoCalls(GoTypes):
    """Lowers calls."""

    @abstractmethod
    def expr(self, node: Node | None, depth: int) -> Expr:
        """Any expression. `depth` counts the levels of nesting around it."""

    def chain(self, node: Node, depth: int) -> Expr:
        """`a.b(c).d(e)`: from the inside, without recursion along the chain."""
        links: list[Node] = []
        inner: Node | None = node
        while inner is not None:
            number = inner.kind_id
            if number == _CALL:
                links.append(inner)
                inner = inner.child_by_field_id(_F_FUNCTION)
            elif number == _SELECTOR:
                links.append(inner)
                inner = inner.child_by_field_id(_F_OPERAND)
            else:
                break
        deepest = depth + len(links) // 2
        if deepest > DEEPEST:
            return self.too_deep(node)
        value = self.expr(inner, deepest)
        for link in reversed(links):
            if link.kind_id == _SELECTOR:
                member = link.child_by_field_id(_F_FIELD)
                value = Attr(value, self.text(member) if member is not None else "")
            else:
                value = self._call(link, value, depth)
        return value

    def _call(self, node: Node, func: Expr, depth: int) -> Expr:
        arguments = node.child_by_field_id(_F_ARGUMENTS)
        listed = named(arguments) if arguments is not None else []
        if isinstance(func, Name):
            if func.id == "new" and len(listed) == 1:
                return self._new(node, listed[0], depth)
            if func.id == "make" and listed:
                return self._make(listed, depth)
            if len(listed) == 1 and func.id in self.declared and self._converts(func.id):
                return self.expr(listed[0], depth)
        elif isinstance(func, Index) and self.names_type(func.key, called=True):
            func = func.of
        return Call(func, self._args(listed, depth), self.span(node))

    def _converts(self, name: str) -> bool:
        """Whether a type of this file is a text, number, list, map or function by another name."""
        made = self.underlying(self.declared[name])
        if made is None or made.kind_id == TYPE_IDENTIFIER:
            return made is not None and self.text(made) in PREDECLARED
        return made.kind_id in SEQUENCES or made.kind_id in (MAP_TYPE, FUNCTION_TYPE)

    def _args(self, listed: Sequence[Node], depth: int) -> tuple[Arg, ...]:
        args: list[Arg] = []
        for node in listed:
            if node.kind_id == _SPREAD:
                inner = named(node)
                args.append(Arg(self.expr(inner[0] if inner else None, depth), "", 1))
            else:
                args.append(Arg(self.expr(node, depth)))
        return tuple(args)

    def _new(self, node: Node, argument: Node, depth: int) -> Expr:
        """`new(T)` is `&T{}`; `new(expression)`, Go 1.26's, is the expression."""
        if argument.kind_id == _IDENTIFIER:
            return Call(Name(self.text(argument)), (), self.span(node), True)
        if argument.kind_id in TYPES:
            return self.zero(argument, node)
        return self.expr(argument, depth)

    def _make(self, listed: Sequence[Node], depth: int) -> Expr:
        """An empty list or map; anything longer, a channel, or a size that does something is not
        modelled."""
        sizes = [self.expr(node, depth) for node in listed[1:]]
        made = self.underlying(listed[0])
        number = made.kind_id if made is not None else 0
        if all(idle(size) for size in sizes):
            if number == MAP_TYPE:
                return Dict(())
            if number in SEQUENCES and (
                not sizes or (isinstance(sizes[0], Lit) and sizes[0].text == "0")
            ):
                return Listing(())
        return Opaque(tuple(size for size in sizes if not idle(size)), "make")

    def conversion(self, node: Node, depth: int) -> Expr:
        """`[]string(x)` is x; `f[T](x)` and `table[key](x)` look the same to the grammar."""
        known = node.child_by_field_id(F_TYPE)
        value = self.expr(node.child_by_field_id(_F_OPERAND), depth)
        if known is None or known.kind_id != GENERIC:
            return value
        func = self.type_value(known)
        arguments = known.child_by_field_id(_F_TYPE_ARGUMENTS)
        keys = named(arguments) if arguments is not None else []
        if len(keys) == 1 and keys[0].kind_id == _TYPE_ELEM:
            inner = named(keys[0])
            if len(inner) == 1 and inner[0].kind_id in (TYPE_IDENTIFIER, QUALIFIED):
                key = self.type_value(inner[0])
                if not self.names_type(key, called=True):
                    func = Index(func, key)
        return Call(func, (Arg(value),), self.span(node))

    def names_type(self, value: Expr, *, called: bool) -> bool:
        """Whether an index is a type argument, as far as one file can tell: a type that is known,
        or an exported name where what is indexed is called."""
        if isinstance(value, Attr):
            return called and value.name[:1].isupper()
        if not isinstance(value, Name):
            return False
        known = value.id in PREDECLARED or value.id in self.declared
        return known or (called and value.id[:1].isupper())


def idle(value: Expr) -> bool:
    """Whether evaluating it does nothing: a literal, a name, `len` of such, or a sum of such."""
    match value:
        case Lit() | Flag() | Nothing() | Name() | Opaque(parts=()):
            return True
        case Attr(of=of):
            return idle(of)
        case Plus(left=left, right=right):
            return idle(left) and idle(right)
        case Test(parts=parts):
            return all(idle(part) for part in parts)
        case Call(func=Name(id="len" | "cap" | "min" | "max"), args=args):
            return all(idle(arg.value) for arg in args)
    return False
