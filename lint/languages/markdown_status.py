"""What a status in a document says: its words before its signs."""

from __future__ import annotations

import re
from typing import Final

_NO: Final = r"(?:not|n't|never|isn't|aren't|wasn't|hasn't|yet to be|still to be)\b[\w\s,]{0,20}?"
_DONE_WORDS: Final = (
    r"(?:fully |now |already |all )*"
    r"(?:migrated|converted|compliant|conform(?:s|ant|ing)?|completed?|done|implemented|adopted"
    r"|fixed|resolved|finished|verified|validated|passing|passed|pass|ready|refactored|yes|shipped)"
)
_WORDS: Final = (
    ("not-applicable", r"n/a|not[- ]applicable|out of scope|does not apply|no migration needed"),
    (
        "violation",
        r"violat\w+|non-?complian\w+|not complian\w+|non-?conform\w+|fail(?:s|ed|ing)?|broken"
        r"|forbidden|blocked by violation",
    ),
    ("planned", r"planned|scheduled|proposed|backlog|future work"),
    (
        "pending",
        rf"{_NO}{_DONE_WORDS}|un-?migrated|pending|in[- ]progress|wip|to-?do|not started|not yet"
        r"|partial(?:ly)?|ongoing|incomplete|awaiting|must migrate|to be migrated"
        r"|needs? (?:to|migrat\w+|work)|known issue|at risk|remaining|outstanding",
    ),
    ("done", _DONE_WORDS),
    ("unclear", r"unknown|unclear|tbd|to be determined"),
)
_WORD: Final = re.compile(
    "|".join(
        rf"(?P<{name.replace('-', '_')}>(?<![\w/-])(?:{words})(?![\w/]))" for name, words in _WORDS
    ),
    re.IGNORECASE,
)
_SIGNS: Final = {
    "done": "\u2705\u2714\u2611\U0001f7e2",
    "pending": "\u23f3\u231b\U0001f504\U0001f6a7\U0001f7e1\U0001f7e0\u2610\U0001f51c",
    "planned": "\U0001f4cb\U0001f4c5\U0001f5d3",
    "violation": "\u274c\u2716\u2717\u2718\U0001f534\U0001f6ab\u26d4",
    "unclear": "\u26a0\u2753\U0001f937",
}
_OF_SIGN: Final = {sign: name for name, signs in _SIGNS.items() for sign in signs}
SIGN: Final = re.compile(f"[{''.join(_OF_SIGN)}]\ufe0f?")
"""One status sign, with its variation selector."""
_NEAR: Final = 40
"""Characters in which a cell's status begins; what follows are notes."""


def status_of(text: str) -> str:
    """The status that a cell or item tells (see `Claim.status`), empty when it tells none.

    Its first word of status decides, else its first sign: `🔄 Planned` is planned.
    """
    return bare_status(text) or word_status(text) or sign_status(text)


def word_status(text: str, near: int = _NEAR) -> str:
    """The status of the first word that tells one and begins within `near` characters."""
    found = _WORD.search(text[: near + _NEAR])
    if not found or found.start() > near:
        return ""
    return str(found.lastgroup).replace("_", "-")


def sign_status(text: str) -> str:
    """The status of the first sign."""
    found = SIGN.search(text)
    return _OF_SIGN[found.group()[0]] if found else ""


def bare_status(text: str) -> str:
    """The status of a cell that holds a sign or one word of status and nothing else."""
    rest = SIGN.sub("", text).strip(" .!")
    if not rest:
        return sign_status(text)
    if rest.lower() == "no":
        return "pending"
    found = _WORD.fullmatch(rest)
    return str(found.lastgroup).replace("_", "-") if found else ""
