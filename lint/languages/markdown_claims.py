"""The claims of a document: which status it gives to what it names.

Any name may be a service: whether it is one, and whether the claim is about the guidance, is for
`lint/claims.py` to say. Here a claim needs a name and a status that stand in the form of one: a
table with a column for each, a marked list item or heading, `X is migrated`, `7/8 migrated`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lint.facts import Claim
from lint.languages.markdown_blocks import Block, Cell, Prose, Table, cleaned
from lint.languages.markdown_status import (
    SIGN,
    bare_status,
    sign_status,
    status_of,
    word_status,
)
from lint.program import Span

_SUBJECT_HEAD: Final = re.compile(
    r"\b(service|component|microservice|application|app|suite|package|module|controller|team"
    r"|project|name|consumer|owner)s?\b",
    re.IGNORECASE,
)
_STATUS_HEAD: Final = re.compile(
    r"\b(status|state|complian\w*|migrated|migration|progress|verdict|done)\b(?!.*\b(date|effort"
    r"|time|notes?|path|file|guide|doc\w*|owner)\b)",
    re.IGNORECASE,
)
_COUNT: Final = re.compile(
    r"(?<![\w/.:-])(?<!phase )(?<!step )(?<!part )"
    r"(?P<done>\d{1,3})\s*(?:/|\bof\b|\bout of\b)\s*(?:the |all )?(?P<total>\d{1,3})"
    r"(?![\w/.:-])",
    re.IGNORECASE,
)
_ALL: Final = re.compile(
    r"\ball (?P<total>\d{1,3})\s+(?:[\w-]+\s+){0,3}?(?:services|teams|suites)\b", re.IGNORECASE
)
_EVERY: Final = re.compile(r"\b(?P<all>all|every)(?: of the| the)? services?\b", re.IGNORECASE)
_COUNTED: Final = re.compile(
    r"\b(services?|teams?|suites?|migrated|complian\w+|complete[d]?)\b", re.IGNORECASE
)
_SENTENCE: Final = re.compile(
    r"(?:^|(?<=[.!?]\s)|(?<=\n))\W{0,4}(?P<subject>[A-Z][\w-]*(?: [A-Z][\w-]*){0,3})"
    r"(?: \([^)\n]{1,20}\))?(?: service)? "
    r"(?P<verb>is|was|has been|have been|are|were|isn't|hasn't been)(?P<rest> [^.\n]{3,80})"
)
_ITEM: Final = re.compile(
    r"(?P<subject>[^:\n]{2,120}?)\s*(?::|\s[-\u2013\u2014]|\u2192|=)\s+(?P<rest>\S.*)", re.DOTALL
)
_MIGRATES: Final = re.compile(r"\b(migrat\w+|convert\w*|complian\w+|adopt\w*|implement\w*)\b", re.I)
_DEMANDS: Final = re.compile(r"\b(must|should|shall|will|need|can)\b", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"\s*(?:,|;|\band\b|&)\s*")
_NAME: Final = re.compile(r"\w[\w.-]*(?: \w[\w.-]*){0,3}(?: \([^()]{1,40}\))?")
_PROPER: Final = re.compile(r"(?=\w*[a-z0-9-][A-Z]|[A-Z]{2})[\w-]+\b")
_ORDERS: Final = re.compile(
    r"(add|use|update|move|run|create|verify|confirm|document|import|replace|copy|adjust|remove"
    r"|delete|implement|fix|test|write|check|ensure|no|all|the|any|same)\b",
    re.IGNORECASE,
)
_OPENING: Final = 14
"""Characters after a name in which its status must begin."""
_LONGEST: Final = 300
_MOST_NAMES: Final = 6
"""Words that a list item may have to be a mere name under a heading that tells the status."""


def claims(found: Block) -> Iterator[Claim]:
    """The claims of one block."""
    match found:
        case Table():
            yield from _of_table(found)
        case Prose(item=True):
            yield from _of_item(found)
        case Prose():
            yield from _of_heading(found) if found.level else ()
            yield from _of_sentences(found)
        case _:
            return


def _of_table(table: Table) -> Iterator[Claim]:
    heads = [cleaned(cell.text) for cell in table.header]
    subject = next((at for at, head in enumerate(heads) if _SUBJECT_HEAD.search(head)), None)
    columns = [at for at, head in enumerate(heads) if at != subject and _STATUS_HEAD.search(head)]
    for row in table.rows:
        counted = [claim for cell in row for claim in _counts(cell.text, cell, table.heading)]
        yield from counted
        if counted:
            continue
        if subject is None:
            yield from _across(table, heads, row) if not columns else ()
        elif columns:
            yield from _in_columns(table, heads, row, subject, columns)
        else:
            yield from _by_mark(table, heads, row, subject)


def _in_columns(
    table: Table, heads: list[str], row: tuple[Cell, ...], subject: int, columns: list[int]
) -> Iterator[Claim]:
    for at in columns:
        if at < len(row) and subject < len(row) and (status := status_of(row[at].text)):
            named = row[subject].text
            yield from _claims(named, status, row[at], (*table.heading, heads[at]))


def _by_mark(
    table: Table, heads: list[str], row: tuple[Cell, ...], subject: int
) -> Iterator[Claim]:
    """A matrix: a column for each property, a sign in each cell."""
    for at, cell in enumerate(row):
        if at != subject and subject < len(row) and (status := bare_status(cell.text)):
            yield from _claims(row[subject].text, status, cell, (*table.heading, heads[at]))


def _across(table: Table, heads: list[str], row: tuple[Cell, ...]) -> Iterator[Claim]:
    """A matrix with the names in its header; the row's first cell is the property."""
    for at, cell in enumerate(row[1:], 1):
        if SIGN.search(cell.text) and (status := bare_status(cell.text)):
            above = (*table.heading, cleaned(row[0].text))
            yield from _claims(heads[at], status, cell, above)


