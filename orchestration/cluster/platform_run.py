"""One run of a platform on a cluster: how everything of it is named and marked, and read again.

What is in the run's namespace has the run's labels. What is outside of it, where other runs may use
the same object, has one hold for each run: a label to find it by, and an annotation of the same key
that says who holds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from orchestration.cluster.api import MANAGER, Body
from orchestration.cluster.fields import Fields
from orchestration.model import Lifetime
from orchestration.owner import Owner

HOLD: Final = "run.stackwright.io/"
"""Of the keys of holds; the run's id follows."""

_LONGEST: Final = 63
"""Of a namespace's name and of a label's value (RFC 1123, section 2.1)."""

_RUN: Final = re.compile(r"[0-9a-f]{8}")


class Mark(StrEnum):
    """The keys of our labels (`RUN`, `PLATFORM`, `SHARED`) and annotations (all but `RUN` and
    `SHARED`). `PLATFORM` is both: a label's value cannot be every name. `CONTENTS`: which kinds the
    removal of a run has to look at, and where, as `apiVersion/Kind@namespace`. `OBJECTS`: the names
    of what it applied (`run_contents.py`)."""

    RUN = "stackwright.io/run"
    PLATFORM = "stackwright.io/platform"
    SHARED = "stackwright.io/shared"
    OWNER = "stackwright.io/owner"
    LIFETIME = "stackwright.io/lifetime"
    STATE = "stackwright.io/state"
    CREATED = "stackwright.io/created"
    CONTENTS = "stackwright.io/contents"
    OBJECTS = "stackwright.io/objects"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRun:
    """`run`: eight hexadecimal digits. `state`: the identity of the user's records (`Runs`).
    `created`: seconds since the epoch."""

    run: str
    platform: str
    owner: Owner
    lifetime: Lifetime
    state: str
    created: float

    @property
    def namespace(self) -> str:
        """`stackwright-gateway-1a2b3c4d`; of a long name as much as fits, the run always."""
        most = _LONGEST - len(f"stackwright--{self.run}")
        short = re.sub(r"[^a-z0-9]+", "-", self.platform.lower())[:most].strip("-")
        return "-".join(filter(None, ("stackwright", short, self.run)))

    @property
    def manager(self) -> str:
        """The field manager that applies all of the run. One for each run, so that the server keeps
        runs apart that share an object: what both apply belongs to both, what they want differently
        is a conflict, and what one stops applying goes only when nobody else applies it."""
        return f"{MANAGER}-{self.run}"

    @property
    def labels(self) -> Mapping[str, str]:
        """Of everything in the run's namespace, and of the namespace."""
        value = re.sub(r"[^A-Za-z0-9._-]", "-", self.platform)[:_LONGEST].strip("._-")
        return {Mark.RUN.value: self.run, Mark.PLATFORM.value: value}

    @property
    def annotations(self) -> Mapping[str, str]:
        """Of the run's namespace."""
        return {
            Mark.PLATFORM.value: self.platform,
            Mark.OWNER.value: self.owner.encode(),
            Mark.LIFETIME.value: self.lifetime.value,
            Mark.STATE.value: self.state,
            Mark.CREATED.value: repr(self.created),
        }

    @property
    def hold(self) -> str:
        """The key of the run's hold on what is outside of its namespace."""
        return HOLD + self.run

    @property
    def hold_labels(self) -> Mapping[str, str]:
        """Of what is outside of the run's namespace. No two runs write different values."""
        return {Mark.SHARED.value: "true", self.hold: "held"}

    @property
    def hold_annotations(self) -> Mapping[str, str]:
        """Of what is outside of the run's namespace."""
        short = {Mark(key).name.lower(): value for key, value in self.annotations.items()}
        return {self.hold: json.dumps(short)}


def run_of(namespace: Body) -> PlatformRun | None:
    """The run whose namespace this is; None when it is nobody's, or a copy under another name."""
    fields = Fields(namespace)
    metadata = fields.table("metadata")
    words = {each.name.lower(): metadata.text("annotations", each) for each in Mark}
    found = _read(metadata.text("labels", Mark.RUN), words)
    ours = found is not None and found.namespace == metadata.text("name")
    return found if ours else None


def holds_of(body: Body) -> Mapping[str, PlatformRun | None]:
    """The holds on an object, by run; None for one that cannot be read."""
    metadata = Fields(body).table("metadata")
    keys = {
        key
        for part in ("labels", "annotations")
        for key in metadata.table(part).body
        if key.startswith(HOLD)
    }
    return {
        key.removeprefix(HOLD): _read(
            key.removeprefix(HOLD), _words(metadata.text("annotations", key))
        )
        for key in sorted(keys)
    }


def is_shared(body: Body) -> bool:
    """Whether runs of ours made the object, which is outside of their namespaces."""
    return Fields(body).text("metadata", "labels", Mark.SHARED) == "true"


def _words(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read(run: str, words: Mapping[str, object]) -> PlatformRun | None:
    fields = Fields(words)
    owner = Owner.decode(fields.text("owner"))
    lifetime = fields.text("lifetime")
    if not _RUN.fullmatch(run) or owner is None or lifetime not in list(Lifetime):
        return None
    try:
        created = float(fields.text("created"))
    except ValueError:
        return None
    return PlatformRun(
        run=run,
        platform=fields.text("platform"),
        owner=owner,
        lifetime=Lifetime(lifetime),
        state=fields.text("state"),
        created=created,
    )
