"""Jenkinsfiles as programs."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lint.facts import FileFacts
from lint.languages.jenkinsfile import extract
from lint.program import Defer, Define, Function, Loop, Run
from tests.lint.languages.yaml_code import nodes, places

SOURCE = """\
// stackwright: ignore[compose-invocation] until the move
pipeline {
  environment {
    TOOL = "compose"
  }
  stages {
    stage('Build') { steps { sh 'make all' } }
    stage("Tests") {
      steps {
        dir('it') {
          sh '''
            up -d
            go test ./...
          '''
        }
        waitUntil { sh(returnStatus: true, script: "curl ${env.URL}/x") }
        sleep 5
      }
      post {
        always { sh label: 'end', script: "echo \\"a\\" b" }
        failure { sh "logs" }
      }
    }
    stage('Publish') { steps { sh "push a:${TAG}" } }
    stage('Run') { when { expression { sh 'aside' } } steps { sh 'serve' } }
  }
}
"""


def _facts(source: str) -> FileFacts:
    found = extract(source.encode())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found
    return found


def _functions(source: str) -> dict[str, Function]:
    program = _facts(source).program
    assert program is not None
    return {one.function.name: one.function for one in program.body if isinstance(one, Define)}


def test_stages_up_to_the_tests_are_one_job_and_the_others_stand_alone() -> None:
    found = _functions(SOURCE)
    assert list(found) == ["Tests", "Publish", "Run"]
    told = _facts(SOURCE)
    assert told.program is not None
    assert told.program.labels == ("workflow:jenkins",)


def test_commands_stand_where_they_are_written() -> None:
    told = [(line, word) for line, _, word in places(_facts(SOURCE))]
    assert told == [
        (7, "make"), (10, "cd"), (12, "up"), (13, "go"), (10, "cd"), (16, "curl"), (17, "sleep"),
        (20, "echo"), (21, "logs"), (24, "push"), (25, "serve"),
    ]  # fmt: skip  # a list of places reads best as a paragraph


def test_what_ends_a_pipeline_is_deferred_and_what_waits_is_a_loop() -> None:
    body = _functions(SOURCE)["Tests"].body
    assert isinstance(body[-1], Defer)
    assert any(isinstance(one, Loop) for one in body)


def test_comments_of_groovy_suppress() -> None:
    (found,) = _facts(SOURCE).suppressions
    assert (found.rules, found.covers) == (("compose-invocation",), 2)


def test_steps_without_stages_are_a_function_too() -> None:
    assert list(_functions("node { sh 'a b' }")) == ["step"]
    assert extract(b"pipeline { stages { } }").program is None
    assert not any(isinstance(one, Run) for one in nodes(_facts("x.sh 'a'\nsh\n'b'").program))


@given(st.text(alphabet="sh stage('\"{}()$:=\n\\/*# abc", max_size=200))
def test_no_text_is_too_much(text: str) -> None:
    assert extract(text.encode()).language == "jenkinsfile"
    assert extract(text.encode("utf-16")).language == "jenkinsfile"
