"""Objects that are applied when others are ready: `stackwright.io/after: "Deployment/api"`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.foundations import Foundations
from orchestration.cluster.manifest import Manifest, Ref
from orchestration.cluster.manifest_mistakes import ManifestMistakes, shown_place
from orchestration.nearest import suggest

AFTER: Final = "stackwright.io/after"
"""The annotation. Its value: `Kind/name` or `Kind/namespace/name`, several with commas."""

_HOW: Final = f'{AFTER}: "Deployment/datastorage" (Kind/name or Kind/namespace/name, with commas)'


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """A manifest that is applied as soon as all of `needs` are ready.

    `needs`: what its annotation names, and the Namespace and CRD of its own that are among the
    manifests, without which it cannot be stored.
    """

    manifest: Manifest
    needs: tuple[Ref, ...]


def is_deferred(manifest: Manifest) -> bool:
    """Whether it waits for others; whether it can be had is for `deferred` to say."""
    return AFTER in _annotations(manifest)


def deferred(manifests: Sequence[Manifest]) -> tuple[Deferred, ...]:
    """The deferred ones among all manifests, in the order given.

    Raises ConfigError, at the file:line of the manifest, for what the annotation names and nobody
    wrote, for objects that wait for each other, and for a Namespace or CRD that is deferred though
    something needs it at once.
    """
    mistakes = ManifestMistakes()
    foundations = Foundations(manifests)
    found = tuple(
        Deferred(manifest=each, needs=_needs(each, manifests, foundations, mistakes))
        for each in manifests
        if is_deferred(each)
    )
    late = {each.manifest.ref: each.manifest for each in found}
    for each in manifests:
        if each.ref in late:
            continue
        for ref in foundations.of(each):
            if ref in late:
                mistakes.add(
                    late[ref].place,
                    f"{ref} is applied later than {each.ref}, which needs it",
                    why=f"it has the annotation {AFTER}, and {shown_place(each.place)} has not",
                    fix=f"remove the annotation, or give it to {each.ref} too",
                )
    _refuse_circles(found, mistakes)
    mistakes.raise_if_any()
    return found


def _annotations(manifest: Manifest) -> Mapping[str, object]:
    metadata = manifest.body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return annotations if isinstance(annotations, dict) else {}


def _needs(
    manifest: Manifest,
    manifests: Sequence[Manifest],
    foundations: Foundations,
    mistakes: ManifestMistakes,
) -> tuple[Ref, ...]:
    written = _annotations(manifest)[AFTER]
    names = written.split(",") if isinstance(written, str) else []
    wanted = [each.strip() for each in names if each.strip()]
    if not wanted:
        mistakes.add(manifest.place, f"{manifest.ref}: {AFTER} names nothing", fix=f"write {_HOW}")
    refs: list[Ref] = []
    for name in wanted:
        found = _named(name, manifest, manifests)
        refs += found
        if not found:
            mistakes.add(
                manifest.place,
                f"{manifest.ref}: {AFTER} names `{name}`, which is not among the manifests",
                fix=_meant(name, manifest, manifests),
            )
    return tuple(dict.fromkeys((*refs, *foundations.of(manifest))))


def _named(name: str, manifest: Manifest, manifests: Sequence[Manifest]) -> list[Ref]:
    """What `name` stands for: in the namespace of the manifest first, then without any."""
    match name.split("/"):
        case [kind, short]:
            places: tuple[str | None, ...] = (manifest.namespace, None)
        case [kind, namespace, short]:
            places = (namespace,)
        case _:
            return []
    for namespace_of in places:
        found = [
            each.ref
            for each in manifests
            if (each.kind, each.namespace, each.name) == (kind, namespace_of, short)
        ]
        if found:
            return found
    return []


def _meant(name: str, manifest: Manifest, manifests: Sequence[Manifest]) -> str:
    if name.count("/") not in (1, 2):
        return f"write {_HOW}"
    others = [each.ref for each in manifests if each.ref != manifest.ref]
    return suggest(name, [_written(each, manifest) for each in others], nothing=f"write {_HOW}")


def _written(ref: Ref, manifest: Manifest) -> str:
    """How the annotation of `manifest` names `ref`."""
    far = ref.namespace not in (manifest.namespace, None)
    return f"{ref.kind}/{ref.namespace}/{ref.name}" if far else f"{ref.kind}/{ref.name}"


def _refuse_circles(found: Sequence[Deferred], mistakes: ManifestMistakes) -> None:
    """What is left when all that can ever be applied is taken away waits for itself."""
    waiting = {each.manifest.ref: each for each in found}
    while True:
        free = [ref for ref, each in waiting.items() if waiting.keys().isdisjoint(each.needs)]
        if not free:
            break
        for ref in free:
            del waiting[ref]
    told: set[Ref] = set()
    for ref in waiting:
        circle = _circle(ref, waiting)
        if told.isdisjoint(circle):
            told.update(circle)
            shown = " → ".join(str(step) for step in (*circle, circle[0]))
            first = waiting[circle[0]]
            mistakes.add(
                first.manifest.place,
                f"objects wait for each other: {shown}",
                why=f"each is applied when the next one is ready, by its {AFTER}",
                fix="remove one of the annotations",
            )


def _circle(start: Ref, waiting: Mapping[Ref, Deferred]) -> list[Ref]:
    """The circle that `start` waits in or for."""
    path: list[Ref] = []
    while start not in path:
        path.append(start)
        start = next(ref for ref in waiting[start].needs if ref in waiting)
    return path[path.index(start) :]
