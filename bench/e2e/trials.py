"""Deployments through the API, measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.e2e import scenes, served
from bench.e2e.cluster import Cluster
from bench.e2e.scenes import Scene
from orchestration.cluster.client import connect
from orchestration.cluster.deploy import deploy
from orchestration.cluster.deploy_plan import plan
from orchestration.cluster.deploy_report import DeployReport
from orchestration.cluster.manifest_files import load
from orchestration.cluster.world import World
from orchestration.model import Failed
from orchestration.platform import ClusterChoice
from tests.kube.contract.objects import config_map
from tests.kube.faults import Refuses, Which
from tests.kube.json_values import Doc

DEADLINE_S: Final = 60.0
_REFUSALS: Final = (
    (
        Which(method="PATCH", path="/secrets/"),
        Refuses(code=403, message='secrets "part-1" is forbidden: exceeded quota: few'),
    ),
    (
        Which(method="PATCH", path="/services/"),
        Refuses(code=422, message='Service "part-2" is invalid: spec.ports: Required value'),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A deployment that is over. `began`, `ended`: `time.monotonic()` around it, connection and
    evidence included; `waited`: when the wait ended."""

    report: DeployReport
    began: float
    waited: float
    ended: float

    @property
    def failed(self) -> int:
        """How many objects were refused or have failed for good."""
        return sum(
            each.failure is not None or isinstance(each.verdict, Failed)
            for each in self.report.results
        )


def deployed(cluster: Cluster, scene: Scene, directory: Path) -> Deployed:
    """Deploy `scene` as `e2e up` does, by a connection of its own."""
    for workload, behaviour in scene.behaviours.items():
        cluster.ask(served.behave, workload, behaviour)
    planned = plan(load(scene.write(directory)))

    async def run() -> Deployed:
        began = time.monotonic()
        async with (
            connect(ClusterChoice(kubeconfig=cluster.kubeconfig), environ={}) as client,
            World(client) as world,
        ):
            deploying = time.monotonic()
            report = await deploy(
                client, world, planned, deadline_s=DEADLINE_S, on_event=lambda event: None
            )
            ended = time.monotonic()
        return Deployed(report=report, began=began, waited=deploying + report.ready_s, ended=ended)

    return asyncio.run(run())


def deploy_seconds(cluster: Cluster, scene: Scene, directory: Path) -> Mapping[str, float]:
    """`deployed`: until the last object was applied. `requests`: as the server counts them.

    Raises RuntimeError when it does not come up.
    """
    found = _good(deployed(cluster, scene, directory))
    return {"deployed": found.report.deploy_s, "requests": cluster.ask(served.told).requests}


def ready_seconds(cluster: Cluster, scene: Scene, directory: Path) -> Mapping[str, float]:
    """`ready`: connection and all until the report is there. `requests`: as the server counts them.

    Raises RuntimeError when it does not come up.
    """
    found = _good(deployed(cluster, scene, directory))
    return {
        "ready": found.ended - found.began,
        "waited": found.report.ready_s,
        "requests": cluster.ask(served.told).requests,
    }


def failures_told(cluster: Cluster, directory: Path) -> Mapping[str, float]:
    """`told`: from when the last apply was answered and the Job had failed, until the report is
    there. Raises RuntimeError when it does not tell all four."""
    metadata: Doc = {"name": "part-0", "namespace": "default"}
    cluster.ask(served.put, "ConfigMap", {**config_map("part-0", a="theirs"), "metadata": metadata})
    for which, answer in _REFUSALS:
        cluster.ask(served.refuse, which, answer)
    found = deployed(cluster, scenes.four_failures(), directory)
    told = cluster.ask(served.told)
    if found.failed != 4 or told.last_apply_at is None or told.job_failed_at is None:
        raise RuntimeError(f"four were to fail, {found.failed} did: {found.report}")
    return {"told": found.ended - max(told.last_apply_at, told.job_failed_at)}


def failed_job_ends(cluster: Cluster, directory: Path, after_s: float) -> Mapping[str, float]:
    """`ended`: from the Job's failure to the end of the wait; `told`: to the report.

    Raises RuntimeError when anything else ended it.
    """
    found = deployed(cluster, scenes.failing_job(after_s), directory)
    failed_at = cluster.ask(served.told).job_failed_at
    if found.failed != 1 or failed_at is None or found.report.timed_out:
        raise RuntimeError(f"one Job was to fail, {found.failed} objects did: {found.report}")
    return {"ended": found.waited - failed_at, "told": found.ended - failed_at}


def _good(found: Deployed) -> Deployed:
    if not found.report.ok:
        raise RuntimeError(f"not all objects became ready: {found.report}")
    return found
