"""One stack for one caller: the logic under the commands, the fixture and the Python API alike."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from orchestration.engine_calls import EngineCalls
from orchestration.errors import (
    ConfigError,
    EngineError,
    ReuseError,
    StackwrightError,
    StoppedError,
)
from orchestration.events import Emit, Event, Notice
from orchestration.model import Secret
from orchestration.patience import WATCHDOG, RunPatience, stop_if_asked
from orchestration.ports import Cancel, Engine
from orchestration.ports_registry import port_error, touching
from orchestration.project import Project
from orchestration.record import Hold, RunRecord
from orchestration.redact import Redactor
from orchestration.report import NoBundle, Timeline, render_failure, write_bundle
from orchestration.run_plan import RunPlan
from orchestration.runner import Runner
from orchestration.running import RunningStack
from orchestration.sharing import hand_over, leave
from orchestration.stack import Stack
from orchestration.stackfile import port_findings
from orchestration.state import SignalCancel
from orchestration.wiring import (
    Connection,
    Workplace,
    missing_bases,
    run_key,
    secrets_in,
)


@dataclass(slots=True, kw_only=True)
class Session:
    """A stack read from its project, ready to be brought up, adopted or taken down.

    `engine`: a pinned engine, None to find one. `artifacts`: where bundles of failures go, None for
    the project's place. `redact` hides the secrets of this stack. `bundle` is where the evidence of
    a failure was put.
    """

    workplace: Workplace
    project: Project
    stack: Stack
    generated: Secret
    key: str
    redact: Redactor
    emit: Emit
    engine: str | None = None
    artifacts: Path | None = None
    bundle: Path | NoBundle | None = None
    timeline: Timeline = field(default_factory=Timeline)

    @classmethod
    def open(
        cls,
        workplace: Workplace,
        project: Project,
        stack: str,
        *,
        progress: Callable[[Redactor], Emit] = lambda _: _silent,
        run: RunRecord | None = None,
        session: str = "",
        engine: str | None = None,
        artifacts: Path | None = None,
    ) -> Self:
        """Read the stack, secrets and all.

        `progress` makes what shows the events, given what takes secrets out of them. `run`: a run
        of it whose password is to be known. Raises ConfigError.
        """
        generated = run.generated if run is not None else Secret(secrets.token_urlsafe(16))
        meant = project.stack(stack, workplace.environ, generated)
        redact = Redactor(secrets_in((meant, generated)))
        return cls(
            workplace=workplace,
            project=project,
            stack=meant,
            generated=generated,
            key=run_key(project, stack, session),
            redact=redact,
            emit=progress(redact),
            engine=engine,
            artifacts=artifacts,
        )

    def bring_up(self, hold: Hold, *, keep_wreck: bool = False) -> RunningStack:
        """Bring the stack up. Raises what `Runner.up` raises, and PortError by the registry."""
        deadline = self._deadline()
        wrong = touching(port_findings(self.project), self.stack)
        if wrong:
            raise port_error(wrong)
        with (
            SignalCancel() as cancel,
            self.workplace.connect(
                self.engine,
                self.project,
                cancel=cancel,
                patience=RunPatience(self.workplace.clock, cancel, deadline),
            ) as connection,
            self._calls(connection.engine, cancel, deadline) as calls,
        ):
            self._make_bases(connection, calls)
            plan = self._plan(calls, hold, keep_wreck, connection.found.note)
            running = self._runner(connection.engine, cancel).up(plan)
            # It is up: where the engine does not answer now, a later proof asks for a new start.
            with suppress(StackwrightError):
                self.workplace.note_pulled(running.run, self.stack, calls.running)
        self._end_if_asked(cancel, running, hold)
        return running

    def adopt(self, run: RunRecord, hold: Hold) -> RunningStack:
        """The stack that `run` keeps up, if it is what the configuration says now and healthy.

        `hold` is on it then, until it is given back.

        Raises ReuseError, naming the input that differs or the component that is not well.
        """
        pinned = self.workplace.pin(self.engine, self.project)
        if pinned is not None and pinned != run.engine:
            raise ReuseError(
                f"stack {run.stack} is up on {run.engine}, and {pinned} was asked for",
                fix="`stackwright stack down` first, or do not ask for an engine",
            )
        deadline = self._deadline()
        with (
            SignalCancel() as cancel,
            self.workplace.connect_to(run, cancel=cancel) as engine,
            self._calls(engine, cancel, deadline) as calls,
        ):
            plan = self._plan(calls, hold, False, "")
            running = self._runner(engine, cancel).adopt(plan, run)
        # What was held already by whoever asks again stays theirs.
        self._end_if_asked(cancel, running, *((hold,) if hold not in run.holds else ()))
        return running

    def give_back(self, run: RunRecord, hold: Hold) -> None:
        """As the function `give_back`."""
        give_back(self.workplace, run, hold, emit=self._tell)

    def logs(self, run: RunRecord, *, tail: int | None = None) -> Mapping[str, str]:
        """The logs of a run's components, without secrets. Raises EngineError, in seconds."""
        # Not entered: a test report asks for them, and Ctrl-C is for the session then.
        with self.workplace.look_at(run, SignalCancel()) as engine:
            return {
                name: self.redact.clean(engine.whole_log(instance.id, tail=tail))
                for name, instance in run.instances.items()
            }

    def notice(self, text: str) -> None:
        """Tell the user something once."""
        self._tell(Notice(text=text))

    def explain(self, error: StackwrightError) -> str:
        """A failure as the user reads it, without secrets."""
        return render_failure(error, redact=self.redact, bundle=self.bundle)

    def _end_if_asked(self, cancel: Cancel, running: RunningStack, *holds: Hold) -> None:
        """A signal that came when all was up ends the run as one a moment earlier does."""
        signal = cancel.requested()
        run = self.workplace.runs.get(running.run) if signal is not None else None
        if run is not None:
            for hold in holds:
                give_back(self.workplace, run, hold, emit=self._tell, signal=signal)
        stop_if_asked(cancel)

    def _deadline(self) -> float:
        """The one of a whole start that begins now."""
        return self.workplace.clock.now() + self.stack.deadline

    def _calls(
        self, engine: Engine, cancel: Cancel, deadline: float
    ) -> AbstractContextManager[EngineCalls]:
        clock = self.workplace.clock
        return EngineCalls.to(engine, clock=clock, cancel=cancel, deadline=deadline)

    def _make_bases(self, connection: Connection, calls: EngineCalls) -> None:
        """Make the base images that the project's overrides name and the engine has not."""
        missing = missing_bases(self.project, calls.running)
        if missing:
            # Imported here: it is rarely needed, and costs every other `up` 0.03 s.
            from orchestration.base_images import make_bases

            make_bases(
                missing,
                connection,
                self.project,
                cache=self.workplace.image_cache(),
                clock=calls.clock,
                cancel=calls.cancel,
                deadline=calls.deadline,
                emit=self._tell,
            )

    def _plan(self, calls: EngineCalls, hold: Hold, keep_wreck: bool, note: str) -> RunPlan:
        return RunPlan(
            stack=self.stack,
            key=self.key,
            config=str(self.project.file),
            hold=hold,
            generated=self.generated,
            inputs=self._inputs(calls),
            deadline=calls.deadline,
            keep_wreck=keep_wreck,
            note=note,
        )

    def _inputs(self, calls: EngineCalls) -> dict[str, str]:
        """What the run is made from. Raises ConfigError when files are not read in time."""
        read: list[Path] = []
        patience = RunPatience(calls.clock, calls.cancel, calls.deadline)
        still = patience.begin("find the images", 0.0)

        def in_time() -> None:
            if read and calls.clock.now() >= calls.deadline:
                stop_if_asked(calls.cancel)
                raise ConfigError(
                    "the files that the stack is made from were not read by the run's deadline",
                    why=f"it came while {read[-1]} was read",
                    fix="leave out there what the stack does not need, see whether the disk still "
                    "answers, or raise the `deadline` of the stack",
                )
            still()

        look = partial(self.workplace.inputs, self.stack, calls.running, reading=read.append)
        return calls.background.begin(look).result(in_time)

    def _runner(self, engine: Engine, cancel: Cancel) -> Runner:
        def failed(error: StackwrightError, log: Callable[[str], str]) -> None:
            self.bundle = write_bundle(
                self.artifacts or self.project.artifacts,
                error,
                stack=self.stack,
                log=log,
                timeline=self.timeline,
                redact=self.redact,
            )

        return self.workplace.runner(engine, cancel=cancel, emit=self._tell, on_failure=failed)

    def _tell(self, event: Event) -> None:
        self.timeline(event)
        self.emit(event)


