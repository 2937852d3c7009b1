"""What is played, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

EngineName = Literal["embedded", "podman", "docker"]
ENGINES: Final[tuple[EngineName, ...]] = ("embedded", "podman", "docker")


class Case(Protocol):
    """One run of the product with one thing that goes wrong; `str()` names it.

    `row` and `column`: where it is counted in the report, below the title `table`.
    """

    @property
    def engine(self) -> EngineName:
        """What it runs on."""
        ...

    @property
    def table(self) -> str:
        """The title of the table it is counted in."""
        ...

    @property
    def row(self) -> str:
        """Its line there."""
        ...

    @property
    def column(self) -> str:
        """Its column there."""
        ...

    def play(self) -> Trial:
        """Run it in directories of its own, which are removed again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a case went. `problems`: what was not as it must be; `took`: seconds by what they were
    for; `note`: what else there is to say.
    """

    case: Case
    problems: tuple[str, ...]
    took: Mapping[str, float] = field(default_factory=dict)
    output: str = ""
    note: str = ""
