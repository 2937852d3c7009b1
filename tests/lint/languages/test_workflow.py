"""GitHub Actions as programs: jobs, steps, expressions, and the lines of their scripts."""

from __future__ import annotations

import pytest

from lint.facts import Suppression
from lint.program import (
    Arg,
    Assign,
    Attr,
    Call,
    Choice,
    Defer,
    Do,
    Flag,
    Glue,
    If,
    Name,
    Output,
    Span,
    Stmt,
    Try,
)
from lint.program import Test as Asked
from tests.lint.languages.shell_code import NOWHERE, lit, name, ran, run, split, stripped
from tests.lint.languages.yaml_code import broken, does, facts, functions, nodes, places, sets


def job(body: str, *, before: str = "") -> str:
    """A workflow whose job `test` has these lines, written as if they began at column 1."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    return f"on: push\n{before}jobs:\n  test:\n    runs-on: ubuntu-latest\n{lines}\n"


def steps(body: str) -> tuple[Stmt, ...]:
    lines = "\n".join(f"  {line}" for line in body.strip("\n").splitlines())
    return does(job(f"steps:\n{lines}"), "test")


def uses(what: str, **given: str) -> Stmt:
    args = (Arg(lit(what)), *(Arg(lit(text), key) for key, text in given.items()))
    return Do(Call(Attr(name("actions"), "uses"), args, NOWHERE))


def test_each_job_is_a_function_with_what_it_needs() -> None:
    found = functions(
        """
        on: push
        jobs:
          build:
            runs-on: ubuntu-latest
            steps:
              - run: make build
          test:
            needs: [build, lint]
            runs-on: ubuntu-latest
            steps:
              - run: make test
          deploy:
            needs: test
            uses: ./.github/workflows/deploy.yml
            with: {place: staging}
        """
    )
    assert {key: one.needs for key, one in found.items()} == {
        "build": (),
        "test": ("build", "lint"),
        "deploy": ("test",),
    }
    assert found["build"].body == (run("make", "build"),)
    assert found["deploy"].body == (uses("./.github/workflows/deploy.yml", place="staging"),)


def test_the_kind_of_entry_is_told() -> None:
    program = facts(job("steps: [{run: make}]")).program
    assert program is not None
    assert program.labels == ("workflow:github",)


def test_a_job_spans_its_lines() -> None:
    program = facts(job("steps:\n  - run: make\n")).program
    assert program is not None
    function = program.body[0].function  # type: ignore[union-attr]  # a Define
    assert function.at == Span(3, 3, 6, 18)


def test_environment_is_assigned_at_three_levels() -> None:
    source = job(
        "env: {B: b}\nsteps:\n  - env: {C: 'x-${{ env.B }}'}\n    run: make",
        before="env:\n  A: a\n",
    )
    assert sets(source) == (Assign(name("A"), lit("a")),)
    assert does(source, "test") == (
        Assign(name("B"), lit("b")),
        Assign(name("C"), Glue((lit("x-"), name("B")), NOWHERE)),
        run("make"),
    )


def test_inputs_have_their_defaults() -> None:
    source = (
        "on:\n  workflow_dispatch:\n    inputs: {engine: {default: podman}, free: {}}\n"
        "  workflow_call:\n    inputs:\n      tag: {type: string, default: dev}\n"
        "jobs: {a: {runs-on: x, steps: [{run: make}]}}\n"
    )
    assert sets(source) == (
        Assign(name("inputs.tag"), lit("dev"), default=True),
        Assign(name("inputs.engine"), lit("podman"), default=True),
    )


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("${{ matrix.engine }} up", run(split(name("matrix.engine")), "up")),
        ('"${{ matrix.engine }}" up', run(name("matrix.engine"), "up")),
        ("up '${{ matrix.x }}.yml'", run("up", Glue((name("matrix.x"), lit(".yml")), NOWHERE))),
        ("up ${{ env.TAG }}", run("up", split(name("TAG")))),
        ("up ${{ github.event.inputs.x }}", run("up", split(name("inputs.x")))),
        ("up ${{ inputs.x || 'y' }}", run("up", split(Choice((name("inputs.x"), lit("y")))))),
        (
            "up ${{ matrix.a == 'x' && 'y' || 'z' }}",
            run(
                "up",
                split(Choice((lit("y"), lit("z")), Asked("==", (name("matrix.a"), lit("x"))))),
            ),
        ),
        (
            "up '${{ format('a-{0}', matrix.b) }}'",
            run("up", Glue((lit("a-"), name("matrix.b")), NOWHERE)),
        ),
    ],
)
def test_expressions_are_put_in_before_the_shell_reads(script: str, expected: Stmt) -> None:
    assert steps(f"- run: |\n    {script}") == (expected,)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("- run: one", [(7, 14, "one")]),
        ("- run: 'one'", [(7, 15, "one")]),
        ('- run: "one\\ntwo"', [(7, 15, "one"), (7, 20, "two")]),
        ("- run: |\n    one\n\n    # no\n    two", [(8, 11, "one"), (11, 11, "two")]),
        ("- run: |2\n      one\n    two", [(8, 13, "one"), (9, 11, "two")]),
        ("- run: |\n    one \\\n      more\n    two", [(8, 11, "one"), (10, 11, "two")]),
        ("- run: >\n    one\n    more\n\n    two", [(8, 11, "one"), (11, 11, "two")]),
        ("- run: >-\n    one && \n    two", [(8, 11, "one"), (9, 11, "two")]),
        ("- run: one &&\n    two", [(7, 14, "one"), (8, 11, "two")]),
        ("- run: 'one &&\n\n    two'", [(7, 15, "one"), (9, 11, "two")]),
        ("- run: |\n    ${{ a }} x; one\n    two", [(8, 23, "one"), (9, 11, "two")]),
        ("- run: |\n    x='${{ a }}'\n    if one; then\n      two\n    fi",
         [(9, 14, "one"), (10, 13, "two")]),
        ("- {run: one}\n- {name: x, run: \"two\"}", [(7, 15, "one"), (8, 25, "two")]),
    ],
)  # fmt: skip
def test_commands_stand_on_the_lines_of_the_file(
    body: str, expected: list[tuple[int, int, str]]
) -> None:
    lines = "\n".join(f"  {line}" for line in body.splitlines())
    assert places(facts(job(f"env: {{A: b}}\nsteps:\n{lines}"))) == expected


def test_windows_line_ends_move_nothing() -> None:
    source = job("steps:\n  - run: |\n      one\n      two \\\n        x\n")
    assert places(facts(source.replace("\n", "\r\n"))) == places(facts(source))


def test_a_working_directory_is_entered_and_left() -> None:
    assert steps("- run: make\n  working-directory: test/${{ matrix.x }}") == (
        run("cd", Glue((lit("test/"), name("matrix.x")), NOWHERE)),
        run("make"),
        run("cd", "-"),
    )


def test_defaults_of_job_and_workflow_are_kept() -> None:
    source = job(
        "defaults: {run: {working-directory: b}}\nsteps:\n  - run: one",
        before="defaults: {run: {working-directory: a, shell: bash}}\n",
    )
    assert does(source, "test") == (run("cd", "b"), run("one"), run("cd", "-"))


def test_an_action_is_a_call_with_its_inputs() -> None:
    found = steps("- uses: hoverkraft-tech/compose-action@v2\n  with: {compose-file: a.yml}")
    assert found == (uses("hoverkraft-tech/compose-action@v2", **{"compose-file": "a.yml"}),)


@pytest.mark.parametrize(
    "condition",
    ["always()", "${{ always() }}", "'!cancelled()'", "success() || failure()"],
)
def test_a_step_that_always_runs_is_torn_down_with_the_job(condition: str) -> None:
    assert steps(f"- run: make\n- if: {condition}\n  run: down\n- run: more") == (
        run("make"),
        Defer(Output((run("down"),))),
        run("more"),
    )


def test_a_step_after_a_failure_is_a_handler() -> None:
    assert steps("- if: failure()\n  run: logs") == (Defer(Output((Try((), ((run("logs"),),)),))),)


def test_other_conditions_guard_the_step() -> None:
    test = Asked("==", (Name("matrix.x"), lit("a")))
    assert steps("- if: matrix.x == 'a'\n  run: one") == (If(test, (run("one"),)),)
    assert steps("- if: success()\n  run: one") == (run("one"),)
    (always,) = steps("- if: always() && matrix.x == 'a'\n  run: one")
    assert isinstance(always, Defer)
    assert isinstance(always.value, Output)
    assert isinstance(always.value.body[0], If)


def test_a_job_that_is_switched_off_is_behind_a_false_test() -> None:
    assert does(job("if: false\nsteps: [{run: one}]"), "test") == (If(Flag(False), (run("one"),)),)
    assert does(job("if: github.ref == 'x'\nsteps: [{run: one}]"), "test") == (run("one"),)


def test_a_step_whose_failure_is_ignored_is_tried() -> None:
    found = steps("- run: one\n  continue-on-error: true")
    assert found == (Try((run("one"),), ((),)),)


@pytest.mark.parametrize("shell", ["bash", "bash -leo pipefail {0}", "/bin/sh", "sudo bash {0}"])
def test_shells_are_read(shell: str) -> None:
    assert steps(f"- run: one\n  shell: {shell}") == (run("one"),)


def test_another_interpreter_reads_its_script_from_its_input() -> None:
    (found,) = stripped(steps("- shell: node {0}\n  run: |\n    log('${{ matrix.x }}')"))
    assert isinstance(found, Do)
    stdin = Glue((lit("log('"), name("matrix.x"), lit("')\n")), NOWHERE)
    assert found.value == ran("node", "-", stdin=stdin)


@pytest.mark.parametrize("shell", ["python", "python3 -u {0}", "uv run python {0}", "pypy3.10 {0}"])
def test_a_script_of_python_is_read_as_such_in_its_place(shell: str) -> None:
    source = job(
        f"steps:\n  - shell: {shell}\n    run: |\n      import os\n      # note\n"
        "      os.system('${{ matrix.x }} up')\n"
    )
    found = facts(source)
    (call,) = [one for one in nodes(found.program) if isinstance(one, Call)]
    assert (call.at.line, call.at.column) == (10, 11)
    assert stripped(call.args) == (Arg(Glue((name("matrix.x"), lit(" up")), NOWHERE)),)
    assert [(one.text, one.at.line) for one in found.mentions] == [("note", 9)]


def test_what_only_powershell_understands_is_no_fault() -> None:
    source = job(
        "steps:\n  - shell: pwsh\n    run: |\n      docker compose up\n      if ($x) { y }\n"
    )
    found = facts(source)
    assert (8, 11, "docker") in places(found)


def test_comments_inside_and_outside_of_scripts_are_told() -> None:
    found = facts(
        job(
            "# outside\nsteps:\n"
            "  # stackwright: ignore[compose-invocation] one reason\n"
            "  - run: one\n"
            "  - run: |\n"
            "      # stackwright: ignore[fixed-sleep-wait] other reason\n"
            "\n"
            "      two # inside ${{ matrix.x }}\n"
            "      cat <<'E'\n"
            "      # no comment\n"
            "      E\n"
        )
    )
    assert [(one.text, one.at.line) for one in found.mentions] == [
        ("outside", 5),
        ("inside ${{ matrix.x }}", 12),
    ]
    assert found.suppressions == (
        Suppression(("compose-invocation",), "one reason", "", "", Span(7, 7, 7, 59), 8),
        Suppression(("fixed-sleep-wait",), "other reason", "", "", Span(10, 11, 10, 63), 12),
    )


def test_shell_that_cannot_be_read_is_told_where_it_stands() -> None:
    found = broken(job("steps:\n  - run: |\n      one\n      two )\n  - run: three\n"))
    assert [one.at.line for one in found.unparsable] == [8]
    assert (9, 14, "three") in places(found)


def test_a_composite_action_is_one_function() -> None:
    source = """
        name: Stack
        inputs:
          engine: {default: podman}
        runs:
          using: composite
          steps:
            - run: ${{ inputs.engine }} compose up
              shell: bash
            - uses: actions/cache@v4
    """
    program = facts(source).program
    assert program is not None
    assert program.labels == ("action:composite",)
    assert sets(source) == (Assign(name("inputs.engine"), lit("podman"), default=True),)
    assert does(source, "runs") == (
        run(split(name("inputs.engine")), "compose", "up"),
        uses("actions/cache@v4"),
    )


def test_other_actions_have_no_program() -> None:
    assert facts("runs: {using: docker, image: 'docker://alpine:3'}\n").program is None
    assert facts("runs: {using: node20, main: index.js}\n").program is None
