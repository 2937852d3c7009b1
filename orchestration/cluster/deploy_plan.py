"""What is to be applied, and what each object comes after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.api import ResourceKind
from orchestration.cluster.deferred import Deferred, deferred
from orchestration.cluster.fields import Fields
from orchestration.cluster.foundations import Foundations
from orchestration.cluster.manifest import Manifest, Ref
from orchestration.cluster.manifest_mistakes import ManifestMistakes, shown_place
from orchestration.cluster.waves import Wave, waves

_DEFINITION: Final = "CustomResourceDefinition"
KNOWN: Final = {
    (each.api_version, each.kind): each
    for each in (
        ResourceKind(api_version="v1", kind="Namespace", plural="namespaces", namespaced=False),
        ResourceKind(
            api_version="apiextensions.k8s.io/v1",
            kind=_DEFINITION,
            plural="customresourcedefinitions",
            namespaced=False,
        ),
    )
}
"""The kinds of the first wave, which every server has: they need not wait for discovery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One object on its way.

    `wave`: from 1, applied when all that can be applied of the waves before is; 0 for a deferred
    one, applied as soon as it can be. `needs`: what must be ready before: its Namespace and CRD,
    where they are in the plan, and what its annotation names. `definition`: the CRD among them.
    """

    manifest: Manifest
    wave: int
    needs: tuple[Ref, ...]
    definition: Manifest | None

    @property
    def ref(self) -> Ref:
        """What names the object."""
        return self.manifest.ref


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployPlan:
    """The manifests of a platform as they are to be in the cluster (made by `plan`)."""

    manifests: tuple[Manifest, ...]
    waves: tuple[Wave, ...]
    deferred: tuple[Deferred, ...]
    steps: tuple[Step, ...]

    @property
    def api_versions(self) -> tuple[str, ...]:
        """Those to discover at once. What the plan itself defines says what it is when it is
        there, and what is `KNOWN` need not be asked for."""
        wanted = (
            each.manifest.api_version
            for each in self.steps
            if each.definition is None
            and (each.manifest.api_version, each.manifest.kind) not in KNOWN
        )
        return tuple(dict.fromkeys(wanted))


def plan(manifests: Sequence[Manifest], *, within: Ref | None = None) -> DeployPlan:
    """The order of `manifests`, which are in the namespaces where they are to be. `within`: the
    Namespace among them without which nothing is to be applied anywhere.

    Raises ConfigError, at the file:line, for what `deferred` refuses and for one object that is
    there twice: two files that named it in different namespaces may now mean the same one.
    """
    _refuse_doubles(manifests)
    groups = waves(manifests)
    late = deferred(manifests)
    foundations = Foundations(manifests)
    named = {each.ref: each for each in manifests}

    def step(manifest: Manifest, wave: int, needs: tuple[Ref, ...]) -> Step:
        definition = next((named[ref] for ref in needs if _defines(named[ref], manifest)), None)
        if within is not None and manifest.ref != within:
            needs = tuple(dict.fromkeys((within, *needs)))
        return Step(manifest=manifest, wave=wave, needs=needs, definition=definition)

    steps = [
        step(each, number, foundations.of(each))
        for number, wave in enumerate(groups, start=1)
        for each in wave.manifests
    ]
    steps += [step(each.manifest, 0, each.needs) for each in late]
    return DeployPlan(manifests=tuple(manifests), waves=groups, deferred=late, steps=tuple(steps))


def defined_kind(definition: Manifest, api_version: str) -> ResourceKind | None:
    """The kind of `api_version` that a CRD defines; None when it serves none of that version."""
    spec = Fields(definition.body).table("spec")
    served = {
        f"{spec.text('group')}/{each.text('name')}"
        for each in spec.tables("versions")
        if each.get("served") is True
    }
    if api_version not in served:
        return None
    return ResourceKind(
        api_version=api_version,
        kind=spec.text("names", "kind"),
        plural=spec.text("names", "plural"),
        namespaced=spec.text("scope") == "Namespaced",
    )


def _defines(found: Manifest, manifest: Manifest) -> bool:
    """Whether `found` is the CRD of the kind of `manifest`."""
    spec = Fields(found.body).table("spec")
    names = (spec.text("group"), spec.text("names", "kind"))
    return found.kind == _DEFINITION and names == (manifest.ref.group, manifest.kind)


def _refuse_doubles(manifests: Sequence[Manifest]) -> None:
    mistakes = ManifestMistakes()
    first: dict[tuple[str, str, str | None, str], Manifest] = {}
    for each in manifests:
        other = first.setdefault((each.ref.group, each.kind, each.namespace, each.name), each)
        if other is not each:
            mistakes.add(
                each.place,
                f"{each.ref} is there twice",
                why=f"{shown_place(other.place)} has it too",
                fix="remove one of them, or give it another name",
            )
    mistakes.raise_if_any()
