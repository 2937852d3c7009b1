"""The `[lint]` table of a configuration, and what else of the same file the linter reads.

Every mistake is a LintConfigError that says file, line, column, key, what is wrong and how to mend
it. All of them are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    AliasGenerator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from lint.config_file import ConfigFile, Mistake
from lint.languages.toml_keys import Key
from lint.loose_tables import from_root, loose_config, path_from_root, shared_mistakes
from lint.model import Place, Severity, Tier
from lint.nearest import suggestion
from lint.settings import Exemption, LintConfig

_TABLE: Final = "lint"
_CODE: Final = re.compile(r"SW\d+\Z", re.IGNORECASE)


def _date(value: object) -> object:
    """A date of TOML, or one in quotes; none with a time."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("no_day", "no day") from None
    if isinstance(value, datetime):
        raise PydanticCustomError("date_type", "a date without a time")
    return value


Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00]+$")
]
Day = Annotated[date, BeforeValidator(_date)]


class Table(BaseModel):
    """A table whose keys are all known, and written with hyphens."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=AliasGenerator(alias=lambda name: name.replace("_", "-")),
    )


class ExemptionTable(Table):
    """`[[lint.exemptions]]`: a rule or requirement that somebody answers for until a day."""

    rule: Words | None = Field(default=None, description="The rule that is not to count.")
    requirement: Words | None = Field(
        default=None, description="Or the requirement. One of the two."
    )
    service: Words | None = Field(default=None, description="Only for this service.")
    paths: list[Words] = Field(default_factory=list, description="Only for files of these globs.")
    owner: Words = Field(description="Who answers for it.")
    reason: Words = Field(description="Why it is right for now.")
    until: Day = Field(description="The last day on which it counts.")


class LintTable(Table):
    """`[lint]`: what is judged, by which guidance, and what is let pass."""

    select: list[Words] = Field(
        default_factory=list, description="Rules, codes or requirements to report; all if left out."
    )
    ignore: list[Words] = Field(
        default_factory=list, description="Rules, codes or requirements not to report."
    )
    fail_on: Literal["error", "warning", "note"] = Field(
        default="error", description="The least severity of a finding that makes the exit code 1."
    )
    exclude: list[Words] = Field(
        default_factory=list, description="Globs of files that are not read."
    )
    guidance: Words | None = Field(
        default=None, description="The guidance to judge by: `DD-INTEGRATION-001@2.0`."
    )
    as_of: Day | None = Field(
        default=None, description="Judge by the guidance that was in force on this day."
    )
    guidance_files: list[Words] = Field(
        default_factory=list, description="Guidance files of your own."
    )
    baseline: Words | None = Field(
        default=None, description="The file of known findings that do not count."
    )
    exemptions: list[ExemptionTable] = Field(
        default_factory=list, description="What is let pass, by whom, why and until when."
    )
    tiers: dict[Words, Literal["integration", "e2e", "other"]] = Field(
        default_factory=dict,
        description="Path globs to the tier of the tests there; the first that matches decides.",
    )


def load_config(config: ConfigFile, root: Path, rules: Collection[str] = ()) -> LintConfig:
    """All of it, paths and globs made relative to `root`.

    `rules`: the names and codes that exist, so that a misspelt one is told; none: not looked at.
    Raises LintConfigError.
    """
    loose = loose_config(config, root)
    mistakes = list(shared_mistakes(config, loose.base))
    written = config.data.get(_TABLE, {})
    if not isinstance(written, dict):
        mistakes.append(Mistake(key=(_TABLE,), what="must be a table", fix="write [lint]"))
        raise config.error(mistakes)
    try:
        table = LintTable.model_validate(written)
    except ValidationError as error:
        mistakes += [_worded(each) for each in error.errors(include_url=False)]
        raise config.error(mistakes) from None
    mistakes += [*_sense(table, rules), *_outside(table, loose.base)]
    if mistakes:
        raise config.error(mistakes)
    return _config(table, config, loose.config, loose.base)


def _config(table: LintTable, config: ConfigFile, loose: LintConfig, base: str) -> LintConfig:
    return LintConfig(
        file=loose.file,
        select=tuple(table.select),
        ignore=tuple(table.ignore),
        fail_on=Severity(table.fail_on),
        exclude=tuple(from_root(each, base) for each in table.exclude),
        guidance=table.guidance or "",
        as_of=table.as_of,
        guidance_files=tuple(path_from_root(each, base) for each in table.guidance_files),
        baseline=path_from_root(table.baseline, base) if table.baseline else "",
        exemptions=tuple(_exemptions(table, config, loose.file, base)),
        tiers={from_root(glob, base): Tier(tier) for glob, tier in table.tiers.items()},
        services=loose.services,
        ports=loose.ports,
    )


def _exemptions(table: LintTable, config: ConfigFile, file: str, base: str) -> Iterator[Exemption]:
    if not table.exemptions:
        return
    keys = config.keys()
    for number, each in enumerate(table.exemptions):
        line, column = keys.place((*config.prefix, _TABLE, "exemptions", number))
        yield Exemption(
            rule=each.rule or "",
            requirement=each.requirement or "",
            service=each.service or "",
            paths=tuple(from_root(path, base) for path in each.paths),
            owner=each.owner,
            reason=each.reason,
            until=each.until,
            at=Place(file, max(line, 1), max(column, 1)),
        )


def _sense(table: LintTable, rules: Collection[str]) -> Iterator[Mistake]:
    """What no schema says: words that must exist, and keys that go together."""
    for key, words in (("select", table.select), ("ignore", table.ignore)):
        for number, word in enumerate(words):
            if _unknown(word, rules):
                yield _no_rule((_TABLE, key, number), word, rules)
    for number, each in enumerate(table.exemptions):
        at: Key = (_TABLE, "exemptions", number)
        if (each.rule is None) == (each.requirement is None):
            both = "names both a rule and a requirement" if each.rule else "names no rule"
            fix = 'write either rule = "compose-invocation" or requirement = "R2"'
            yield Mistake(key=at, what=both, fix=fix)
        if each.rule and rules and each.rule not in rules:
            yield _no_rule((*at, "rule"), each.rule, rules)


def _unknown(word: str, rules: Collection[str]) -> bool:
    """A code that no rule has. Names may be those of requirements, which the guidance knows."""
    if not rules or not _CODE.match(word):
        return False
    return not any(each.startswith(word.upper()) for each in rules)


def _no_rule(key: Key, word: str, rules: Collection[str]) -> Mistake:
    return Mistake(key=key, what=f"there is no rule `{word}`", fix=suggestion(word, rules))


def _outside(table: LintTable, base: str) -> Iterator[Mistake]:
    """Paths that leave the repository."""
    written: list[tuple[Key, str]] = [
        *((("exclude", at), each) for at, each in enumerate(table.exclude)),
        *((("guidance-files", at), each) for at, each in enumerate(table.guidance_files)),
        *((("tiers", each), each) for each in table.tiers),
        *(((("baseline",), table.baseline),) if table.baseline else ()),
        *(
            (("exemptions", number, "paths", at), path)
            for number, each in enumerate(table.exemptions)
            for at, path in enumerate(each.paths)
        ),
    ]
    for key, path in written:
        if path_from_root(path, base).partition("/")[0] == "..":
            yield Mistake(
                key=(_TABLE, *key),
                what=f"`{path}` is outside of the repository",
                fix="write a path inside of it, relative to the configuration",
            )


_EXPECTED: Final = {
    "string_type": "text in quotes",
    "list_type": "a list: [ … ]",
    "dict_type": "a table",
    "model_type": "a table",
    "date_type": "a date: 2026-01-31",
    "date_from_datetime_inexact": "a date: 2026-01-31",
}
_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (bool, "a boolean"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "a table"),
)


def _worded(error: ErrorDetails) -> Mistake:
    """One error of pydantic in the words of a configuration's author."""
    path = error["loc"]
    at_key = path[-1:] == ("[key]",)
    path = path[:-1] if at_key else path
    key: Key = (_TABLE, *path)
    match error["type"]:
        case "extra_forbidden":
            return Mistake(
                key=key,
                what="there is no such key here",
                fix=suggestion(str(path[-1]), _keys(path[:-1])),
            )
        case "missing":
            return Mistake(key=key, what="is missing", fix=_EXAMPLES.get(str(path[-1]), ""))
        case "literal_error":
            words = [each.strip("' ") for each in _context(error, "expected").split(" or ")]
            words = [each.strip("' ") for word in words for each in word.split(",")]
            given = str(error["input"])
            return Mistake(
                key=key, what=f"there is no `{given[:40]}` here", fix=suggestion(given, words)
            )
        case "no_day":
            given = str(error["input"])[:40]
            return Mistake(
                key=key, what=f"there is no day `{given}`", fix="write it like 2026-01-31"
            )
        case "string_too_short":
            return Mistake(key=key, what="must not be empty")
        case "string_pattern_mismatch":
            return Mistake(key=key, what="holds a NUL character", fix="remove it")
        case kind if kind in _EXPECTED or kind.startswith("date"):
            expected = _EXPECTED.get(kind, _EXPECTED["date_type"])
            return Mistake(key=key, what=f"must be {expected}, and is {_kind(error['input'])}")
        case _:
            return Mistake(key=key, what=error["msg"])


_EXAMPLES: Final = {
    "owner": 'write who answers for it: owner = "team-gateway"',
    "reason": 'write why it is right for now: reason = "moves with the v2 suite"',
    "until": "write the last day on which it counts: until = 2027-06-30",
}


def _keys(path: tuple[str | int, ...]) -> list[str]:
    model = ExemptionTable if path[:1] == ("exemptions",) else LintTable
    return [field.alias or name for name, field in model.model_fields.items()]


def _context(error: ErrorDetails, name: str) -> str:
    return str(error.get("ctx", {}).get(name, ""))


def _kind(value: object) -> str:
    return next((said for kind, said in _KINDS if isinstance(value, kind)), "a date or time")
