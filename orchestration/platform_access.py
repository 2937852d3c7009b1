"""The ways to a platform that is up, open for as long as somebody uses them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

from orchestration.cluster.loop import EventLoop
from orchestration.cluster.node_access import AccessHolder, open_access
from orchestration.deaf_cancel import DeafCancel
from orchestration.platform import Platform
from orchestration.platform_place import connected, environ_of
from orchestration.ports import Cancel
from orchestration.record import RunRecord
from orchestration.wiring import Workplace


@contextmanager
def platform_access(
    workplace: Workplace,
    platform: Platform,
    record: RunRecord,
    cancel: Cancel,
    *,
    forward: bool = True,
) -> Iterator[AccessHolder]:
    """Open every access of `platform` to the run of `record`; without `forward` only those that
    stay when the block ends.

    Raises ConfigError (no such Service or port), ClusterError; StoppedError as soon as `cancel`
    says so, while they are being opened.
    """
    place = record.place
    if not platform.access:
        yield AccessHolder(routes=())
        return

    async def opened(kept: AsyncExitStack) -> AccessHolder:
        client = await kept.enter_async_context(connected(workplace, record))
        ways = open_access(
            platform.access,
            client=client,
            namespace=place.namespace,
            environ=environ_of(place, workplace.environ),
            published=dict(place.published),
            forward=forward,
        )
        return await kept.enter_async_context(ways)

    process = os.getpid()
    with EventLoop() as loop:
        kept = AsyncExitStack()
        try:
            yield loop.run(opened(kept), cancel)
        finally:
            # A fork has inherited neither the loop's thread nor the ways, and would wait for ever.
            if os.getpid() == process:
                loop.run(kept.aclose(), DeafCancel())
