"""Repositories that stand in one text file each: `before.txt`, `after.txt`, `clean.txt`.

`=== path` opens a file; what stands before the first one is for readers. A line that must be
reported ends with ` ◄ rule, rule:severity`; without a severity, the rule's own is meant. Sections
in brackets hold what else is expected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lint.rules.table import RULES

BUNDLES: Final = Path(__file__).parent
_MARK: Final = re.compile(r"[ \t]*◄ (?P<rules>[a-z0-9:, -]+)$")
_SIGNS: Final = {"+": "pass", "-": "fail", ".": "not-applicable", "?": "unknown", "x": "exempt"}
_SEVERITY: Final = {rule.name: str(rule.severity) for rule in RULES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """`findings` are `path:line rule severity`; `verdicts` service → its row as words."""

    files: dict[str, str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    verdicts: dict[str, list[str]] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)


def read(name: str, folder: Path = BUNDLES) -> Bundle:
    """The bundle of that name, its marks taken off."""
    made = Bundle()
    text = (folder / f"{name}.txt").read_text(encoding="utf-8")
    for part in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        path, _, content = part.partition("\n")
        content = content.strip("\n") + "\n" if content.strip() else ""
        if path.startswith("["):
            made.sections[path.strip("[]")] = content
            continue
        lines = []
        for number, line in enumerate(content.splitlines(), start=1):
            if mark := _MARK.search(line):
                made.findings.extend(
                    f"{path}:{number} {one}" for one in map(_weighed, mark["rules"].split(","))
                )
            lines.append(_MARK.sub("", line))
        made.files[path] = "\n".join(lines) + "\n" if lines else ""
    made.verdicts.update(_matrix(made.sections.get("verdicts", "")))
    return made


def _weighed(mark: str) -> str:
    rule, _, severity = mark.strip().partition(":")
    return f"{rule} {severity or _SEVERITY[rule]}"


def _matrix(table: str) -> dict[str, list[str]]:
    rows = [line.split() for line in table.splitlines() if line.strip()]
    if not rows:
        return {}
    (_, _, *requirements), *services = rows
    return {
        name: [
            verdict,
            *(f"{one} {_SIGNS[sign]}" for one, sign in zip(requirements, signs, strict=True)),
        ]
        for name, verdict, *signs in services
    }
