"""What RBAC, quotas, namespaces on their way out and rules of the cluster refuse."""

from __future__ import annotations

import re
from typing import Final

from orchestration.cluster.failed_request import FailedRequest
from orchestration.errors import ClusterError, DeployError, StackwrightError
from orchestration.printable import one_line

# The RBAC authorizer's words, in k8s.io/apiserver/pkg/endpoints/handlers/responsewriters.
_CANNOT: Final = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)" '
    r'in API group "(?P<group>[^"]*)" '
    r'(?:in the namespace "(?P<namespace>[^"]*)"|at the cluster scope)(?:: (?P<why>.*))?',
    re.DOTALL,
)
_CANNOT_PATH: Final = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) path "(?P<path>.*?)"'
)
# plugin/pkg/admission/resourcequota: `requested: pods=1, used: pods=2, limited: pods=2`.
_QUOTA: Final = re.compile(
    r"exceeded quota: (?P<name>\S+), requested: (?P<asked>.*), used: (?P<used>.*), "
    r"limited: (?P<limit>.*)"
)
# Of webhooks, and of ValidatingAdmissionPolicies.
_DENIED: Final = re.compile(
    r"admission webhook \"(?P<name>[^\"]*)\" denied the request"
    r"|ValidatingAdmissionPolicy '(?P<policy>[^']*)'"
)
_TERMINATING: Final = re.compile(r"namespace (?P<name>\S+) (?:because it )?is being terminated")


def access_refusal(asked: FailedRequest) -> StackwrightError | None:
    """What to tell of a 403, and of what a rule of the cluster denies; None for anything else."""
    if found := _DENIED.search(asked.error.message):
        rule = found["name"] or found["policy"]
        return DeployError(
            f"{asked.subject}: the admission rule {rule} of the cluster denies it",
            why=asked.said,
            fix="change the manifest to suit it, or ask who runs the rule",
        )
    if asked.error.code != 403:
        return None
    message = asked.error.message
    if found := _CANNOT.search(message):
        return _by_rbac(asked, found)
    if found := _CANNOT_PATH.search(message):
        return ClusterError(
            f"{asked.server} refuses {found['verb']} {found['path']}",
            why=f"user {found['user']} has no right to it",
            fix=f"ask for a role that allows it; `{asked.kubectl} auth can-i {found['verb']} "
            f"{found['path']}` tells when it is there",
        )
    if "attempting to grant RBAC permissions not currently held" in message:
        return ClusterError(
            f"{asked.subject} grants more than who deploys it may do",
            why=asked.said,
            fix="deploy it as somebody with these rights (cluster-admin), or with the verbs "
            "`escalate` and `bind` on roles",
        )
    return _of_object(asked)


def _by_rbac(asked: FailedRequest, found: re.Match[str]) -> ClusterError:
    resource, _, below = found["resource"].partition("/")
    full = f"{resource}.{found['group']}" if found["group"] else resource
    namespace = found["namespace"]
    where = f"in namespace {namespace}" if namespace else "in the whole cluster"
    command = f"{asked.kubectl} auth can-i {found['verb']} {full}"
    command += f" --subresource={below}" if below else ""
    command += f" -n {namespace}" if namespace else ""
    shown = f"{full}/{below}" if below else full
    about = f" ({asked.subject})" if asked.ref is not None else ""
    return ClusterError(
        f"user {found['user']} may not {found['verb']} {shown} {where}{about}",
        why=one_line(found["why"] or "") or "no role that is bound to this user allows it",
        fix=f"have somebody bind a role that does; `{command}` tells when it is there",
    )


def _of_object(asked: FailedRequest) -> StackwrightError:
    message = asked.error.message
    if found := _QUOTA.search(message):
        return DeployError(
            f"{asked.subject}: the quota {found['name']} has no room for it",
            why=f"asked for: {found['asked']}; in use: {found['used']}; limit: {found['limit']}",
            fix=f"remove what is no longer needed (`{asked.kubectl} describe "
            f"quota {found['name']}{asked.here}`), or raise the quota",
        )
    if "failed quota" in message:
        return DeployError(
            f"{asked.subject}: a quota of the namespace demands more of it",
            why=asked.said,
            fix="write the `resources` that it names into the manifest",
        )
    if any(each.reason == "NamespaceTerminating" for each in asked.error.causes) or (
        "is being terminated" in message
    ):
        found = _TERMINATING.search(message)
        name = found["name"] if found else "of it"
        return DeployError(
            f"{asked.subject}: the namespace {name} is being removed",
            why="nothing new can be made in it until it is gone",
            fix=f"wait until it is (`{asked.kubectl} get namespace {name}`), and deploy again; if "
            "it stays, a finalizer of something in it is not done",
        )
    if "violates PodSecurity" in message:
        return DeployError(
            f"{asked.subject}: the namespace does not allow such pods",
            why=asked.said,
            fix="write the `securityContext` that it names, or give the namespace another "
            "`pod-security.kubernetes.io/enforce` label",
        )
    return DeployError(
        f"{asked.subject}: the cluster forbids it",
        why=asked.said,
        fix="an admission rule of the cluster says so, not RBAC: change the manifest to suit it",
    )
