"""`invoke --list` here: the tasks of stackwright, for this platform."""

from orchestration.tasks import namespace

__all__ = ["namespace"]