def give_back(
    workplace: Workplace, run: RunRecord, hold: Hold, *, emit: Emit, signal: int | None = None
) -> None:
    """End the use of a run; the last one out takes it down. `signal`: one that came before.

    Raises TeardownError, and EngineError when the engine cannot be asked: the run's watchdog goes
    on then; StoppedError when a signal came meanwhile, once it is done.
    """
    with SignalCancel() as cancel, ExitStack() as opened:
        try:
            engine = opened.enter_context(workplace.connect_to(run, cancel=cancel))
        except (EngineError, StoppedError) as error:
            if _left_to_watchdog(workplace, run, hold, emit):
                error.what += f"; run {run.run} of {run.stack} is still there"
                error.fix = "; ".join(filter(None, (error.fix, WATCHDOG)))
                raise
        else:
            # Not before: finding the engine is what a signal breaks off.
            if signal is not None:
                cancel.request(signal)
            workplace.runner(engine, cancel=cancel, emit=emit).give_back(run.run, hold)
        stop_if_asked(cancel)


def _left_to_watchdog(workplace: Workplace, run: RunRecord, hold: Hold, emit: Emit) -> bool:
    """End the use of a run whose engine cannot be asked; whether nobody else uses it, and so its
    watchdog is to remove it, now: this process may live for long yet.
    """
    runs, owners, watchdogs = workplace.runs, workplace.owners, workplace.watchdogs
    if leave(runs, owners, run.run, hold) is None:
        watchdogs.over(run.run)
        return False
    try:
        watchdogs.watch(run.run)
        hand_over(runs, owners, run.run)
    except StackwrightError as error:
        emit(Notice(text=str(error)))
    watchdogs.act(run.run)
    return True


def _silent(_event: Event) -> None:
    pass
