"""Files and directories that a configuration names: found inside of the project only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from orchestration.nearest import nearest
from orchestration.stackfile.mistakes import Mistakes
from orchestration.stackfile.positions import Key


class Sort(StrEnum):
    """What must be found."""

    FILE = "file"
    DIRECTORY = "directory"
    EITHER = "file or directory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """`root` and `outside` are resolved; a path counts as inside when what it resolves to is.

    `whose`: what they are named for.
    """

    root: Path
    outside: tuple[Path, ...]
    mistakes: Mistakes
    whose: str = "a stack"

    def find(self, written: str, key: Key, sort: Sort, base: Path | None = None) -> Path | None:
        """The resolved path of what `written`, relative to `base` or the root, names.

        None, and a mistake noted at `key`, when it is not there or not inside.
        """
        place = self.inside(written, key, base)
        if place is None:
            return None
        try:
            if _is(place, sort):
                return place
            exists = place.exists()
        except OSError as error:
            self.mistakes.add(key, f"{sort} `{written}` cannot be looked at: {error.strerror}")
            return None
        if exists:
            other = Sort.DIRECTORY if sort is Sort.FILE else Sort.FILE
            self.mistakes.add(
                key, f"`{written}` is a {other}, and a {sort} is needed", fix=f"name a {sort}"
            )
        else:
            self.mistakes.add(
                key,
                f"there is no {sort} `{written}`",
                fix=self._meant(place) or f"looked at {place}",
            )
        return None

    def inside(self, written: str, key: Key, base: Path | None = None) -> Path | None:
        """The resolved path, which need not exist; None, and a mistake noted, when outside."""
        place = (base or self.root) / written
        try:
            resolved = place.resolve()
        except (OSError, RuntimeError, ValueError):
            self.mistakes.add(key, f"`{written}` cannot be followed: its links lead in a circle")
            return None
        if any(resolved.is_relative_to(each) for each in (self.root, *self.outside)):
            return resolved
        leads = f", and leads to {resolved}" if place.absolute() != resolved else ""
        self.mistakes.add(
            key,
            f"`{written}` is outside of the project {self.root}{leads}",
            why=f"{self.whose} sees only its project, so that it works on every machine alike",
            fix='move it inside, or allow its directory: outside = ["…"] under [engine]',
        )
        return None

    def _meant(self, place: Path) -> str:
        """The path that exists and differs least, in the deepest directory that is there."""
        missing, parent = place, place.parent
        while parent != parent.parent and not parent.is_dir():
            missing, parent = parent, parent.parent
        try:
            names = [each.name for each in parent.iterdir()]
        except OSError:
            return ""
        found = nearest(missing.name, names)
        if found is None:
            return ""
        meant = parent / found
        shown = meant.relative_to(self.root) if meant.is_relative_to(self.root) else meant
        return f"did you mean `{shown}`?"


def _is(place: Path, sort: Sort) -> bool:
    match sort:
        case Sort.FILE:
            return place.is_file()
        case Sort.DIRECTORY:
            return place.is_dir()
        case Sort.EITHER:
            return place.is_file() or place.is_dir()
