"""A container that cannot be made."""

from __future__ import annotations


class RefusedError(Exception):
    """A container cannot be made of what the pod says. `reason`: as a kubelet calls it."""

    def __init__(self, message: str, reason: str = "CreateContainerConfigError") -> None:
        super().__init__(message)
        self.reason = reason
