"""Bitbucket, Drone, Woodpecker and Buildkite as programs."""

from __future__ import annotations

import pytest

from lint.program import Assign, Defer, Lit, Name, Output
from tests.lint.languages.shell_code import run, stripped
from tests.lint.languages.yaml_code import does, facts, functions


def test_steps_of_bitbucket_are_jobs_however_deep_and_each_once() -> None:
    source = """
        pipelines:
          default:
            - step: &test
                name: Test
                script: [up -d, {pipe: a/b}, go test]
                after-script: [down]
          branches:
            main:
              - step: *test
              - parallel:
                  - step: {script: [lint]}
              - stage:
                  steps:
                    - step: {name: Deploy, script: [push]}
        """
    assert list(functions(source)) == ["Test", "step-2", "Deploy"]
    end = Defer(Output((run("down"),)))
    assert does(source, "Test") == (run("up", "-d"), run("go", "test"), end)
    program = facts(source).program
    assert program is not None
    assert program.labels == ("workflow:bitbucket",)


@pytest.mark.parametrize("key", ["steps", "pipeline"])
def test_steps_of_drone_and_woodpecker_up_to_the_tests_are_one_job(key: str) -> None:
    source = f"""
        {key}:
          start:
            image: docker
            environment: {{A: b}}
            commands: [up -d]
          test:
            image: golang
            commands: [go test ./...]
          publish:
            image: plugins/docker
            commands: [push]
          serve:
            image: docker
            commands: [serve]
        """
    assert list(functions(source)) == ["test", "publish", "serve"]
    first, *rest = does(source, "test")
    assert isinstance(first, Assign)
    assert first.target == Name("A")
    assert tuple(rest) == (run("up", "-d"), run("go", "test", "./..."))


def test_steps_of_buildkite_are_jobs_and_its_plugin_runs_compose() -> None:
    source = """
        env: {A: b}
        steps:
          - label: tests
            command: [up -d, go test]
            plugins:
              - docker-compose#v4: {run: app, config: [a.yml]}
          - wait
          - group: more
            steps: [{command: lint}]
        """
    found = functions(source)
    assert list(found) == ["tests", "step-2", "step-3"]
    assert found["tests"].body[1:] == (
        run("up", "-d"),
        run("go", "test"),
        run("docker-compose", "-f", "a.yml", "run", "app"),
    )
    assert isinstance(found["tests"].body[0], Assign)
    assert stripped(found["tests"].body[0].value) == stripped(Lit("b", found["tests"].at))


@pytest.mark.parametrize(
    "source",
    [
        "pipelines: {default: x}",
        "pipelines: []",
        "steps: [{name: a, image: b}]",
        "steps: [{name: a}]",
        "steps: {a: {commands: [b]}}",
        "kind: Deployment\nsteps: [{name: a, image: b, commands: [c]}]",
        "on: push\nsteps: [{command: a}]",
        "steps: [{command: a, image: b}]",
    ],
)
def test_other_documents_are_no_pipelines(source: str) -> None:
    assert facts(source).program is None
