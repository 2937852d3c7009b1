"""What a Markdown document says of itself in its head."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from lint.facts import Document
from lint.languages.markdown_blocks import Block, Prose, Table, cleaned

NUMBER: Final = re.compile(r"\b[A-Z]{2,}(?:[-_][A-Z]{2,})*[-_]\d{1,4}\b")
_VERSION: Final = re.compile(r"\bv?(?P<version>\d+\.\d+(?:\.\d+)?)\b", re.IGNORECASE)
_TELLS: Final = re.compile(
    r"^\W{0,4}(?P<bold>\*\*|__)?(?P<key>[A-Za-z][A-Za-z _-]{1,30}?)(?P<inner>:)?"
    r"(?(bold)(?:\*\*|__))(?(inner)|\s*:)\s*(?P<value>\S.*)$"
)
_OVER: Final = r"(?:deprecat\w*|superseded|obsolete|archived|withdrawn|historical|outdated)"
_BANNER: Final = re.compile(
    rf"^\W*(?:full(?:y)? |status\W* )?{_OVER}\b"
    r"|\bthis (?:document|page|guide|file|proposal|adr|decision|design|readme)\b[^.]{0,60}\b"
    rf"(?:{_OVER}|replaced|no longer|kept for|do not use|not be used)\b",
    re.IGNORECASE,
)
_NOBODY: Final = frozenset({"", "n/a", "na", "none", "-", "\u2013", "\u2014", "tbd", "nothing"})
_MOST_HEAD: Final = 12
"""Blocks that may belong to the head of a document without any second heading."""


def document(blocks: Iterable[Block], front: dict[str, str]) -> Document:
    """Title, number, version, status and successor; `front` is the front matter.

    The head ends at the first heading below the title, but a first section called Status still
    tells the status (as decision records do it).
    """
    title = front.get("title", "")
    tells = dict(front)
    section = ""
    for at, block in enumerate(blocks):
        match block:
            case Prose(level=level) if level:
                heading = cleaned(block.text)
                if not title and level == 1:
                    title = heading
                    continue
                if section or heading.lower().strip(" :") not in ("status", "document status"):
                    if _BANNER.search(heading) and len(heading.split()) <= 6:
                        tells.setdefault("banner", heading)
                    break
                section = "status"
            case Prose() if section:
                tells.setdefault("status", cleaned(block.text))
                break
            case Prose():
                _lines(block, tells)
            case Table() if len(block.header) == 2:
                for row in (block.header, *block.rows):
                    key, value = (cleaned(cell.text) for cell in row)
                    if value and len(key) <= 30:
                        tells.setdefault(key.lower(), value)
            case _:
                pass
        if at >= _MOST_HEAD and not title:
            break
    return _document(title, tells)


def front_matter(lines: list[str]) -> tuple[dict[str, str], int]:
    """The `key: value` lines between `---` at the very start, and how many lines it takes."""
    if not lines or lines[0].rstrip() != "---":
        return {}, 0
    for end in range(1, min(len(lines), 200)):
        if lines[end].rstrip() in ("---", "..."):
            break
    else:
        return {}, 0
    told = {}
    for line in lines[1:end]:
        key, colon, value = line.partition(":")
        if colon and key.strip() and not line[0].isspace() and value.strip():
            told[key.strip().lower().replace("_", " ")] = value.strip().strip("\"'")
    return told, end + 1


def _lines(block: Prose, tells: dict[str, str]) -> None:
    for line in block.text.split("\n"):
        found = _TELLS.match(line.strip())
        if found:
            tells.setdefault(found["key"].strip().lower(), cleaned(found["value"]))
        elif _BANNER.search(line) and "banner" not in tells:
            tells["banner"] = cleaned(line)


def _document(title: str, tells: dict[str, str]) -> Document:
    number = NUMBER.search(title)
    version = tells.get("version") or tells.get("document version") or ""
    found = _VERSION.search(version) or (_VERSION.search(title, number.end()) if number else None)
    status = tells.get("status") or tells.get("document status") or ""
    successor = tells.get("superseded by") or tells.get("replaced by") or ""
    if not successor and (named := re.search(r"(?:superseded|replaced) by:?\s+(.+)", status, re.I)):
        successor = named[1]
    return Document(
        title=title,
        number=(number.group().replace("_", "-") if number else tells.get("number", "")),
        version=found["version"] if found else "",
        status=status,
        superseded_by="" if successor.strip(" .").lower() in _NOBODY else successor,
        tells=tells,
    )
