"""Comments and directives of a Go file, found without its tree: they survive any syntax error."""

from __future__ import annotations

import re
from typing import Final

from lint.languages.comments import Comment
from lint.languages.go_source import TOKEN, GoSource

_TOKEN: Final = re.compile(TOKEN, re.DOTALL)
_BLANK: Final = re.compile(rb"\s*")
_DIRECTIVE: Final = re.compile(r"//go:[a-z]+\b|// ?\+build\b|//line |//export |//nolint\b")
_PACKAGE: Final = re.compile(rb"^package\s", re.MULTILINE)
_EMBED: Final = re.compile(
    rb"^[ \t]*//go:embed[ \t]+([^\n]+)\n(?:[ \t]*//[^\n]*\n)*[ \t]*(?:var[ \t]+)?(\w+)",
    re.MULTILINE,
)


def comments(source: GoSource) -> tuple[Comment, ...]:
    """All comments in order, without directives (`//go:build`, `//go:embed`, `//nolint`)."""
    data = source.data
    found: list[tuple[int, int]] = [
        (match.start(), match.end())
        for match in _TOKEN.finditer(data)
        if data.startswith((b"//", b"/*"), match.start())
    ]
    told: list[Comment] = []
    after: dict[int, int] = {}
    for start, end in reversed(found):
        blank = _BLANK.match(data, end)
        following = blank.end() if blank else end
        code = after.get(following, source.line(following) if following < len(data) else 0)
        after[start] = code
        written = data[start:end].decode("utf-8", "replace").rstrip()
        if _DIRECTIVE.match(written):
            continue
        before = data[source.line_start(start) : start]
        told.append(
            Comment(
                text=_inner(written),
                at=source.span_of(start, start + len(data[start:end].rstrip())),
                alone=not before.strip(),
                next_code=code,
            )
        )
    told.reverse()
    return tuple(told)


def _inner(written: str) -> str:
    if written.startswith("//"):
        return written[2:].strip()
    lines = written.removeprefix("/*").removesuffix("*/").strip().splitlines()
    return "\n".join(line.strip().removeprefix("*").strip() for line in lines)


def labels(source: GoSource) -> tuple[str, ...]:
    """`build:` and the constraint as written, for each `//go:build` above the package clause.

    The old form is told in the new form's words: `// +build a,b c` is `build:a && b || c`.
    """
    package = _PACKAGE.search(source.data)
    head = source.data[: package.start()] if package else source.data
    if b"build" not in head:
        return ()
    new: list[str] = []
    old: list[str] = []
    for line in head.decode("utf-8", "replace").splitlines():
        if line.startswith("//go:build "):
            new.append("build:" + line.removeprefix("//go:build ").strip())
        elif line.startswith(("// +build ", "//+build ")):
            options = line.partition("+build ")[2].split()
            old.append("build:" + " || ".join(one.replace(",", " && ") for one in options))
    return tuple(new or old)


def embedded(source: GoSource) -> dict[str, str]:
    """Variable → pattern of the `//go:embed` above it, whose content no literal shows."""
    if b"//go:embed" not in source.data:
        return {}
    return {
        name.decode("utf-8", "replace"): pattern.decode("utf-8", "replace").strip()
        for pattern, name in _EMBED.findall(source.data)
    }
