"""How far one object of a deployment is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from orchestration.cluster.api import ApiError, Body, ResourceKind
from orchestration.cluster.deploy_plan import Step
from orchestration.cluster.deploy_report import ObjectResult
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest, Ref
from orchestration.cluster.world import World
from orchestration.model import Failed, NotYet, Verdict

_RBAC: Final = "rbac.authorization.k8s.io"
_AT_ONCE: Final = frozenset(
    {
        *(("", kind) for kind in ("Namespace", "ServiceAccount", "ConfigMap", "Secret")),
        *(("", kind) for kind in ("Service", "PersistentVolumeClaim", "PersistentVolume")),
        *(("", kind) for kind in ("LimitRange", "ResourceQuota")),
        *((_RBAC, kind) for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")),
        ("networking.k8s.io", "IngressClass"),
        ("networking.k8s.io", "NetworkPolicy"),
        ("node.k8s.io", "RuntimeClass"),
        ("policy", "PodDisruptionBudget"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "StorageClass"),
    }
)
"""Group and kind of what is ready when it is there: the answer to its apply says so."""


class Stage(StrEnum):
    """Where an object is. The last three are ends."""

    PENDING = "pending"
    APPLYING = "applying"
    APPLIED = "applied"
    REFUSED = "refused"
    BLOCKED = "blocked"


@dataclass(slots=True)
class ObjectProgress:
    """One object on its way. Times are seconds since the deployment began.

    `ref`: what names it in the cluster, which is not how it was written when its namespace is
    implied, or its kind has none. `blocked`: what it needed and does not get.
    """

    step: Step
    ref: Ref
    stage: Stage = Stage.PENDING
    begun_s: float | None = None
    applied_s: float | None = None
    ready_s: float | None = None
    attempts: int = 0
    failure: ApiError | None = None
    verdict: Verdict | None = None
    blocked: tuple[Ref, ...] = ()
    warnings: list[str] = field(default_factory=list)

    @property
    def under_way(self) -> bool:
        """Whether it is still to be applied."""
        return self.stage in (Stage.PENDING, Stage.APPLYING)

    @property
    def hopeless(self) -> bool:
        """Whether nothing that comes after it can ever begin."""
        ended = self.stage in (Stage.REFUSED, Stage.BLOCKED)
        return ended or isinstance(self.verdict, Failed)

    @property
    def ready(self) -> bool:
        """Whether it was ready at the last look."""
        return self.ready_s is not None

    def place(self, kind: ResourceKind, namespace: str) -> Body:
        """Take the `ref` it has in the cluster: in `namespace` when its kind has one and it says
        none. The body to send."""
        manifest = self.step.manifest
        where = (manifest.namespace or namespace) if kind.namespaced else None
        self.ref = replace(manifest.ref, namespace=where)
        if where == manifest.namespace:
            return manifest.body
        metadata = dict(Fields(manifest.body).table("metadata").body)
        metadata.pop("namespace", None)
        return {**manifest.body, "metadata": metadata | ({"namespace": where} if where else {})}

    def sent(self, now_s: float) -> None:
        """A request to apply it leaves."""
        self.begun_s = now_s if self.begun_s is None else self.begun_s
        self.attempts += 1

    def warned(self, warning: str) -> bool:
        """Whether the server had not warned of that yet: each further attempt hears it again."""
        new = warning not in self.warnings
        if new:
            self.warnings.append(warning)
        return new

    def accepted(self, now_s: float) -> None:
        """The server stored it."""
        self.stage = Stage.APPLIED
        self.applied_s = now_s

    def refused(self, error: ApiError) -> None:
        """It will not be applied."""
        self.stage = Stage.REFUSED
        self.failure = error

    def look(self, world: World) -> Verdict:
        """What is to be said of it now that it is applied.

        Nobody applies it a second time, so what is on its way out never gets ready.
        """
        found = world.verdict(self.ref)
        body = world.body(self.ref)
        if isinstance(found, NotYet) and body is not None and _leaving(body):
            return Failed("is being deleted; deploy again when it is gone")
        return found

    def waits_for(self, unready: tuple[Ref, ...]) -> str:
        """Why it is not ready, in words. `unready`: what it needs and is not."""
        match self.verdict:
            case NotYet(reason) | Failed(reason):
                return reason
        if unready:
            return f"is applied when {', '.join(each.short for each in unready)} is ready"
        return "is being applied" if self.stage is Stage.APPLYING else "waits for its turn"

    def result(self) -> ObjectResult:
        """What became of it."""
        return ObjectResult(
            manifest=self.step.manifest,
            ref=self.ref,
            wave=self.step.wave,
            begun_s=self.begun_s,
            applied_s=self.applied_s,
            ready_s=self.ready_s,
            attempts=self.attempts,
            failure=self.failure,
            verdict=self.verdict,
            needs=self.step.needs,
            blocked=self.blocked,
            warnings=tuple(self.warnings),
        )


def is_watched(manifest: Manifest) -> bool:
    """Whether only a watch tells when such an object is ready. Not watching the others spares two
    requests a kind, and the right to list every Secret."""
    if (manifest.ref.group, manifest.kind) not in _AT_ONCE:
        return True
    balanced = Fields(manifest.body).text("spec", "type") == "LoadBalancer"
    return manifest.kind == "Service" and balanced


def _leaving(body: Body) -> bool:
    return Fields(body).get("metadata", "deletionTimestamp") is not None
