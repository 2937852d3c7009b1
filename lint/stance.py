"""What a sentence makes of a thing it names: recommends it, rejects it, or tells of its past.

Guesses by words; where they disagree, the answer is that nothing is recommended or asserted, so
that a rule built on them stays silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_END: Final = re.compile(
    r"(?<=[.!?])[)\"'*]*\s+(?=[^a-z\s])|\n[ \t]*\n|\n(?=[ \t]*(?:[-*\u2022]|\d+[.)])[ \t])"
)
_REJECTS: Final = re.compile(
    "[\u274c\u2716\u2717\u2718\U0001f6ab\u26d4]"
    r"|\b(?:never|don['\u2019]?t|do not|must not|mustn['\u2019]t|should not|shouldn['\u2019]t"
    r"|may not|forbid\w*|forbidden|prohibit\w*|disallow\w*|not allowed|not permitted"
    r"|not recommended|not supported|anti-?patterns?|wrong|violat\w*|non-?complian\w+"
    r"|avoid(?:s|ed|ing)?|no longer|drop-?in for|misleading|incorrect)\b",
    re.IGNORECASE,
)
_PAST: Final = re.compile(
    r"\b(?:deprecat\w*|obsolete\w*|supersed\w*|legacy|histor(?:y|ic|ical|ically)|former(?:ly)?"
    r"|previously|used to|outdated|originally|archived?|retired|withdrawn|replaced|removed|deleted"
    r"|migrated|old (?:way|pattern|approach|style|set-?up)|before v?\d|until v?\d|back when"
    r"|as of v?\d|changelog|no more|gone)\b",
    re.IGNORECASE,
)
_AGAINST: Final = re.compile(
    r"(?:\b(?:no|not|without|instead of|rather than|in place of|unlike|vs\.?|versus|over|than"
    r"|replac(?:e|es|ing|ement (?:of|for))|eliminat\w*|remov(?:e|es|ing|al of)"
    r"|delet(?:e|es|ing|ion of)|drop(?:s|ping)?|retir(?:e|es|ing)|get(?:s|ting)? rid of"
    r"|(?:migrat\w*|mov\w*|switch\w*|convert\w*|chang\w*|away) (?:\w+ )?from|stop\w* using"
    r"|independent of|free of|zero|neither|nor|avoids?|isn't|aren't|wasn't|ban(?:s|ned)?"
    r"|(?:race|conditions?|problems?|issues?|bugs?|limitations?) (?:\w+ )?(?:of|from|in|with))"
    r"\b)[^.;]{0,40}\Z",
    re.IGNORECASE,
)
_UNDONE: Final = re.compile(
    r"\A[^.;]{0,40}?\b(?:(?:is|are|was|were|has been|have been|be|being|got) (?:\w+ )?"
    r"(?:forbidden|not|no longer|deprecated|replaced|removed|obsolete|gone|dropped|banned)"
    r"|race|ignores?|crash\w*|exit 137|cannot|can't|doesn['\u2019]?t|does not|did not|won't"
    r"|violations?|dependency|\u2192|->|=>|problems?|issues?|limitations?|must migrate)",
    re.IGNORECASE,
)
_OLD_HEADING: Final = re.compile(
    r"^\W*(?:\d[\d.]*\W+)?(?:before|old|previous|current problem|problem|background|context"
    r"|root cause|why|investigation|alternatives?|rejected|what changed|changes?|changelog"
    r"|history|historic\w*|migration (?:from|guide|path|steps?|plan|strategy)|migrating from"
    r"|revision|recent updates?|lessons|timeline|version history|review)\b"
    r"|\b(?:deprecat\w*|legacy|obsolete|superseded|historic\w*|archived|anti-?patterns?|rejected"
    r"|considered|forbidden|removed|never|don['\u2019]?t|do not|avoid|wrong|bad|violations?"
    r"|no longer|instead of|outdated|prohibited|must not|not allowed|old|incorrect)\b"
    "|[\u274c\u2716\u2717\u2718\U0001f6ab\u26d4]",
    re.IGNORECASE,
)

_SETS_UP: Final = (
    r"(?:start\w*|launch\w*|bring\w*|spin\w*|run(?:s|ning)?|manag\w*|provision\w*|orchestrat\w*"
    r"|set(?:s|ting)? up|set-?up|boot\w*|deploy\w*|creat\w*|stop\w*|clean\w*|tear\w*|built|build\w*"
    r"|handled|provided|stood up|stand up)"
)
_ADVISES: Final = re.compile(
    r"(?:\A\W*(?:\d+[.)]\s*)?|[,:;]\s+|\b(?:then|first|and|simply|just|please|to|always|you|we|can"
    r"|should|must|may|or|either)\s+)"
    r"(?:use|run|start|execute|launch|call|invoke|bring up|spin up|type|do|prefer|choose|keep"
    r"|try)\b[^.;]{0,60}\Z"
    r"|\A\W*(?:calls|invokes|executes|runs|wraps|launches|starts|delegates to)\b[^.;]{0,60}\Z"
    rf"|\b{_SETS_UP}\b[^.;]{{0,60}}\b(?:with|via|through|by|using|in|from)\b[^.;]{{0,25}}\Z"
    r"|\b(?:uses?|using|recommend\w*|prefer\w*|requires?|needs?|relies on|rely on)\b[^.;]{0,40}\Z"
    r"|\u2705[^.;]{0,30}\Z",
    re.IGNORECASE,
)
_ADVISED: Final = re.compile(
    r"\A[^.;]{0,25}?\b(?:is|are|remains?|stays?) (?:\w+ )?(?:recommended|preferred|fine|allowed|ok"
    r"|okay|acceptable|used|required|needed|enough|supported)\b"
    r"|\A[`\w\s./-]{0,30}?\b(?:starts?|brings?|launches|creates?|sets? up|manages?|handles?)\b",
    re.IGNORECASE,
)


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """The sentences and list items of a text, each with the offset at which it begins."""
    start = 0
    for end in [*(one.end() for one in _END.finditer(text)), len(text)]:
        if text[start:end].strip():
            yield start, text[start:end]
        start = end


def sentence_at(text: str, at: int) -> tuple[int, str]:
    """The sentence around an offset, with the offset at which it begins."""
    return next(
        ((start, one) for start, one in sentences(text) if start <= at < start + len(one)),
        (0, text),
    )


def endorsed(sentence: str, start: int, end: int) -> bool:
    """Whether a sentence recommends what stands at `start:end` of it, or says that it is in use.

    It may reject it all the same (`rejected`).
    """
    before = sentence[:start].replace("`", "")
    return bool(_ADVISES.search(before) or _ADVISED.search(sentence[end:]))


def rejected(sentence: str, start: int, end: int) -> bool:
    """Whether a sentence speaks against what stands at `start:end` of it, or of its past."""
    return bool(
        _REJECTS.search(sentence)
        or told_of_past(sentence)
        or _AGAINST.search(sentence[:start])
        or _UNDONE.search(sentence[end:])
    )


def told_of_past(text: str) -> bool:
    """Whether a text says that something is over: deprecated, superseded, formerly, legacy."""
    return _PAST.search(text) is not None


def set_aside(heading: Iterable[str]) -> bool:
    """Whether any heading or lead-in tells that what follows is not advice: a section about
    history, alternatives, problems, or what is forbidden."""
    return any(_OLD_HEADING.search(one) for one in heading)
