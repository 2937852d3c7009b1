"""From comments to mentions and suppressions, the same for every language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from lint.facts import Mention, Suppression
from lint.program import Span

_MARK: Final = re.compile(r"stackwright:\s*(?P<word>[\w-]+)\s*(?P<rest>.*)", re.DOTALL)
_RULES: Final = re.compile(r"\[(?P<rules>[^\]]*)\]\s*(?P<rest>.*)", re.DOTALL)
_TELL: Final = re.compile(r"(?P<key>\w+)=(?P<value>\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment without its sign; `alone`: no code stands before it on its line.

    `next_code` is the line of the next code after it (0: none), which a lone comment speaks of.
    """

    text: str
    at: Span
    alone: bool
    next_code: int = 0


def mentions(comments: Iterable[Comment]) -> tuple[Mention, ...]:
    """The comments that are no suppressions; neighbouring lone lines are one mention."""
    groups: list[list[Comment]] = []
    for comment in comments:
        if _mark(comment):
            continue
        last = groups[-1][-1] if groups else None
        if last and last.alone and comment.alone and _end(last) + 1 == comment.at.line:
            groups[-1].append(comment)
        else:
            groups.append([comment])
    return tuple(
        Mention(
            "comment",
            "\n".join(one.text for one in group),
            Span(group[0].at.line, group[0].at.column, _end(group[-1]), group[-1].at.end_column),
        )
        for group in groups
    )


def _end(comment: Comment) -> int:
    return comment.at.end_line or comment.at.line


def suppressions(comments: Iterable[Comment]) -> tuple[Suppression, ...]:
    """The comments that ask for findings to be ignored, the malformed ones with their problem."""
    return tuple(_suppression(one, mark) for one in comments if (mark := _mark(one)))


def _mark(comment: Comment) -> re.Match[str] | None:
    return _MARK.match(comment.text.strip())


def _suppression(comment: Comment, mark: re.Match[str]) -> Suppression:
    word = mark["word"]
    whole_file = word == "ignore-file"
    covers = 0 if whole_file else comment.next_code if comment.alone else comment.at.line
    listed = _RULES.match(mark["rest"])
    rules = tuple(name.strip() for name in listed["rules"].split(",")) if listed else ()
    rest = (listed["rest"] if listed else mark["rest"]).strip()
    reason, _, tail = rest.partition("--")
    told = {one["key"]: one["value"].rstrip(",;") for one in _TELL.finditer(tail)}
    problem = ""
    if word not in ("ignore", "ignore-file"):
        problem = f"`{word}` is not a word that stackwright knows; write `ignore[rule] reason`"
    elif not listed or not all(rules):
        problem = "it names no rule; write `ignore[rule] reason`"
    elif not reason.strip():
        problem = "it gives no reason; write one after the bracket"
    elif unknown := sorted(told.keys() - {"owner", "until"}):
        problem = f"`{unknown[0]}` is not known; `owner` and `until` are"
    elif "until" in told and not _is_date(told["until"]):
        problem = f"`until={told['until']}` is no date; write YYYY-MM-DD"
    return Suppression(
        rules,
        reason.strip(),
        told.get("owner", ""),
        told.get("until", ""),
        comment.at,
        covers,
        problem,
    )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
