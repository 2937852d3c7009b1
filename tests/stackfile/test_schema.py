"""What is generated from the tables is committed, and says what the tables say."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from orchestration.gates import GATES
from orchestration.images import RECIPES
from orchestration.stackfile import load
from orchestration.stackfile.gate_tables import GATE_KINDS
from orchestration.stackfile.json_schema import json_schema
from orchestration.stackfile.key_reference import TABLES, anchor
from orchestration.stackfile.schema import (
    COMMAND,
    DOCUMENT,
    ROOT,
    SCHEMA_FILE,
    document_text,
    schema_text,
)
from orchestration.stackfile.tables import RecipeName
from tests.stackfile.configured import mistake
from tests.stackfile.mistakes_of_form import OF_FORM

SCHEMA = json_schema()
UNSAID = {
    "a date where text belongs",
    "a bind address that is none",
    "a gate's pattern that does not compile",
    "a range of ports the wrong way round",
    "a volume with options of its own",
}
"""Mistakes of form that JSON Schema has no words for."""
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
CONFIGURATIONS = sorted(
    [
        *ROOT.glob("examples/**/stackwright.toml"),
        *ROOT.glob("tests/data/**/*.toml"),
    ]
)


def test_the_schema_is_the_committed_one() -> None:
    assert SCHEMA_FILE.read_text("utf-8") == schema_text(), f"run: {COMMAND}"


def test_the_keys_in_the_documentation_are_the_committed_ones() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert text == document_text(text), f"run: {COMMAND}"


def test_a_document_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"configuration\.md lacks the lines"):
        document_text("# keys\n")


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", CONFIGURATIONS, ids=lambda file: file.name)
def test_the_schema_accepts_what_is_loaded(file: Path) -> None:
    VALIDATOR.validate(tomllib.loads(file.read_text("utf-8")))
    assert load(file).root == file.parent


@pytest.mark.parametrize("case", sorted(set(OF_FORM) - UNSAID))
def test_the_schema_refuses_mistakes_of_form(case: str, tmp_path: Path) -> None:
    text, _ = OF_FORM[case]
    assert mistake(tmp_path, text)
    assert not VALIDATOR.is_valid(tomllib.loads(text))


def keys(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, table in {"the file": schema, **schema["$defs"]}.items():
        for key, value in table.get("properties", {}).items():
            yield name, key, value


def test_every_key_has_a_description() -> None:
    silent = [
        f"{table}.{key}"
        for table, key, value in keys(SCHEMA)
        if not value.get("description") and key != "kind" and "$ref" not in value
    ]
    assert silent == []


def test_no_key_may_be_null() -> None:
    assert '"null"' not in json.dumps(SCHEMA)


def test_every_table_has_a_section_or_is_explained_among_the_values() -> None:
    explained = {"BootstrapTable", "FromEnv", "FromFile"}
    assert set(SCHEMA["$defs"]) == set(TABLES) | explained


def test_every_link_within_the_documentation_leads_somewhere() -> None:
    text = DOCUMENT.read_text("utf-8")
    headings = {
        anchor(line.lstrip("# ").replace("`", ""))
        for line in text.splitlines()
        if line.startswith("#")
    }
    wanted = {part.partition(")")[0] for part in text.split("](#")[1:]}
    assert wanted - headings == set()


def blocks(text: str) -> list[str]:
    return [part.partition("```")[0] for part in text.split("```toml\n")[1:]]


@pytest.mark.parametrize("block", blocks(DOCUMENT.read_text("utf-8")))
def test_every_example_in_the_documentation_is_accepted(block: str) -> None:
    for text in _alone(block):
        data = tomllib.loads(text)
        table = data.get("tool", {}).get("stackwright")
        if table is None:
            VALIDATOR.validate(data)
        else:
            assert set(table) == {"config"}


def _alone(block: str) -> list[str]:
    """A block as files: fragments of a component get one around them, alternatives one each."""
    if "\n[" in f"\n{block}" and not block.startswith("volumes"):
        return [block]
    head = '[stacks.shop.components.web]\nimage = "web:1"\n'
    if block.count("\ngate") or block.count("\nembedded"):
        return [f"{head}{line}\n" for line in block.splitlines()]
    return [head + block]


def test_the_kinds_of_gates_and_recipes_are_those_there_are() -> None:
    assert sorted(GATE_KINDS) == sorted(GATES)
    assert sorted(get_args(RecipeName)) == sorted(RECIPES)


def test_the_message_in_the_documentation_is_the_one_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = DOCUMENT.read_text("utf-8")
    broken = blocks(text)[0].replace('build = { context = "web" }', 'imgae = "web:1"')
    shown = text.partition("```\nstackwright.toml has")[2].partition("```")[0]
    told = mistake(tmp_path, broken.replace("${cache.url}", "${cahce.url}"))
    assert told == f"stackwright.toml has{shown}".rstrip()
