"""Which documents of a repository still speak for today."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from lint.facts import Document
from lint.globs import matches
from lint.guidance.guidance import KnownDocument
from lint.project import Project

_ASIDE: Final = re.compile(
    r"archive[ds]?|attic|deprecated|obsolete|old|legacy|history|historical|superseded|graveyard"
    r"|retired"
)
_RECORDS: Final = re.compile(
    r"hand-?offs?|post-?mortems?|retrospectives?|incidents?|minutes|meetings?|meeting-notes"
    r"|sessions?|session-notes|triage|worklogs?|journal|change(?:log)?s?|changelog\.d"
    r"|release-notes|releases|status-reports|progress"
)
_RECORD_NAME: Final = re.compile(
    r"^(?:change-?_?log|changes|history|news|release[-_ ]?notes|releases?)\b"
    r"|(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d"
    r"|(?:^|[^a-z])(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*[-_. ]?\d{1,2}"
    r"[-_., ]+(?:19|20)\d\d"
    r"|(?:^|[-_ ])(?:handoff|post-?mortem|retrospective|triage)(?:[-_ .]|$)",
    re.IGNORECASE,
)
_OVER: Final = re.compile(
    r"\b(?:deprecat\w*|supersed\w*|obsolete|archived?|withdrawn|retired|historic\w*|rejected"
    r"|replaced|outdated|do not use)\b",
    re.IGNORECASE,
)
_OVER_TITLE: Final = re.compile(r"\b(?:deprecated|superseded|obsolete|archived)\b", re.IGNORECASE)
_UNDECIDED: Final = re.compile(r"\b(?:draft|propos(?:al|ed)|rfc|wip|idea)\b", re.IGNORECASE)
_WORD: Final = re.compile(r"[a-z0-9]+")


class Standing(StrEnum):
    """LIVING: it speaks for today. RECORD: it tells of one day, or proposes. SUPERSEDED: it says
    itself, its folder says, or the guidance says that it is over."""

    LIVING = "living"
    RECORD = "record"
    SUPERSEDED = "superseded"


def standing(project: Project, path: str) -> Standing:
    """The standing of a Markdown file; LIVING for a file that is none."""
    facts = project.files.get(path)
    if facts is None or facts.document is None:
        return Standing.LIVING
    document = facts.document
    *folders, name = path.lower().split("/")
    if _says_over(document) or _lies_in(_ASIDE, folders) or _known_over(project, path):
        return Standing.SUPERSEDED
    if _lies_in(_RECORDS, folders) or _RECORD_NAME.search(name):
        return Standing.RECORD
    if _UNDECIDED.search(document.status) and not _OVER.search(document.status):
        return Standing.RECORD
    return Standing.LIVING


def is_of(path: str, document: Document, known: KnownDocument) -> bool:
    """Whether a file is that document: by its path, else by number and most words of its title."""
    if known.path and matches(path, known.path):
        return True
    if not document.number or document.number != known.number:
        return False
    title = _WORD.findall(document.title.lower().replace(document.number.lower(), ""))
    words = set(known.title.split())
    return bool(title) and sum(word in words for word in title) * 2 > len(title)


def _lies_in(named: re.Pattern[str], folders: list[str]) -> bool:
    return any(named.fullmatch(folder) for folder in folders)


def _says_over(document: Document) -> bool:
    if document.superseded_by or document.tells.get("banner"):
        return True
    status = document.status
    return bool(_OVER_TITLE.search(document.title)) or (
        bool(_OVER.search(status)) and not re.search(r"\bsupersedes\b", status, re.IGNORECASE)
    )


def _known_over(project: Project, path: str) -> bool:
    facts = project.files[path]
    return facts.document is not None and any(
        known.superseded_by and not known.version and is_of(path, facts.document, known)
        for known in project.guidance.documents
    )
