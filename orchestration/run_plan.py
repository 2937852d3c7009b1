"""What a runner is asked to bring up, for whom, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.model import EngineInfo, HostPort, Lifetime, Secret
from orchestration.ports import Owners
from orchestration.record import Hold, Phase, RunRecord
from orchestration.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What to bring up, for whom.

    `key`: see RunRecord. `hold`: who will use it. `keep_wreck`: leave everything as it is when the
    run fails. `generated`: the password made for this run. `inputs`: see RunRecord. `deadline`: the
    moment of `Clock.now()` by which all must be up; whatever came before the runner counts.
    """

    stack: Stack
    key: str
    config: str
    hold: Hold
    generated: Secret
    inputs: Mapping[str, str]
    deadline: float
    keep_wreck: bool = False
    note: str = ""

    def record(self, *, run: str, engine: EngineInfo, owners: Owners, created: float) -> RunRecord:
        """The record of a run of it that begins. `created`: seconds since the epoch."""
        return RunRecord(
            run=run,
            key=self.key,
            stack=self.stack.name,
            service=self.stack.service,
            config=self.config,
            engine=engine.name,
            url=engine.url,
            owner=owners.me(),
            starter=owners.here(),
            lifetime=Lifetime.KEPT if self.keep_wreck else self.hold.lifetime,
            phase=Phase.STARTING,
            created=created,
            generated=self.generated,
            holds=(self.hold,),
            ports=tuple(
                HostPort(each.bind, each.host)
                for component in self.stack.components
                for each in component.ports
                if each.host is not None
            ),
            inputs=self.inputs,
        )
