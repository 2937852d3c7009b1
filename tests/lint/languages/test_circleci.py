"""CircleCI as programs."""

from __future__ import annotations

import pytest

from lint.program import Arg, Assign, Call, Defer, Do, If, Opaque, Output, Param, Try
from tests.lint.languages.shell_code import NOWHERE, lit, name, run, split
from tests.lint.languages.yaml_code import does, facts, functions, places

SOURCE = """
version: 2.1
executors:
  db:
    docker: [{image: postgres:16}]
commands:
  up:
    parameters:
      service: {type: string, default: gateway}
      tag: {type: string}
    steps:
      - run: compose up << parameters.service >> <<parameters.tag>>
jobs:
  test:
    docker:
      - image: cimg/go:1.22
    environment: {A: a}
    steps:
      - checkout
      - up: {service: datastorage}
      - up
      - run:
          name: tests
          command: |
            cat <<EOF >> out
            text
            EOF
            make test
          working_directory: sub
          environment: {B: b}
      - when:
          condition: << pipeline.parameters.all >>
          steps: [{run: more}]
      - run: {command: down, when: always}
      - run: {command: logs, when: on_fail}
workflows:
  main:
    jobs:
      - build
      - test: {requires: [build]}
"""


def test_steps_are_read_in_each_form() -> None:
    body = does(SOURCE, "test")
    given = (Arg(lit("datastorage"), "parameters.service"),)
    assert body[:3] == (
        Assign(name("A"), lit("a")),
        Do(Call(name("up"), given, NOWHERE)),
        Do(Call(name("up"), (), NOWHERE)),
    )
    assert body[3:5] == (Assign(name("B"), lit("b")), run("cd", "sub"))
    assert body[6:] == (
        run("make", "test"),
        run("cd", "-"),
        If(Opaque((), "when"), (run("more"),)),
        Defer(Output((run("down"),))),
        Defer(Output((Try((), ((run("logs"),),)),))),
    )


def test_a_reusable_command_is_a_function_with_parameters() -> None:
    found = functions(SOURCE)["up"]
    assert found.labels == ("template",)
    assert found.params == (Param("parameters.service", lit("gateway")), Param("parameters.tag"))
    assert found.body == (
        run("compose", "up", split(name("parameters.service")), split(name("parameters.tag"))),
    )


def test_jobs_need_what_their_workflow_says() -> None:
    found = facts(SOURCE)
    assert functions(SOURCE)["test"].needs == ("build",)
    assert found.program is not None
    assert found.program.labels == ("workflow:circleci",)


def test_commands_stand_on_the_lines_of_the_file() -> None:
    assert (28, 13, "make") in places(facts(SOURCE))


def test_steps_that_repeat_each_other_are_bounded() -> None:
    lines = ["version: 2.1", "x0: &a0 {when: {steps: [{run: make}]}}"]
    for n in range(1, 12):
        again = ", ".join([f"*a{n - 1}"] * 9)
        lines.append(f"x{n}: &a{n} {{when: {{steps: [{again}]}}}}")
    lines.append("jobs: {test: {steps: [*a11]}}")
    assert "test" in functions("\n".join(lines))


@pytest.mark.parametrize(
    "source",
    [
        "jobs: {a: {steps: [{run: x}]}}\n",
        "version: 2\njobs: {a: {command: x}}\n",
        "version: 2\njobs: x\n",
    ],
)
def test_other_documents_are_not_of_circleci(source: str) -> None:
    assert facts(source).program is None
