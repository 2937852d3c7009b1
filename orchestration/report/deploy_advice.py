"""What to do about an object that is applied and does not become ready."""

from __future__ import annotations

from typing import Final

from orchestration.cluster.deploy_report import ObjectResult
from orchestration.model import Failed

_LOG: Final = "look at the end of its log"
_EVENTS: Final = "look at its events"
_NO_LOG: Final = "its pods left no log: run its image by hand, with its command and variables"
_IMAGE: Final = (
    "correct the image's name and tag; what is built here stands under `images` of the platform, "
    "by the name that the manifest has"
)
_MISSING: Final = (
    "look which ConfigMap, Secret or key it names, and deploy that, too, or correct the name"
)

ADVICE: Final[tuple[tuple[str, str], ...]] = (
    ("OOMKilled", "raise its memory limit, or let it need less"),
    ("out of memory", "raise its memory limit, or let it need less"),
    ("CrashLoopBackOff", _LOG),
    ("RunContainerError", "see that its command exists in the image and can be run"),
    ("InvalidImageName", "correct the image's name"),
    ("ImagePullBackOff", _IMAGE),
    ("ErrImagePull", _IMAGE),
    ("ErrImageNeverPull", _IMAGE),
    ("CreateContainerConfigError", _MISSING),
    ("CreateContainerError", _EVENTS),
    (
        "Insufficient",
        "let it ask for less (`resources.requests`), or give the cluster's nodes more",
    ),
    (
        "exceeded quota",
        "let the platform's pods ask for less (or be fewer), or raise the quota of the namespace",
    ),
    (
        "violates PodSecurity",
        "set what it names in the pod's `securityContext`, or give the platform's Namespace "
        "another `pod-security.kubernetes.io/enforce`",
    ),
    ("Unschedulable", "look at its node selector, affinity and tolerations: no node fits"),
    ("ProgressDeadlineExceeded", "look at its pods' events and logs"),
    ("BackoffLimitExceeded", _LOG),
    ("DeadlineExceeded", "raise its activeDeadlineSeconds, or look why it takes so long"),
    ("is being deleted", "wait until it is gone: kubectl get it to see which finalizer holds it"),
    ("no ready endpoint", "see that its selector matches the labels of pods that become ready"),
)
"""By words of the reason, the first that it has. The words are those of `cluster.troubles` and of
the API server. The same advice stands in exceptions and in JSON, where nothing is above it or
below."""


def advice(result: ObjectResult, reason: str) -> str:
    """One sentence, "" when nothing is known to help. `reason`: of its last verdict."""
    for words, told in ADVICE:
        if words in reason:
            return _NO_LOG if told == _LOG and not result.logs else told
    if result.logs:
        return _LOG
    if isinstance(result.verdict, Failed) or result.events:
        return _EVENTS if result.events else ""
    return "if it only needs longer, raise `deadline` of the platform"
