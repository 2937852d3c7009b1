"""Where documents stand, whatever is written around them; and texts that nobody meant."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from orchestration.cluster.document import LineNumbers
from orchestration.cluster.document_manifests import document_manifests
from orchestration.cluster.json_documents import json_documents
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.manifest_mistakes import ManifestMistakes
from orchestration.cluster.yaml_documents import yaml_documents

FILE = Path("all.yaml")
FORMS = [
    ["apiVersion: v1", "kind: Secret", "metadata: {name: NAME}"],
    ["metadata:", "  name: NAME", "  # inside", "", "kind: Secret", "apiVersion: v1"],
    ['{"apiVersion": "v1", "kind": "Secret",', ' "metadata": {"name": "NAME"}}'],
    ["apiVersion: v1", "kind: Secret", "metadata: &m", "  name: NAME", "data: *m", "more: é\u2028"],
    ["kind: Secret", "apiVersion: v1", "metadata: {name: NAME}", "text: |", "  ---", "  x: [", ""],
]
before = st.lists(st.sampled_from(["", "# words", "  # é \U0001f600", "#--- "]), max_size=3)
marks = st.sampled_from(["---", "--- # mark", "---  ", "---\t", "...\n---", "---\n\n---"])


def read(text: str) -> tuple[list[Manifest], ManifestMistakes]:
    mistakes = ManifestMistakes()
    documents = list(yaml_documents(FILE, text, LineNumbers(text), mistakes))
    return [m for each in documents for m in document_manifests(each, FILE, mistakes)], mistakes


@given(
    st.lists(st.tuples(marks, before, st.sampled_from(FORMS)), min_size=1, max_size=5),
    st.sampled_from(["\n", "\r\n"]),
)
def test_the_line_of_every_document_is_that_of_its_first_key(
    parts: list[tuple[str, list[str], list[str]]], end: str
) -> None:
    lines: list[str] = []
    expected = {}
    for number, (mark, above, form) in enumerate(parts):
        # `...` ends a document: there is none yet before the first.
        mark = mark if number else mark.removeprefix("...\n")
        lines += [*mark.split("\n"), *above]
        expected[f"n{number}"] = len(lines) + 1
        lines += [each.replace("NAME", f"n{number}") for each in form]
    found, mistakes = read(end.join(lines))
    assert mistakes.found == []
    assert {each.name: each.place.line for each in found} == expected


@given(st.text(st.sampled_from("abk:- []{}\n\t#&*!|>'\"%,?<é\x85\u2028\x00\r"), max_size=40))
def test_any_text_is_read_or_refused_at_a_line_that_it_has(text: str) -> None:
    mistakes = ManifestMistakes()
    list(yaml_documents(FILE, text, LineNumbers(text), mistakes))
    last = LineNumbers(text).at(len(text))
    assert all(1 <= each.place.line <= last for each in mistakes.found)


@given(st.text(st.sampled_from('ab:[]{}\n\t",1e.-\\ud8\x00'), max_size=40))
def test_any_json_text_is_read_or_refused_at_a_line_that_it_has(text: str) -> None:
    mistakes = ManifestMistakes()
    list(json_documents(FILE, text, mistakes))
    last = LineNumbers(text).at(len(text))
    assert all(1 <= each.place.line <= last for each in mistakes.found)
