"""A cluster that accepts connections and says nothing is given up in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestration.errors import ClusterError


class SilentClusterError(ClusterError):
    """The cluster has not answered in the time there was."""


@asynccontextmanager
async def answering(
    limit: float,
    context: str,
    *,
    fix: str = "see whether its API server answers (`kubectl version`), and try again",
) -> AsyncIterator[None]:
    """All that is asked in the block, connecting included, has `limit` seconds together.

    `context`: which cluster is asked. Raises SilentClusterError when they are over, or those of a
    shorter limit within; `fix` is what it says.
    """
    begun = asyncio.timeout(limit)
    try:
        async with begun:
            yield
    except SilentClusterError as within:
        raise SilentClusterError(within.what, why=within.why, fix=fix) from None
    except TimeoutError:
        if not begun.expired():
            raise
        raise SilentClusterError(
            f"the cluster of context {context} does not answer",
            why=f"what it was asked has taken more than {limit:g} s",
            fix=fix,
        ) from None