def _claims(named: str, status: str, cell: Cell, heading: tuple[str, ...]) -> Iterator[Claim]:
    for subject in _subjects(named):
        yield Claim(subject, status, cleaned(cell.text), Span(cell.line, cell.column), heading)


def _of_item(item: Prose) -> Iterator[Claim]:
    text = cleaned(item.text)[:_LONGEST]
    counted = list(_counts(item.text, item, item.heading))
    yield from counted
    if counted:
        return
    opening = SIGN.match(text)
    sign = sign_status(opening.group()) if opening else ""
    body = text[opening.end() :].strip() if opening else text
    split = _ITEM.match(body)
    if split:
        subject, rest = split["subject"], split["rest"]
        status = status_of(rest) if _tells(rest) else ""
        status = (word_status(rest, _OPENING) if sign else status) or sign
    else:
        subject, status = body, sign
        if trailing := re.search(rf"\s*(?:{SIGN.pattern})\s*[^.]{{0,30}}$", body):
            subject, status = body[: trailing.start()], sign or status_of(trailing.group())
    if item.checked is not None:
        status = status or ("done" if item.checked else "pending")
        subject = re.sub(r"\s*\([^)]*\)\s*$", "", subject)
    if not status and len(body.split()) <= _MOST_NAMES and item.heading:
        subject, status = body, _told_by(item.heading[-1])
    if status and subject.strip():
        for one in _subjects(subject):
            if _is_name(one):
                yield Claim(one, status, text, _span(item), item.heading)
    elif _MIGRATES.search(body):
        yield from _of_sentences(item)


def _tells(rest: str) -> bool:
    """Whether what follows a name begins with a status, and does not merely contain one."""
    return bool(bare_status(rest) or sign_status(rest[:3]) or word_status(rest, _OPENING))


def _told_by(heading: str) -> str:
    """The status of `Migrated services:`, of `✅ Compliant`, for the names listed below it."""
    if (
        not (SIGN.search(heading) or _MIGRATES.search(heading))
        or len(heading.split()) > _MOST_NAMES
    ):
        return ""
    return status_of(heading) if word_status(heading) else ""


def _of_heading(heading: Prose) -> Iterator[Claim]:
    text = cleaned(heading.text)
    sign = SIGN.search(text)
    if not sign:
        return
    before, after = text[: sign.start()].strip(" -\u2013\u2014:"), text[sign.end() :].strip()
    named = before or after
    told = _ITEM.match(named)
    status = word_status(after if before else told["rest"] if told else "") or sign_status(text)
    subject = told["subject"] if told and not before else named
    subject = re.sub(r"^\s*\d+(\.\d+)*[.)]\s*", "", subject)
    if status not in ("", "planned") and _is_name(subject):
        yield Claim(subject, status, text, _span(heading), heading.heading)


def _of_sentences(prose: Prose) -> Iterator[Claim]:
    yield from _counts(prose.text, prose, prose.heading)
    for found in _SENTENCE.finditer(prose.text):
        rest = cleaned(f"{found['verb']}{found['rest']}")
        if not _MIGRATES.search(rest):
            continue
        line = prose.line + prose.text.count("\n", 0, found.start("subject"))
        if status := word_status(rest):
            text = f"{found['subject']} {rest}"
            yield Claim(found["subject"], status, text, Span(line), prose.heading)


def _counts(text: str, at: Prose | Cell, heading: tuple[str, ...]) -> Iterator[Claim]:
    """`7/8 migrated`, `6 of 8 services are compliant`, `all 7 services`, `all services are …`."""
    if not _COUNTED.search(text):
        return
    for number, row in enumerate(text.split("\n")):
        line = cleaned(row)
        if not _COUNTED.search(line):
            continue
        span = Span(at.line + number, at.column if not number else 1)
        status = word_status(_COUNT.sub("", line)) or "done"
        found = _COUNT.search(line)
        if found and 0 < int(found["total"]) >= int(found["done"]):
            done, total = int(found["done"]), int(found["total"])
            yield Claim("", status, line[:_LONGEST], span, heading, done, total)
        elif whole := _ALL.search(line):
            if word_status(line[whole.end() :]) or word_status(line[: whole.start()]):
                total = int(whole["total"])
                yield Claim("", status, line[:_LONGEST], span, heading, total, total)
        elif not _DEMANDS.search(line) and (every := _EVERY.search(line)):
            status = word_status(line[every.end() :])
            if status:
                yield Claim("all services", status, line[:_LONGEST], span, heading)


def _subjects(named: str) -> tuple[str, ...]:
    """`**A**, B and C` is three; anything longer than names is one."""
    name = SIGN.sub("", cleaned(named)).strip(" :-\u2013\u2014")
    several = [one for one in _SEVERAL.split(name) if one]
    if len(several) > 1 and all(len(one.split()) <= 3 for one in several):
        return tuple(several)
    return (name,) if name else ()


def _is_name(subject: str) -> bool:
    """Whether it can be what somebody called something, and no sentence, path or code."""
    if _ORDERS.match(subject):
        return False
    return bool(_NAME.fullmatch(subject) or _PROPER.match(subject))


def _span(prose: Prose) -> Span:
    return Span(prose.line, prose.column, prose.end_line)
