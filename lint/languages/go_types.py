"""Types of a Go file: their texts, parameters, fields, zero values, and the ones declared in it."""

from __future__ import annotations

from typing import Final

from tree_sitter import Node

from lint.languages.go_source import GoSource, field, kind, named
from lint.program import (
    Attr,
    Call,
    Dict,
    Expr,
    FieldOf,
    Flag,
    Listing,
    Lit,
    Name,
    Nothing,
    Opaque,
    Param,
)

TYPE_IDENTIFIER: Final = kind("type_identifier")
QUALIFIED: Final = kind("qualified_type")
GENERIC: Final = kind("generic_type")
POINTER: Final = kind("pointer_type")
PARENTHESIZED_TYPE: Final = kind("parenthesized_type")
SLICE_TYPE: Final = kind("slice_type")
ARRAY_TYPE: Final = kind("array_type")
COUNTED_ARRAY: Final = kind("implicit_length_array_type")
MAP_TYPE: Final = kind("map_type")
CHANNEL_TYPE: Final = kind("channel_type")
FUNCTION_TYPE: Final = kind("function_type")
STRUCT_TYPE: Final = kind("struct_type")
INTERFACE_TYPE: Final = kind("interface_type")
SEQUENCES: Final = frozenset((SLICE_TYPE, ARRAY_TYPE, COUNTED_ARRAY))

TYPES: Final = frozenset(
    {
        *(TYPE_IDENTIFIER, QUALIFIED, GENERIC, POINTER, PARENTHESIZED_TYPE, *SEQUENCES),
        *(MAP_TYPE, CHANNEL_TYPE, FUNCTION_TYPE, STRUCT_TYPE, INTERFACE_TYPE),
    }
)

_IDENTIFIER: Final = kind("identifier")
_METHOD: Final = kind("method_elem")
_TYPE_ELEM: Final = kind("type_elem")
_FIELD: Final = kind("field_declaration")
_FIELDS: Final = kind("field_declaration_list")
_PARAMETER: Final = kind("parameter_declaration")
_VARIADIC: Final = kind("variadic_parameter_declaration")
_PARAMETERS: Final = kind("parameter_list")

F_ELEMENT: Final = field("element")
F_KEY: Final = field("key")
F_NAME: Final = field("name")
F_PACKAGE: Final = field("package")
F_TYPE: Final = field("type")
F_VALUE: Final = field("value")

NUMBERS: Final = frozenset(
    {
        *("int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64"),
        *("uintptr", "byte", "rune", "float32", "float64", "complex64", "complex128"),
    }
)
PREDECLARED: Final = NUMBERS | {"string", "bool", "error", "any", "comparable"}
_WORDS: Final = {
    SLICE_TYPE: "[]",
    ARRAY_TYPE: "[]",
    COUNTED_ARRAY: "[]",
    MAP_TYPE: "map",
    CHANNEL_TYPE: "chan",
    FUNCTION_TYPE: "func",
    STRUCT_TYPE: "struct",
    INTERFACE_TYPE: "interface",
}
_NEAREST: Final = 20


