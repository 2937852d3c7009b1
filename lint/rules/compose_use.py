"""Who uses which compose file: by running it, by naming it, or not at all."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from lint.effects import Compose, Trace
from lint.facts import ComposeFile
from lint.model import Place
from lint.program import Lit, Span
from lint.project import Project, place
from lint.rules.functions import nodes
from lint.rules.territory import base, folder
from lint.text import Literal, Text, inside

_DEFAULT: Final = re.compile(r"(?:docker-|podman-|container-)?compose\.ya?ml")
_CALLED: Final = re.compile(r"(?:^|[._-])compose(?:[._-][\w.-]+)?\.ya?ml$")
_OVERRIDE: Final = re.compile(r"((?:docker-|podman-)?compose)\.override(\.ya?ml)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of a compose file. `run` is None where a live program only names it."""

    path: str
    trace: Trace
    run: Compose | None = None


def compose_files(project: Project) -> dict[str, ComposeFile]:
    """The compose files of the repository that stand for themselves, by path; also those of which
    only their use can tell."""
    found: dict[str, ComposeFile] = {}
    for path, facts in project.files.items():
        for one in facts.compose:
            if not one.embedded:
                found.setdefault(path, one)
    return found


def certain(path: str, file: ComposeFile) -> bool:
    """Whether it is a compose file, used or not: by what it holds, or by its name."""
    return not file.partial or bool(_CALLED.search(base(path).lower()))


def uses(project: Project, files: Mapping[str, ComposeFile]) -> Iterator[Use]:
    """Every use by something live, of any tier.

    A file that is only named (handed to a library, put into a variable) is used where nothing is
    seen to run it, and by traces of the services that own it: others may pass through the same
    program for another reason.
    """
    naming = _Naming(project, files)
    run: set[str] = set()
    named: dict[str, list[Trace]] = {}
    for trace in project.live:
        done: set[tuple[str, str, int]] = set()
        here: set[str] = set()
        through: set[str] = {trace.entry.place.path}
        for effect in trace.effects:
            through.add(effect.at.path)
            through.update(step.defined.path for step in effect.chain)
            if isinstance(effect, Compose):
                for path in run_files(effect, trace, files):
                    key = (path, effect.at.path, effect.at.line)
                    here.add(base(path))
                    if key not in done:
                        done.add(key)
                        run.add(path)
                        yield Use(path=path, trace=trace, run=effect)
        # A bare name stands for the file that is seen to be run under it.
        told = {
            path
            for program in through
            for path, one in naming.of(program).items()
            if not (one.bare and base(path) in here)
        }
        for path in sorted(told):
            named.setdefault(path, []).append(trace)
    for path, traces in named.items():
        if path not in run:
            owners = {*project.attribution.get(path, ())}
            theirs = [one for one in traces if owners & {*one.entry.services}]
            yield from (Use(path=path, trace=one) for one in theirs or traces)


def run_files(effect: Compose, trace: Trace, files: Mapping[str, ComposeFile]) -> tuple[str, ...]:
    """The files that an invocation reads: those it names, else the default one near its code;
    and what these include or extend."""
    found = list(_told(effect, trace, tuple(files)))
    for path in found:
        near = (folder(path),)
        read = (_meant(one, near, files) for one in files[path].reads)
        found.extend(one for one in dict.fromkeys(read) if one and one not in found)
    return tuple(found)


def _told(effect: Compose, trace: Trace, files: tuple[str, ...]) -> tuple[str, ...]:
    near = tuple(
        dict.fromkeys(
            (
                *((effect.directory,) if effect.directory else ()),
                folder(effect.at.path),
                folder(effect.decided.path),
                *(folder(step.place.path) for step in reversed(effect.chain)),
                folder(trace.entry.place.path),
                "",
            )
        )
    )
    if effect.files:
        # All count from one directory: that in which most of them are.
        tails = [_tail(one) for one in effect.files if not one.opaque]
        near = tuple(sorted(near, key=lambda one: -sum(_at(one, tail) in files for tail in tails)))
        named = (_named(one, near, files) for one in effect.files)
        return tuple(dict.fromkeys(path for path in named if path))
    usual = [path for path in files if _DEFAULT.fullmatch(base(path))]
    for directory in near:
        for path in usual:
            if folder(path) == directory:
                return (path, *(one for one in files if _overrides(one, path)))
    return ()


def _overrides(one: str, path: str) -> bool:
    return folder(one) == folder(path) and _OVERRIDE.sub(r"\1\2", base(one)) == base(path) != base(
        one
    )


def _named(name: Text, near: Iterable[str], files: tuple[str, ...]) -> str | None:
    whole = inside(name)
    return whole if whole in files else _meant(_tail(name), near, files)


def _tail(name: Text) -> str:
    """What is known of the end of a path: after the last part that is not."""
    known = ""
    for part in name.parts:
        known = known + part.text if isinstance(part, Literal) else ""
    return known


def _meant(tail: str, near: Iterable[str], files: Iterable[str]) -> str | None:
    """The file that a path written in one of these directories most likely means."""
    if not tail:
        return None
    files = tuple(files)
    if not tail.startswith("/"):
        for directory in near:
            path = _at(directory, tail)
            if path in files:
                return path
    ending = re.sub(r"^(?:\.{0,2}/)+", "", tail)
    ends = [path for path in files if path == ending or path.endswith(f"/{ending}")]
    closest = next(iter(near), "")
    return max(ends, key=lambda path: _shared(path, closest), default=None)


def _at(directory: str, written: str) -> str:
    return posixpath.normpath(posixpath.join(directory, written))


def _shared(path: str, directory: str) -> tuple[int, int]:
    """How many leading directories two paths share; the less deep wins a draw."""
    left, right = folder(path).split("/"), directory.split("/")
    same = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        same += 1
    return (same, -len(left))


def mentioning(project: Project, path: str, files: Mapping[str, ComposeFile]) -> tuple[Place, ...]:
    """Where programs, live or not, name a compose file."""
    naming = _Naming(project, files)
    found = ((program, naming.of(program)) for program in sorted(project.files))
    return tuple(place(program, meant[path].at) for program, meant in found if path in meant)


class _Named(NamedTuple):
    """Where a file is named, and whether without any directory."""

    at: Span
    bare: bool


class _Naming:
    """Program → the compose files whose paths stand in it as literals, and where."""

    def __init__(self, project: Project, files: Mapping[str, ComposeFile]) -> None:
        self._project = project
        self._files = files
        self._names = {base(path) for path, file in files.items() if certain(path, file)}
        self._known: dict[str, Mapping[str, _Named]] = {}

    def of(self, path: str) -> Mapping[str, _Named]:
        """What one program names, looked for when first asked."""
        if path not in self._known:
            self._known[path] = dict(self._look(path)) if self._names else {}
        return self._known[path]

    def _look(self, path: str) -> Iterator[tuple[str, _Named]]:
        facts = self._project.files.get(path)
        for node in nodes(facts.program) if facts and facts.program else ():
            if isinstance(node, Lit) and base(node.text) in self._names:
                spaced = any(character.isspace() for character in node.text)
                meant = None if spaced else _meant(node.text, (folder(path),), self._files)
                if meant:
                    yield meant, _Named(node.at, "/" not in node.text)
