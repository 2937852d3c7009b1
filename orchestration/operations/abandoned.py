"""What a watchdog does about a run whose process was killed, or has left it the removal."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from orchestration.errors import EngineError, StackwrightError
from orchestration.record import RunRecord
from orchestration.sharing import abandoned, taken_over
from orchestration.wiring import Workplace

PATIENCE_S: Final = 600.0
"""How long an engine that does not answer, or does not remove, is asked again."""

SETTLED_S: Final = 1.0
"""How long nothing new may turn up: an engine goes on with a call whose caller was killed."""

LOG: Final = "watchdog.log"
_LOG_UP_TO: Final = 1 << 18
_PAUSES_S: Final = (0.25, 10.0)


class _Undeterred:
    """A Cancel that nobody can ask: signals to a watchdog do not stop it."""

    def __init__(self, workplace: Workplace) -> None:
        self._clock = workplace.clock

    def requested(self) -> int | None:
        return None

    def urgency(self) -> int:
        return 0

    def pause(self, seconds: float) -> None:
        self._clock.sleep(seconds)


def clean_up(run: str, *, home: str) -> None:
    """Take `run` down if it is abandoned, and go on trying while its engine does not do it.

    Ends when nothing of it is left, when somebody else has cleaned it or answers for it, or after
    ten minutes. What came of it is a line in `watchdog.log` of the state directory `home`.
    """
    os.environ["STACKWRIGHT_STATE"] = home
    workplace = Workplace.here()
    until = workplace.clock.now() + PATIENCE_S
    pause, longest = _PAUSES_S
    told = why = ""
    while (record := _still_abandoned(workplace, run)) is not None:
        # Who hands a run over leaves a process as its starter that never was (`hand_over`), and so
        # does an attempt made here.
        why = why or ("its process was killed" if record.starter.started else "it was handed over")
        try:
            with taken_over(workplace.runs, workplace.owners, run, alone=True) as ours:
                if not ours:
                    return
                count = _take_down(workplace, record)
        except StackwrightError as error:
            if workplace.clock.now() > until:
                _note(workplace, run, f"given up: {error.what}")
                return
            if told != error.what:
                told = error.what
                _note(workplace, run, f"{error.what}; tried again for {PATIENCE_S / 60:.0f} min")
            workplace.clock.sleep(pause)
            pause = min(pause * 2, longest)
        except Exception as error:
            _note(workplace, run, f"a defect of stackwright, please report it: {error!r}")
            raise
        else:
            _note(workplace, run, f"{why}; {count} things removed")
            return


def _still_abandoned(workplace: Workplace, run: str) -> RunRecord | None:
    """Its record. One that still names this process could not be changed after an attempt."""
    record = workplace.runs.get(run)
    if record is None or record.starter == workplace.owners.here():
        return record
    return record if abandoned(record, workplace.owners) else None


def _take_down(workplace: Workplace, record: RunRecord) -> int:
    """Remove all of the run and its record; the number of things removed.

    Raises EngineError while the engine of the run does not answer. Another one of the same name
    counts only when it holds something of the run: it may be another user's, or another place's.
    """
    if record.cluster is not None:
        count = _from_cluster(workplace, record)
        workplace.runs.release(record.run)
        return count
    with workplace.connect_to(record) as engine:
        runner = workplace.runner(engine, cancel=_Undeterred(workplace), emit=lambda _event: None)
        count = runner.clear(record.run, settled=SETTLED_S)
        if not count and engine.info.url != record.url and not _private(record.url):
            raise EngineError(
                f"{record.engine} at {record.url} does not answer, and {engine.info.url} holds "
                "nothing of the run"
            )
    workplace.runs.release(record.run)
    return count


def _from_cluster(workplace: Workplace, record: RunRecord) -> int:
    # Imported here: few watchdogs have a cluster to talk to.
    from orchestration.cluster.loop import EventLoop
    from orchestration.platform_removal import PlatformRemoval

    with EventLoop() as loop:
        removal = PlatformRemoval(
            workplace=workplace,
            loop=loop,
            cancel=_Undeterred(workplace),
            emit=lambda _event: None,
        )
        return removal.remove(record)


def _private(url: str) -> bool:
    """Whether that was an API service of the killed process's own: another one does as well."""
    from orchestration.engines.podman_service import PREFIX

    return Path(url).parent.name.startswith(PREFIX)


def _note(workplace: Workplace, run: str, text: str) -> None:
    """Append a line, if there is room; the file is begun anew when it has grown long."""
    file = workplace.home / LOG
    when = datetime.fromtimestamp(workplace.clock.wall(), UTC).isoformat(timespec="seconds")
    mode = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    # The removal matters more than its note.
    with suppress(OSError):
        if file.exists() and file.stat().st_size > _LOG_UP_TO:
            mode |= os.O_TRUNC
        descriptor = os.open(file, mode, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as log:
            log.write(f"{when} run {run}: {text}\n")
