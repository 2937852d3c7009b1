"""What an object cannot be stored without: its Namespace, and the CRD of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestration.cluster.manifest import Manifest, Ref


class Foundations:
    """The Namespaces and CRDs among some manifests."""

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self._namespaces: dict[str, Ref] = {}
        self._kinds: dict[tuple[str, str], Ref] = {}
        for each in manifests:
            ref = each.ref
            match ref.group, ref.kind:
                case "", "Namespace":
                    self._namespaces[ref.name] = ref
                case "apiextensions.k8s.io", "CustomResourceDefinition":
                    self._kinds[_defined(each.body)] = ref

    def of(self, manifest: Manifest) -> tuple[Ref, ...]:
        """Those of them that `manifest` needs, without itself."""
        ref = manifest.ref
        found = (
            self._namespaces.get(ref.namespace) if ref.namespace else None,
            self._kinds.get((ref.group, ref.kind)),
        )
        return tuple(each for each in found if each is not None)


def _defined(body: Mapping[str, object]) -> tuple[str, str]:
    """Group and kind that a CRD defines; ("", "") when it does not say, which nothing has."""
    spec = body.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    names = spec.get("names")
    kind = names.get("kind") if isinstance(names, dict) else None
    group = spec.get("group")
    return (group, kind) if isinstance(group, str) and isinstance(kind, str) else ("", "")
