"""Namespaces that were just made, in which rights may still be on their way."""

from __future__ import annotations

import math
import re
from typing import Final

from orchestration.cluster.api import ApiError

YOUTH_S: Final = 4.0
"""How long after a namespace is made a controller (Capsule, Rancher) may take to bind roles in it,
and every API server to hear of them."""

_WHERE: Final = re.compile(r"/namespaces/(?P<name>[^/]+)/")
_CANNOT: Final = re.compile(r'User "[^"]*" cannot \S+ resource ')


class NewNamespaces:
    """Those that this client makes. Times are the cluster's, in seconds since the epoch."""

    def __init__(self) -> None:
        self._made: dict[str, float] = {}

    def begin(self, name: str) -> None:
        """It is being applied: whether it is new is not known yet."""
        self._made.setdefault(name, math.inf)

    def end(self, name: str, made: float | None) -> None:
        """It was made at `made`; None: it could not be."""
        if made is None:
            self._made.pop(name, None)
        else:
            self._made[name] = made

    def excuses(self, error: ApiError, now: float) -> bool:
        """Whether it is a lack of rights in one of them, which may end by itself."""
        found = _WHERE.search(error.path)
        if error.code != 403 or found is None or not _CANNOT.search(error.message):
            return False
        return now < self._made.get(found["name"], -math.inf) + YOUTH_S
