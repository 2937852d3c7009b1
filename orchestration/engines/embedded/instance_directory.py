"""The directory of one instance: all that any process needs to know of it.

`instance.json` (what it is, whole or absent), `log`, `process` and `exit` (from its supervisor).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from orchestration.engines.embedded.processes import Process
from orchestration.model import Life, State

RECORD: Final = "instance.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRecord:
    """What an instance is. `env`: with its secrets, for commands executed in it later; the file is
    closed to everybody else. `boot`: of the machine, since a pid means nothing after another one.

    `created`: ns since the epoch. `mounts`: (target, source) pairs. `scratch`: "" for none.
    """

    name: str
    kind: str
    labels: Mapping[str, str]
    mark: str
    boot: str
    created: int
    ports: Mapping[str, int] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: str = "/"
    mounts: tuple[tuple[str, str], ...] = ()
    scratch: str = ""


@dataclass(frozen=True, slots=True)
class InstanceDirectory:
    """Reads and writes the files in `path`."""

    path: Path

    @property
    def log(self) -> Path:
        """Its standard output and error."""
        return self.path / "log"

    def write(self, record: InstanceRecord) -> None:
        """Put the record in place, whole."""
        content = {name: getattr(record, name) for name in record.__dataclass_fields__}
        temporary = self.path / f".{RECORD}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({**content, "labels": dict(record.labels), "env": dict(record.env)}, file)
        temporary.rename(self.path / RECORD)

    def read(self) -> InstanceRecord | None:
        """The record; None when it is gone, its maker was stopped before writing it, or it is none
        of ours: a crash of the machine leaves empty files."""
        try:
            return _decode(json.loads((self.path / RECORD).read_text("utf-8")))
        except (FileNotFoundError, ValueError):
            return None

    def supervisor(self) -> Process | None:
        """The supervisor that was started; None when none was."""
        match (self._said("process") or "").split():
            case [pid, started] if (pid + started).isdecimal():
                return Process(int(pid), int(started))
            case _:
                return None

    def state(self, boot: str) -> State:
        """What became of the instance. `boot`: the present one."""
        if not self.path.exists():
            return State(life=Life.MISSING)
        record, supervisor = self.read(), self.supervisor()
        if record is None or supervisor is None:
            return State(life=Life.CREATED, started=False)
        ran = record.boot == boot and supervisor.alive()
        code = (self._said("exit") or "").strip()
        if code.isdecimal():
            return State(life=Life.EXITED, exit_code=int(code))
        if ran:
            return State(life=Life.RUNNING)
        if not self.path.exists():
            return State(life=Life.MISSING)
        why = "its supervisor was killed" if record.boot == boot else "the machine was restarted"
        return State(life=Life.EXITED, error=why)

    def delete(self, scratch: Path | None) -> None:
        """Delete it and its scratch directory; the record last, so that an interrupted deletion is
        found and finished by its labels."""
        if scratch is not None:
            _remove_tree(scratch)
        try:
            entries = [each for each in self.path.iterdir() if each.name != RECORD]
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.is_dir() and not entry.is_symlink():
                _remove_tree(entry)
            else:
                entry.unlink(missing_ok=True)
        (self.path / RECORD).unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            self.path.rmdir()

    def _said(self, name: str) -> str | None:
        try:
            return (self.path / name).read_text(errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return None


def _decode(content: Any) -> InstanceRecord:  # noqa: ANN401 - parsed JSON has no type before it is checked
    try:
        return InstanceRecord(
            name=str(content["name"]),
            kind=str(content["kind"]),
            labels=_texts(content["labels"]),
            mark=str(content["mark"]),
            boot=str(content["boot"]),
            created=int(content["created"]),
            ports={str(name): int(port) for name, port in content["ports"].items()},
            env=_texts(content["env"]),
            cwd=str(content["cwd"]),
            mounts=tuple((str(target), str(source)) for target, source in content["mounts"]),
            scratch=str(content["scratch"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the record of an instance: {error!r}") from error


def _texts(content: Mapping[object, object]) -> dict[str, str]:
    return {str(key): str(value) for key, value in content.items()}


def _remove_tree(path: Path) -> None:
    """Delete a directory that others may be deleting at the same time."""
    while path.exists():
        with suppress(FileNotFoundError):
            shutil.rmtree(path)


def boot_id() -> str:
    """Names this boot of this machine (random(4))."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
