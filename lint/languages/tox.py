"""The front end for tox: `tox.ini`, `setup.cfg`, `tox.toml` and `pyproject.toml`.

Every environment is a function; those that a bare `tox` runs have the label `default`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from lint.facts import FileFacts
from lint.languages import comments
from lint.languages.hash_comments import hash_comments
from lint.languages.ini_sections import IniSection, IniSections, read
from lint.languages.tox_environment import (
    MOST,
    ToxContainer,
    ToxEnvironment,
    definitions,
    names,
)
from lint.languages.tox_words import Look, command, value
from lint.languages.yaml_nodes import Mark, Scalar
from lint.program import Expr, Lit, Module, Span, Stmt

_TOML: Final = re.compile(
    r"^[ \t]*\[\[?[ \t]*(?:tool\.|project\b|build-system\b|env_run_base\b|env\.)"
    r"|^[ \t]*(?:env_list|requires|skip_missing_interpreters)[ \t]*=[ \t]*(?:\[|true|false)",
    re.MULTILINE,
)
_LEGACY: Final = re.compile(r"^[ \t]*legacy_tox_ini[ \t]*=[ \t]*(\"\"\"|''')", re.MULTILINE)
_ENV: Final = "testenv"
_FACTORS: Final = re.compile(r"(?P<factors>[!\w.,{}\-]+):[ \t]+(?=\S)")
_REFERENCE: Final = re.compile(r"\{\[(?P<section>[^\]]+)\](?P<key>[\w.-]+)\}")
_DEEPEST: Final = 6


def extract(data: bytes) -> FileFacts:
    """All facts of a file that may define environments."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", " ")
    lines = text.split("\n")
    legacy = _LEGACY.search(text)
    if legacy:
        quote = legacy[1]
        end = text.find(quote, legacy.end())
        inside = text[legacy.end() : end if end >= 0 else len(text)]
        if quote == '"""':
            inside = inside.replace("\\\\", " \\")
        inner = read(inside.split("\n"), text.count("\n", 0, legacy.end()) + 1)
        return _facts(lines, inner.comments, _Ini(inner).environments())
    if _TOML.search(text):
        from lint.languages.tox_toml import environments

        spans = (
            Span(number, line.index("#") + 1, number, len(line) + 1)
            for number, line in enumerate(lines, start=1)
            if line.lstrip().startswith("#")
        )
        return _facts(lines, spans, environments(text))
    whole = read(lines)
    return _facts(lines, whole.comments, _Ini(whole).environments())


def _facts(
    lines: list[str], spans: Iterable[Span], environments: Iterable[ToxEnvironment]
) -> FileFacts:
    made = definitions(environments)
    remarks = hash_comments(lines, spans)
    return FileFacts(
        "tox",
        Module(made) if made else None,
        mentions=comments.mentions(remarks) if made else (),
        suppressions=comments.suppressions(remarks) if made else (),
    )


