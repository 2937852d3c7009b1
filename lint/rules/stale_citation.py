"""stale-citation: code or a document rests on a document that is no longer in force."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lint.documents import Standing, standing
from lint.facts import Mention
from lint.globs import matches
from lint.guidance.guidance import KnownDocument
from lint.model import Place, Severity
from lint.project import Project
from lint.rules.rule import Example, Hit, Rule
from lint.stance import sentence_at, set_aside

_VERSION: Final = re.compile(r"\A\s*(?:\(|,|@)?\s*(?:version\s+|v)?(?P<version>\d+\.\d+)\b", re.I)
_FILE: Final = re.compile(r"\A[\w.-]*\.(?:md|markdown|rst|adoc)\b", re.IGNORECASE)
_WORDS: Final = re.compile(r"[a-z0-9]+")
_SEE_ALSO: Final = re.compile(
    r"^\W*(?:\*\*)?(?:related|see also|supersedes|replaces|predecessor)", re.I
)
_AS_HISTORY: Final = re.compile(
    r"\b(?:deprecat\w*|obsolete|supersed\w*|histor\w*|former(?:ly)?|outdated|archived|withdrawn"
    r"|used to|legacy|predecessor|consolidated|no longer|old)\b",
    re.IGNORECASE,
)
_AGAINST: Final = re.compile(
    r"\b(?:replac\w+|instead of|rather than|contradict\w*|conflict\w*|moved? from|unlike"
    r"|migrat\w* from|switch\w* from|not(?: per| by| from)?)\s+(?:[\w`*\[]+\s+){0,2}[`*\[(]*\Z",
    re.IGNORECASE,
)
_GONE: Final = re.compile(r"\A[^.;]{0,40}\b(?:is|was|has been|got) (?:\w+ )?replaced\b", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Citation:
    known: KnownDocument
    shown: str
    line: int


def check(project: Project) -> Iterator[Hit]:
    """A hit for each comment, docstring, paragraph, item or cell that cites what is superseded."""
    numbers = sorted({one.number for one in project.guidance.documents if one.superseded_by})
    if not numbers:
        return
    pattern = re.compile(
        r"(?<![\w-])(?:"
        + "|".join(re.escape(one).replace("\\-", "[-_]") for one in numbers)
        + r")(?!\d)",
        re.IGNORECASE,
    )
    for path, facts in sorted(project.files.items()):
        if standing(project, path) is not Standing.LIVING:
            continue
        cited = [
            (mention, found)
            for mention in facts.mentions
            if mention.kind != "fence"
            for found in pattern.finditer(mention.text)
        ]
        if cited:
            yield from _of_file(project, path, cited)


def _of_file(
    project: Project, path: str, cited: list[tuple[Mention, re.Match[str]]]
) -> Iterator[Hit]:
    facts = project.files[path]
    own = facts.document.number if facts.document else ""
    title = facts.document.title if facts.document else ""
    around = f"{path} {title} " + " ".join(mention.text for mention, _ in cited)
    told: set[tuple[int, str]] = set()
    for mention, found in cited:
        citation = _citation(project, mention, found, around)
        if citation is None:
            continue
        successor = citation.known.superseded_by
        if own and own in (citation.known.number, successor.split()[0]):
            continue
        if (key := (mention.at.line, citation.known.title)) in told:
            continue
        told.add(key)
        end = mention.at.end_line or citation.line
        yield Hit(
            place=Place(path, min(citation.line, end), 1, min(citation.line, end)),
            message=f"{citation.shown} is cited, but {_since(citation.known)}",
            key=f"{citation.shown} {' '.join(mention.text.split())[:80]}",
        )


def _citation(
    project: Project, mention: Mention, found: re.Match[str], around: str
) -> _Citation | None:
    """What is cited as an authority here, if that is superseded."""
    rest = mention.text[found.end() :]
    start, sentence = sentence_at(mention.text, found.start())
    line = mention.text.count("\n", 0, found.start())
    before = mention.text[start : found.start()]
    if (
        set_aside(mention.heading)
        or _AS_HISTORY.search(sentence.replace(found.group() + rest.split(" ", 1)[0], ""))
        or _SEE_ALSO.match(before)
        or _AGAINST.search(before)
        or _GONE.search(rest)
    ):
        return None
    named = _VERSION.match(rest)
    number = found.group().upper().replace("_", "-")
    candidates = [one for one in project.guidance.documents if one.number.upper() == number]
    linked = _FILE.match(rest)
    file = f"{found.group()}{linked.group()}" if linked else ""
    if "[" in mention.text and not file and (link := _link(mention.text, found.end())):
        file = link
    version = named["version"] if named else ""
    of = _which(project, candidates, file, version, (sentence, around))
    if of is None:
        return None
    whole = next(one for one in candidates if one.title == of and not one.version)
    shown = number
    known = whole
    if version:
        shown = f"{number} v{version}"
        if not whole.superseded_by:
            known = next(
                (one for one in candidates if one.title == of and one.version == version),
                whole,
            )
            if _amended(known):
                return None
    if not known.superseded_by:
        return None
    return _Citation(known=known, shown=shown, line=mention.at.line + line)


def _which(
    project: Project,
    candidates: list[KnownDocument],
    file: str,
    version: str,
    texts: tuple[str, ...],
) -> str | None:
    """The title of the one document that is meant, None where it cannot be told.

    A link or file name decides, then a version that one of them has, then the words of the
    sentence, then those of all that the file says near citations, its own path among them. At
    last, where only one of the documents lies in this repository, it is that one.
    """
    titles = {one.title for one in candidates}
    if file:
        titles = {one.title for one in candidates if one.path and matches(_rooted(file), one.path)}
    elif version and (having := {one.title for one in candidates if one.version == version}):
        titles = having
    for text in texts:
        if len(titles) <= 1:
            break
        titles = _closest(titles, text) or titles
    if len(titles) > 1:
        here = {
            one.title
            for one in candidates
            if one.path and any(matches(each, one.path) for each in project.paths)
        }
        titles = here if len(here) == 1 else titles
    return next(iter(titles)) if len(titles) == 1 else None


def _closest(titles: set[str], text: str) -> set[str]:
    """The title with most words in the text; empty on a tie."""
    words = Counter(_WORDS.findall(text.lower()))
    scores = {title: len({word for word in title.split() if word in words}) for title in titles}
    best = max(scores.values())
    nearest = {title for title, score in scores.items() if score == best}
    return nearest if best and len(nearest) == 1 else set()


def _amended(known: KnownDocument) -> bool:
    """Whether the successor is a later minor version of the same document: what was cited in it
    still holds."""
    number, _, version = known.superseded_by.partition(" ")
    return number == known.number and version.split(".")[0] == known.version.split(".")[0]


def _link(text: str, at: int) -> str:
    """The target of the Markdown link whose words hold the position."""
    found = re.match(r"[^\[\]\n]{0,120}\]\((?P<to>[^)\s]+)\)", text[at:])
    return found["to"].partition("#")[0] if found else ""


def _rooted(file: str) -> str:
    return file.lstrip("./") or file


def _since(known: KnownDocument) -> str:
    since = f" since {known.since}" if known.since else ""
    return f"{known.superseded_by} supersedes it{since}"


RULE: Final = Rule(
    name="stale-citation",
    code="SW551",
    requirement="S5",
    severity=Severity.WARNING,
    summary="A comment or document cites, as its authority, a document that is superseded.",
    why=(
        "Who reads the citation follows a rule that was taken back. Where two documents share a "
        "number, the title, path or words around it tell which is meant; if nothing does, nothing "
        "is reported. A sentence that says it is superseded, and a document that is a record or "
        "superseded itself, cite it as history."
    ),
    remedy="Cite the document that is in force, or say that the cited one is superseded.",
    check=check,
    examples=(
        Example(
            title="a docstring and a comment rest on a superseded pattern",
            files={
                "test/infrastructure/gateway.go": (
                    "package infrastructure\n\n"
                    "// StartGateway follows the sequential startup of DD-TEST-002. ◄\n"
                    "func StartGateway() error { return nil }\n"
                ),
                "services/hapi/tests/integration/infrastructure.py": (
                    '"""Containers, one after another.\n\n'
                    "Reference: docs/decisions/"
                    "DD-TEST-002-integration-test-container-orchestration.md ◄\n"
                    '"""\n'
                ),
            },
        ),
        Example(
            title="a README points to an old version",
            files={
                "test/integration/README.md": (
                    "# Integration tests\n\n"
                    "Images are built locally, as DD-INTEGRATION-001 v1.0 asks. ◄\n"
                ),
            },
        ),
        Example(
            title="the other document of that number, history, and the current one",
            files={
                "test/infrastructure/gateway_e2e.go": (
                    "package infrastructure\n\n"
                    "// DeployGateway applies all manifests at once, as the parallel execution\n"
                    "// standard (DD-TEST-002) asks of every E2E deployment phase.\n"
                    "func DeployGateway() error { return nil }\n"
                ),
                "test/infrastructure/gateway.go": (
                    "package infrastructure\n\n"
                    "// StartGateway: see DD-INTEGRATION-001 v2.0, which supersedes DD-TEST-002.\n"
                    "func StartGateway() error { return nil }\n"
                ),
                "docs/handoff/GATEWAY_SETUP_DEC_23_2025.md": (
                    "# Gateway set-up\n\nDone by the sequential startup of DD-TEST-002.\n"
                ),
            },
        ),
    ),
)
