"""`stack status`, `logs` and `clean` against an engine that is there and says nothing."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import Popen
from typing import Final

import pytest

from orchestration.patience import LOOK_S
from orchestration.record import Phase
from orchestration.state import FileRuns, HostOwners
from tests.engines.engine_server import Script, serving
from tests.engines.silence import (
    BESIDE_S,
    OnlyPings,
    Yardstick,
    engine,
    forget,
    one_message,
    times_to_end,
    up_at,
)
from tests.product import Product, leftovers
from tests.records import record
from tests.watched import killed_unwatched


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An engine that holds a stack and says nothing from the ping on, but pings, or from `at` on;
    and the commands that only look at it.
    """

    words: tuple[tuple[str, ...], ...]
    pings: bool = False
    at: str = ""


LOOKS: Final = (
    Look(words=(("status",), ("logs",), ("clean",))),
    Look(words=(("status", "--json"), ("logs", "--follow"), ("clean",)), pings=True),
    Look(words=(("logs",),), at="GET /containers/c1/logs"),
)


def test_whoever_only_looks_is_told_of_a_silent_engine_in_seconds(tmp_path: Path) -> None:
    with ExitStack() as stack:
        products: list[tuple[Product, Look]] = []
        for number, each in enumerate(LOOKS):
            path = tmp_path / str(number) / "engine.sock"
            script = (OnlyPings if each.pings else Script)(answers=engine().answers)
            stack.enter_context(serving(script, path))
            product = up_at(path.parent, path)
            stack.callback(forget, product)
            script.silent_at = each.at
            if not each.at:
                script.silent.set()
            products.append((product, each))
        yardstick = stack.enter_context(Yardstick(LOOK_S))
        processes: list[Popen[str]] = []
        for product, look in products:
            for words in look.words:
                processes.append(stack.enter_context(product.begin("stack", *words)))
                stack.callback(processes[-1].kill)
        times = times_to_end(processes, 60.0)
        limit = yardstick.limit(LOOK_S + BESIDE_S)
        outs: list[str] = []
        for process, took in zip(processes, times, strict=True):
            out, err = process.communicate(timeout=60)
            outs.append(out)
            assert process.returncode == 3, (process.args, err)
            assert took < limit, (process.args, times, limit)
            assert "not answer" in " ".join(err.split()), err
            assert "engine.sock" in err, err
            assert "  why: " in err, err
            assert "  fix: " in err, err
            assert one_message(err), (process.args, err)
        assert "store: up, NOT healthy, on podman" in outs[0]
        assert "app  not known" in outs[0]
        (run,) = json.loads(outs[3])["runs"]
        assert run["healthy"] is False
        assert [each["life"] for each in run["components"]] == ["unknown"]
        assert all(len(product.records()) == 1 for product, _look in products)


def test_clean_goes_on_to_the_other_engines_when_one_is_silent(tmp_path: Path) -> None:
    """A dead run's processes go, although the container engine says nothing."""
    script = OnlyPings(answers=engine().answers)
    path = tmp_path / "engine.sock"
    with serving(script, path):
        product = Product.at(tmp_path, STACKWRIGHT_ENGINE_URL=f"unix://{path}")
        killed_unwatched(product, "embedded", "gate app")
        assert leftovers("embedded", product) != []
        script.silent.set()
        clean = product.run("stack", "clean")
        assert clean.code == 3, clean.err
        assert "embedded: run " in clean.out
        assert f"podman at unix://{path} did not answer" in " ".join(clean.err.split())
        assert "`stackwright stack clean` again" in " ".join(clean.err.split())
        assert leftovers("embedded", product) == []
        assert product.records() == []


@pytest.mark.parametrize("abandoned", [True, False])
def test_clean_tells_of_an_engine_that_is_gone_when_a_dead_run_may_have_left_something_there(
    tmp_path: Path, abandoned: bool
) -> None:
    product = Product.at(
        tmp_path, STACKWRIGHT_ENGINE_URL=f"unix://{tmp_path}/gone.sock", PATH="/nowhere"
    )
    if abandoned:
        owners = HostOwners()
        dead = replace(owners.here(), started=0)
        FileRuns(product.state, owners).claim(record(phase=Phase.STOPPING, starter=dead))
    clean = product.run("stack", "clean")
    assert clean.code == (3 if abandoned else 0), clean.err
    assert ("gone.sock" in clean.err) is abandoned
    assert len(product.records()) == abandoned
