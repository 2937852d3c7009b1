"""Go's var, const and type declarations, at the top level and inside functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tree_sitter import Node

from lint.facts import PortUse
from lint.languages.go_literals import GoLiterals
from lint.languages.go_source import field, kind, named
from lint.languages.go_types import F_NAME, F_TYPE, F_VALUE, INTERFACE_TYPE, STRUCT_TYPE
from lint.program import (
    Arg,
    Assign,
    Class,
    DefineClass,
    Expr,
    Flag,
    Listing,
    Lit,
    Name,
    Opaque,
    Stmt,
)

_ALIAS: Final = kind("type_alias")
_CONST_SPEC: Final = kind("const_spec")
_TYPE_SPEC: Final = kind("type_spec")
_VAR_LIST: Final = kind("var_spec_list")
_VAR_SPEC: Final = kind("var_spec")
_F_LEFT: Final = field("left")
_F_RIGHT: Final = field("right")
_PORT: Final = re.compile(r"(?:^|_)ports?(?![a-z])|P(?:ort|ORT)s?(?![a-z])")
_LONGEST_REPEATED: Final = 200
"""Bytes of a constant's expression that is repeated: no more than a formula of `iota`."""
_LEAST_PORT: Final = 1
_LARGEST_PORT: Final = 65535


class GoDeclarations(GoLiterals):
    """Lowers declarations; `ports` are the named constants that are ports, `embedded` the
    variables that `//go:embed` fills."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.ports: list[PortUse] = []
        self.embedded: dict[str, str] = {}
        self.inside = False

    def learn(self, node: Node) -> None:
        """Remembers the types of a type declaration, before anything is lowered."""
        for spec in node.named_children:
            if spec.kind_id == _TYPE_SPEC or spec.kind_id == _ALIAS:
                name = spec.child_by_field_id(F_NAME)
                known = spec.child_by_field_id(F_TYPE)
                if name is not None and known is not None:
                    self.declared[self.text(name)] = known

    def type_declaration(self, node: Node, _depth: int) -> tuple[Stmt, ...]:
        """A struct with its fields, any other type with what it is made of as its base (`func`,
        `map`, `[]`, `interface` or a named type); an alias is an assignment."""
        told: list[Stmt] = []
        for spec in node.named_children:
            name = spec.child_by_field_id(F_NAME)
            known = spec.child_by_field_id(F_TYPE)
            if name is None or known is None:
                continue
            bare = self.bare(known)
            if spec.kind_id == _ALIAS and (bare is None or bare.kind_id != STRUCT_TYPE):
                told.append(Assign(Name(self.text(name)), self.type_value(known)))
                continue
            struct = bare is not None and bare.kind_id == STRUCT_TYPE
            shaped = bare is not None and bare.kind_id in (STRUCT_TYPE, INTERFACE_TYPE)
            told.append(
                DefineClass(
                    Class(
                        name=self.text(name),
                        bases=() if struct else (self.type_value(known),),
                        body=(),
                        at=self.span(spec),
                        fields=self.fields(bare) if bare is not None and shaped else (),
                    )
                )
            )
        return tuple(told)

    def const_declaration(self, node: Node, depth: int) -> tuple[Stmt, ...]:
        """Constants; one without a value repeats the last expression, with its own `iota`."""
        told: list[Stmt] = []
        values: Node | None = None
        place = 0
        for spec in node.named_children:
            if spec.kind_id != _CONST_SPEC:
                continue
            self.iota = place
            place += 1
            own = spec.child_by_field_id(F_VALUE)
            values = own or values
            names = self._names(spec)
            if own is None and values is not None and _long(values):
                lowered: list[Expr] = [Opaque()]
            else:
                lowered = self.exprs(values, depth)
            told.extend(self._assigned([Name(self.text(one)) for one in names], lowered))
            if len(names) == len(lowered):
                for name, value in zip(names, lowered, strict=True):
                    self._port(name, value)
        self.iota = 0
        return tuple(told)

    def var_declaration(self, node: Node, depth: int) -> tuple[Stmt, ...]:
        """Variables; one without a value gets its type's zero value."""
        told: list[Stmt] = []
        for spec in node.named_children:
            for one in named(spec) if spec.kind_id == _VAR_LIST else (spec,):
                if one.kind_id == _VAR_SPEC:
                    told.extend(self._variable(one, depth))
        return tuple(told)

    def _variable(self, spec: Node, depth: int) -> list[Stmt]:
        values = spec.child_by_field_id(F_VALUE)
        names = self._names(spec)
        if values is not None:
            return self._assigned(
                [Name(self.text(one)) for one in names], self.exprs(values, depth)
            )
        known = spec.child_by_field_id(F_TYPE)
        return [Assign(Name(self.text(one)), self._first(one, known)) for one in names]

    def _first(self, name: Node, known: Node | None) -> Expr:
        """A package's text or number without a value is set by somebody before it is used: it is
        unknown here rather than empty."""
        written = self.text(name)
        if not self.inside and written in self.embedded:
            return Opaque((Lit(self.embedded[written], self.span(name)),), "embed")
        value = self.zero(known, name)
        if not self.inside and isinstance(value, Lit | Flag):
            return Opaque((), written)
        return value

    @staticmethod
    def _names(spec: Node) -> list[Node]:
        """The grammar gives commas the field as well."""
        return [one for one in spec.children_by_field_id(F_NAME) if one.is_named]

    def assignment(self, node: Node, depth: int) -> tuple[Stmt, ...]:
        """`=`, `:=` and `op=`."""
        left = self.exprs(node.child_by_field_id(_F_LEFT), depth)
        right = self.exprs(node.child_by_field_id(_F_RIGHT), depth)
        operator = node.child_by_field_name("operator")
        sign = operator.type if operator is not None else ":="
        return tuple(self._assigned(left, right, sign.removesuffix("=").removesuffix(":")))

    def _assigned(
        self, left: Sequence[Expr], right: Sequence[Expr], operator: str = ""
    ) -> list[Stmt]:
        if not left:
            return []
        target = left[0] if len(left) == 1 else Listing(tuple(Arg(one) for one in left))
        if not right:
            value: Expr = Opaque()
        elif len(right) == 1:
            value = right[0]
        else:
            value = Listing(tuple(Arg(one) for one in right))
        return [Assign(target, value, operator == "+")]

    def _port(self, name: Node, value: Expr) -> None:
        if not isinstance(value, Lit) or not _PORT.search(self.text(name)):
            return
        written = value.text.removeprefix(":")
        if written.isascii() and written.isdecimal() and len(written) <= len(str(_LARGEST_PORT)):
            number = int(written)
            if _LEAST_PORT <= number <= _LARGEST_PORT:
                self.ports.append(PortUse(self.text(name), number, value.at))


def _long(values: Node) -> bool:
    return values.end_byte - values.start_byte > _LONGEST_REPEATED
