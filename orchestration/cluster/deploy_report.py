"""What became of every object of a platform, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.cluster.api import ApiError
from orchestration.cluster.manifest import Manifest, Ref
from orchestration.model import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectResult:
    """One object. Times are seconds since the deployment began, None for what never happened.

    `wave`: from 1; 0 for a deferred one. `begun_s`: when its first request left, `applied_s`: when
    the server had accepted it, `ready_s`: when it was seen ready. `attempts`: requests it took.
    `failure`: why it was not applied; `verdict`: what was last seen of it, or what it waited for
    when it was still to be applied; None when it was refused or blocked. `blocked`: what it waited
    for, and what never became ready. `needs`: what it was held back by. `logs`: by `pod/container`,
    of an object that failed or was not ready in time; `events`: what the cluster told of it and its
    pods, `reason: message`. `warnings`: what the server warned of when it was applied.
    """

    manifest: Manifest
    ref: Ref
    wave: int
    begun_s: float | None = None
    applied_s: float | None = None
    ready_s: float | None = None
    attempts: int = 0
    failure: ApiError | None = None
    verdict: Verdict | None = None
    needs: tuple[Ref, ...] = ()
    blocked: tuple[Ref, ...] = ()
    logs: tuple[tuple[str, str], ...] = ()
    events: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployReport:
    """All of it. Seconds.

    `deploy_s`: until the last object that could be was applied. `ready_s`: until the last was
    ready, or the wait ended. `critical_path_s`: the longest chain of objects of which one waited
    for the other. `sum_of_parts_s`: what the same steps take one after the other. `fault`: why the
    objects could not be watched to the end.
    """

    results: tuple[ObjectResult, ...]
    deploy_s: float
    ready_s: float
    critical_path_s: float
    sum_of_parts_s: float
    requests: int
    timed_out: bool = False
    fault: ApiError | None = None

    @property
    def ok(self) -> bool:
        """Whether every object is applied and ready."""
        return all(each.ready_s is not None for each in self.results)
