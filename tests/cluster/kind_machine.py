"""A machine with a stand-in for Kind, for tests."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from orchestration.cluster.kind_cluster import KindCluster
from orchestration.cluster.kind_record import KindRecord, kind_name
from orchestration.errors import StackwrightError
from orchestration.model import EngineName
from orchestration.owner import Owner
from tests.cluster.programs import put_on_path
from tests.cluster.stand_in_kind import BEHAVIOURS, ROOT

OWNER: Final = Owner(host="here", boot="b", pid=7, started=1, uid=0)
_SOURCE: Final = (
    f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
    "from tests.cluster.stand_in_kind import main\nsys.exit(main(sys.argv[1:]))"
)


@dataclass
class Machine:
    """A machine with a stand-in for Kind on its PATH."""

    root: Path
    heard: list[str] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.root / "kind"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def directory(self) -> Path:
        return self.root / "ours"

    def misbehave(self, word: str) -> None:
        assert word in BEHAVIOURS
        (self.state / "behaviour").write_text(word)

    def behave(self) -> None:
        (self.state / "behaviour").unlink()

    def cluster(
        self,
        run: str = "1a2b3c4d",
        *,
        ports: dict[int, int] | None = None,
        engine: EngineName = "docker",
    ) -> KindCluster:
        name = kind_name("gateway", run)
        record = KindRecord(name=name, run=run, owner=OWNER, engine=engine, created=1.0)
        environ = {
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "STAND_IN_KIND": str(self.state),
        }
        return KindCluster(
            record=record, directory=self.directory, environ=environ, ports=ports or {}
        )

    def make(self, cluster: KindCluster, seconds: float = 60.0, ready: float = 60.0) -> None:
        said = self.heard.append
        asyncio.run(cluster.create(deadline_s=seconds, ready_s=ready, on_line=said))

    def refused(
        self, cluster: KindCluster, seconds: float = 60.0, ready: float = 60.0
    ) -> StackwrightError:
        with pytest.raises(StackwrightError) as caught:
            self.make(cluster, seconds, ready)
        assert caught.value.fix, "every message says what to do"
        return caught.value

    @property
    def clusters(self) -> set[str]:
        return {each.stem for each in self.state.glob("*.cluster")}

    @property
    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.state / "asked").read_text().splitlines()]

    @property
    def left(self) -> set[str]:
        return {each.name for each in self.directory.iterdir()}


@contextmanager
def machine_with_kind(root: Path) -> Iterator[Machine]:
    """One whose clusters end with the block."""
    made = Machine(root)
    for each in (made.state, made.home, root / "bin"):
        each.mkdir()
    put_on_path(root / "bin", "kind", _SOURCE)
    try:
        yield made
    finally:
        for each in made.state.glob("*.cluster"):
            with suppress(ProcessLookupError):
                if pid := json.loads(each.read_text())["pid"]:
                    os.kill(pid, 9)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
