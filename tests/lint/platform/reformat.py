"""Other ways to write the same files: what a formatter or an editor may do, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

import libcst as cst

Rewrite = Callable[[str, Random], str]

_SUPPRESSION: Final = "stackwright: ignore"
_STRING: Final = re.compile(r'("(?:[^"\\]|\\.)*"|`[^`]*`)')
_CALL: Final = re.compile(r"\b(?:exec\.Command|podman|StartContainer)\(")


def spaced(text: str, chance: Random) -> str:
    """Blank lines and comments between lines, where neither means anything."""
    made: list[str] = []
    quoted = False
    for line in text.splitlines():
        before = made[-1] if made else ""
        if not quoted and before and not before.endswith("\\") and _SUPPRESSION not in before:
            if chance.random() < 0.2:
                made.append("")
            if chance.random() < 0.2 and not re.match(r"\s*(?:#|//)", before):
                indent = re.match(r"\s*", line)
                sign = "//" if "func " in text and "package " in text else "#"
                made += ["", f"{indent.group() if indent else ''}{sign} as it was", ""]
        made.append(line)
        if line.count('"""') % 2:
            quoted = not quoted
    return "\n".join(made) + "\n"


def lines_of_recipes(text: str, chance: Random) -> str:
    """Makefile: comments between rules, recipe lines continued."""
    made: list[str] = []
    for line in text.splitlines():
        if re.match(r"[\w.-]+:", line) and chance.random() < 0.5:
            made.append("# a rule")
        if line.startswith("\t") and " -f " in line and "@echo" not in line:
            line = line.replace(" -f ", " \\\n\t    -f ", 1)
        made.append(line)
    return "\n".join(made) + "\n"


def broken_go(text: str, _chance: Random) -> str:
    """Go: the arguments of a call on lines of their own."""
    made = []
    for line in text.splitlines():
        call = _CALL.search(line)
        if call and not line.lstrip().startswith(("//", "func")) and "By(" not in line:
            head, tail = line[: call.end()], line[call.end() :]
            parts = _STRING.split(tail)
            parts[::2] = [one.replace(", ", ",\n\t\t") for one in parts[::2]]
            line = head + "".join(parts)
        made.append(line)
    return "\n".join(made) + "\n"


class _OneALine(cst.CSTTransformer):
    """Each argument and each element of a list on a line of its own."""

    _BREAK: Final = cst.ParenthesizedWhitespace(
        first_line=cst.TrailingWhitespace(), indent=True, last_line=cst.SimpleWhitespace("    ")
    )

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802 - libcst calls it so
        if not updated_node.args or isinstance(updated_node.args[0].value, cst.GeneratorExp):
            return updated_node
        args = [
            one.with_changes(comma=cst.Comma(whitespace_after=self._BREAK))
            for one in updated_node.args
        ]
        return updated_node.with_changes(args=args, whitespace_before_args=self._BREAK)

    def leave_List(self, original_node: cst.List, updated_node: cst.List) -> cst.List:  # noqa: N802 - libcst calls it so
        elements = [
            one.with_changes(comma=cst.Comma(whitespace_after=self._BREAK))
            for one in updated_node.elements
        ]
        return updated_node.with_changes(elements=elements)


def broken_python(text: str, _chance: Random) -> str:
    """Python: one argument a line, trailing commas."""
    return cst.parse_module(text).visit(_OneALine()).code


def indented_yaml(text: str, _chance: Random) -> str:
    """YAML: twice the indentation."""
    made = []
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip(" "))
        rest = re.sub(r"^- ", "-   ", line[indent:])
        made.append(" " * (2 * indent) + rest if rest else "")
    return "\n".join(made) + "\n"


def windows(text: str, _chance: Random) -> str:
    """The line ends of another system."""
    return text.replace("\n", "\r\n")


REWRITES: Final[Mapping[str, tuple[tuple[str, Rewrite], ...]]] = {
    "spaced": ((".py", spaced), (".go", spaced), (".sh", spaced)),
    "broken": ((".py", broken_python), (".go", broken_go), ("Makefile", lines_of_recipes)),
    "indented": ((".yml", indented_yaml), (".yaml", indented_yaml)),
    "windows": ((".py", windows), (".go", windows), (".yml", windows), (".md", windows)),
}


def rewritten(files: Mapping[str, str], names: frozenset[str], chance: Random) -> dict[str, str]:
    """The files as the chosen rewrites leave them."""
    made = dict(files)
    for name, rewrites in REWRITES.items():
        for path in made if name in names else ():
            for ending, rewrite in rewrites:
                if path.endswith(ending) and made[path].strip():
                    made[path] = rewrite(made[path], chance)
    return made
