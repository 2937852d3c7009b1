"""What is wrong with the manifests of a user, told all at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from orchestration.cluster.manifest import Place
from orchestration.errors import ConfigError
from orchestration.shown_path import shown_path

MOST_SHOWN: Final = 50
"""More than anybody mends in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestMistake:
    """One thing to correct. `place` has line 0 when it is the path that is wrong."""

    place: Place
    what: str
    why: str = ""
    fix: str = ""

    @property
    def head(self) -> str:
        """`deploy/api.yaml:12: what is wrong`."""
        return f"{shown_place(self.place)}: {self.what}"


@dataclass(slots=True)
class ManifestMistakes:
    """Collects mistakes, so that the user sees all of them."""

    found: list[ManifestMistake] = field(default_factory=list)

    def add(self, place: Place, what: str, *, why: str = "", fix: str = "") -> None:
        """Note one."""
        self.found.append(ManifestMistake(place=place, what=what, why=why, fix=fix))

    def raise_if_any(self) -> None:
        """Raises one ConfigError with all of them, each on its line, by file and line."""
        told = sorted(dict.fromkeys(self.found), key=lambda each: each.place)
        if not told:
            return
        if len(told) == 1:
            raise ConfigError(told[0].head, why=told[0].why, fix=told[0].fix)
        lines = ["; ".join(filter(None, (each.head, each.why, each.fix))) for each in told]
        if len(lines) > MOST_SHOWN:
            lines[MOST_SHOWN:] = [f"and {len(lines) - MOST_SHOWN} more"]
        listed = "".join(f"\n  {line}" for line in lines)
        raise ConfigError(f"the manifests have {len(told)} mistakes:{listed}")


def shown_place(place: Place) -> str:
    """`deploy/api.yaml:12` as somebody in the current directory would write it."""
    shown = shown_path(place.path)
    return f"{shown}:{place.line}" if place.line else shown
