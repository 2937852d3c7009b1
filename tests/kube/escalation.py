"""Nobody gives away rights that they do not have themselves.

After pkg/registry/rbac/*/policybased: whoever has no verb `escalate` writes only roles of what they
may do, and whoever has no verb `bind` binds only such roles, which must be there.
"""

from __future__ import annotations

import json
from typing import Final

from tests.kube.access import User, may
from tests.kube.catalogue import Catalogue
from tests.kube.json_values import Doc, child, docs, text, texts
from tests.kube.resource import Resource
from tests.kube.status_error import forbidden, not_found
from tests.kube.store import Store

GROUP: Final = "rbac.authorization.k8s.io"
_UNREAD: Final = frozenset({"managedFields", "resourceVersion", "finalizers", "ownerReferences"})


def check_grant(
    store: Store, catalogue: Catalogue, resource: Resource, user: User, old: Doc, new: Doc
) -> None:
    """Raises StatusError: 404 for a role that is not there, 403 for rights that `user` lacks.

    `old`: {} for what is made.
    """
    if resource.group != GROUP or resource.custom or _read(old) == _read(new):
        return
    namespace = text(new, "metadata", "namespace")
    role = new
    if resource.kind.endswith("Binding"):
        kind, name = text(new, "roleRef", "kind"), text(new, "roleRef", "name")
        if kind not in ("Role", "ClusterRole"):
            return  # another refusal, which validation gives here
        bound = catalogue.kind(kind)
        if may(user, "bind", GROUP, bound.plural, namespace):
            return
        found = store.get(bound, namespace if bound.namespaced else "", name)
        if found is None:
            raise not_found(bound, name)
        role = found
    elif may(user, "escalate", GROUP, resource.plural, namespace):
        return
    missing = sorted(
        f"{{APIGroups:{json.dumps([group])}, Resources:{json.dumps([each])}, "
        f"Verbs:{json.dumps([verb])}}}"
        for rule in docs(role, "rules")
        for group in texts(rule, "apiGroups")
        for each in texts(rule, "resources")
        for verb in texts(rule, "verbs")
        if not may(user, verb, group, each, namespace)
    )
    if missing:
        told = (
            f'user "{user.name}" (groups=["system:authenticated"]) is attempting to grant RBAC '
            "permissions not currently held:\n"
        )
        raise forbidden(resource, text(new, "metadata", "name"), told + "\n".join(missing))


def _read(doc: Doc) -> Doc:
    metadata = child(doc, "metadata")
    kept: Doc = {key: each for key, each in metadata.items() if key not in _UNREAD}
    return {**doc, "metadata": kept} if doc else {}
