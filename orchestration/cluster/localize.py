"""Manifests as they are applied in one run: in its namespace, and marked as its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from orchestration.cluster.api import Body, ResourceKind
from orchestration.cluster.deferred import AFTER
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest, Ref
from orchestration.cluster.manifest_mistakes import shown_place
from orchestration.cluster.namespace_move import NamespaceMove, account_namespaces, home_of
from orchestration.cluster.platform_run import Mark, PlatformRun
from orchestration.cluster.renamed_needs import renamed_needs
from orchestration.cluster.run_contents import written

Kinds = Mapping[tuple[str, str], ResourceKind]
"""By apiVersion and kind, as the server serves them."""

_BINDINGS: Final = ("ClusterRoleBinding", "RoleBinding")
_WEBHOOKS: Final = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")


@dataclass(frozen=True, slots=True, kw_only=True)
class Localized:
    """`manifests`: all of them in the order given, without the Namespace that became the run's.
    `outside`: those of them that are not in the run's namespace: without any, or in another.
    `namespace`: the run's own Namespace, to be applied before everything. `notices`: what a user
    would not expect, one sentence each."""

    manifests: tuple[Manifest, ...]
    outside: tuple[Manifest, ...]
    namespace: Body = field(repr=False)
    notices: tuple[str, ...] = ()


def localize(
    manifests: Sequence[Manifest], kinds: Kinds, run: PlatformRun, *, home: str | None = None
) -> Localized:
    """Put manifests into the namespace of a run, so that two runs can be on one cluster.

    Objects without a namespace go there. So do those of the namespace that the manifests are
    written for (`home`): the one Namespace object among them; else the one that all of them name;
    else, where they name none, the one in which their bindings look for their service accounts. It
    can be said (`home="shop"`), also that there is none (`home=""`). What names it goes along, as
    far as that is certain (`NamespaceMove`); the rest is told. Objects of any other namespace, and
    objects of the whole cluster, keep their names: they are shared with other runs that want the
    same, and told. Only bindings and webhooks among them that name the run's namespace are the
    run's own: they get the run's id into their names, and such webhooks see only its objects.

    A kind that nobody serves and no CRD among the manifests defines stays as it is.
    """
    return _Localizing(manifests, kinds, run, home).done()


class _Localizing:
    def __init__(
        self, manifests: Sequence[Manifest], kinds: Kinds, run: PlatformRun, home: str | None
    ) -> None:
        self._run = run
        self._scopes = _Scopes(manifests, kinds)
        self._all = manifests
        self._home = self._found_home() if home is None else home or None
        self._own = [each for each in manifests if self._is_own_namespace(each)]
        moving = [each for each in manifests if self._moves(each)]
        staying = {(each.kind, each.name) for each in manifests if not self._moves(each)}
        names: dict[str, set[str]] = {}
        for each in moving:
            if (each.kind, each.name) not in staying:
                names.setdefault(each.kind, set()).add(each.name)
        self._move = NamespaceMove(home=self._home, to=run.namespace, names=names)

    def done(self) -> Localized:
        rest = [each for each in self._all if not self._is_own_namespace(each)]
        refs: dict[Ref, Ref | None] = {each.ref: self._ref(each) for each in rest}
        refs |= {each.ref: None for each in self._own}
        made = [self._made(each, refs) for each in rest]
        pairs = list(zip(rest, made, strict=True))
        outside = [pair for pair in pairs if self._is_outside(pair[0])]
        return Localized(
            manifests=tuple(made),
            outside=tuple(new for _, new in outside),
            namespace=self._namespace(made),
            notices=tuple(self._notices(pairs, outside)),
        )

    def _found_home(self) -> str | None:
        inside = [each for each in self._all if self._scopes(each)]
        accounts = [
            each.name for each in inside if each.kind == "ServiceAccount" and not each.namespace
        ]
        return home_of(
            [each.name for each in self._all if _is_namespace(each)],
            [each.namespace for each in inside],
            account_namespaces([each.body for each in self._all], accounts),
        )

    def _is_own_namespace(self, manifest: Manifest) -> bool:
        return _is_namespace(manifest) and manifest.name == self._home

    def _moves(self, manifest: Manifest) -> bool:
        inside = (None, self._home, self._run.namespace)
        return self._scopes(manifest) is True and manifest.namespace in inside

    def _is_outside(self, manifest: Manifest) -> bool:
        return self._scopes(manifest) is not None and not self._moves(manifest)

    def _ref(self, manifest: Manifest) -> Ref:
        """What it is called in the run."""
        if self._moves(manifest):
            return replace(manifest.ref, namespace=self._run.namespace)
        own = self._is_outside(manifest) and self._names_the_run(manifest)
        return replace(
            manifest.ref,
            name=f"{manifest.name}-{self._run.run}" if own else manifest.name,
            namespace=None if self._scopes(manifest) is False else manifest.namespace,
        )

    def _names_the_run(self, manifest: Manifest) -> bool:
        """Whether it would be another object in every run, and nothing asks for it by name."""
        if manifest.kind not in (*_BINDINGS, *_WEBHOOKS):
            return False
        return self._move.moved(manifest.body) != manifest.body

    def _made(self, manifest: Manifest, refs: Mapping[Ref, Ref | None]) -> Manifest:
        ref = self._ref(manifest)
        body = self._move.moved(manifest.body)
        metadata = dict(Fields(body).table("metadata").body)
        metadata["name"] = ref.name
        metadata.pop("namespace", None)
        if ref.namespace is not None:
            metadata["namespace"] = ref.namespace
        outside = self._is_outside(manifest)
        annotations = renamed_needs(manifest, refs)
        metadata["annotations"] = {
            **annotations,
            **(self._run.hold_annotations if outside else {}),
        }
        if not metadata["annotations"]:
            del metadata["annotations"]
        metadata["labels"] = {
            **Fields(body).table("metadata", "labels").body,
            **(self._run.hold_labels if outside else self._run.labels),
        }
        body["metadata"] = metadata
        if manifest.kind in _WEBHOOKS and self._names_the_run(manifest):
            body["webhooks"] = [self._confined(each) for each in Fields(body).tables("webhooks")]
        return replace(manifest, name=ref.name, namespace=ref.namespace, body=body)

    def _confined(self, webhook: Fields) -> dict[str, object]:
        selector = webhook.table("namespaceSelector")
        own = {"kubernetes.io/metadata.name": self._run.namespace}
        labels = {**selector.table("matchLabels").body, **own}
        return {**webhook.body, "namespaceSelector": {**selector.body, "matchLabels": labels}}

    def _namespace(self, made: Sequence[Manifest]) -> Body:
        """With the labels that the platform's own Namespace has, such as those of Pod Security."""
        theirs = [Fields(each.body).table("metadata") for each in self._own]
        parts: dict[str, dict[str, object]] = {"labels": {}, "annotations": {}}
        for part, found in parts.items():
            for metadata in theirs:
                found |= metadata.table(part).body
        parts["labels"].pop("kubernetes.io/metadata.name", None)
        parts["annotations"].pop(AFTER, None)
        return {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": self._run.namespace,
                "labels": {**parts["labels"], **self._run.labels},
                "annotations": {
                    **parts["annotations"],
                    **self._run.annotations,
                    Mark.CONTENTS.value: " ".join(sorted(self._contents(made))),
                    Mark.OBJECTS.value: written(made),
                },
            },
        }

    def _contents(self, made: Iterable[Manifest]) -> set[str]:
        """Where the removal of the run finds what does not simply go with its namespace."""
        here = self._run.namespace
        defined = {f"{each}@{here}" for each in self._scopes.defined}
        return defined | {
            f"{each.api_version}/{each.kind}@{each.namespace or ''}"
            for each in made
            if each.namespace != here or self._scopes.is_custom(each)
        }

    def _notices(
        self,
        pairs: Iterable[tuple[Manifest, Manifest]],
        outside: Iterable[tuple[Manifest, Manifest]],
    ) -> Iterable[str]:
        here = self._run.namespace
        if self._home is not None:
            yield f"`{self._home}` of the manifests is {here} in this run"
        far = [(old, new) for old, new in outside if new.namespace is not None]
        if far:
            yield f"outside of the run's namespace: {_listed(old for old, _ in far)}"
        whole = [old for old, new in outside if new.namespace is None and old.name == new.name]
        if whole:
            yield (
                "of the whole cluster, shared with other runs and removed with the last of them: "
                f"{_listed(whole)}"
            )
        for old, new in outside:
            if old.name != new.name:
                seen = "; it sees only the run's objects" if old.kind in _WEBHOOKS else ""
                yield f"{old.ref.short} is {new.name} in this run{seen}"
        for old, _ in pairs:
            for said, paths in self._move.left(self._move.moved(old.body)).items():
                yield (
                    f"{shown_place(old.place)}: {old.ref.short} still says `{said}` at "
                    f"{', '.join(paths)}: in this run it is in {here}; leave the namespace away "
                    "there, or take it from the downward API"
                )


