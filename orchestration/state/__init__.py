"""The real sides of time, signals, process owners and run records."""

from orchestration.state.clock import SystemClock
from orchestration.state.home import state_home
from orchestration.state.owners import HostOwners
from orchestration.state.runs import FileRuns
from orchestration.state.signals import SignalCancel, raise_on_sigterm

__all__ = [
    "FileRuns",
    "HostOwners",
    "SignalCancel",
    "SystemClock",
    "raise_on_sigterm",
    "state_home",
]
