"""An ApiError in words for people: one message with what, why and what to do."""

from __future__ import annotations

from typing import Final

from orchestration.cluster.access_refusal import access_refusal
from orchestration.cluster.api import ApiError
from orchestration.cluster.cluster_access import ClusterContext
from orchestration.cluster.failed_request import FailedRequest
from orchestration.cluster.manifest import Place, Ref
from orchestration.cluster.object_refusal import object_refusal
from orchestration.errors import ClusterError, StackwrightError
from orchestration.redact import Redactor

_ELSEWHERE: Final = "or name another cluster: `--context NAME`, `--kubeconfig FILE`, `--kind`"
_LOG_IN: Final = (
    "log in again with your provider's tool, write the kubeconfig anew (`kind export kubeconfig`), "
    + _ELSEWHERE
)
_BUSY: Final = frozenset({429, 502, 503, 504})


def told(
    error: ApiError,
    *,
    ref: Ref | None = None,
    place: Place | None = None,
    context: ClusterContext | None = None,
    redact: Redactor | None = None,
) -> StackwrightError:
    """What to tell of a failed request.

    `ref`, `place`: the object it was about, and where it is written; `context`: the cluster.
    ClusterError when the cluster cannot be talked to, or refuses who asks; DeployError when it
    refuses the object. Secrets that the server quotes are left out: those `redact` knows, and the
    values of fields that are for secrets.
    """
    asked = FailedRequest(
        error=error, ref=ref, place=place, context=context, redact=redact or Redactor()
    )
    if error.code == 0:
        return _on_the_way(asked)
    if error.code == 401:
        return ClusterError(
            f"{asked.server} does not take the credentials",
            why=f"{asked.said}: the token or certificate has expired, or is for another cluster",
            fix=_LOG_IN,
        )
    if error.code in _BUSY:
        return _busy(asked)
    return access_refusal(asked) or object_refusal(asked)


def _on_the_way(asked: FailedRequest) -> ClusterError:
    why = asked.said
    match asked.error.reason:
        case "Unreachable":
            return ClusterError(
                f"{asked.server} cannot be reached",
                why=why,
                fix=f"start the cluster (`{asked.kubectl} cluster-info` asks the same), "
                + _ELSEWHERE,
            )
        case "TimedOut":
            return ClusterError(
                f"{asked.server} does not answer",
                why=f"{asked.error.verb} {asked.error.path}: {why}",
                fix=f"see how it is: `{asked.kubectl} get --raw /readyz?verbose`; perhaps the "
                "machine it runs on is overloaded",
            )
        case "Untrusted":
            return ClusterError(
                f"no trusted connection to {asked.server}",
                why=why,
                fix="the cluster may have been made anew, or `certificate-authority` is another "
                "server's: write the kubeconfig anew (`kind export kubeconfig`), " + _ELSEWHERE,
            )
        case "Unauthorized":
            return ClusterError(
                f"there are no credentials for {asked.server}", why=why, fix=_LOG_IN
            )
    return ClusterError(
        f"{asked.server} broke off, or is none",
        why=f"{asked.error.verb} {asked.error.path}: {why}",
        fix=f"see what `server` of the kubeconfig leads to (`{asked.kubectl} cluster-info`), "
        + _ELSEWHERE,
    )


def _busy(asked: FailedRequest) -> ClusterError:
    error = asked.error
    if error.code == 429:
        return ClusterError(
            f"{asked.server} has too many requests to do: {asked.subject}",
            why=asked.said,
            fix="try again, with a smaller `limit` of the platform if that is why",
        )
    return ClusterError(
        f"{asked.server} cannot serve this now: {asked.subject}",
        why=f"{error.code} {error.reason}: {asked.said}",
        fix=f"see how it is: `{asked.kubectl} get --raw /readyz?verbose`; for an API that is added "
        f"by the cluster's own pods: `{asked.kubectl} get apiservices`",
    )
