"""Go's composite literals: structs, slices and maps, with the types that inner ones leave out."""

from __future__ import annotations

from typing import Final

from tree_sitter import Node

from lint.languages.go_expressions import GoExpressions
from lint.languages.go_source import DEEPEST, field, kind, named
from lint.languages.go_types import F_ELEMENT, F_KEY, F_VALUE, MAP_TYPE, SEQUENCES, STRUCT_TYPE
from lint.program import Arg, Call, Dict, Entry, Expr, Listing, Opaque

_IDENTIFIER: Final = kind("identifier")
_KEYED: Final = kind("keyed_element")
_LITERAL_ELEMENT: Final = kind("literal_element")
_LITERAL_VALUE: Final = kind("literal_value")
_F_BODY: Final = field("body")
_F_TYPE: Final = field("type")


class GoLiterals(GoExpressions):
    """Lowers `Type{…}` by the type: as far as the file tells it, else by the form of its keys."""

    def composite(self, node: Node, depth: int) -> Expr:
        """A struct is a Call (`literal`), a slice or array a Listing, a map a Dict."""
        body = node.child_by_field_id(_F_BODY)
        return self._literal(node.child_by_field_id(_F_TYPE), body, node, depth + 1)

    def _literal(self, known: Node | None, body: Node | None, at: Node, depth: int) -> Expr:
        if depth > DEEPEST:
            return self.too_deep(at)
        elements = named(body) if body is not None else []
        real = self.underlying(known)
        number = real.kind_id if real is not None else 0
        if real is not None and number in SEQUENCES:
            inner = real.child_by_field_id(F_ELEMENT)
            return Listing(tuple(Arg(self._value(one, inner, depth)) for one in elements))
        if real is not None and number == MAP_TYPE:
            keys, values = real.child_by_field_id(F_KEY), real.child_by_field_id(F_VALUE)
            return self._dict(elements, keys, values, depth)
        first = elements[0] if elements else None
        if number != STRUCT_TYPE and first is not None and first.kind_id == _KEYED:
            key = _content(first.child_by_field_id(F_KEY))
            if key is None or key.kind_id != _IDENTIFIER:
                return self._dict(elements, None, None, depth)
        return self._struct(known, real, elements, at, depth)

    def _struct(
        self, known: Node | None, real: Node | None, elements: list[Node], at: Node, depth: int
    ) -> Expr:
        bare = self.bare(known)
        names: list[str] = []
        if bare is not None and bare == real and bare.kind_id == STRUCT_TYPE:
            names = [one.name for one in self.fields(bare)]
        args: list[Arg] = []
        for place, element in enumerate(elements):
            name = names[place] if place < len(names) else ""
            if element.kind_id == _KEYED:
                key = _content(element.child_by_field_id(F_KEY))
                name = self.text(key) if key is not None else ""
            args.append(Arg(self._value(element, None, depth), name))
        func = self.type_value(known) if known is not None else Opaque()
        return Call(func, tuple(args), self.span(at), True)

    def _dict(
        self, elements: list[Node], keys: Node | None, values: Node | None, depth: int
    ) -> Expr:
        entries: list[Entry] = []
        for element in elements:
            key = element.child_by_field_id(F_KEY) if element.kind_id == _KEYED else None
            told = Opaque() if key is None else self._value(key, keys, depth)
            entries.append(Entry(told, self._value(element, values, depth)))
        return Dict(tuple(entries))

    def _value(self, element: Node, known: Node | None, depth: int) -> Expr:
        """The value of an element (a key or a value); an inner `{…}` takes the type given."""
        content: Node | None = element
        if element.kind_id == _KEYED:
            content = _content(element.child_by_field_id(F_VALUE))
        elif element.kind_id == _LITERAL_ELEMENT:
            content = _content(element)
        if content is not None and content.kind_id == _LITERAL_VALUE:
            return self._literal(known, content, content, depth + 1)
        return self.expr(content, depth)


def _content(element: Node | None) -> Node | None:
    inner = named(element) if element is not None else []
    return inner[0] if inner else None
