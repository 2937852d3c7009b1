"""The Invoke menu of this repository: `invoke --list`."""

from orchestration.tasks import namespace

__all__ = ["namespace"]
