"""Mounts without containers: a text that names a target comes to name its source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_IN_A_NAME: Final = r"[\w.~@%+-]"


@dataclass(frozen=True, slots=True, kw_only=True)
class MountMapping:
    """Where the mounts of a component really are, by target."""

    sources: dict[str, Path]

    @classmethod
    def of(cls, mounts: Iterable[tuple[str, Path]]) -> MountMapping:
        """The mapping of (target, source) pairs."""
        return cls(sources={target.rstrip("/") or "/": source for target, source in mounts})

    def apply(self, text: str) -> str:
        """`text` with each whole target replaced: `/data/x` for `/data`, never `/data-old`, and
        not the `/data` of `/srv/data` or of `http://host/data`."""
        targets = sorted((each for each in self.sources if each != "/"), key=len, reverse=True)
        if not any(each in text for each in targets):
            return text
        pattern = (
            rf"(?:(?<!{_IN_A_NAME})(?<!/)|(?<=file://))"
            rf"({'|'.join(re.escape(each) for each in targets)})"
            rf"(?!{_IN_A_NAME})"
        )
        return re.sub(pattern, lambda found: str(self.sources[found[1]]), text)
