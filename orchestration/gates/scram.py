"""The SCRAM-SHA-256 side of a PostgreSQL client, by the library `scramp`."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Final

MECHANISM: Final = "SCRAM-SHA-256"

MOST_ITERATIONS: Final = 1_000_000
"""PostgreSQL asks for 4,096; a million takes a third of a second, and a look may not take two."""

_ITERATIONS: Final = re.compile(r",i=(\d+)")


def load_scramp() -> ModuleType:
    """The library: an import of 30 ms, and only servers that demand SCRAM need it."""
    import scramp  # type: ignore[import-untyped]  # it ships no types

    module: ModuleType = scramp
    return module


class ScramError(Exception):
    """The exchange cannot go on; the text says why and holds no password."""


class Scram:
    """One exchange: `first`, then `final` for the server's first message, then `verify`.

    Each method raises ScramError.
    """

    def __init__(self, password: str) -> None:
        scramp = load_scramp()
        self._broken: type[Exception] = scramp.ScramException
        try:
            # PostgreSQL takes the user from the start-up message and ignores the one in here.
            self._client = scramp.ScramClient([MECHANISM], "*", password)
        except self._broken as error:
            raise ScramError(f"this password cannot be used with {MECHANISM}: {error}") from error

    def first(self) -> bytes:
        """The client's first message."""
        message: str = self._client.get_client_first()
        return message.encode()

    def final(self, server_first: bytes) -> bytes:
        """The client's proof."""
        text = server_first.decode(errors="replace")
        found = _ITERATIONS.search(text)
        if found and (len(found[1]) > 7 or int(found[1]) > MOST_ITERATIONS):
            raise ScramError(f"the server demands {found[1][:20]} iterations of {MECHANISM}")
        try:
            self._client.set_server_first(text)
            message: str = self._client.get_client_final()
        except self._broken as error:
            raise ScramError(f"{MECHANISM} failed: {error}") from error
        return message.encode()

    def verify(self, server_final: bytes) -> None:
        """Check that the server knows the password too."""
        try:
            self._client.set_server_final(server_final.decode(errors="replace"))
        except self._broken as error:
            raise ScramError(f"{MECHANISM} failed: {error}") from error
