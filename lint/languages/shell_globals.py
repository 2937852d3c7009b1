"""Which variables a shell function sets for the whole script: all that it does not declare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from lint.languages.shell_source import ShellSource

_LOCAL: Final = frozenset({"local", "declare", "typeset"})


def globals_of(source: ShellSource, body: Node) -> tuple[str, ...]:
    """The names that a function's body assigns and that are none of its own, in order."""
    if body.type == "subshell":
        return ()
    own: set[str] = set()
    found: dict[str, None] = {}
    for node, declared in _assignments(source, body):
        named = node.child_by_field_name("name") if node.type == "variable_assignment" else node
        if named is None or named.type != "variable_name":
            continue
        name = source.text(named)
        if declared:
            own.add(name)
        else:
            found[name] = None
    return tuple(name for name in found if name not in own)


def _assignments(source: ShellSource, body: Node) -> Iterator[tuple[Node, bool]]:
    """Assignments in order, and whether each declares a local variable."""
    pending = [*reversed(body.children)]
    while pending:
        node = pending.pop()
        match node.type:
            case "function_definition" | "command_substitution" | "subshell":
                continue
            case "variable_assignment":
                yield node, False
            case "declaration_command":
                words = [source.text(one) for one in node.children[:2]]
                local = words[0] in _LOCAL and words[1:] != ["-g"]
                for one in node.named_children:
                    if one.type == "variable_assignment" or (local and one.type == "variable_name"):
                        yield one, local
            case "command":
                pass  # `A=b command` sets it for the command alone
            case _:
                pending.extend(reversed(node.children))
