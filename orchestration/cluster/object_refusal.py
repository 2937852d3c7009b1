"""What the API server says against an object: unknown, taken, changed, invalid."""

from __future__ import annotations

import re
from typing import Final

from orchestration.cluster.api import Cause
from orchestration.cluster.failed_request import FailedRequest
from orchestration.cluster.http_failure import MISSING_ROLE
from orchestration.cluster.unknown_kind import NOT_SERVED
from orchestration.errors import ClusterError, DeployError, StackwrightError

_MANAGER: Final = re.compile(r'conflict with "(?P<name>[^"]*)"')
_MISSING: Final = re.compile(r'^namespaces "(?P<name>[^"]*)" not found')
_WEBHOOK: Final = re.compile(r'failed calling webhook "(?P<name>[^"]*)"')
_TYPED: Final = re.compile(r"failed to create typed patch object \([^)]*\): (?P<why>.*)", re.DOTALL)

# Validation has no reason of its own for it: `field is immutable`, `spec is immutable after
# creation`, `updates to statefulset spec ... are forbidden`, `pod updates may not change fields`.
_FIXED: Final = re.compile(
    r"immutable|updates? .*(?:forbidden|may not)|may not (?:be )?change", re.I
)
_MOST: Final = 12


def object_refusal(asked: FailedRequest) -> StackwrightError:
    """What to tell of a refusal that is not about who asks."""
    match asked.error.code:
        case 404:
            return _not_there(asked)
        case 409:
            return _conflict(asked)
        case 410:
            return ClusterError(
                f"{asked.server} no longer knows that part of history: {asked.subject}",
                why=asked.said,
                fix="try again; a cluster that is this busy may need more memory for etcd",
            )
        case 413:
            return _refused(asked, "is too large", "split it: etcd takes 1.5 MiB an object")
        case 422:
            return _invalid(asked)
        case 500:
            return _failed(asked)
    return _refused(asked, "is not understood", "correct the manifest there")


def _not_there(asked: FailedRequest) -> StackwrightError:
    kind = f"{asked.ref.kind} of {asked.ref.api_version}" if asked.ref is not None else "it"
    if asked.error.reason == NOT_SERVED or "page not found" in asked.error.message:
        served = asked.error.reason == NOT_SERVED
        return DeployError(
            f"{asked.subject}: the cluster knows no {kind}",
            why=asked.said if served else "the API server serves nothing there",
            fix="correct `apiVersion` and `kind`, or add the CustomResourceDefinition that makes "
            f"it known (`{asked.kubectl} api-resources` lists what is)",
        )
    if found := _MISSING.search(asked.error.message):
        return DeployError(
            f"{asked.subject}: there is no namespace {found['name']}",
            why=asked.said,
            fix=f"add a manifest of it, or `{asked.kubectl} create namespace {found['name']}`",
        )
    role = MISSING_ROLE.match(asked.error.message)
    if role and asked.ref is not None and asked.ref.kind.endswith("RoleBinding"):
        kind = "Role" if role["kind"] == "role" else "ClusterRole"
        return DeployError(
            f"{asked.subject}: there is no {kind} {role['name']}, which it binds",
            why=f"{asked.said}; it need not be there only for who has the verb `bind`",
            fix="correct `roleRef`, or add a manifest of the role",
        )
    return _refused(asked, "is not there", "somebody else may have removed it; deploy again")


def _conflict(asked: FailedRequest) -> StackwrightError:
    owned = [each for each in asked.error.causes if each.reason == "FieldManagerConflict"]
    if owned:
        listed = [_owned(each) for each in owned[:_MOST]]
        if len(owned) > _MOST:
            listed.append(f"and {len(owned) - _MOST} more")
        number = "a field that" if len(owned) == 1 else f"{len(owned)} fields that"
        return DeployError(
            f"{asked.subject} sets {number} somebody else manages",
            why="; ".join(listed),
            fix="remove the field from the manifest, or have the other give it up",
        )
    if "object is being deleted" in asked.error.message:
        return _refused(
            asked,
            "is being removed",
            "wait until it is gone, and deploy again; if it stays, see its `finalizers`",
        )
    if "recondition" in asked.error.message:
        return _refused(
            asked, "is another by now, and was left alone", "look at it, and remove it yourself"
        )
    if asked.error.reason == "AlreadyExists":
        return _refused(asked, "is there already", "remove it, or take another name")
    return _refused(
        asked, "was changed by somebody else at the same time", "see who does, and deploy again"
    )


def _owned(cause: Cause) -> str:
    found = _MANAGER.search(cause.message)
    return f"{cause.field} is managed by {found['name'] if found else cause.message}"


def _invalid(asked: FailedRequest) -> StackwrightError:
    causes = asked.error.causes
    fixed = [each for each in causes if _FIXED.search(each.message)]
    if fixed or (not causes and _FIXED.search(asked.error.message)):
        shown = ", ".join(dict.fromkeys(each.field for each in fixed if each.field))
        kind = asked.ref.kind.lower() if asked.ref is not None else "KIND"
        name = asked.ref.name if asked.ref is not None else "NAME"
        return DeployError(
            f"{asked.subject}: {shown or 'a field'} cannot be changed once the object is made",
            why="; ".join(map(asked.cause, fixed[:_MOST])) or asked.said,
            fix="leave it as it is in the cluster, or have the object made anew: "
            f"`{asked.kubectl} delete {kind} {name}{asked.here}`, and deploy again",
        )
    why = "; ".join(map(asked.cause, causes[:_MOST])) or asked.said
    if len(causes) > _MOST:
        why += f"; and {len(causes) - _MOST} more"
    return DeployError(
        f"{asked.subject} is not valid", why=why, fix="correct these fields of the manifest"
    )


def _failed(asked: FailedRequest) -> StackwrightError:
    if found := _TYPED.search(asked.said):
        return DeployError(
            f"{asked.subject} has fields that its kind does not have, or of a wrong type",
            why=found["why"],
            fix=f"correct them there; `{asked.kubectl} explain "
            f"{asked.ref.kind.lower() if asked.ref is not None else 'KIND'}` tells what there is",
        )
    if (found := _WEBHOOK.search(asked.error.message)) and "x509:" in asked.error.message:
        return DeployError(
            f"{asked.subject}: the webhook {found['name']}, which must allow it, has a certificate "
            "that the API server does not trust",
            why=asked.said,
            fix="see whether its `caBundle` is that of its certificate; what writes it there "
            "(cert-manager, say) must be ready, and what needs the webhook can only follow that",
        )
    if found := _WEBHOOK.search(asked.error.message):
        return DeployError(
            f"{asked.subject}: the webhook {found['name']}, which must allow it, does not answer",
            why=asked.said,
            fix="see whether the pods behind it are ready; when they are part of the platform, "
            "what needs them can only follow them",
        )
    return ClusterError(
        f"{asked.server} failed at {asked.subject}",
        why=asked.said,
        fix="see the log of the API server; deploy again",
    )


def _refused(asked: FailedRequest, what: str, fix: str) -> StackwrightError:
    return DeployError(f"{asked.subject} {what}", why=asked.said, fix=fix)
