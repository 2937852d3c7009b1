"""What pydantic found wrong, in the words of a configuration's author."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from orchestration.nearest import suggest
from orchestration.stackfile.json_schema import JsonSchema, choices, known_words
from orchestration.stackfile.mistakes import Mistake
from orchestration.stackfile.positions import Key
from orchestration.stackfile.table import MISTAKE
from orchestration.stackfile.values import PATTERNS

_ON_KEY: Final = "[key]"
_GATE_DEPTH: Final = len(("stacks", "STACK", "components", "COMPONENT", "gate"))

_EXPECTED: Final = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number that is finite",
    "bool_type": "true or false",
    "list_type": "a list: [ … ]",
    "dict_type": "a table: { … }",
    "model_type": "a table: { … }",
    "model_attributes_type": "a table: { … }",
}


def word(error: ErrorDetails, data: Mapping[str, Any], schema: JsonSchema) -> Mistake:
    """One error of pydantic as a mistake. `data`: what was validated."""
    key, kind = _clean(error["loc"])
    context = error.get("ctx", {})
    match error["type"]:
        case type_ if type_ == MISTAKE:
            return Mistake(key=key, what=context["what"], fix=context["fix"])
        case "extra_forbidden":
            words = known_words(schema, key[:-1], kind)
            return Mistake(
                key=key, what="there is no such key here", fix=suggest(str(key[-1]), words)
            )
        case "missing":
            return Mistake(
                key=key, what="is missing", fix=_example(key, known_words(schema, key[:-1], kind))
            )
        case "union_tag_not_found":
            return Mistake(
                key=key,
                what="does not say which `kind` of gate it is",
                fix='write, for example, { kind = "http", port = "http", path = "/health" }',
            )
        case "union_tag_invalid":
            tags = [each.strip(" '") for each in str(context["expected_tags"]).split(",")]
            return Mistake(
                key=(*key, "kind"),
                what=f"there is no kind of gate {_shown(context['tag'])}",
                fix=suggest(str(context["tag"]), tags),
            )
        case "literal_error" | "enum":
            given = key[-1] if error["loc"][-1] == _ON_KEY else _value(data, key)
            return Mistake(
                key=key,
                what=f"{_shown(given)} is not one of the words that may stand here",
                fix=suggest(str(given), choices(schema, _choosing(error["loc"], key))),
            )
        case "string_pattern_mismatch":
            meaning = PATTERNS.get(str(context["pattern"]), "")
            return Mistake(key=key, what="is not well formed", why=meaning)
        case "string_too_short" | "too_short":
            return Mistake(key=key, what="must not be empty")
        case "greater_than_equal" | "greater_than" | "less_than_equal" | "less_than":
            word_ = "at least" if "ge" in context or "gt" in context else "at most"
            limit = next(iter(context.values()))
            return Mistake(key=key, what=f"must be {word_} {limit:g}")
        case type_ if type_ in _EXPECTED:
            found = _described(_value(data, key))
            return Mistake(key=key, what=f"must be {_EXPECTED[type_]}, and is {found}")
        case _:
            return Mistake(key=key, what=error["msg"])


def clean_key(location: tuple[int | str, ...]) -> Key:
    """Where in the file an error of pydantic is."""
    return _clean(location)[0]


def _clean(location: tuple[int | str, ...]) -> tuple[Key, str | None]:
    """The key without pydantic's own marks, and the kind of the gate it is in."""
    key = location[:-1] if location[-1:] == (_ON_KEY,) else location
    inside_gate = len(key) > _GATE_DEPTH and (key[0], key[2], key[4]) == (
        "stacks",
        "components",
        "gate",
    )
    if inside_gate:
        return (*key[:_GATE_DEPTH], *key[_GATE_DEPTH + 1 :]), str(key[_GATE_DEPTH])
    return key, None


def _choosing(location: tuple[int | str, ...], key: Key) -> Key:
    return key[:-1] if location[-1] == _ON_KEY else key


def _value(data: Mapping[str, Any], key: Key) -> object:
    here: Any = data
    for part in key:
        match here, part:
            case dict(), str() if part in here:
                here = here[part]
            case list(), int() if part < len(here):
                here = here[part]
            case _:
                return here
    return here


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return f"`{text[:40]}…`" if len(text) > 40 else f"`{text}`"


def _described(value: object) -> str:
    match value:
        case bool():
            return "a boolean"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"


def _example(key: Key, words: list[str]) -> str:
    examples = {
        "path": 'write, for example, path = "/health"',
        "command": 'write, for example, command = ["pg_isready", "-h", "127.0.0.1"]',
        "pattern": 'write, for example, pattern = "ready to accept"',
        "container": "write the port that the component listens on: container = 8080",
        "manifests": 'write what to deploy: manifests = ["deploy"]',
        "service": 'write the name of a Service of the manifests: service = "gateway"',
        "port": "write the number of the Service's port: port = 8080",
        "context": 'write the directory to build from: context = "."',
    }
    return examples.get(str(key[-1]), f"this table has {', '.join(words)}" if words else "")
