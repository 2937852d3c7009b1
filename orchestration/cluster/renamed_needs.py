"""What deferred objects wait for, as a run calls it."""

from __future__ import annotations

from collections.abc import Mapping

from orchestration.cluster.deferred import AFTER
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest, Ref


def renamed_needs(manifest: Manifest, refs: Mapping[Ref, Ref | None]) -> dict[str, object]:
    """The annotations of `manifest`; the one of `deferred` names what it named before.

    `refs`: what the manifests are called now, None for what is not applied because it is there. A
    name that fits none is left for `deferred` to refuse.
    """
    annotations = dict(Fields(manifest.body).table("metadata", "annotations").body)
    written = annotations.get(AFTER)
    if isinstance(written, str):
        new = [_renamed(each.strip(), manifest, refs) for each in written.split(",")]
        kept = ", ".join(each for each in new if each is not None)
        if kept:
            annotations[AFTER] = kept
        else:
            del annotations[AFTER]
    return annotations


def _renamed(name: str, manifest: Manifest, refs: Mapping[Ref, Ref | None]) -> str | None:
    parts = name.split("/")
    kind, short = parts[0], parts[-1]
    # As `deferred` looks for it.
    places = (parts[1],) if len(parts) == 3 else (manifest.namespace, None)
    for place in places:
        for ref, new in refs.items():
            if (ref.kind, ref.namespace, ref.name) == (kind, place, short):
                return None if new is None else _written(new)
    return name


def _written(ref: Ref) -> str:
    return f"{ref.kind}/{ref.namespace}/{ref.name}" if ref.namespace else f"{ref.kind}/{ref.name}"
