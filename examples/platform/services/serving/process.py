"""The life of a service's process: settle or refuse, serve, end on SIGTERM within a second."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Thread
from typing import TYPE_CHECKING, NoReturn

from serving.environment import RefusalError

if TYPE_CHECKING:
    from types import FrameType

    from serving.server import Server

DRAIN_S = 0.5
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def run(name: str, start: Callable[[Mapping[str, str]], Sequence[Server]]) -> int:
    """Serve what `start` returns until SIGTERM or SIGINT; the exit code.

    `start` gets the environment. A RefusalError from it becomes one line of log and exit code 1.
    The signals are caught before `start` runs: as process 1 of a container a process without a
    handler of its own ignores SIGTERM.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    log = logging.getLogger(name)
    try:
        servers = start(os.environ)
    except RefusalError as refusal:
        log.error("refusing to start: %s", " ".join(str(refusal).split()))  # noqa: TRY400 - no traceback
        return 1
    for server in servers:
        Thread(target=server.serve_forever, daemon=True).start()
    places = ", ".join(f"{server.server_name}:{server.server_port}" for server in servers)
    log.info("serving on %s", places)
    try:
        Event().wait()
    finally:
        log.info("ending")
        for server in servers:
            server.drain(DRAIN_S / len(servers))
    return 0


def set_level(name: str) -> None:
    """Set how much is logged. Raises RefusalError for a level that does not exist."""
    if name.upper() not in LEVELS:
        raise RefusalError(f"the log level must be one of {', '.join(LEVELS)}, not {name!r}")
    logging.getLogger().setLevel(name.upper())


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