class GoTypes(GoSource):
    """Reads types. `declared` are the types that the file declares: name → the type's node."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.declared: dict[str, Node] = {}

    def bare(self, node: Node | None) -> Node | None:
        """The type without `*`, parentheses and type arguments."""
        for _ in range(_NEAREST):
            if node is None:
                return None
            if node.kind_id in (POINTER, PARENTHESIZED_TYPE):
                inner = named(node)
                node = inner[0] if inner else None
            elif node.kind_id == GENERIC:
                node = node.child_by_field_id(F_TYPE)
            else:
                return node
        return None

    def underlying(self, node: Node | None) -> Node | None:
        """The bare type, names that this file declares resolved."""
        node = self.bare(node)
        for _ in range(_NEAREST):
            if node is None or node.kind_id != TYPE_IDENTIFIER:
                break
            declared = self.declared.get(self.text(node))
            if declared is None:
                break
            node = self.bare(declared)
        return node

    def type_text(self, node: Node | None) -> str:
        """As facts name it: `T`, `pkg.T`, `map[string]T`, `chan T`, `func`; no `*`, `[]`, `[T]`."""
        before = ""
        node = self.bare(node)
        for _ in range(_NEAREST):
            if node is None:
                break
            number = node.kind_id
            if number == TYPE_IDENTIFIER:
                return before + self.text(node)
            if number == QUALIFIED:
                return before + "".join(self.text(node).split())
            if number in SEQUENCES:
                node = self.bare(node.child_by_field_id(F_ELEMENT))
            elif number == MAP_TYPE:
                key = self.bare(node.child_by_field_id(F_KEY))
                simple = key is not None and key.kind_id in (TYPE_IDENTIFIER, QUALIFIED)
                before += f"map[{self.text(key) if key is not None and simple else 'any'}]"
                node = self.bare(node.child_by_field_id(F_VALUE))
            elif number == CHANNEL_TYPE:
                before += "chan "
                node = self.bare(node.child_by_field_id(F_VALUE))
            else:
                return before + _WORDS.get(number, "")
        return before

    def type_value(self, node: Node | None) -> Expr:
        """The type as an expression: `Name("T")`, `Attr(Name("pkg"), "T")`, `Name("map")`."""
        node = self.bare(node)
        if node is None:
            return Opaque()
        if node.kind_id == QUALIFIED:
            package = node.child_by_field_id(F_PACKAGE)
            name = node.child_by_field_id(F_NAME)
            if package is not None and name is not None:
                return Attr(Name(self.text(package)), self.text(name))
        if node.kind_id in (TYPE_IDENTIFIER, _IDENTIFIER):
            return Name(self.text(node))
        word = _WORDS.get(node.kind_id)
        return Name(word) if word else Opaque()

    def zero(self, node: Node | None, at: Node) -> Expr:
        """What a variable of this type holds at first.

        A pointer or a value of a named type is an empty literal of it, though a pointer is nil:
        what it will point to is known by its type alone.
        """
        node = self.bare(node)
        if node is None:
            return Nothing()
        number = node.kind_id
        if number in SEQUENCES:
            return Listing(())
        if number == MAP_TYPE:
            return Dict(())
        if number == TYPE_IDENTIFIER:
            name = self.text(node)
            if name == "string":
                return Lit("", self.span(at))
            if name == "bool":
                return Flag(False)
            if name in NUMBERS:
                return Lit("0", self.span(at), True)
            if name in PREDECLARED:
                return Nothing()
            inner = self.underlying(node)
            if inner is not None and inner.kind_id not in (TYPE_IDENTIFIER, STRUCT_TYPE, QUALIFIED):
                return Nothing() if inner.kind_id == INTERFACE_TYPE else self.zero(inner, at)
        if number in (TYPE_IDENTIFIER, QUALIFIED, STRUCT_TYPE):
            return Call(self.type_value(node), (), self.span(at), True)
        return Nothing()

    def params(self, node: Node | None) -> tuple[Param, ...]:
        """Parameters one by one; one without a name is `_`."""
        if node is None:
            return ()
        told: list[Param] = []
        for child in node.named_children:
            number = child.kind_id
            if number in (_PARAMETER, _VARIADIC):
                known = self.type_text(child.child_by_field_id(F_TYPE))
                rest = "*" if number == _VARIADIC else ""
                names = child.children_by_field_id(F_NAME)
                told.extend(Param(self.text(n), None, rest, known) for n in names)
                if not names:
                    told.append(Param("_", None, rest, known))
        return tuple(told)

    def results(self, node: Node | None) -> tuple[str, tuple[tuple[str, Node], ...]]:
        """What a function returns, as `T` or `T, error`; and its named results with their types."""
        if node is None:
            return "", ()
        if node.kind_id != _PARAMETERS:
            return self.type_text(node), ()
        texts: list[str] = []
        names: list[tuple[str, Node]] = []
        for child in node.named_children:
            known = child.child_by_field_id(F_TYPE) if child.kind_id == _PARAMETER else None
            if known is None:
                continue
            own = child.children_by_field_id(F_NAME)
            texts.extend([self.type_text(known)] * max(1, len(own)))
            names.extend((self.text(name), known) for name in own)
        return ", ".join(texts), tuple(names)

    def fields(self, node: Node) -> tuple[FieldOf, ...]:
        """Of a struct; of an interface its methods (type `func`) and what it embeds."""
        if node.kind_id == INTERFACE_TYPE:
            return self._interface(node)
        told: list[FieldOf] = []
        for inner in node.named_children:
            if inner.kind_id != _FIELDS:
                continue
            for child in inner.named_children:
                if child.kind_id != _FIELD:
                    continue
                known = self.type_text(child.child_by_field_id(F_TYPE))
                names = child.children_by_field_id(F_NAME)
                told.extend(FieldOf(self.text(name), known) for name in names)
                if not names:
                    told.append(FieldOf(known.rpartition(".")[2], known, True))
        return tuple(told)

    def _interface(self, node: Node) -> tuple[FieldOf, ...]:
        told: list[FieldOf] = []
        for child in node.named_children:
            if child.kind_id == _METHOD:
                name = child.child_by_field_id(F_NAME)
                if name is not None:
                    told.append(FieldOf(self.text(name), "func"))
            elif child.kind_id == _TYPE_ELEM:
                terms = named(child)
                if len(terms) == 1 and terms[0].kind_id in (TYPE_IDENTIFIER, QUALIFIED, GENERIC):
                    known = self.type_text(terms[0])
                    told.append(FieldOf(known.rpartition(".")[2], known, True))
        return tuple(told)