class _Scopes:
    """Whether a manifest's kind is namespaced; None when nobody knows. `defined`: the namespaced
    kinds of the CRDs among the manifests, as `apiVersion/Kind`."""

    def __init__(self, manifests: Iterable[Manifest], kinds: Kinds) -> None:
        self._kinds = kinds
        self._defined: dict[tuple[str, str], bool] = {}
        self.defined: list[str] = []
        for each in manifests:
            if (each.ref.group, each.kind) == ("apiextensions.k8s.io", "CustomResourceDefinition"):
                spec = Fields(each.body).table("spec")
                key = spec.text("group"), spec.text("names", "kind")
                self._defined[key] = spec.text("scope") == "Namespaced"
                served = [one for one in spec.tables("versions") if one.get("served") is True]
                if served and self._defined[key]:
                    self.defined.append(f"{key[0]}/{served[0].text('name')}/{key[1]}")

    def is_custom(self, manifest: Manifest) -> bool:
        """Whether a controller of its own may have to see to its end."""
        group = manifest.ref.group
        return "." in group and not group.endswith(".k8s.io")

    def __call__(self, manifest: Manifest) -> bool | None:
        # A CRD among the manifests is what will be there; one of that name that is there already
        # and of another scope is refused by the server.
        defined = self._defined.get((manifest.ref.group, manifest.kind))
        served = self._kinds.get((manifest.api_version, manifest.kind))
        return defined if defined is not None else served.namespaced if served else None


def _is_namespace(manifest: Manifest) -> bool:
    return (manifest.ref.group, manifest.kind) == ("", "Namespace")


def _listed(manifests: Iterable[Manifest]) -> str:
    return ", ".join(f"{each.ref} ({shown_place(each.place)})" for each in manifests)
