"""Objects go into a cluster, as many at once as can, and are awaited all together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from orchestration.cluster.api import MANAGER, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.deploy_event import DeployEvent
from orchestration.cluster.deploy_plan import DeployPlan
from orchestration.cluster.deploy_report import DeployReport
from orchestration.cluster.deploy_timing import timing
from orchestration.cluster.deployment import Deployment
from orchestration.cluster.object_evidence import Subject, object_evidence
from orchestration.cluster.object_progress import Stage
from orchestration.cluster.retry import Retry
from orchestration.cluster.world import World
from orchestration.platform import LIMIT

SETTLE_S: Final = 0.3
"""From a failure, and from the last apply, to the end of the wait: what fails for the same reason
at about the same time is told together."""

NOTHING_KNOWN: Final[Mapping[tuple[str, str], ResourceKind]] = {}


async def deploy(
    client: Client,
    world: World,
    plan: DeployPlan,
    *,
    deadline_s: float,
    on_event: Callable[[DeployEvent], None],
    limit: int = LIMIT,
    manager: str = MANAGER,
    retry: Retry | None = None,
    redact: Callable[[str], str] = str,
    settle_s: float = SETTLE_S,
    kinds: Mapping[tuple[str, str], ResourceKind] = NOTHING_KNOWN,
) -> DeployReport:
    """Apply all objects of `plan` and await them, within `deadline_s` in all.

    Each object begins as soon as it can: when all that can be applied of the waves before is, and
    what it needs itself is ready (its Namespace and CRD, what its annotation names); at most
    `limit` are applied at once, by server-side apply as `manager`, which takes no field from
    another one. An object that is refused stops neither its wave nor a later one,
    only what needs it.

    It is over when every object is ready. When one has failed for good or was refused, it is over
    as soon as the waves are applied, or `settle_s` later, so that what fails together is told
    together: what is only coming up then is not awaited, its verdict says what it still waited for,
    and what was deferred until it is ready is not applied. It is over, too, when nothing can be
    watched any more (`fault`), and at the deadline (`timed_out`).

    Then what the cluster knows of each object that was applied and is not ready is collected, which
    takes five seconds more at most; `redact` takes secrets out of it. `kinds`: all that some API
    versions have, discovered before: those are not asked for again.

    Raises ClusterError when nobody answers or the credentials are not taken, nothing for what
    becomes of objects. When it is cancelled, no request goes on; what is applied stays.
    """
    before = client.requests
    deployment = Deployment(
        client,
        world,
        plan,
        deadline_s=deadline_s,
        limit=limit,
        on_event=on_event,
        manager=manager,
        retry=retry or Retry(),
        settle_s=settle_s,
        kinds=kinds,
    )
    within = asyncio.timeout(deadline_s)
    try:
        async with within:
            await deployment.run()
    except TimeoutError:
        if not within.expired():
            raise
    deployment.finish()
    ended_s = deployment.seconds()
    requests = client.requests - before
    results = [each.result() for each in deployment.objects]
    times = timing(results, ended_s)
    unready = [
        Subject(ref=each.ref, body=world.body(each.ref) or {}, pods=world.pods_of(each.ref))
        for each in deployment.objects
        if each.stage is Stage.APPLIED and not each.ready
    ]
    evidence = await object_evidence(client, unready, redact=redact)
    explained = (
        replace(each, logs=found.logs, events=found.events)
        if (found := evidence.get(each.ref)) is not None
        else each
        for each in results
    )
    return DeployReport(
        results=tuple(explained),
        deploy_s=times.deploy_s,
        ready_s=times.ready_s,
        critical_path_s=times.critical_path_s,
        sum_of_parts_s=times.sum_of_parts_s,
        requests=requests,
        timed_out=within.expired(),
        fault=deployment.fault,
    )
