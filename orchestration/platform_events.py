"""What a deployment tells, as the steps that every form of progress shows."""

from __future__ import annotations

from typing import assert_never

from orchestration.cluster.deploy_event import (
    Applied,
    BecameReady,
    DeferredBegun,
    DeployEvent,
    Discovered,
    ObjectFailed,
    Refused,
    StillWaiting,
    Warned,
)
from orchestration.cluster.manifest import Ref
from orchestration.events import Emit, Notice, StepFailed, StepFinished, StepStarted, Waiting


class DeploymentTold:
    """Hears of a deployment, and emits steps: `apply` and `ready` of each object."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._applied: dict[Ref, float] = {}

    def __call__(self, event: DeployEvent) -> None:
        """Emit what `event` says, if anybody wants to know."""
        match event:
            case Discovered():
                pass
            case DeferredBegun():
                self._emit(StepStarted(step="apply", component=event.ref.short))
            case Applied():
                self._applied[event.ref] = event.seconds
                detail = "created" if event.created else "configured"
                self._done("apply", event.ref, detail, event.took_s)
            case Refused():
                self._failed("apply", event.ref, event.error.message, event.seconds)
            case Warned():
                self._emit(Notice(text=f"{event.ref.short}: {event.warning}"))
            case BecameReady():
                elapsed = event.seconds - self._applied.get(event.ref, 0.0)
                self._done("ready", event.ref, event.answer, elapsed)
            case ObjectFailed():
                elapsed = event.seconds - self._applied.get(event.ref, 0.0)
                self._failed("ready", event.ref, event.reason, elapsed)
            case StillWaiting():
                for ref, reason in event.waiting:
                    self._emit(
                        Waiting(
                            component=ref.short,
                            probe="ready",
                            answer=reason,
                            elapsed_s=event.seconds,
                        )
                    )
            case never:
                assert_never(never)

    def _done(self, step: str, ref: Ref, detail: str, elapsed_s: float) -> None:
        self._emit(StepFinished(step=step, component=ref.short, detail=detail, elapsed_s=elapsed_s))

    def _failed(self, step: str, ref: Ref, reason: str, elapsed_s: float) -> None:
        self._emit(StepFailed(step=step, component=ref.short, reason=reason, elapsed_s=elapsed_s))