class _Ini:
    """The environments of INI sections."""

    def __init__(self, file: IniSections) -> None:
        self._sections = file.sections
        self._base = file.sections.get(_ENV)

    def environments(self) -> Iterator[ToxEnvironment]:
        """Those with a section of their own, and those that only a list names."""
        main = self._sections.get("tox") or self._sections.get("tox:tox")
        told = main.text("envlist", "env_list") if main else ""
        listed = dict.fromkeys(names(told))
        if self._base is None and not any(one.startswith(f"{_ENV}:") for one in self._sections):
            return
        own: dict[str, IniSection] = {
            name: section
            for header, section in self._sections.items()
            if header.startswith(f"{_ENV}:")
            for name in names(header.partition(":")[2])
        }
        every = dict.fromkeys((*own, *listed)) if own or listed else {"py": None}
        for name in list(every)[:MOST]:
            section = own.get(name) or self._base
            if section is not None:
                yield self._environment(name, section, listed=name in listed or not listed)

    def _environment(self, name: str, section: IniSection, *, listed: bool) -> ToxEnvironment:
        def told(*keys: str) -> list[Scalar]:
            return self._chosen(section, keys, name, IniSection.lines)

        def commands(key: str) -> tuple[Stmt, ...]:
            lines = self._chosen(section, (key,), name, IniSection.commands)
            made = (command(one, self._look(name)) for one in lines)
            return tuple(one for one in made if one is not None)

        directory = told("changedir", "change_dir")
        return ToxEnvironment(
            name=name,
            at=section.at,
            listed=listed,
            variables=tuple(self._variables(told("setenv", "set_env"), name)),
            directory=value(directory[0], self._look(name)) if directory else None,
            containers=tuple(self._containers(told("docker"), name)),
            before=commands("commands_pre"),
            main=commands("commands"),
            after=commands("commands_post"),
        )

    def _chosen(
        self,
        section: IniSection,
        keys: tuple[str, ...],
        name: str,
        how: Callable[..., list[Scalar] | None],
    ) -> list[Scalar]:
        """The lines of a key, else the base's, that are meant for this environment."""
        lines = how(section, *keys)
        if lines is None and self._base is not None:
            lines = how(self._base, *keys)
        return list(self._meant(lines or [], name, how, 0))

    def _meant(
        self,
        lines: list[Scalar],
        name: str,
        how: Callable[..., list[Scalar] | None],
        depth: int,
    ) -> Iterator[Scalar]:
        """Without lines for other factors, references to other sections opened."""
        for one in lines:
            scalar: Scalar | None = one
            if told := _FACTORS.match(one.text):
                fits = any(_fits(way, name) for way in names(told["factors"]))
                scalar = _behind(one, told.end()) if fits else None
            if scalar is None:
                continue
            if (refers := _REFERENCE.fullmatch(scalar.text)) and depth < _DEEPEST:
                section = self._sections.get(refers["section"])
                found = how(section, refers["key"]) if section else None
                if found is None and self._base and refers["section"].startswith(_ENV):
                    found = how(self._base, refers["key"])
                yield from self._meant(found or [], name, how, depth + 1)
            else:
                yield scalar

    def _look(self, name: str) -> Look:
        def look(section: str, key: str) -> Scalar | None:
            found = self._sections.get(section)
            lines = found.lines(key) if found else None
            meant = list(self._meant(lines or [], name, IniSection.lines, 1))
            return meant[0] if meant else None

        return look

    def _variables(self, lines: list[Scalar], env: str) -> Iterator[tuple[str, Expr]]:
        for one in lines:
            name, equals, _ = one.text.partition("=")
            if equals and name.strip().isidentifier():
                start = len(name) + 1
                start += len(one.text[start:]) - len(one.text[start:].lstrip())
                yield name.strip(), value(_behind(one, start), self._look(env))

    def _containers(self, lines: list[Scalar], env: str) -> Iterator[ToxContainer]:
        """`docker = postgres` and `[docker:postgres]`; formerly `docker = postgres:16`."""
        for line in lines:
            for name in line.text.replace(",", " ").split():
                section = self._sections.get(f"docker:{name}")
                if section is None:
                    yield ToxContainer(name=name, at=line.at, image=Lit(name, line.at))
                    continue
                image = section.lines("image")
                file = section.lines("dockerfile")
                look = self._look(env)
                yield ToxContainer(
                    name=name,
                    at=image[0].at if image else section.at,
                    image=value(image[0], look) if image else None,
                    dockerfile=value(file[0], look) if file and not image else None,
                    ports=tuple(Lit(one.text, one.at) for one in section.lines("ports") or ()),
                )


def _fits(condition: str, name: str) -> bool:
    """Whether an environment has the factors: `py39-!windows`."""
    factors = {*name.split("-"), name}
    return all(
        (part.removeprefix("!") in factors) is not part.startswith("!")
        for part in condition.split("-")
        if part
    )


def _behind(scalar: Scalar, start: int) -> Scalar:
    """A line without its beginning."""
    line, column = scalar.place(start)
    marks = (
        Mark(0, line, column),
        *(
            Mark(one.offset - start, one.line, one.column)
            for one in scalar.marks
            if one.offset > start
        ),
    )
    at = Span(line, column, scalar.at.end_line, scalar.at.end_column)
    return Scalar(text=scalar.text[start:], at=at, style=scalar.style, marks=marks)
