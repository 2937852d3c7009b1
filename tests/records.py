"""Run records and owners for tests."""

from __future__ import annotations

from dataclasses import replace

from orchestration.model import Endpoint, Instance, Lifetime, PortBinding, Secret
from orchestration.owner import Owner
from orchestration.record import Hold, Phase, RunRecord

DEAD = Owner(host="here", boot="this", pid=99, started=1, uid=0)
ALIVE = Owner(host="here", boot="this", pid=1, started=1, uid=0)
ELSEWHERE = Owner(host="there", boot="other", pid=1, started=1, uid=0)


class KnownOwners:
    """`Owners` with a fixed opinion."""

    def me(self) -> Owner:
        return ALIVE

    def here(self) -> Owner:
        return ALIVE

    def terminal(self) -> Owner:
        return ALIVE

    def alive(self, owner: Owner) -> bool | None:
        return None if owner.host != "here" else owner == ALIVE


def record(run: str = "0a1b2c3d", **changes: object) -> RunRecord:
    """A stack that is up, with one component."""
    binding = PortBinding(name="postgres", inside=5432, host=15433)
    whole = RunRecord(
        run=run,
        key="project#store#",
        stack="store",
        service="store",
        config="stackwright.toml",
        engine="podman",
        url="unix:///run/podman/podman.sock",
        owner=ALIVE,
        starter=ALIVE,
        lifetime=Lifetime.KEPT,
        phase=Phase.UP,
        created=1_700_000_000.5,
        generated=Secret("made-for-this-run"),
        holds=(Hold(owner=ALIVE, lifetime=Lifetime.KEPT),),
        inputs={"postgres.image": "sha256:1"},
        instances={"postgres": Instance(id="abc", name="store-postgres", ports=(binding,))},
        endpoints=(
            Endpoint(
                component="postgres",
                port_name="postgres",
                host="127.0.0.1",
                port=15433,
                url="postgresql://127.0.0.1:15433",
                dsn="postgresql://u:p@127.0.0.1:15433/d",
            ),
        ),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # tests name real fields
