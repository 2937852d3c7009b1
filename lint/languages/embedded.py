"""Compose text inside string literals and here-documents of programs."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lint.facts import ComposeFile, FileFacts
from lint.program import Glue, Lit, Name


def with_embedded(facts: FileFacts) -> FileFacts:
    """The facts, with the compose files that strings of the program hold.

    Holes of formatted strings are read as `${name}`.
    """
    if facts.program is None:
        return facts
    found = tuple(_embedded(facts.program))
    return msgspec.structs.replace(facts, compose=(*facts.compose, *found)) if found else facts


def _embedded(program: object) -> Iterator[ComposeFile]:
    from lint.languages.compose import compose_in

    stack = [program]
    while stack:
        node = stack.pop()
        match node:
            case Lit(text, at):
                if "services" in text and "\n" in text and (made := compose_in(text, at)):
                    yield made
            case Glue(parts, at):
                text = "".join(_shown(part) for part in parts)
                if "services" in text and "\n" in text and (made := compose_in(text, at)):
                    yield made
                stack.extend(part for part in parts if not isinstance(part, Lit))
            case tuple():
                stack.extend(reversed(node))
            case msgspec.Struct():
                stack.extend(getattr(node, name) for name in reversed(node.__struct_fields__))


def _shown(part: object) -> str:
    match part:
        case Lit(text):
            return text
        case Name(name):
            return f"${{{name}}}"
    return "${hole}"
