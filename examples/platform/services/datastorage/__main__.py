"""`python -m datastorage`."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from serving.process import run

if TYPE_CHECKING:
    from serving.server import Server


def start(variables: Mapping[str, str]) -> "Sequence[Server]":
    """Import the service (0.15 s, most of it psycopg and redis) once signals are caught."""
    from datastorage.service import start as begin

    return begin(variables)


if __name__ == "__main__":
    sys.exit(run("datastorage", start))
