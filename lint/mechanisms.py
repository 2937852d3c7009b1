"""How prose and comments name the mechanisms that the guidance forbids: compose and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lint.effects import Build, Compose, Network, Removal, RunsFile, Start, Trace
from lint.project import Project

_COMPOSE: Final = re.compile(
    r"(?<![\w./-])(?P<tool>(?:podman|docker)(?:-|[ \t]+)compose)(?![\w-]|\.\w)", re.IGNORECASE
)
_SCRIPT: Final = re.compile(
    r"(?P<file>(?<![\w.*-])[\w./${}-]*\w\.(?:sh|bash))\b"
    r"|(?P<kind>\b(?:shell|bash)[- ]scripts?\b)",
    re.IGNORECASE,
)
_CONTAINER_SCRIPT: Final = re.compile(
    r"(?=.*(?:set-?_?up|start|stop|tear-?_?down|launch|bring-?_?up|clean-?_?up|boot|run|up|down))"
    r"(?=.*(?:infra|container|integration|services|postgres|redis|stack|podman|docker|compose"
    r"|database|datastorage|test[-_]?env|deps|dependencies))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A mechanism that a text names at `start:end`.

    `rule` is the rule that speaks of its use, `shown` the name as a reader knows it, `file` the
    script's path as written.
    """

    rule: str
    shown: str
    start: int
    end: int
    file: str = ""


def named(text: str) -> Iterator[Named]:
    """The compose tools and scripts that a text names. A compose file's name is no tool."""
    for found in _COMPOSE.finditer(text):
        tool = " ".join(found["tool"].lower().split())
        start, end = found.span()
        yield Named(rule="compose-invocation", shown=f"`{tool}`", start=start, end=end)
    for found in _SCRIPT.finditer(text):
        file = found["file"] or ""
        shown = f"`{file}`" if file else "a shell script"
        start, end = found.span()
        yield Named(rule="shell-container-script", shown=shown, start=start, end=end, file=file)


def handles_containers(project: Project, script: str) -> bool:
    """Whether a script that a text names creates, stops or removes containers.

    Its traces tell where it lies in this repository and was run; else its name must.
    """
    name = script.rpartition("/")[2]
    if not name:
        return False
    own = [
        trace
        for trace in project.traces
        if trace.entry.kind == "script" and trace.entry.place.path.rpartition("/")[2] == name
    ]
    if own:
        return any(touches_containers(trace) for trace in own)
    return bool(_CONTAINER_SCRIPT.match(name))


def touches_containers(trace: Trace) -> bool:
    """Whether a trace creates or removes containers, networks or images, in whatever way."""
    return any(
        isinstance(one, Start | Compose | Network | Removal | Build) for one in trace.effects
    )


def uses(traces: Iterable[Trace], rule: str) -> bool:
    """Whether any of the traces does what the rule speaks of: runs compose, or runs a script."""
    kind = Compose if rule == "compose-invocation" else RunsFile
    return any(
        isinstance(one, kind)
        or (kind is RunsFile and (trace.entry.kind == "script" or one.at.path.endswith(_SHELL)))
        for trace in traces
        for one in trace.effects
    )


_SHELL: Final = (".sh", ".bash")
