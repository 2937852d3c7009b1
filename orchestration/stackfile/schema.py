"""Writes what is generated from the tables: the JSON Schema, and the keys in the documentation.

`python -m orchestration.stackfile.schema`, in a checkout.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from orchestration.stackfile.json_schema import json_schema
from orchestration.stackfile.key_reference import key_reference

COMMAND: Final = "python -m orchestration.stackfile.schema"
ROOT: Final = Path(__file__).parents[2]
SCHEMA_FILE: Final = ROOT / "orchestration" / "stackwright.schema.json"
DOCUMENT: Final = ROOT / "docs" / "configuration.md"
BEGIN: Final = f"<!-- keys: written by `{COMMAND}` -->\n"
END: Final = "<!-- end of keys -->\n"


def schema_text() -> str:
    """What `stackwright.schema.json` must hold."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def document_text(current: str) -> str:
    """What the documentation must be, given what it is: all but the keys stays.

    Raises ValueError when the marks around the keys are not there.
    """
    before, begin, rest = current.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT.name} lacks the lines {BEGIN!r} and {END!r}")
    return f"{before}{begin}\n{key_reference(json_schema())}\n{end}{after}"


def write() -> tuple[Path, ...]:
    """Bring both files up to date; those that were not."""
    wanted = {SCHEMA_FILE: schema_text(), DOCUMENT: document_text(DOCUMENT.read_text("utf-8"))}
    changed: list[Path] = []
    for file, text in wanted.items():
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            changed.append(file)
    return tuple(changed)


if __name__ == "__main__":
    for file in write():
        print(f"wrote {file.relative_to(ROOT)}")
