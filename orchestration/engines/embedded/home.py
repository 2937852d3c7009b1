"""The directory of the embedded engine: `RUN/NAME/` for each instance, `RUN/.networks/NAME.json`.

Names are unique in the whole home, as they are in a container engine.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orchestration.engines.embedded.instance_directory import InstanceDirectory
from orchestration.errors import ClaimError, EngineError
from orchestration.model import Kind, Label, Resource
from orchestration.state.home import closed_directory

_NETWORKS: Final = ".networks"
_HOW_TO_FREE: Final = "`stackwright stack down`, or `stackwright stack clean` if it is a leftover"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Home:
    """What the engine holds, on disk. An instance's id is `RUN/NAME`."""

    path: Path

    def claim_instance(self, name: str, labels: Mapping[str, str]) -> InstanceDirectory:
        """Make the directory of a new instance, without a record. Raises ClaimError."""
        run = _plain(labels.get(Label.RUN, ""), "the run")
        with self._locked():
            for taken in self.path.glob(f"*/{_plain(name, 'an instance')}"):
                raise ClaimError(
                    f"the name {name} is taken",
                    why=f"{taken} is another instance of it",
                    fix=_HOW_TO_FREE,
                )
            directory = self.path / run / name
            directory.parent.mkdir(mode=0o700, exist_ok=True)
            directory.mkdir(mode=0o700)
        return InstanceDirectory(directory)

    def claim_network(self, name: str, labels: Mapping[str, str]) -> None:
        """Note a network. Raises ClaimError when the name is taken."""
        run = _plain(labels.get(Label.RUN, ""), "the run")
        with self._locked():
            for taken in self.path.glob(f"*/{_NETWORKS}/{_plain(name, 'a network')}.json"):
                raise ClaimError(
                    f"the network name {name} is taken",
                    why=f"run {taken.parent.parent.name} holds it",
                    fix=_HOW_TO_FREE,
                )
            networks = self.path / run / _NETWORKS
            networks.parent.mkdir(mode=0o700, exist_ok=True)
            networks.mkdir(mode=0o700, exist_ok=True)
            temporary = networks / f".{name}"
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(dict(labels), file)
            temporary.rename(networks / f"{name}.json")

    def instance(self, identity: str) -> InstanceDirectory | None:
        """The directory of an instance, whether or not it exists; None for what is no id."""
        match identity.split("/"):
            case [run, name] if _NAME.fullmatch(run) and _NAME.fullmatch(name):
                return InstanceDirectory(self.path / run / name)
            case _:
                return None

    def resources(self) -> Iterator[Resource]:
        """All there is, a run after the other, the older instances first.

        What has no record, because its maker was stopped before it wrote it or a crash of the
        machine has left it empty, is given the labels of the others of its run: they name the owner
        that would have to be alive.
        """
        for run in self.path.glob("[!.]*/"):
            notes = [
                (note, labels)
                for note in (run / _NETWORKS).glob("[!.]*.json")
                if (labels := _labels_in(note)) is not None
            ]
            found = [(each, InstanceDirectory(each).read()) for each in run.glob("[!.]*/")]
            found.sort(key=lambda pair: pair[1].created if pair[1] is not None else 0)
            shared = _shared(
                run,
                [labels for _, labels in notes],
                [record.labels for _, record in found if record is not None],
            )
            for note, labels in notes:
                yield Resource(
                    kind=Kind.NETWORK, id=note.stem, name=note.stem, labels=labels or shared
                )
            for directory, record in found:
                yield Resource(
                    kind=Kind.CONTAINER,
                    id=f"{run.name}/{directory.name}",
                    name=directory.name,
                    labels=shared if record is None else record.labels,
                )

    def drop_network(self, name: str) -> None:
        """Forget a network; content when there is none."""
        if not _NAME.fullmatch(name):
            return
        with self._locked():
            for record in self.path.glob(f"*/{_NETWORKS}/{name}.json"):
                record.unlink(missing_ok=True)
                self._tidy(record.parent.parent)

    def drop_run_if_empty(self, run: Path) -> None:
        """Remove the directory of a run that holds nothing any more."""
        with self._locked():
            self._tidy(run)

    def _tidy(self, run: Path) -> None:
        networks = run / _NETWORKS
        if any(run.glob("[!.]*")) or any(networks.glob("[!.]*")):
            return
        for unfinished in networks.glob(".*"):
            unfinished.unlink(missing_ok=True)
        for directory in (networks, run):
            if directory.is_dir():
                directory.rmdir()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time, among all processes and threads."""
        closed_directory(self.path)
        lock = os.open(self.path / ".lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _plain(name: str, what: str) -> str:
    if not _NAME.fullmatch(name):
        raise EngineError(
            f"the name {name!r} cannot be that of {what}",
            why="it becomes a directory's: letters, digits, `_`, `.` and `-`, the first no sign",
            fix="choose another name",
        )
    return name


def _shared(
    run: Path, networks: Sequence[Mapping[str, str]], instances: Sequence[Mapping[str, str]]
) -> Mapping[str, str]:
    """What all of a run carry, as far as it can be read."""
    found = next((each for each in (*networks, *instances) if each), {Label.RUN: run.name})
    return {name: value for name, value in found.items() if name != Label.COMPONENT}


def _labels_in(note: Path) -> dict[str, str] | None:
    """Empty when it is no note of ours; None when it is gone."""
    try:
        found = json.loads(note.read_text("utf-8"))
    except OSError:
        return None
    except ValueError:
        return {}
    if not isinstance(found, dict) or Label.RUN not in found:
        return {}
    return {str(key): str(value) for key, value in found.items()}
