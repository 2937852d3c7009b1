"""GitLab CI as programs: what jobs extend is written out, places stay those of the template."""

from __future__ import annotations

import pytest

from lint.program import Arg, Assign, Choice, Defer, Dict, Entry, Glue, Listing, Output
from tests.lint.languages.shell_code import NOWHERE, lit, name, run, split
from tests.lint.languages.yaml_code import does, facts, functions, places, sets


def test_scripts_come_after_what_is_set_for_all_jobs() -> None:
    source = """
        default:
          before_script: [one]
          after_script: [last]
        test:
          script:
            - two $TAG
            - |
              three
              four
        own:
          before_script: []
          after_script:
          script: five
    """
    assert does(source, "test") == (
        Defer(Output((run("last"),))),
        run("one"),
        run("two", split(name("TAG"))),
        run("three"),
        run("four"),
    )
    assert does(source, "own") == (run("five"),)
    assert [one.labels for one in functions(source).values()] == [(), ()]
    program = facts(source).program
    assert program is not None
    assert program.labels == ("workflow:gitlab",)


def test_before_script_may_stand_at_the_top() -> None:
    assert does("before_script: [one]\ntest: {script: [two], stage: x}\n", "test") == (
        run("one"),
        run("two"),
    )


def test_variables_are_assigned_in_each_form() -> None:
    source = """
        variables:
          TAG: gateway-$CI_COMMIT_SHORT_SHA
          LONG: {value: x, description: what it is}
          PRICE: $$5
        test:
          variables: {A: "${TAG}"}
          parallel:
            matrix:
              - SERVICE: [a, b]
                ONE: x
          script: make
    """
    assert sets(source) == (
        Assign(name("TAG"), Glue((lit("gateway-"), name("CI_COMMIT_SHORT_SHA")), NOWHERE)),
        Assign(name("LONG"), lit("x")),
        Assign(name("PRICE"), Glue((lit("$"), lit("5")), NOWHERE)),
    )
    combinations, *rest = does(source, "test")
    assert combinations == Assign(
        name("matrix"),
        Listing(
            tuple(
                Arg(Dict((Entry(lit("SERVICE"), lit(one)), Entry(lit("ONE"), lit("x")))))
                for one in ("a", "b")
            )
        ),
    )
    assert tuple(rest) == (
        Assign(name("SERVICE"), Choice((lit("a"), lit("b")))),
        Assign(name("ONE"), lit("x")),
        Assign(name("A"), name("TAG")),
        run("make"),
    )


TEMPLATES = """
.base:
  variables: {A: a, B: b}
  before_script: [start]
  script: [from-base]
.more:
  extends: .base
  variables: {B: c}
test:
  extends: [.more]
  variables: {C: d}
anchored:
  script:
    - &up up -d
    - !reference [.base, script]
again:
  stage: x
  script: [*up, [nested, [deeper]]]
loop:
  extends: loop
  script: x
"""


def test_what_a_job_extends_is_written_out() -> None:
    assert does(TEMPLATES, "test") == (
        Assign(name("C"), lit("d")),
        Assign(name("B"), lit("c")),
        Assign(name("A"), lit("a")),
        run("start"),
        run("from-base"),
    )
    assert functions(TEMPLATES)[".base"].labels == ("template",)
    assert does(TEMPLATES, "loop") == (run("x"),)


def test_anchors_references_and_nested_lists_are_followed() -> None:
    assert does(TEMPLATES, "anchored") == (run("up", "-d"), run("from-base"))
    assert does(TEMPLATES, "again") == (run("up", "-d"), run("nested"), run("deeper"))


def test_a_shared_script_stands_where_it_is_written() -> None:
    assert [at for at in places(facts(TEMPLATES)) if at[2] == "up"] == [(14, 11, "up")] * 2


def test_needs_are_read_in_each_form() -> None:
    found = functions("test:\n  needs: [build, {job: lint, artifacts: true}]\n  script: x\n")
    assert found["test"].needs == ("build", "lint")


def test_templates_that_refer_to_each_other_many_times_are_survived() -> None:
    lines = ["job:\n  stage: x\n  script: [!reference [.t0, script]]"]
    for n in range(20):
        again = ", ".join(f"!reference [.t{n + 1}, script]" for _ in range(20))
        lines.append(f".t{n}:\n  extends: [{', '.join([f'.t{n + 1}'] * 20)}]\n  script: [{again}]")
    assert "job" in functions("\n".join(lines))


@pytest.mark.parametrize(
    "source",
    [
        "script: make\n",
        "a: {script: x, other: y}\n",
        "scripts: {build: {command: x}}\n",
        "test: {stage: x}\n",
        "package: {script: x}\n",
    ],
)
def test_other_documents_are_no_pipelines(source: str) -> None:
    assert facts(source).program is None
