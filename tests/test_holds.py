"""Whose run `down` may end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.errors import ClaimError
from orchestration.operations.holds import refuse_moving
from orchestration.record import Phase
from orchestration.wiring import Workplace
from tests.records import record


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    monkeypatch.setenv("STACKWRIGHT_STATE", str(tmp_path / "state"))
    return Workplace.here()


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.STOPPING])
def test_a_run_that_a_live_process_moves_is_refused_even_by_force(
    workplace: Workplace, phase: Phase
) -> None:
    moving = record(phase=phase, starter=workplace.owners.here())
    for force in (False, True):
        with pytest.raises(ClaimError, match=f"stack store is still {phase} .process") as caught:
            refuse_moving(workplace, moving, force=force)
        assert "Ctrl-C" in caught.value.fix


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.STOPPING])
def test_a_run_of_a_container_that_may_be_gone_is_ended_only_by_force(
    workplace: Workplace, phase: Phase
) -> None:
    inside = replace(workplace.owners.here(), host="gone-for-good", namespace=7)
    moving = record(phase=phase, starter=inside)
    with pytest.raises(ClaimError, match=r"of gone-for-good/pid:\[7\]") as caught:
        refuse_moving(workplace, moving, force=False)
    assert "`stackwright stack down --force`" in caught.value.fix
    refuse_moving(workplace, moving, force=True)


@pytest.mark.parametrize("phase", list(Phase))
def test_a_run_that_nobody_moves_is_not_refused(workplace: Workplace, phase: Phase) -> None:
    dead = replace(workplace.owners.here(), pid=0)
    refuse_moving(workplace, record(phase=phase, starter=dead), force=False)
