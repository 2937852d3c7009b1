"""The real sides of time, signals, process owners, run records and watchdogs."""

from orchestration.state.clock import SystemClock
from orchestration.state.home import state_home
from orchestration.state.owners import HostOwners
from orchestration.state.runs import FileRuns
from orchestration.state.signals import SignalCancel, in_pytest, raise_on_sigterm
from orchestration.state.watchdogs import ProcessWatchdogs

__all__ = [
    "FileRuns",
    "HostOwners",
    "ProcessWatchdogs",
    "SignalCancel",
    "SystemClock",
    "in_pytest",
    "raise_on_sigterm",
    "state_home",
]
