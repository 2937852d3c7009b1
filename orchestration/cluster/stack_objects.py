"""What all objects made from a component have in common: names, labels, the limit of their data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orchestration.stack import Component, Stack

COMPONENT_LABEL: Final = "stackwright.io/component"
"""What Services and Deployments find their pods by."""

DATA_LIMIT: Final = 1024 * 1024
"""Bytes of data that a ConfigMap or a Secret takes (MaxSecretSize of Kubernetes)."""

_NOT_IN_A_LABEL: Final = re.compile(r"[^A-Za-z0-9_.-]")
_HOST_NAME: Final = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")

Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class StackObjects:
    """Makes the objects of one component."""

    stack: Stack
    component: Component

    @property
    def selector(self) -> dict[str, str]:
        """The labels by which its pods are found."""
        return {COMPONENT_LABEL: self.component.name}

    @property
    def labels(self) -> dict[str, str]:
        """The labels of everything of it."""
        return {
            "app.kubernetes.io/name": label_value(self.stack.name),
            "app.kubernetes.io/component": self.component.name,
            **self.selector,
        }

    def make(
        self,
        api_version: str,
        kind: str,
        name: str,
        content: Mapping[str, object],
        annotations: Mapping[str, str] | None = None,
    ) -> Body:
        """An object with our labels. `content`: its `spec`, `data` and the like."""
        metadata: Body = {"name": name, "labels": self.labels}
        if annotations:
            metadata["annotations"] = dict(annotations)
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}


def label_value(text: str) -> str:
    """`text` as the value of a label: at most 63 of the characters allowed there."""
    return _NOT_IN_A_LABEL.sub("-", text)[:63].strip("-_.")


def is_label(text: str) -> bool:
    """Whether it is a name as most objects and ports have them (RFC 1123)."""
    return _LABEL.fullmatch(text) is not None


def is_host_name(text: str) -> bool:
    """Whether a Service can be called so (RFC 1035)."""
    return _HOST_NAME.fullmatch(text) is not None
