"""Every way a command can end badly, and the exit code that tells it apart.

Each error says *what* went wrong (with file, line and key, or component and step), *why*, and what
to do about it (`fix`). Exit codes are stable: scripts and CI may rely on them.
"""

from __future__ import annotations

from signal import SIGINT
from typing import ClassVar

from orchestration.model import Evidence


class StackwrightError(Exception):
    """The root of all errors of this package; by itself it is a defect of stackwright.

    `str(error)` is the whole message: the sentence, then `why:` and `fix:` lines where given.
    """

    exit_code: ClassVar[int] = 70

    def __init__(
        self, what: str, *, why: str = "", fix: str = "", evidence: Evidence | None = None
    ) -> None:
        self.what = what
        self.why = why
        self.fix = fix
        self.evidence = evidence
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)


class ConfigError(StackwrightError):
    """The user's configuration or command line is wrong."""

    exit_code = 2


class EngineError(StackwrightError):
    """No engine can be reached, or the one in use stopped answering."""

    exit_code = 3


class SilenceError(EngineError):
    """The engine has not answered in the time there was; the call may still be on its way."""


class ClaimError(StackwrightError):
    """Somebody else holds the stack, or its network or name."""

    exit_code = 4


class PortError(StackwrightError):
    """Two claims on one host port, a port outside its range, or a port in use."""

    exit_code = 5


class ImageError(StackwrightError):
    """An image is missing and cannot be pulled or made."""

    exit_code = 6


class BuildError(StackwrightError):
    """An image of the project does not build."""

    exit_code = 7


class ComponentError(StackwrightError):
    """A component could not be started, or died."""

    exit_code = 8


class GateError(StackwrightError):
    """A component lives, but its gate did not open."""

    exit_code = 9


class OneShotError(StackwrightError):
    """A one-shot component (a migration) did not exit with 0."""

    exit_code = 10


class TeardownError(StackwrightError):
    """Something of ours could not be removed; the message names it."""

    exit_code = 11


class ReuseError(StackwrightError):
    """A running stack was asked for, and what runs is not what the configuration says."""

    exit_code = 12


class ClusterError(StackwrightError):
    """No cluster can be reached, or it refuses who asks: kubeconfig, credentials, rights."""

    exit_code = 13


class DeployError(StackwrightError):
    """Objects of a platform were refused, or did not become ready; the message lists them all."""

    exit_code = 14


class StateError(StackwrightError):
    """The run records cannot be written, or stay locked."""

    exit_code = 15


class StoppedError(StackwrightError):
    """The run was stopped by a signal: 130 for SIGINT, 143 for SIGTERM."""

    exit_code = 130

    def __init__(self, what: str, *, signal: int, why: str = "", fix: str = "") -> None:
        super().__init__(what, why=why, fix=fix)
        self.signal = signal

    def add(self, problem: StackwrightError) -> None:
        """Tell in the same message what else went wrong on the way out."""
        self.what = f"{self.what}; {problem.what}"
        self.why = problem.why
        self.fix = problem.fix

    @property
    def code(self) -> int:
        """The exit code a shell gives for this signal: 128 + its number."""
        return 128 + self.signal

    @property
    def as_python(self) -> BaseException:
        """What ends a Python program on this signal: no `except Exception` may go on after it.

        The error itself when something is left, which it names.
        """
        if self.fix:
            return self
        return KeyboardInterrupt(self.what) if self.signal == SIGINT else SystemExit(self.code)


def exit_code_of(error: StackwrightError) -> int:
    """The process exit code for `error`."""
    return error.code if isinstance(error, StoppedError) else error.exit_code
