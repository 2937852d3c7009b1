"""The output of an image build, read as it comes: lines for people, and the layers it made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from orchestration.engines.labelled_stages import LabelledStages, StepsShown

_ESCAPES: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_STEP: Final = re.compile(
    r"^(?:\[(?P<stage>\d+)/(?P<stages>\d+)\] )?step \d+(?:/\d+)? ?: ?(?P<instruction>.*)$", re.I
)
_LAYER: Final = re.compile(r"^ ?-{2,3}> (?P<id>[0-9a-f]{11,64})$")
_CACHED: Final = re.compile(r"^ ?-{2,3}> Using cache")


class BuildProgress:
    """What the messages of a build have told so far.

    `layers`: the images it made on the way, oldest first, without those it found in the cache and
    without its base. `base`: the latest FROM. `error`: the engine's last word, "" when none.
    `last_stage`: whether no other stage follows the one at hand, where the engine numbers them.
    `labelled`: what was inserted into the Containerfile, and is not shown.
    """

    def __init__(self, secrets: Iterable[str], labelled: LabelledStages | None = None) -> None:
        self.layers: list[str] = []
        self.lines: list[str] = []
        self.base = ""
        self.error = ""
        self.last_stage = False
        self._secrets = sorted((each for each in secrets if each), key=len, reverse=True)
        self._partial = ""
        self._not_ours = False
        self._labelled = labelled
        self._steps = StepsShown(labelled.steps if labelled is not None else 0)

    def read(self, message: Mapping[str, object]) -> list[str]:
        """The lines that a message of the engine completes."""
        if error := message.get("error"):
            self.fail(str(error))
        text = str(message.get("stream") or "")
        if (status := message.get("status")) and not message.get("progress"):
            text += f"{status}\n"
        *lines, self._partial = (self._partial + text).split("\n")
        return [shown for line in lines if (shown := self._take(line))]

    def fail(self, error: str) -> None:
        """The engine's last word, its lines numbered as in the user's file."""
        said = self._clean(error).strip()
        self.error = self._labelled.original(said) if self._labelled is not None else said

    def finish(self) -> list[str]:
        """The line that was never ended."""
        rest, self._partial = self._partial, ""
        shown = self._take(rest)
        return [shown] if shown else []

    def _take(self, raw: str) -> str:
        line = self._clean(raw).rstrip()
        if step := _STEP.match(line):
            self.last_stage = step["stage"] == step["stages"]
            verb, _, rest = step["instruction"].partition(" ")
            # The layer of a FROM is somebody else's image.
            self._not_ours = verb.upper() == "FROM"
            if self._not_ours:
                self.base = rest.partition(" ")[0]
        elif _CACHED.match(line):
            self._not_ours = True
        elif layer := _LAYER.match(line):
            if not self._not_ours:
                self.layers.append(layer["id"])
            self._not_ours = False
        shown = self._steps.show(line) if self._labelled is not None else line
        if shown:
            self.lines.append(shown)
        return shown or ""

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _ESCAPES.sub("", text)
