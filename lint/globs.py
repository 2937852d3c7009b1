"""Path patterns of the configuration: exclusions, services' paths, exemptions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def matches(path: str, pattern: str) -> bool:
    """Whether a path (relative, `/`) is what a pattern means.

    A pattern is a path from the root: a file, a directory with all it holds, or a glob in which
    `*` and `?` stay inside one name and `**` crosses directories. One without `/` (`*.bak`,
    `fixtures`) names a file or directory at any depth.
    """
    return _compiled(pattern).match(path) is not None


def matches_any(path: str, patterns: Iterable[str]) -> bool:
    """Whether any of the patterns means the path."""
    return any(matches(path, pattern) for pattern in patterns)


def fixed_beginning(pattern: str) -> str:
    """The directories before the first wildcard: `test/*/gateway` is `test`."""
    kept: list[str] = []
    for name in _cleaned(pattern).split("/"):
        if re.search(r"[*?\[]", name):
            break
        kept.append(name)
    return "/".join(kept)


def _cleaned(pattern: str) -> str:
    return pattern.strip().removeprefix("./").strip("/")


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    cleaned = _cleaned(pattern)
    if cleaned in ("", "."):
        return re.compile("")
    anywhere = "/" not in cleaned and not pattern.strip().startswith(("/", "./"))
    return re.compile(f"{'(?:.*/)?' if anywhere else ''}{_regex(cleaned)}(?:/.*)?\\Z", re.DOTALL)


def _regex(pattern: str) -> str:
    made: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            made.append("(?:.*/)?")
            at += 3
        elif pattern.startswith("**", at):
            made.append(".*")
            at += 2
        elif pattern[at] == "*":
            made.append("[^/]*")
            at += 1
        elif pattern[at] == "?":
            made.append("[^/]")
            at += 1
        elif pattern[at] == "[" and (end := pattern.find("]", at + 2)) > 0:
            inside = pattern[at + 1 : end].replace("\\", "\\\\")
            made.append(f"[{'^' + inside[1:] if inside.startswith('!') else inside}]")
            at = end + 1
        else:
            made.append(re.escape(pattern[at]))
            at += 1
    return "".join(made)
