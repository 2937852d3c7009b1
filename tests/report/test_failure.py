"""The message for a failed run, where the golden text does not say it all."""

from __future__ import annotations

from dataclasses import replace

from orchestration.errors import GateError
from orchestration.model import Evidence
from orchestration.report import render_failure

EVIDENCE = Evidence(component="app", step="gate", elapsed_s=1.0)


def test_the_sentence_comes_first_and_the_log_of_the_culprit_before_others() -> None:
    evidence = replace(EVIDENCE, logs={"db": "fine", "app": "broken"})
    text = render_failure(GateError("it did not open", evidence=evidence))
    assert text.startswith("error: it did not open\n")
    assert text.index("app | broken") < text.index("db | fine")


def test_prose_fits_eighty_columns_and_commands_are_not_broken() -> None:
    command = "    podman run " + "--option=value " * 8
    error = GateError("word " * 60, why="reason " * 40, fix=f"run\n{command}")
    lines = render_failure(error).splitlines()
    assert "       " + command.rstrip() in lines
    assert all(len(line) <= 80 for line in lines if "podman" not in line)


def test_a_long_line_is_cut_after_secrets_are_taken_out() -> None:
    evidence = replace(
        EVIDENCE, logs={"app": "x" * 140 + "postgresql://user:hunter2@db" + "y" * 99}
    )
    text = render_failure(GateError("it did not open", evidence=evidence))
    assert "hunter" not in text
    assert "…" in text


def test_only_the_end_of_a_log_is_shown() -> None:
    evidence = replace(EVIDENCE, logs={"app": "\n".join(f"line {at}" for at in range(9))})
    text = render_failure(GateError("it did not open", evidence=evidence), log_lines=2)
    assert "log of app: the last 2 lines\n  app | line 7\n  app | line 8" in text
    assert "line 6" not in text


def test_an_error_without_reason_is_one_line() -> None:
    assert render_failure(GateError("it did not open")) == "error: it did not open"
