"""Records of the clusters we made with Kind, and who answers for them."""

from __future__ import annotations

from pathlib import Path

from orchestration.cluster.kind_record import (
    KindRecord,
    judge,
    kind_name,
    kind_records,
    remember,
)
from orchestration.owner import Owner
from tests.cluster.kind_machine import OWNER


class SomeOwners:
    """Knows which process ids live; None of those of other hosts."""

    def __init__(self, alive: set[int]) -> None:
        self._alive = alive

    def me(self) -> Owner:
        return OWNER

    here = terminal = me

    def alive(self, owner: Owner) -> bool | None:
        return owner.pid in self._alive if owner.host == "here" else None


def test_only_what_is_provably_dead_is_judged_dead(tmp_path: Path) -> None:
    for at, (host, pid) in enumerate([("here", 1), ("here", 2), ("there", 3)]):
        owner = Owner(host=host, boot="b", pid=pid, started=1, uid=0)
        run = f"0000000{at}"
        record = KindRecord(
            name=kind_name("p", run), run=run, owner=owner, engine="docker", created=float(-at)
        )
        remember(record, tmp_path)
    (tmp_path / "broken.kind.json").write_text("{")
    (tmp_path / "foreign.kind.json").write_text('{"name": "someone-elses", "run": "x"}')
    records = kind_records(tmp_path)
    assert [each.run for each in records] == ["00000002", "00000001", "00000000"]
    found = judge(records, SomeOwners({2}))
    assert [each.run for each in found.dead] == ["00000000"]
    assert [(each.run, why) for each, why in found.spared] == [
        ("00000002", "its owner belongs to another host, PID namespace or user (there/b/3/1/0)"),
        ("00000001", "its owner, process 2, is alive"),
    ]


def test_a_name_fits_into_a_host_name_and_keeps_the_run() -> None:
    assert kind_name("Gateway", "1a2b3c4d") == "stackwright-gateway-1a2b3c4d"
    assert kind_name("a_b.c", "1a2b3c4d") == "stackwright-a-b-c-1a2b3c4d"
    long = kind_name("x" * 80, "1a2b3c4d")
    assert len(f"{long}-control-plane") == 64
    assert long.endswith("-1a2b3c4d")
