"""The names of what a run has: in an annotation of its namespace, and in its record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, unquote

from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest, Ref

MOST: Final = 128 * 1024
"""Bytes of it. The server takes 256 KiB of annotations (k8s.io/apimachinery, api/validation,
TotalAnnotationSizeLimitB), and the platform's own Namespace may have some."""


def written(manifests: Iterable[Manifest], *, most: int = MOST) -> str:
    """All objects but those that go by themselves, as `apiVersion/Kind@namespace=name,name`.

    Of more than `most` bytes, the kinds with the most names are left out.
    """
    kept: list[str] = []
    for entry in sorted(entries(each.ref for each in manifests if not _ends(each)), key=len):
        most -= len(entry) + 1
        if most < 0:
            break
        kept.append(entry)
    return " ".join(sorted(kept))


def entries(refs: Iterable[Ref]) -> tuple[str, ...]:
    """`apiVersion/Kind@namespace=name,name`, one for each kind and namespace."""
    names: dict[str, set[str]] = {}
    for each in refs:
        place = f"{each.api_version}/{each.kind}@{each.namespace or ''}"
        names.setdefault(place, set()).add(quote(each.name, safe=":"))
    return tuple(f"{place}={','.join(sorted(each))}" for place, each in names.items())


def read(text: str) -> tuple[Ref, ...]:
    """What `written` wrote; what nobody can have written so is left out."""
    return tuple(ref for entry in text.split() for ref in _refs(entry))


def _refs(entry: str) -> Iterable[Ref]:
    place, _, names = entry.partition("=")
    named, _, namespace = place.partition("@")
    api_version, _, kind = named.rpartition("/")
    if not api_version:
        return
    for name in filter(None, names.split(",")):
        yield Ref(
            api_version=api_version, kind=kind, namespace=namespace or None, name=unquote(name)
        )


def _ends(manifest: Manifest) -> bool:
    """Whether the server itself removes it some time after it has ended."""
    spec: Mapping[str, object] = Fields(manifest.body).table("spec").body
    return manifest.kind == "Job" and spec.get("ttlSecondsAfterFinished") is not None
