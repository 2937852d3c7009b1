"""Travis CI as programs."""

from __future__ import annotations

from lint.program import Defer, Output, Try
from tests.lint.languages.shell_code import run
from tests.lint.languages.yaml_code import does, facts

SOURCE = """
language: go
services: docker
jobs:
  include:
    - env: A=b
    - name: e2e
      script: [e2e]
before_install:
  - up -d
script: make test
after_failure: logs
after_script:
  - down
"""


def test_phases_come_in_their_order() -> None:
    after = (Defer(Output((run("down"),))), Defer(Output((Try((), ((run("logs"),),)),))))
    assert does(SOURCE, "build") == (run("up", "-d"), run("make", "test"), *after)
    assert does(SOURCE, "e2e") == (run("up", "-d"), run("e2e"), *after)
    program = facts(SOURCE).program
    assert program is not None
    assert program.labels == ("workflow:travis",)


def test_a_script_alone_is_not_of_travis() -> None:
    assert facts("script: make\n").program is None
