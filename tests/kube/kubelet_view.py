"""What a kubelet sees of the cluster that it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.kube.json_values import Doc
from tests.kube.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeletView:
    """Objects to read, and a way to say that a pod has changed. For all threads."""

    registry: Registry = field(repr=False)
    nudge: Callable[[], None]

    def now(self) -> float:
        """Seconds since the epoch, as the cluster sees it."""
        return self.registry.clock.now()

    def get(self, kind: str, namespace: str, name: str) -> Doc | None:
        """An object of a built-in kind."""
        return self.registry.store.get(self.registry.catalogue.kind(kind), namespace, name)

    def all(self, kind: str, namespace: str = "") -> list[Doc]:
        """All objects of a built-in kind, in one namespace or in all."""
        return self.registry.store.all(self.registry.catalogue.kind(kind), namespace)

    def wait(self, revision: int, over: Callable[[], bool]) -> int:
        """Until something is stored after `revision`, or `over()`, at most a second; the revision
        that the cluster is at then."""
        store = self.registry.store
        store.wait(revision, 1.0, over)
        with store.lock:
            return store.revision
