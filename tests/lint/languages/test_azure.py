"""Azure Pipelines as programs."""

from __future__ import annotations

from lint.program import Arg, Assign, Attr, Call, Defer, Do, Glue, Output, Stmt, Try
from tests.lint.languages.shell_code import NOWHERE, lit, name, ran, run, split
from tests.lint.languages.yaml_code import does, facts, functions, places, sets

SOURCE = """
trigger: [main]
variables:
  - {name: image, value: gateway}
  - group: secrets
resources:
  containers:
    - {container: pg, image: postgres:16}
stages:
  - stage: test
    jobs:
      - job: integration
        dependsOn: build
        container: golang:1.22
        variables: {A: $(Build.BuildId)}
        steps:
          - script: |
              up $(Build.SourcesDirectory)/x $(pwd)
              tag ${{ parameters.tag }}
            workingDirectory: sub
            env: {B: b}
          - task: DockerCompose@0
            inputs: {action: Run services}
          - task: Bash@3
            inputs: {targetType: inline, script: inline}
          - bash: down
            condition: always()
          - bash: logs
            condition: failed()
          - script: flaky
            continueOnError: true
      - deployment: deploy
        container: pg
        strategy:
          runOnce:
            deploy:
              steps: [{script: ship}]
"""


def uses(what: str, **given: str) -> Stmt:
    args = (Arg(lit(what)), *(Arg(lit(text), key) for key, text in given.items()))
    return Do(Call(Attr(name("actions"), "uses"), args, NOWHERE))


def test_steps_are_read_in_each_form() -> None:
    directory = Glue((name("Build.SourcesDirectory"), lit("/x")), NOWHERE)
    body = does(SOURCE, "integration")
    assert body[:3] == (
        Assign(name("A"), name("Build.BuildId")),
        Assign(name("B"), lit("b")),
        run("cd", "sub"),
    )
    assert body[3] == run("up", split(directory), split(Output((Do(ran("pwd")),))))
    assert body[4:] == (
        run("tag", split(name("parameters.tag"))),
        run("cd", "-"),
        uses("DockerCompose@0", action="Run services"),
        run("inline"),
        Defer(Output((run("down"),))),
        Defer(Output((Try((), ((run("logs"),),)),))),
        Try((run("flaky"),), ((),)),
    )
    assert does(SOURCE, "deploy") == (run("ship"),)


def test_jobs_and_variables_are_told() -> None:
    found = facts(SOURCE)
    assert sets(SOURCE) == (Assign(name("image"), lit("gateway")),)
    assert functions(SOURCE)["integration"].needs == ("build",)
    assert found.program is not None
    assert found.program.labels == ("workflow:azure",)
    assert (18, 15, "up") in places(found)


def test_steps_alone_are_a_function() -> None:
    assert does("pool: x\nsteps:\n- script: make\n- template: a.yml\n", "steps") == (
        run("make"),
        uses("a.yml"),
    )


def test_steps_of_something_else_are_none() -> None:
    assert facts("steps:\n  - title: x\n").program is None
    assert facts("jobs:\n  - name: x\n").program is None
