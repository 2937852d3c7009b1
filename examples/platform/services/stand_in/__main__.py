"""`python -m stand_in`."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from serving.process import run

if TYPE_CHECKING:
    from serving.server import Server


def start(variables: Mapping[str, str]) -> "Sequence[Server]":
    """Import the service once signals are caught."""
    from stand_in.service import start as begin

    return begin(variables)


if __name__ == "__main__":
    sys.exit(run("stand-in", start))
