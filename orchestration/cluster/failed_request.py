"""A request that failed, and the words a message about it is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from orchestration.cluster.api import ApiError, Cause
from orchestration.cluster.cluster_access import ClusterContext
from orchestration.cluster.manifest import Place, Ref
from orchestration.cluster.manifest_mistakes import shown_place
from orchestration.model import names_a_secret
from orchestration.redact import SHOWN, Redactor

LONGEST: Final = 600
"""Characters of a server's message that are shown: some repeat an object's whole schema."""

# How Go prints what it found where another type belongs, with the value.
_FOUND: Final = re.compile(r"&value\.valueUnstructured\{Value:[^}]*\}")
_VALUE: Final = re.compile(
    r'((?:Invalid|Unsupported|Duplicate) value: )("(?:[^"\\]|\\.)*"|\S+?)(?=: |$)'
)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRequest:
    """`ref`, `place`: the object it was about and where it is written, when it was about one.
    `context`: the cluster, where it is known. `redact`: knows the secrets of the run.
    """

    error: ApiError
    ref: Ref | None = None
    place: Place | None = None
    context: ClusterContext | None = None
    redact: Redactor = field(default_factory=Redactor, repr=False)

    @property
    def subject(self) -> str:
        """`deploy/api.yaml:12: Deployment shop/api`, else the request."""
        shown = str(self.ref) if self.ref is not None else f"{self.error.verb} {self.error.path}"
        return f"{shown_place(self.place)}: {shown}" if self.place is not None else shown

    @property
    def server(self) -> str:
        """`the API server https://127.0.0.1:6443 (context kind-e2e)`."""
        if self.context is None:
            return "the API server"
        return f"the API server {self.context.server} (context {self.context.name})"

    @property
    def kubectl(self) -> str:
        """kubectl, asking the same cluster."""
        if self.context is None or self.context.kubeconfig is None:
            return "kubectl"
        return f"kubectl --context {self.context.name}"

    @property
    def here(self) -> str:
        """` -n shop` for kubectl, "" when the object is in no namespace that is known."""
        return f" -n {self.ref.namespace}" if self.ref is not None and self.ref.namespace else ""

    @property
    def said(self) -> str:
        """The server's message, on one line and without secrets."""
        return self._shown(self.error.message, self.error.message)

    def cause(self, cause: Cause) -> str:
        """`spec.replicas: Invalid value: -1: must be greater than or equal to 0`."""
        told = self._shown(cause.message, cause.field)
        return f"{cause.field}: {told}" if cause.field else told

    def _shown(self, message: str, about: str) -> str:
        text = _FOUND.sub("another type", message)
        words = _WORD.findall(about.partition(" value: ")[0])
        if (self.ref is not None and self.ref.kind == "Secret") or any(map(names_a_secret, words)):
            text = _VALUE.sub(rf"\1{SHOWN}", text)
        text = self.redact.line(text)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
