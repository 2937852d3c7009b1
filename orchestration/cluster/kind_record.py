"""Which clusters we made with Kind, kept in files: a killed run leaves its cluster behind."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orchestration.model import ENGINE_NAMES, EngineName
from orchestration.owner import Owner
from orchestration.ports import Owners
from orchestration.sharing import not_told

_SUFFIX: Final = ".kind.json"
_LONGEST: Final = 50
"""Of a cluster's name: `-control-plane` follows in the node's host name, which has 64 characters
at most (`clusterNameMax` of Kind)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRecord:
    """A cluster that was, or is about to be, made for `run`. `engine`: what runs its nodes.
    `created`: seconds since the epoch.
    """

    name: str
    run: str
    owner: Owner
    engine: EngineName
    created: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KindJudgement:
    """Clusters that nobody answers for any more, and those left alone with the reason."""

    dead: tuple[KindRecord, ...]
    spared: tuple[tuple[KindRecord, str], ...]


def kind_name(platform: str, run: str) -> str:
    """`stackwright-gateway-1a2b3c4d`; of a long name as much as fits, the run always."""
    most = _LONGEST - len(f"stackwright--{run}")
    short = re.sub(r"[^a-z0-9]+", "-", platform.lower())[:most].strip("-")
    return "-".join(filter(None, ("stackwright", short, run)))


def kind_records(directory: Path) -> tuple[KindRecord, ...]:
    """The records in `directory`, oldest first; what is no record is passed over."""
    found = (_read(path) for path in sorted(directory.glob(f"*{_SUFFIX}")))
    return tuple(sorted((each for each in found if each is not None), key=lambda it: it.created))


def judge(records: Iterable[KindRecord], owners: Owners) -> KindJudgement:
    """Sort clusters into dead and spared: dead is only what is provably so."""
    dead: list[KindRecord] = []
    spared: list[tuple[KindRecord, str]] = []
    for record in records:
        match owners.alive(record.owner):
            case False:
                dead.append(record)
            case True:
                spared.append((record, f"its owner, process {record.owner.pid}, is alive"))
            case None:
                spared.append((record, not_told(record.owner)))
    return KindJudgement(dead=tuple(dead), spared=tuple(spared))


def remember(record: KindRecord, directory: Path) -> None:
    """Store it, whole or not at all."""
    body = {
        "name": record.name,
        "run": record.run,
        "owner": record.owner.encode(),
        "engine": record.engine,
        "created": record.created,
    }
    handle, name = tempfile.mkstemp(dir=directory, prefix=f".{record.run}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(body, file, indent=1)
        Path(name).replace(directory / f"{record.name}{_SUFFIX}")
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def is_remembered(record: KindRecord, directory: Path) -> bool:
    """Whether it is stored: nothing was ever made for it otherwise, or nothing of it is left."""
    return (directory / f"{record.name}{_SUFFIX}").exists()


def forget(record: KindRecord, directory: Path) -> None:
    """Remove it; content when it is not there."""
    (directory / f"{record.name}{_SUFFIX}").unlink(missing_ok=True)


def _read(path: Path) -> KindRecord | None:
    try:
        body: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    match body:
        case {
            "name": str(name),
            "run": str(run),
            "owner": str(encoded),
            "engine": str(engine),
            "created": int() | float() as created,
        } if f"{name}{_SUFFIX}" == path.name:
            owner = Owner.decode(encoded)
            known = next((each for each in ENGINE_NAMES if each == engine), None)
            if owner is None or known is None:
                return None
            return KindRecord(name=name, run=run, owner=owner, engine=known, created=created)
        case _:
            return None
