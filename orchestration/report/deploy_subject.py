"""What a report of a deployment is about."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.cluster.cluster_access import ClusterContext


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploySubject:
    """A platform's run on a cluster.

    `namespace`: the run's own. `started`: when the deployment began, in seconds since
    the epoch. `deadline`: seconds it had. `host`: the machine that deployed. `phases`: what came
    before the deployment (images, cluster, load) and how long each took, in seconds.
    """

    platform: str
    service: str
    run: str
    namespace: str
    cluster: ClusterContext
    started: float
    deadline: float
    host: str = "localhost"
    phases: tuple[tuple[str, float], ...] = ()
