"""What watching needs of a cluster."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from orchestration.cluster.api import Change, Listing, ResourceKind


class Reader(Protocol):
    """Reads objects. Everything raises ApiError, and nothing is tried again here."""

    def now(self) -> float:
        """Seconds since the epoch by the cluster's clock."""
        ...

    async def list(self, kind: ResourceKind, namespace: str | None = None) -> Listing:
        """All objects of a kind as they are now (no older: no `resourceVersion=0`), in a namespace
        or in all."""
        ...

    def watch(
        self, kind: ResourceKind, namespace: str | None = None, *, resource_version: str
    ) -> AsyncGenerator[Change, None]:
        """What changes after that version, until the server ends it. Raises ApiError 410 when the
        version is too old."""
        ...
