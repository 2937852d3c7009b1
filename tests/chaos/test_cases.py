"""The cases of the chaos suite: what is played, in which order, and what is told of it."""

from __future__ import annotations

import re

import pytest

from chaos.__main__ import main
from chaos.cell import Cell, matrix
from chaos.faults import faults
from chaos.report import render
from chaos.trial import ENGINES, Case, Trial


def test_every_case_has_a_name_of_its_own() -> None:
    cases: list[Case] = [*matrix(ENGINES), *faults(ENGINES)]
    names = [str(each) for each in cases]
    assert len(set(names)) == len(names) > 1000


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main([*words, "--list"]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_seed_is_printed_and_repeats_the_sample(capsys: pytest.CaptureFixture[str]) -> None:
    first = listed(capsys, "--sample", "12")
    seed = re.match(r"seed (\d+): 12 of ", first[0])
    assert seed is not None
    assert listed(capsys, "--sample", "12", "--seed", seed[1]) == first


def test_a_sample_has_each_engine_and_more_than_one_kind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = listed(capsys, "--sample", "60", "--seed", "1")[1:]
    assert {name.split(",")[0] for name in names} == set(ENGINES)


def test_the_report_counts_clean_cases_of_those_played() -> None:
    one = Cell(runner="cli", engine="embedded", step="network", ending="INT")
    other = Cell(runner="cli", engine="embedded", step="gate app", ending="INT")
    told = render(
        [
            Trial(case=one, problems=(), took={"from the signal to the exit": 1.5}),
            Trial(case=other, problems=("left: a port",)),
        ]
    )
    assert "| embedded cli | 1/2 |" in told
    assert "| from the signal to the exit | 1.50 | 1.50 | 1.50 | 1 |" in told
    assert "embedded, cli, INT at gate app: left: a port" in told
