"""A repository in a few lines, and what the machine sees it do."""

from __future__ import annotations

from textwrap import dedent
from typing import TypeVar

from lint.effects import AnyEffect, Compose, Trace
from lint.facts import FileFacts
from lint.languages.table import LANGUAGES, language_of
from lint.linking import link

MARK = " ◄"
E = TypeVar("E", bound=AnyEffect)


def facts(files: dict[str, str]) -> dict[str, FileFacts]:
    """Every file extracted, marks taken off."""
    by_name = {language.name: language for language in LANGUAGES}
    found: dict[str, FileFacts] = {}
    for path, content in files.items():
        data = plain(content).encode()
        language = language_of(path, data[:256])
        if language is not None:
            found[path] = by_name[language.name].extract(data)
            assert not found[path].unparsable, found[path].unparsable
    return found


def plain(content: str) -> str:
    """A file without its marks; an indented literal is taken to the margin."""
    return dedent(content).lstrip("\n").replace(MARK, "")


def marked(files: dict[str, str]) -> set[str]:
    """`path:line` of every marked line."""
    return {
        f"{path}:{number}"
        for path, content in files.items()
        for number, line in enumerate(dedent(content).lstrip("\n").splitlines(), start=1)
        if line.endswith(MARK)
    }


def traces(files: dict[str, str]) -> tuple[Trace, ...]:
    """What every entry point does."""
    return link(facts(files), frozenset(files), {})


def effects(files: dict[str, str], kind: type[E]) -> list[E]:
    """All effects of one kind, of live entries."""
    return [
        effect
        for trace in traces(files)
        if trace.entry.live
        for effect in trace.effects
        if isinstance(effect, kind)
    ]


def compose_places(files: dict[str, str]) -> set[str]:
    """Where live code decides to invoke compose."""
    return {str(effect.decided) for effect in effects(files, Compose)}
