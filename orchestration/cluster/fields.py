"""Reading an object of the API, whose shape nobody promises: what is not as expected is not there.

Any JSON may come in. No method raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from orchestration.printable import one_line

LONGEST: Final = 400
"""Characters of a message that are shown; kubelets repeat themselves at length."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A table of an object."""

    body: Mapping[str, object]

    def get(self, *path: str) -> object:
        """What is at `path`; None when nothing is."""
        found: object = self.body
        for key in path:
            if not isinstance(found, Mapping):
                return None
            found = found.get(key)
        return found

    def text(self, *path: str) -> str:
        """A text, "" when there is none."""
        found = self.get(*path)
        return found if isinstance(found, str) else ""

    def count(self, *path: str) -> int | None:
        """A whole number, None when there is none."""
        found = self.get(*path)
        if isinstance(found, float) and found.is_integer():
            return int(found)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def table(self, *path: str) -> Fields:
        """The table at `path`, an empty one when there is none."""
        found = self.get(*path)
        return Fields(found) if isinstance(found, Mapping) else Fields({})

    def tables(self, *path: str) -> tuple[Fields, ...]:
        """The tables in the list at `path`."""
        found = self.get(*path)
        listed = found if isinstance(found, list | tuple) else ()
        return tuple(Fields(each) for each in listed if isinstance(each, Mapping))

    def time(self, *path: str) -> float | None:
        """An RFC 3339 time as seconds since the epoch, None when there is none."""
        try:
            found = datetime.fromisoformat(self.text(*path))
            aware = found if found.tzinfo else found.replace(tzinfo=UTC)
            return aware.timestamp()
        except (ValueError, OverflowError):
            return None

    def condition(self, kind: str) -> Condition | None:
        """The condition of this type in the status."""
        for each in self.tables("status", "conditions"):
            if each.text("type") == kind:
                return Condition(fields=each)
        return None

    def says(self, kind: str, status: str = "True") -> Condition | None:
        """The condition of this type, if it has that status."""
        found = self.condition(kind)
        return found if found is not None and found.status == status else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An entry of `status.conditions`."""

    fields: Fields

    @property
    def status(self) -> str:
        """`True`, `False` or `Unknown`."""
        return self.fields.text("status")

    @property
    def reason(self) -> str:
        """A word for machines, "" when there is none."""
        return self.fields.text("reason")

    @property
    def since(self) -> float | None:
        """Since when it has this status, in seconds since the epoch."""
        return self.fields.time("lastTransitionTime")

    def told(self, otherwise: str) -> str:
        """Reason and message on one line, `otherwise` when it has neither."""
        return told(self.reason, self.fields.text("message")) or otherwise


def told(reason: str, message: str) -> str:
    """`ImagePullBackOff: manifest unknown`, on one line, cut when it is long."""
    whole = ": ".join(filter(None, (one_line(reason), one_line(message))))
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST]}…"
