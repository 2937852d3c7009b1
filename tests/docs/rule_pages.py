"""A page for each rule, from the rules: `python -m tests.docs.rule_pages` writes them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from lint.guidance.catalogue import load
from lint.outputs.rule_page import rule_index, rule_page
from lint.rules.table import RULES

DIRECTORY: Final = Path(__file__).parents[2] / "docs" / "rules"
INDEX: Final = "README.md"


def pages() -> dict[str, str]:
    """File name → text, for all files of the directory."""
    requirements = load().current(date.max).requirements
    return {
        INDEX: rule_index(RULES, requirements),
        **{f"{rule.name}.md": rule_page(rule, requirements) for rule in RULES},
    }


if __name__ == "__main__":
    DIRECTORY.mkdir(exist_ok=True)
    written = pages()
    for path in DIRECTORY.glob("*.md"):
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")
    print(f"wrote {len(written)} pages to docs/rules/")
