"""Whose run `down` may end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.errors import ClaimError, ConfigError
from orchestration.model import Lifetime
from orchestration.operations.holds import refuse_moving
from orchestration.operations.look import logs
from orchestration.operations.stack_down import down
from orchestration.record import Hold, Phase
from orchestration.wiring import Workplace, run_key
from tests.product import Product
from tests.records import record

TWO = """\
[stacks.store.components.app]
gate = { kind = "log", pattern = "up" }
embedded = { command = ["sleep", "9"] }

[stacks.other.components.app]
gate = { kind = "log", pattern = "up" }
embedded = { command = ["sleep", "9"] }
"""


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


def test_a_run_that_may_not_be_ended_keeps_no_other_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace = claimed(tmp_path, monkeypatch)
    assert down(everything=True) == ClaimError.exit_code
    assert [each.run for each in workplace.runs.all()] == ["00000001"]
    assert capsys.readouterr().err.count("error: stack store is still starting") == 1


@pytest.mark.parametrize(
    ("component", "told"),
    [
        (None, "stack store is still starting"),
        ("app", "stack store is still starting"),
        ("ape", "stack store has no component 'ape'\n  fix: one of app"),
    ],
)
def test_logs_of_a_stack_that_is_still_starting_say_so(
    component: str | None,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claimed(tmp_path, monkeypatch)
    assert logs(service="store", component=component) == ConfigError.exit_code
    assert told in capsys.readouterr().err


def claimed(directory: Path, patch: pytest.MonkeyPatch) -> Workplace:
    """A project of two stacks: this process brings one up, the other is up."""
    product = Product.at(directory, TWO)
    patch.chdir(product.project)
    patch.setenv("STACKWRIGHT_STATE", str(product.state))
    workplace = Workplace.here()
    project, here = workplace.project(), workplace.owners.here()
    for run, stack, phase in (
        ("00000001", "store", Phase.STARTING),
        ("00000002", "other", Phase.UP),
    ):
        key = run_key(project, stack)
        hold = Hold(owner=workplace.owners.terminal(), lifetime=Lifetime.KEPT)
        claim = record(run, key=key, stack=stack, phase=phase, starter=here, holds=(hold,))
        workplace.runs.claim(replace(claim, engine="embedded", url="", instances={}, endpoints=()))
    return workplace
