"""Services that a file's own name tells: `gateway_e2e_hybrid.go`, `docker-compose.gateway.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

_WORDS: Final = re.compile(r"[A-Za-z0-9]+")
_SHARED: Final = frozenset(
    {"shared", "common", "bootstrap", "helper", "helpers", "util", "utils", "client", "mock"}
)
"""A file so named serves whoever calls it: `datastorage_bootstrap.go`."""
_PROSE: Final = (".md", ".markdown", ".rst", ".txt")


def named_services(name: str, called: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The services whose names (`called`: normalised spelling → services) are words of a file's
    name; a longer spelling counts more than one inside it.

    A document is a service's only where its whole name is the service's: titles mention many.
    """
    stem = name.rpartition(".")[0] or name
    words = [word.lower() for word in _WORDS.findall(stem)]
    if name.lower().endswith(_PROSE):
        whole = "".join(words)
        return called.get(whole, ())
    if _SHARED & set(words):
        return ()
    found: dict[str, tuple[int, int]] = {}
    for span in _runs(words):
        for one in called.get("".join(words[span[0] : span[1]]), ()):
            known = found.get(one, (0, 0))
            found[one] = max(known, span, key=lambda each: each[1] - each[0])
    return tuple(
        one
        for one, span in found.items()
        if not any(
            other != span and other[0] <= span[0] and span[1] <= other[1]
            for other in found.values()
        )
    )


def _runs(words: Sequence[str]) -> list[tuple[int, int]]:
    return [
        (start, end)
        for start in range(len(words))
        for end in range(start + 1, min(start + 4, len(words)) + 1)
    ]
