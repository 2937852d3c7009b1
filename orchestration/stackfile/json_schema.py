"""The JSON Schema of the configuration, for editors and for finding the word that was meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from orchestration.stackfile.positions import Key
from orchestration.stackfile.tables import Stackfile

JsonSchema = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _TomlSchema(GenerateJsonSchema):
    """TOML has no null: what may be left out is absent, and null is no default."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchema:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchema:
        made = super().default_schema(schema)
        if made.get("default", 0) is None:
            del made["default"]
        return made

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchema:
        made = super().dict_schema(schema)
        if "patternProperties" in made:
            made["additionalProperties"] = False
        return made

    def field_title_should_be_set(self, schema: object) -> bool:
        """No: a title that repeats the key tells nobody anything."""
        del schema
        return False


def json_schema() -> JsonSchema:
    """The whole schema."""
    made = Stackfile.model_json_schema(schema_generator=_TomlSchema)
    return {"$schema": DIALECT, **made, "title": "stackwright.toml"}


def known_words(schema: JsonSchema, key: Key, kind: str | None = None) -> list[str]:
    """The keys that the table at `key` may have, and no more where `kind` narrows them."""
    reached: list[JsonSchema] = [schema]
    for part in key:
        reached = [below for each in _options(schema, reached) for below in _enter(each, part)]
    words: dict[str, None] = {}
    for each in _options(schema, reached):
        properties = each.get("properties", {})
        if kind is None or properties.get("kind", {}).get("const", kind) == kind:
            words.update(dict.fromkeys(properties))
    return list(words)


def choices(schema: JsonSchema, key: Key) -> list[str]:
    """The words that the value or the keys at `key` are chosen from; none when it is free."""
    reached: list[JsonSchema] = [schema]
    for part in key:
        reached = [below for each in _options(schema, reached) for below in _enter(each, part)]
    found: dict[str, None] = {}
    for each in _options(schema, reached):
        named = [*each.get("enum", []), *each.get("propertyNames", {}).get("enum", [])]
        found.update(dict.fromkeys([*named, *([each["const"]] if "const" in each else [])]))
    return list(found)


def _options(root: JsonSchema, schemas: Iterable[JsonSchema]) -> Iterator[JsonSchema]:
    pending = list(schemas)
    while pending:
        each = pending.pop(0)
        yield each
        pending.extend([*each.get("anyOf", []), *each.get("oneOf", [])])
        if "$ref" in each:
            pending.append(root["$defs"][each["$ref"].rpartition("/")[2]])


def _enter(schema: JsonSchema, part: str | int) -> Iterator[JsonSchema]:
    if isinstance(part, int):
        if "items" in schema:
            yield schema["items"]
        return
    if part in schema.get("properties", {}):
        yield schema["properties"][part]
        return
    yield from schema.get("patternProperties", {}).values()
    if isinstance(schema.get("additionalProperties"), dict):
        yield schema["additionalProperties"]
