"""Whether a new cluster takes a platform: we ask it, whatever the tool that made it says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from orchestration.cluster.api import ApiError, ResourceKind
from orchestration.cluster.client import Client, connect
from orchestration.cluster.fields import Fields
from orchestration.errors import ClusterError, StackwrightError
from orchestration.model import NotYet, Ready
from orchestration.platform import ClusterChoice

LOOK_S: Final = 5.0
"""How long one look may take: a server that starts may accept and not answer."""

_PAUSE_S: Final = 0.25
_NODE: Final = ResourceKind(api_version="v1", kind="Node", plural="nodes", namespaced=False)
_ACCOUNT: Final = ResourceKind(
    api_version="v1", kind="ServiceAccount", plural="serviceaccounts", namespaced=True
)


async def until_ready(
    choice: ClusterChoice,
    *,
    environ: Mapping[str, str],
    until: float,
    log: Path,
    look_s: float = LOOK_S,
) -> None:
    """Return when its API answers, every node is Ready and the default ServiceAccount is there:
    without that, pods are refused. `until`: a time of the event loop; the first look is not cut
    short by it. CoreDNS is not awaited.

    Raises ClusterError, which says what is not; `log`: where its tool's words are.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    why = ""
    while not why or loop.time() < until:
        seconds = min(look_s, until - loop.time()) if why else look_s
        try:
            async with asyncio.timeout(seconds):
                verdict = await _look(choice, environ)
        except TimeoutError:
            # A look that the deadline cut short says less than the one before.
            silent = f"its API does not answer within {look_s:g} s"
            verdict = NotYet(silent if seconds == look_s else why)
        if isinstance(verdict, Ready):
            return
        why = verdict.reason
        await asyncio.sleep(min(_PAUSE_S, max(0.0, until - loop.time())))
    raise ClusterError(
        f"the cluster {choice.context} was made and is not ready after {loop.time() - begun:.0f} s",
        why=f"{why}\n    (what its tool said: {log})",
        fix="make one by hand and look at its node (`kind create cluster --retain`, "
        "`kind export logs`); a busy machine needs a longer deadline",
    )


async def _look(choice: ClusterChoice, environ: Mapping[str, str]) -> Ready | NotYet:
    try:
        # Each look has a connection of its own: the server is replaced while a cluster starts.
        async with connect(choice, environ=environ) as client:
            return await _judged(client)
    except StackwrightError as error:
        return NotYet(
            f"its API does not answer: {error.what}" + (f" ({error.why})" * bool(error.why))
        )
    except ApiError as error:
        return NotYet(f"its API does not answer as it should: {error.message}")


async def _judged(client: Client) -> Ready | NotYet:
    nodes = (await client.list(_NODE)).items
    if not nodes:
        return NotYet("no node has joined it")
    for each in map(Fields, nodes):
        if each.says("Ready") is None:
            found = each.condition("Ready")
            name = each.text("metadata", "name")
            told = (
                found.told("its kubelet has not reported") if found else "no kubelet has reported"
            )
            return NotYet(f"node {name} is not Ready: {told}")
    try:
        await client.get(_ACCOUNT, "default", "default")
    except ApiError as error:
        if error.code != 404:
            raise
        return NotYet("the ServiceAccount `default` is not there yet: pods would be refused")
    return Ready("")
