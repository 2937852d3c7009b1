"""Where an instance is to run, before what runs there is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.engines.embedded.account import Account
from orchestration.engines.embedded.scratch import scratch_name, scratch_parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """`directory`: the instance's own, closed to everybody else. `mark`: its name for ever.
    `env`: what a process gets besides what its component is given."""

    directory: Path
    mark: str
    env: Mapping[str, str] = field(repr=False)

    def scratch(self, account: Account | None) -> Path:
        """A directory for a server's data, outside of the closed one for another user."""
        return scratch_parent(account, self.directory) / scratch_name(self.mark)
