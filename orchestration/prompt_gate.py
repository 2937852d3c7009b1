"""A gate whose probe does not keep anybody who wants to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestration.background import Background
from orchestration.model import Pacing, Text, Verdict
from orchestration.ports import Gate, Target


@dataclass(frozen=True, slots=True)
class PromptGate:
    """`Gate` that probes in `background`; a look ends when the probe does, or `still` raises.

    A probe may take seconds at a component that does not answer.
    """

    gate: Gate
    background: Background
    still: Callable[[], None]

    @property
    def pacing(self) -> Pacing:
        """As the gate's."""
        return self.gate.pacing

    @property
    def port(self) -> str | None:
        """As the gate's."""
        return self.gate.port

    @property
    def scheme(self) -> str:
        """As the gate's."""
        return self.gate.scheme

    def describe(self) -> str:
        """As the gate's."""
        return self.gate.describe()

    def look(self, target: Target) -> Verdict:
        """As the gate's."""
        return self.background.begin(lambda: self.gate.look(target)).result(self.still)

    def dsn(self, host: str, port: int) -> Text:
        """As the gate's."""
        return self.gate.dsn(host, port)
