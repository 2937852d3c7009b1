"""What a claim is about: the whole guidance, the way containers are started, one requirement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lint.facts import Claim
from lint.guidance.guidance import Guidance
from lint.spelling import spelled

_MECHANISM: Final = ("R1", "R2", "R3")
"""Migrated means: the suite starts its containers by code, without compose and scripts."""
_ELSEWHERE: Final = re.compile(
    r"\be2e\b|end[- ]to[- ]end|\bphase \d|parallel deployment|coverage|\bunit[- ]tests?\b"
    r"|(?:database|schema|db|sql|data) migrations?|migrations? (?:applied|run|script|file)"
    r"|\bgoose\b",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(
    r"\b(?:openapi|crds?|rbac|logging|metrics|production|helm|readme|documentation|docs)\b",
    re.IGNORECASE,
)
_GOALS: Final = re.compile(
    r"\b(?:success|acceptance) criteria|\bgoals?\b|\bobjectives?\b|definition of done|\bbenefits\b"
    r"|target state",
    re.IGNORECASE,
)
_TIER: Final = re.compile(r"\bintegration[- ](?:tests?|tier|suites?|infra\w*)", re.IGNORECASE)
_REQUIREMENTS: Final = (
    ("R2", r"compose"),
    ("R3", r"shell|bash|scripts?\b"),
    ("R4", r"\btags?\b|image tag|:latest"),
    ("R5", r"local(?:ly)? buil|pulled|registry"),
    ("R6", r"sequential|start(?:up)? order|\border\b"),
    ("R7", r"health|readiness|\bwaits?\b|\bgates?\b"),
    ("R8", r"\bports?\b"),
    ("R9", r"shared (?:util|helper|infra|bootstrap)|duplicat|reuse"),
    ("R10", r"clean-?\s?up|teardown|leftover"),
    ("R11", r"\bskip"),
    ("R1", r"programmatic"),
)
_NAMED: Final = tuple((one, re.compile(words, re.IGNORECASE)) for one, words in _REQUIREMENTS)
_ID: Final = re.compile(r"\b(?P<id>[RS]\d{1,2})\b")
_COMPLIANCE: Final = re.compile(r"complian|conform|violat|\bguidance\b", re.IGNORECASE)
_MIGRATION: Final = re.compile(
    r"\bmigrat(?:ed|ing)\b|\bmigration (?:status|progress|state|table|matrix|tracker|overview|of)"
    r"|\bservice migration|\bmigration$|programmatic|podman"
    r"|container (?:orchestration|setup|set-up)"
    r"|infrastructure (?:setup|set-up|status|migration)|test infrastructure|sequential startup",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The requirements that a claim speaks of; none: the verdict over all of them."""

    requirements: tuple[str, ...] = ()
    single: bool = False
    """One requirement is named, in a column of its own or by its id."""


def topic_of(claim: Claim, title: str, row: str, guidance: Guidance) -> Topic | None:
    """What a claim speaks of, None: nothing that the guidance asks of the integration tier.

    Looked for in its own words and the head of its column, then in the headings from the nearest
    to the title, then in the rest of its row.
    """
    headings = claim.heading[::-1]
    own = " ".join((claim.subject, claim.text, *headings[:1]))
    near = " ".join((own, *(one for one in headings[1:] if one != title)))
    if _ELSEWHERE.search(near) or _OTHER.search(own):
        return None
    if _of_all(claim) and any(_GOALS.search(one) for one in headings):
        return None
    if _ELSEWHERE.search(title) and not _TIER.search(near):
        return None
    if single := _single(claim, guidance):
        return Topic(requirements=(single,), single=True)
    for text in (own, *headings, title):
        if topic := _general(text, guidance):
            return topic
    return _general(row, guidance)


def _of_all(claim: Claim) -> bool:
    """Of all services: below a heading of goals that is what is wanted, and not yet told of."""
    return claim.total >= 0 or spelled(claim.subject) in ("allservices", "everyservice")


def _single(claim: Claim, guidance: Guidance) -> str:
    """The requirement that a cell's column names, or a claim by its id."""
    column = claim.heading[-1] if claim.heading else ""
    for text in (column, claim.text):
        found = _ID.search(text)
        if found and found["id"] in guidance.requirements:
            return found["id"]
    in_table = spelled(claim.subject) not in spelled(claim.text)
    if not in_table or (_MIGRATION.search(column) and "compose" not in column.lower()):
        return ""
    named = [one for one, words in _NAMED if words.search(column)]
    known = [one for one in named if one in guidance.requirements]
    return known[0] if len(known) == 1 else ""


def _general(text: str, guidance: Guidance) -> Topic | None:
    numbers = {guidance.id, *(one.number for one in guidance.documents)}
    mechanism = tuple(one for one in _MECHANISM if one in guidance.requirements)
    if _MIGRATION.search(text) or "compose" in text.lower():
        return Topic(requirements=mechanism)
    if _COMPLIANCE.search(text) or any(one in text for one in numbers):
        return Topic()
    return None
