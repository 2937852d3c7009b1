"""A Containerfile whose every stage is labelled, so that its layers can be found by label.

Docker labels the image of a build and none of the layers of its other stages. Those of a build that
was killed would stay for ever, and nobody could tell whose they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_ESCAPE: Final = re.compile(r"^#\s*escape\s*=\s*(?P<sign>[\\`])\s*$", re.I)
_DIRECTIVE: Final = re.compile(r"^#\s*\w+\s*=")
_COMMENT: Final = re.compile(r"^\s*(#|$)")
_FROM: Final = re.compile(r"^\s*FROM\s.*?(\sAS\s+(?P<name>\S+)\s*)?$", re.I)
_STEP: Final = re.compile(r"^Step (?P<number>\d+)/(?P<total>\d+) : (?P<rest>.*)$")
_ERROR_LINE: Final = re.compile(r"(?P<before>\bline )(?P<number>\d+)\b")


@dataclass(frozen=True, slots=True)
class LabelledStages:
    """`text`: with a LABEL after every FROM. `inserted`: the numbers of those lines, from 1.

    `steps`: how many of them a build of the wanted target runs.
    """

    text: str
    inserted: tuple[int, ...]
    steps: int

    @classmethod
    def of(cls, text: str, labels: Mapping[str, str], target: str | None = None) -> LabelledStages:
        """Label every stage of a Containerfile."""
        label = "LABEL " + " ".join(f"{name}={json.dumps(labels[name])}" for name in labels)
        lines: list[str] = []
        inserted: list[int] = []
        steps: int | None = None
        for instruction in instructions(text.splitlines()):
            lines += instruction
            stage = _FROM.match(" ".join(instruction))
            if stage is None:
                continue
            lines.append(label)
            inserted.append(len(lines))
            if target is not None and (stage["name"] or "").lower() == target.lower():
                steps = len(inserted)
        return cls("\n".join(lines) + "\n", tuple(inserted), steps or len(inserted))

    def original(self, message: str) -> str:
        """What the engine says of a line, with the number that it has in the user's file."""

        def number(found: re.Match[str]) -> str:
            given = int(found["number"])
            before = sum(line <= given for line in self.inserted)
            return f"{found['before']}{given - before}"

        return _ERROR_LINE.sub(number, message)


class StepsShown:
    """Takes the labelling out of a build's output, so that it reads as the user wrote the file."""

    def __init__(self, inserted: int) -> None:
        self._inserted = inserted
        self._before = 0
        self._ours = False

    def show(self, line: str) -> str | None:
        """The line as it is shown; None where it tells of a label of ours."""
        step = _STEP.match(line)
        if step is None:
            return None if self._ours else line
        self._ours = step["rest"].startswith("LABEL io.stackwright.")
        if self._ours:
            self._before += 1
            return None
        number = int(step["number"]) - self._before
        return f"Step {number}/{int(step['total']) - self._inserted} : {step['rest']}"


def instructions(lines: list[str]) -> Iterator[list[str]]:
    """The physical lines of each instruction; a comment between two is one by itself."""
    escape = "\\"
    pending: list[str] = []
    directives = True
    for line in lines:
        if directives and (found := _ESCAPE.match(line)):
            escape = found["sign"]
        directives = directives and _DIRECTIVE.match(line) is not None
        pending.append(line)
        if _COMMENT.match(line) and len(pending) > 1:
            continue
        if not _COMMENT.match(line) and line.rstrip().endswith(escape):
            continue
        yield pending
        pending = []
    if pending:
        yield pending
