"""What runs have outside of their namespaces."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from orchestration.cluster.api import ApiError, Body, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Ref
from orchestration.cluster.retry import GaveUp, Retry


def _kinds(api_version: str, **plurals: str) -> tuple[ResourceKind, ...]:
    return tuple(
        ResourceKind(api_version=api_version, kind=kind, plural=plural, namespaced=False)
        for kind, plural in plurals.items()
    )


NAMESPACES: Final = _kinds("v1", Namespace="namespaces")[0]
DEFINITIONS: Final = _kinds(
    "apiextensions.k8s.io/v1", CustomResourceDefinition="customresourcedefinitions"
)[0]

FOUNDATIONS: Final = (
    *_kinds("v1", PersistentVolume="persistentvolumes"),
    *_kinds(
        "rbac.authorization.k8s.io/v1",
        ClusterRoleBinding="clusterrolebindings",
        ClusterRole="clusterroles",
    ),
    *_kinds("scheduling.k8s.io/v1", PriorityClass="priorityclasses"),
    *_kinds("storage.k8s.io/v1", StorageClass="storageclasses"),
    *_kinds("networking.k8s.io/v1", IngressClass="ingressclasses"),
    *_kinds("node.k8s.io/v1", RuntimeClass="runtimeclasses"),
    NAMESPACES,
    DEFINITIONS,
)
"""What the content of namespaces stands on: it goes after them, the last ones last."""

USUAL: Final = (
    *FOUNDATIONS,
    *_kinds(
        "admissionregistration.k8s.io/v1",
        ValidatingWebhookConfiguration="validatingwebhookconfigurations",
        MutatingWebhookConfiguration="mutatingwebhookconfigurations",
    ),
    *_kinds("apiregistration.k8s.io/v1", APIService="apiservices"),
)
"""Where runs are looked for without anybody saying what they have. Other kinds go while the run's
namespace, which names them, is still there."""

_FORBIDDEN: Final = 403
_NOTHING: Final = (404, 405)
"""A kind that is not served, or that cannot be listed: nothing of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldObject:
    """An object as the server has it."""

    kind: ResourceKind
    body: Body = field(repr=False)

    @property
    def ref(self) -> Ref:
        """What names it."""
        metadata = Fields(self.body).table("metadata")
        return Ref(
            api_version=self.kind.api_version,
            kind=self.kind.kind,
            namespace=metadata.text("namespace") or None,
            name=metadata.text("name"),
        )

    @property
    def uid(self) -> str:
        """Names this very object, also among those of its name that were and will be."""
        return Fields(self.body).text("metadata", "uid")

    @property
    def version(self) -> str:
        """Its resourceVersion."""
        return Fields(self.body).text("metadata", "resourceVersion")

    @property
    def going(self) -> bool:
        """Whether it is being deleted."""
        return bool(Fields(self.body).text("metadata", "deletionTimestamp"))

    @property
    def finalizers(self) -> tuple[str, ...]:
        """Who has to agree to its end."""
        found = Fields(self.body).get("metadata", "finalizers")
        listed = found if isinstance(found, list) else []
        return tuple(each for each in listed if isinstance(each, str))


Places = Iterable[tuple[ResourceKind, str | None]]
"""Kinds and namespaces, None for everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """`objects`: each once. `unseen`: the places that we may not list, with the server's answer;
    there may be more of them there."""

    objects: tuple[HeldObject, ...]
    unseen: Mapping[tuple[ResourceKind, str | None], ApiError]


async def held_objects(
    client: Client, places: Places, labels: str, *, retry: Retry, deadline: float
) -> Held:
    """The objects with these labels, all places asked at once.

    Raises ApiError when something cannot be listed otherwise.
    """
    asked = tuple(dict.fromkeys(places))
    unseen: dict[tuple[ResourceKind, str | None], ApiError] = {}

    async def one(kind: ResourceKind, namespace: str | None) -> tuple[HeldObject, ...]:
        found = await retry(lambda: client.list(kind, namespace, labels), deadline=deadline)
        if isinstance(found, GaveUp):
            if found.error.code == _FORBIDDEN:
                unseen[kind, namespace] = found.error
            elif found.error.code not in _NOTHING:
                raise found.error
            return ()
        return tuple(HeldObject(kind=kind, body=each) for each in found.answer.items)

    answers = await asyncio.gather(*(one(*each) for each in asked), return_exceptions=True)
    objects: dict[str, HeldObject] = {}
    for each in answers:
        if isinstance(each, BaseException):
            raise each
        # One object is served under all versions of its group.
        objects |= {found.uid: found for found in each if found.uid not in objects}
    return Held(objects=tuple(objects.values()), unseen=unseen)


async def found_object(
    client: Client,
    kind: ResourceKind,
    name: str,
    namespace: str | None,
    *,
    retry: Retry,
    deadline: float,
) -> HeldObject | None:
    """One object, None when it is not there. Raises ApiError."""
    found = await retry(lambda: client.get(kind, name, namespace), deadline=deadline)
    if not isinstance(found, GaveUp):
        return HeldObject(kind=kind, body=found.answer)
    if found.error.code == 404:
        return None
    raise found.error
