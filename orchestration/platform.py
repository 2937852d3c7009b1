"""A platform for end-to-end tests: what is deployed together, from what, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from orchestration.stack import Build

Loader = Literal["auto", "kind", "k3d", "minikube", "present"]
"""How images get to the nodes. `auto`: by what the context is; `present`: they are there."""

LIMIT: Final = 64
"""Requests in flight: 50 objects at 200 ms latency take 0.37 s with it, 0.97 s with 16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How the tests reach a Service from this machine. `port`: of the Service, by number."""

    name: str
    service: str
    port: int
    scheme: str = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterChoice:
    """Which cluster. `kubeconfig`, `context`: None for the usual ones (KUBECONFIG, then the file in
    the home directory; its current context). `kind`: create one with Kind for the run, and remove
    it again.
    """

    kubeconfig: Path | None = None
    context: str | None = None
    kind: bool = False

    def over(self, written: ClusterChoice) -> ClusterChoice:
        """This choice, made by whoever runs it, where it says something; else `written`, that of
        the configuration."""
        if self.kind:
            return self
        if self.context is None and self.kubeconfig is None:
            return written
        return ClusterChoice(
            kubeconfig=self.kubeconfig or written.kubeconfig,
            context=self.context or (None if self.kubeconfig else written.context),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What one E2E suite needs.

    `paths`: manifests to read: files, folders, kustomizations. `images`: what to build, by the
    image as the manifests name it. `deadline`: seconds for deployment and wait together. `limit`:
    requests in flight.
    """

    name: str
    service: str
    project: Path
    paths: tuple[Path, ...] = ()
    images: Mapping[str, Build] = field(default_factory=dict)
    access: tuple[Access, ...] = ()
    cluster: ClusterChoice = field(default_factory=ClusterChoice)
    load: Loader = "auto"
    deadline: float = 300.0
    limit: int = LIMIT
