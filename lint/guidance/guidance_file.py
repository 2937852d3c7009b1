"""A guidance file: one document, all its versions, read and checked.

The built-in ones stand beside this module; users write their own (`docs/lint-guidance.md`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NoReturn

from lint.errors import LintConfigError
from lint.nearest import suggestion

ROLES: Final = ("authority", "companion", "reference")
"""`authority`: the newest in force is what is judged by. `companion`: adds the requirements that
the authority leaves open. `reference`: only by name."""
LEVELS: Final = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY")
APPLIES: Final = ("", "several-services")
_AT: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_DOCUMENT_KEYS: Final = (
    "id",
    "number",
    "title",
    "words",
    "path",
    "role",
    "alone",
    "superseded_by",
    "since",
    "version",
)
_VERSION_KEYS: Final = (
    "version",
    "in_force",
    "until",
    "superseded_by",
    "extends",
    "drop",
    "requirement",
)
_REQUIREMENT_KEYS: Final = ("id", "name", "level", "text", "rules", "applies")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRequirement:
    """One `[[version.requirement]]`. `applies` is one of `APPLIES`."""

    id: str
    name: str
    level: str
    text: str
    rules: tuple[str, ...] = ()
    applies: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenVersion:
    """One `[[version]]`. `until` is the day on which it is superseded: no longer in force."""

    version: str
    in_force: date
    until: date | None = None
    superseded_by: str = ""
    superseded_line: int = 0
    extends: str = ""
    drop: tuple[str, ...] = ()
    requirements: tuple[WrittenRequirement, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidanceFile:
    """One document. `superseded_by` and `since` speak of the document as a whole.

    `alone`: nothing is added to its requirements by other documents.
    """

    file: str
    id: str
    number: str
    title: str
    words: str
    path: str
    role: str
    alone: bool = False
    superseded_by: str = ""
    superseded_line: int = 0
    since: date | None = None
    versions: tuple[WrittenVersion, ...] = ()


def read(path: Path, rules: Collection[str] = ()) -> GuidanceFile:
    """A guidance file from the disk. Raises LintConfigError with file, line and key.

    `rules` are the names that there are; empty: not looked at.
    """
    try:
        source = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise LintConfigError(
            f"The guidance file {path} cannot be read",
            why=error.strerror or type(error).__name__,
            fix="Name a file that exists, relative to the configuration.",
            key=("lint", "guidance-files"),
        ) from error
    except UnicodeDecodeError as error:
        raise LintConfigError(
            f"The guidance file {path} is not UTF-8",
            why=f"byte {error.start} cannot be decoded",
            fix="Save it as UTF-8.",
        ) from error
    return parse(source, str(path), rules)


def parse(source: str, file: str, rules: Collection[str] = ()) -> GuidanceFile:
    """A guidance file from its text; `file` is what messages call it."""
    try:
        told = tomllib.loads(source)
    except (ValueError, RecursionError) as error:  # int() of thousands of digits is a ValueError
        reason = str(error)
        at = _AT.search(reason)
        line = (at[1] or source.rstrip("\n").count("\n") + 1) if at else 1
        raise LintConfigError(
            f"{file}:{line}: is not valid TOML: {_AT.sub('', reason)}",
            fix="docs/lint-guidance.md shows a whole file.",
        ) from error
    return _Reader(source, file, rules).document(told)


class _Reader:
    """Checks one file; knows where its keys stand."""

    def __init__(self, source: str, file: str, rules: Collection[str]) -> None:
        self._rules = rules
        self._lines = source.split("\n")
        self._file = file

    def document(self, told: Mapping[str, object]) -> GuidanceFile:
        where = _Where()
        self._keys(told, _DOCUMENT_KEYS, where)
        identity = self._text(told, "id", where, needed=True)
        if not _ID.match(identity):
            self._fail("id", f"`{identity}` is no id", "Use letters, digits, `.`, `_`, `-`.", where)
        role = self._text(told, "role", where) or "authority"
        self._one_of(role, ROLES, "role", where)
        title = self._text(told, "title", where, needed=True)
        tables = self._tables(told, "version", where)
        if not tables:
            self._fail("version", "there is no `[[version]]`", "Add at least one.", where)
        versions = tuple(self._version(one, _Where(at + 1)) for at, one in enumerate(tables))
        self._unique((one.version for one in versions), "version", where)
        superseded_by = self._text(told, "superseded_by", where)
        since = self._date(told, "since", where)
        if superseded_by and since is None:
            self._fail("superseded_by", "it is not said from when", "Add `since = …`.", where)
        first = min(one.in_force for one in versions)
        if since is not None and since < first:
            why = f"{since} is before {first}, when it came into force"
            self._fail("since", why, "Swap or correct them.", where)
        return GuidanceFile(
            file=self._file,
            id=identity,
            number=self._text(told, "number", where) or identity,
            title=title,
            words=(self._text(told, "words", where) or title).lower(),
            path=self._text(told, "path", where),
            role=role,
            alone=self._flag(told, "alone", where),
            superseded_by=superseded_by,
            superseded_line=self._line("superseded_by", where),
            since=since,
            versions=tuple(sorted(versions, key=lambda one: one.in_force)),
        )

    def _version(self, told: Mapping[str, object], where: _Where) -> WrittenVersion:
        self._keys(told, _VERSION_KEYS, where)
        in_force = self._date(told, "in_force", where)
        if in_force is None:
            self._fail("in_force", "it is missing", "Write `in_force = 2026-01-31`.", where)
        until = self._date(told, "until", where)
        if until is not None and until < in_force:
            self._fail("until", f"{until} is before {in_force}", "Swap or correct them.", where)
        superseded_by = self._text(told, "superseded_by", where)
        if superseded_by and until is None:
            self._fail("superseded_by", "it is not said from when", "Add `until = …`.", where)
        requirements = tuple(
            self._requirement(one, _Where(where.version, at + 1))
            for at, one in enumerate(self._tables(told, "requirement", where))
        )
        self._unique((one.id for one in requirements), "requirement", where)
        return WrittenVersion(
            version=self._text(told, "version", where, needed=True),
            in_force=in_force,
            until=until,
            superseded_by=superseded_by,
            superseded_line=self._line("superseded_by", where),
            extends=self._text(told, "extends", where),
            drop=self._texts(told, "drop", where),
            requirements=requirements,
            line=self._line("extends", where),
        )

    def _requirement(self, told: Mapping[str, object], where: _Where) -> WrittenRequirement:
        self._keys(told, _REQUIREMENT_KEYS, where)
        identity = self._text(told, "id", where, needed=True)
        if not _ID.match(identity):
            self._fail("id", f"`{identity}` is no id", "Write one like `R12`.", where)
        name = self._text(told, "name", where, needed=True)
        level = self._text(told, "level", where, needed=True)
        self._one_of(level, LEVELS, "level", where)
        applies = self._text(told, "applies", where)
        self._one_of(applies, APPLIES, "applies", where)
        rules = self._texts(told, "rules", where)
        for key, each in (("name", name), *(("rules", rule) for rule in rules)):
            if not _NAME.match(each):
                self._fail(
                    key, f"`{each}` is not kebab-case", "Write one like `no-compose`.", where
                )
        for rule in rules:
            if self._rules and rule not in self._rules:
                near = suggestion(rule, self._rules)
                self._fail(
                    "rules", f"there is no rule `{rule}`", near[:1].upper() + near[1:], where
                )
        return WrittenRequirement(
            id=identity,
            name=name,
            level=level,
            text=self._text(told, "text", where, needed=True),
            rules=rules,
            applies=applies,
        )

    def _keys(self, told: Mapping[str, object], known: tuple[str, ...], where: _Where) -> None:
        for key in told:
            if key not in known:
                near = get_close_matches(key, known, 1)
                fix = f"Did you mean `{near[0]}`?" if near else f"Known are: {', '.join(known)}."
                self._fail(key, "it is not known here", fix, where)

    def _tables(
        self, told: Mapping[str, object], key: str, where: _Where
    ) -> list[Mapping[str, object]]:
        value = told.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            inside = f"version.{key}" if where.version else key
            self._fail(key, "it is no array of tables", f"Write `[[{inside}]]`.", where)
        return value

    def _text(
        self, told: Mapping[str, object], key: str, where: _Where, *, needed: bool = False
    ) -> str:
        value = told.get(key, "")
        if not isinstance(value, str):
            self._fail(key, f"it is no text but {value!r}", "Put it in quotes.", where)
        if needed and not value.strip():
            self._fail(key, "it is missing or empty", f'Write `{key} = "…"`.', where)
        return value.strip()

    def _texts(self, told: Mapping[str, object], key: str, where: _Where) -> tuple[str, ...]:
        value = told.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._fail(key, "it is no list of texts", f'Write `{key} = ["…"]`.', where)
        return tuple(value)

    def _date(self, told: Mapping[str, object], key: str, where: _Where) -> date | None:
        value = told.get(key)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            self._fail(key, f"it is no date but {value!r}", f"Write `{key} = 2026-01-31`.", where)
        return value

    def _flag(self, told: Mapping[str, object], key: str, where: _Where) -> bool:
        value = told.get(key, False)
        if not isinstance(value, bool):
            self._fail(key, f"it is neither true nor false but {value!r}", "Write `true`.", where)
        return value

    def _one_of(self, value: str, known: tuple[str, ...], key: str, where: _Where) -> None:
        if value not in known:
            listed = ", ".join(f"`{one}`" for one in known if one)
            self._fail(key, f"`{value}` is not known", f"Write one of {listed}.", where)

    def _unique(self, values: Iterable[str], key: str, where: _Where) -> None:
        seen: set[str] = set()
        for value in values:
            if value in seen:
                self._fail(key, f"`{value}` stands twice", "Keep one of them.", where)
            seen.add(value)

    def _fail(self, key: str, why: str, fix: str, where: _Where) -> NoReturn:
        line = self._line(key, where)
        raise LintConfigError(
            f"{self._file}:{line}: `{where.table}{key}` is wrong", why=why, fix=fix
        )

    def _line(self, key: str, where: _Where) -> int:
        """Of the key in its table; of the table where the key is absent."""
        at = _Where()
        table = 1
        for number, line in enumerate(self._lines, 1):
            opened = re.match(r"\s*\[\[\s*version(?P<inner>\s*\.\s*requirement)?\s*\]\]", line)
            if opened:
                at = (
                    _Where(at.version, at.requirement + 1)
                    if opened["inner"]
                    else _Where(at.version + 1)
                )
                table = number if at == where else table
            elif at == where and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return number
        return table


@dataclass(frozen=True, slots=True)
class _Where:
    """Which table: the nth version (0: the document), its nth requirement (0: the version)."""

    version: int = 0
    requirement: int = 0

    @property
    def table(self) -> str:
        if not self.version:
            return ""
        inner = f".requirement[{self.requirement}]" if self.requirement else ""
        return f"version[{self.version}]{inner}."
