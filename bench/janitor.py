"""Removes what trials left: whatever carries a trial's token in its name, and nothing else."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

from bench.engine_api import EngineApi
from bench.stack_under_test import PREFIX, EngineUnderTest

ATTEMPTS: Final = 20
PAUSE_S: Final = 0.25
REFUSALS: Final = (403, 404, 409, 500)


def clear(engine: EngineUnderTest, token: str, interrupted: bool) -> int:
    """Remove all containers and networks of `token`; how many there were.

    `interrupted`: a call to the engine may still be in flight, so look again after a pause. A
    second Ctrl-C does not stop it: it ends by itself after a few seconds at the most. Raises
    RuntimeError when something stays.
    """
    if not token.startswith(PREFIX):
        raise ValueError(f"{token} is not a token of this benchmark")
    seen: set[str] = set()
    found: list[str] = []
    empty_due = 2 if interrupted else 1
    with _undisturbed(), EngineApi(engine.socket) as api:
        for attempt in range(ATTEMPTS):
            if attempt > 1 or (attempt and interrupted):
                time.sleep(PAUSE_S)
            found = _remove(api, token)
            seen.update(found)
            if not found:
                empty_due -= 1
            if not empty_due:
                return len(seen)
    raise RuntimeError(f"{engine.name} still has {', '.join(found)}")


def remove_image(engine: EngineUnderTest, reference: str) -> None:
    """Remove an image of this benchmark; content when it is gone."""
    path = f"/images/{quote(reference, safe='/:')}"
    with EngineApi(engine.socket) as api:
        api.call("DELETE", path, query={"force": "true"}, content=(404,))


def _remove(api: EngineApi, token: str) -> list[str]:
    """Ask once for the removal of everything there is; what there was.

    Refusals are normal here (Podman removes nothing that others depend on, Docker nothing that is
    being removed): the next look tells.
    """
    found: list[str] = []
    for container in api.containers(token):
        path = f"/containers/{container['Id']}"
        query = {"force": "true", "v": "true"}
        api.call("DELETE", path, query=query, content=REFUSALS)
        found.append(f"container {container['Names'][0].lstrip('/')}")
    for network in api.networks(token):
        # By name: by id Podman removes a network even while it is in use.
        api.call("DELETE", f"/networks/{network['Name']}", content=REFUSALS)
        found.append(f"network {network['Name']}")
    return found


@contextmanager
def _undisturbed() -> Iterator[None]:
    stopping = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in stopping}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
