"""Lines of example code in a document that run compose or a container script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lint.mechanisms import Named
from lint.stance import rejected

_SHELLS: Final = frozenset(
    (
        *("", "bash", "sh", "shell", "zsh", "console", "shell-session", "terminal", "text"),
        *("makefile", "make", "yaml", "yml"),
    )
)
_START: Final = (
    r"(?:^|[;&|(]|\brun:|\bthen\b|\bdo\b)\s*[@-]?\s*(?:[$>%]\s+)?(?:sudo\s+|time\s+|exec\s+)?"
    r"(?:\w+=\S*\s+)*"
)
_COMPOSE: Final = re.compile(
    _START + r"(?P<tool>(?:podman|docker)(?:-|[ \t]+)compose)\s+(?P<rest>[^;&|\n]*)"
)
_VERB: Final = re.compile(
    r"(?:^|\s)(?:up|down|build|start|stop|run|restart|create|rm|pull|kill)(?=\s|$)"
)
_SCRIPT: Final = re.compile(
    _START + r"(?:(?:bash|sh|source|\.)\s+(?:-\w+\s+)*)?(?P<file>[\w./${}-]*\w\.(?:sh|bash))\b"
)
_LITERAL: Final = re.compile(
    r"[\"'](?P<tool>(?:podman|docker)-compose)(?=[\"' ])"
    r"|[\"'](?P<engine>podman|docker)[\"'],\s*[\"']compose[\"']|\b(?P<class>DockerCompose)\("
)
_QUOTED_SCRIPT: Final = re.compile(r"[\"'](?P<file>[\w./-]*\w\.(?:sh|bash))[\"']")
_CALLS: Final = re.compile(
    r"subprocess|Popen|os\.system|exec\.Command|CommandContext|\.run\(|check_call|DockerCompose\("
)
_LOOKS: Final = re.compile(r"\bwhich\b|LookPath|command -v|--version|install")
_COMMENT: Final = re.compile(r"\s*(?:#(?!!)|//|--|/\*|\*)\s*(?P<text>.*)")


def forbidden_lines(code: str, language: str) -> Iterator[tuple[int, Named]]:
    """What runs compose or a script, with the offset in the code. Comments that reject or date
    the lines below them hold until the next blank line or comment."""
    shell = language in _SHELLS
    calls = bool(_CALLS.search(code))
    offset = 0
    aside = False
    for line in code.split("\n"):
        comment = _COMMENT.match(line)
        if comment and not line.lstrip().startswith(("# podman", "# docker")):
            aside = _sets_aside(comment["text"])
        elif not line.strip():
            aside = False
        elif not aside and not _trails_off(line):
            if shell:
                yield from ((offset, one) for one in _of_shell(line))
            elif calls:
                yield from ((offset, one) for one in _of_program(line))
        offset += len(line) + 1


def _trails_off(line: str) -> bool:
    """Whether a comment at the end of the line rejects it."""
    _, sign, note = line.partition(" #") if " #" in line else line.partition(" //")
    return bool(sign) and _sets_aside(note)


def _sets_aside(comment: str) -> bool:
    words = comment.strip().lower()
    return rejected(comment, 0, len(comment)) or words.startswith(("before", "problem", "old"))


def _of_shell(line: str) -> Iterator[Named]:
    for found in _COMPOSE.finditer(line):
        if verb := _VERB.search(found["rest"]):
            tool = " ".join(found["tool"].split())
            yield Named(
                rule="compose-invocation",
                shown=f"`{tool} {verb.group().strip()}`",
                start=found.start("tool"),
                end=found.end("tool"),
            )
    for found in _SCRIPT.finditer(line):
        yield _script(found)


def _of_program(line: str) -> Iterator[Named]:
    if _LOOKS.search(line) and "if" not in line.split():
        return
    for found in _LITERAL.finditer(line):
        tool = found["tool"] or found["class"] or f"{found['engine']} compose"
        start, end = found.span()
        yield Named(rule="compose-invocation", shown=f"`{tool}`", start=start, end=end)
    for found in _QUOTED_SCRIPT.finditer(line):
        yield _script(found)


def _script(found: re.Match[str]) -> Named:
    return Named(
        rule="shell-container-script",
        shown=f"`{found['file']}`",
        start=found.start("file"),
        end=found.end("file"),
        file=found["file"],
    )
