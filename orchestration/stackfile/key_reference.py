"""The reference of all keys, in Markdown, from the descriptions in the tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from orchestration.stackfile import values
from orchestration.stackfile.json_schema import JsonSchema

TABLES: Final = {
    "ProjectTable": "[project]",
    "EngineTable": "[engine]",
    "ImagesTable": "[images]",
    "RecipeTable": "[images.recipes.NAME]",
    "PortsTable": "[ports]",
    "ServiceTable": "[services.NAME]",
    "DataStorageTable": "[bootstrap.datastorage] and [stacks.NAME.datastorage]",
    "StackTable": "[stacks.NAME]",
    "ComponentTable": "[stacks.NAME.components.NAME]",
    "BuildTable": "build",
    "PortTable": "ports.NAME",
    "VolumeTable": "volumes",
    "EmbeddedTable": "embedded",
    "HttpGateTable": 'gate, kind = "http"',
    "TcpGateTable": 'gate, kind = "tcp"',
    "ExecGateTable": 'gate, kind = "exec"',
    "LogGateTable": 'gate, kind = "log"',
    "PostgresGateTable": 'gate, kind = "postgres"',
    "RedisGateTable": 'gate, kind = "redis"',
    "E2eTable": "[e2e.NAME]",
    "AccessTable": "access.NAME",
}
"""The definitions of the schema that have a section, in its order."""

_FROM_ENV: Final = "#/$defs/FromEnv"

_WORDS: Final = {
    values.NAME: "name",
    values.ALIAS: "alias",
    values.IMAGE: "image",
    values.VARIABLE: "variable",
    values.PACKAGE: "package",
    values.DURATION: "duration",
    values.RANGE: "range of ports",
    values.URL: "URL",
    values.URL_PATH: "path",
    values.HEADER: "header",
}


def key_reference(schema: JsonSchema) -> str:
    """One section with a table of keys for each table of the configuration."""
    return "\n".join(
        line
        for name, heading in TABLES.items()
        for line in _section(heading, schema["$defs"][name])
    )


def _section(heading: str, schema: JsonSchema) -> Iterator[str]:
    required = schema.get("required", [])
    yield f"### `{heading}`\n"
    yield f"{' '.join(schema['description'].split())}\n"
    yield "| key | value | meaning |"
    yield "|---|---|---|"
    for key, each in schema["properties"].items():
        if key == "kind" and "const" in each:
            continue
        default = each.get("default")
        shown = f" Default: `{_toml(default)}`." if default not in (None, [], "", {}) else ""
        must = " **Required.**" if key in required else ""
        meaning = f"{each.get('description', '')}{must}{shown}".strip().replace("|", "\\|")
        yield f"| `{key}` | {_kind(each)} | {meaning} |"
    yield ""


def _kind(schema: JsonSchema) -> str:
    match schema:
        case {"$ref": str(reference)}:
            heading = TABLES[reference.rpartition("/")[2]]
            return f"[{heading}](#{anchor(heading)})"
        case {"enum": list(words)}:
            return " or ".join(f"`{json.dumps(word)}`" for word in words)
        case {"anyOf": list(options)} if any(each.get("$ref") == _FROM_ENV for each in options):
            return "[text or secret](#values)"
        case {"anyOf": [{"type": "number"}, {"pattern": values.DURATION}]}:
            return "duration"
        case {"anyOf": list(options)} | {"oneOf": list(options)}:
            return " or ".join(dict.fromkeys(_kind(option) for option in options))
        case {"const": word}:
            return f"`{json.dumps(word)}`"
        case {"type": "array", "items": items}:
            return f"list of {_kind(items)}"
        case {"patternProperties": patterns}:
            ((pattern, below),) = patterns.items()
            return f"table of {_WORDS[pattern]} = {_kind(below)}"
        case {"propertyNames": {"enum": list(words)}, "additionalProperties": dict(below)}:
            return f"table of {' or '.join(words)} = {_kind(below)}"
        case {"type": "object"}:
            return "table"
        case {"type": "string", "format": str(word)}:
            return word
        case {"type": "string", "pattern": str(pattern)}:
            return _WORDS.get(pattern, "text")
        case {"type": "string"}:
            return "text"
        case {"type": "integer"}:
            return "whole number"
        case {"type": "number"}:
            return "number"
        case {"type": "boolean"}:
            return "`true` or `false`"
        case _:
            raise ValueError(f"no words for {schema}")


def anchor(heading: str) -> str:
    """The fragment that a heading gets where Markdown is shown as a page."""
    kept = "".join(each for each in heading.lower() if each.isalnum() or each in " -_")
    return kept.replace(" ", "-")


def _toml(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)
