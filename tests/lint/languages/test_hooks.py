"""Hooks that a repository defines for itself."""

from __future__ import annotations

from tests.lint.languages.shell_code import run
from tests.lint.languages.yaml_code import facts, functions, places

SOURCE = """
repos:
  - repo: https://example.org/hooks
    rev: v1
    hooks: [{id: theirs, entry: other}]
  - repo: local
    hooks:
      - id: integration
        entry: bash -c 'podman-compose up -d'
        language: system
        stages: [pre-push]
      - id: unit
        entry: scripts/unit.sh
        args: [--fast, "a b"]
        language: script
      - {id: words, entry: 'docker compose', language: pygrep}
"""


def test_each_local_hook_is_a_function() -> None:
    found = functions(SOURCE)
    assert {key: one.body for key, one in found.items()} == {
        "integration": (run("bash", "-c", "podman-compose up -d"),),
        "unit": (run("scripts/unit.sh", "--fast", "a b"),),
    }
    assert found["integration"].labels == ("stage:pre-push",)


def test_the_kind_and_the_lines_are_told() -> None:
    found = facts(SOURCE)
    assert found.program is not None
    assert found.program.labels == ("hooks:pre-commit",)
    assert places(found) == [(9, 16, "bash"), (13, 16, "scripts/unit.sh")]


def test_other_lists_of_repositories_have_no_hooks() -> None:
    assert facts("repos: [{name: x}]\n").program is None
