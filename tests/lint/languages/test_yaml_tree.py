"""YAML as nodes: every style, every place, and what is broken is left out alone."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lint.languages.yaml_nodes import Mapping, Node, Scalar, Sequence
from lint.languages.yaml_tree import read

Plain = str | list["Plain"] | dict[str, "Plain"]


def plain(node: Node) -> Plain:
    match node:
        case Scalar(text=text):
            return text
        case Sequence(items=items):
            return [plain(one) for one in items]
        case Mapping(pairs=pairs):
            return {pair.key: plain(pair.value) for pair in pairs}


def root(source: str) -> Node:
    tree = read(dedent(source))
    assert not tree.unparsable, tree.unparsable
    (found,) = tree.roots
    return found


def scalar(source: str, key: str = "a") -> Scalar:
    found = root(source)
    assert isinstance(found, Mapping)
    value = found.pair(key)
    assert value is not None
    assert isinstance(value.value, Scalar)
    return value.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a: b", {"a": "b"}),
        ("- a\n- b", ["a", "b"]),
        ("a:\n- b\n- c\nd: e", {"a": ["b", "c"], "d": "e"}),
        ("a:\n  - b: 1\n    c: 2\n  - - d\n    - e", {"a": [{"b": "1", "c": "2"}, ["d", "e"]]}),
        ("a: {b: c, d: [e, f]}", {"a": {"b": "c", "d": ["e", "f"]}}),
        ("a: {'g': \"h\", i, ? j : k}", {"a": {"g": "h", "i": "", "j": "k"}}),
        ("a: [\n  b,  # first\n  c: d,\n]\ne: f", {"a": ["b", {"c": "d"}], "e": "f"}),
        ('{"a":"b","c":[1,2]}', {"a": "b", "c": ["1", "2"]}),
        ("a:\nb:", {"a": "", "b": ""}),
        ("? a\n: - b\n? c\n: d: e", {"a": ["b"], "c": {"d": "e"}}),
        ("a: http://x:80/#y", {"a": "http://x:80/#y"}),
        ("'a: b': c\n\"d\" : e", {"a: b": "c", "d": "e"}),
        ("a: !!str 1\nb: !Ref c\nd: !<tag:x,1:y> e", {"a": "1", "b": "c", "d": "e"}),
        ("a: -1\nb: ?x\nc: :d", {"a": "-1", "b": "?x", "c": ":d"}),
        ("%YAML 1.2\n---\na: b", {"a": "b"}),
        ("a:\n\t\nb: c", {"a": "", "b": "c"}),
        ("  a: b\n  c: d", {"a": "b", "c": "d"}),
    ],
)  # fmt: skip
def test_each_style_is_read(source: str, expected: Plain) -> None:
    assert plain(root(source)) == expected


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a: |\n  x\n   y\n\n  z\n", "x\n y\n\nz\n"),
        ("a: |-\n  x\n\n", "x"),
        ("a: |+\n  x\n\n", "x\n\n"),
        ("a: |2\n   x\n  y\n", " x\ny\n"),
        ("a: >\n  x\n  y\n\n  z\n", "x y\nz\n"),
        ("a: >-\n  x\n    y\n  z\n", "x\n  y\nz"),
        ("a: | # note\n  x # no note\n", "x # no note\n"),
        ("a: |\n\n  x\n", "\nx\n"),
        ("a: x\n  y\n\n  z # note\n", "x y\nz"),
        ("a: 'it''s\n\n  so'\n", "it's\nso"),
        ('a: "x\\ty \\\n    z\\u00e9\\x41\\\\"\n', "x\ty z\u00e9A\\"),
        ('a: "x\n  y"\n', "x y"),
    ],
)
def test_each_scalar_has_the_text_that_a_program_would_get(source: str, text: str) -> None:
    assert scalar(source).text == text


@pytest.mark.parametrize(
    ("source", "piece", "place"),
    [
        ("a: xyz", "z", (1, 6)),
        ("a: 'it''s z'", "z", (1, 11)),
        ('a: "\\t\\u0041z"', "z", (1, 13)),
        ("a: |\n\n    x\n      z\n", "z", (4, 7)),
        ("a: >\n  x\n  z\n", "z", (3, 3)),
        ("a: >-\n  x\n\n    z\n", "z", (4, 5)),
        ("a: x\n\n     z\n", "z", (3, 6)),
        ("a: 'x\n  y\n   z'", "z", (3, 4)),
        ("é: [ü, z]", "z", (1, 8)),
        ("b: 1\r\na: |\r\n  x\r\n  z\r\n", "z", (4, 3)),
    ],
)
def test_each_character_of_a_scalar_knows_its_place(
    source: str, piece: str, place: tuple[int, int]
) -> None:
    found = read(source).roots[0]
    assert isinstance(found, Mapping)
    value = found.pairs[-1].value
    value = value.items[-1] if isinstance(value, Sequence) else value
    assert isinstance(value, Scalar)
    assert value.place(value.text.index(piece)) == place


def test_an_alias_is_the_node_that_it_names() -> None:
    found = root("a: &x [1]\nb: *x\nc: *unknown")
    assert plain(found) == {"a": ["1"], "b": ["1"], "c": "*unknown"}
    assert isinstance(found, Mapping)
    assert found.pairs[1].value is found.pairs[0].value


def test_own_keys_stand_before_merged_ones_and_earlier_merges_before_later() -> None:
    found = root(
        """
        a: &a {x: 1, y: 1}
        b: &b {y: 2, z: 2}
        c:
          <<: [*a, *b]
          x: 3
        """
    )
    assert isinstance(found, Mapping)
    assert plain(found)["c"] == {"x": "3", "y": "1", "z": "2"}  # type: ignore[call-overload,index]  # a mapping
    merged = found.mapping("c")
    assert merged is not None
    assert [pair.merged for pair in merged.pairs] == [False, True, True]


def test_documents_are_apart() -> None:
    tree = read("a: b\n---\n# nothing\n---\n- c\n...\n--- d\n")
    assert [plain(one) for one in tree.roots] == [{"a": "b"}, ["c"], "d"]


def test_spans_reach_from_the_key_to_the_end_of_the_value() -> None:
    found = root("a:\n  b: c\n  d: [e]\nf: g\n")
    assert isinstance(found, Mapping)
    first = found.pairs[0]
    assert (first.at.line, first.at.column, first.at.end_line, first.at.end_column) == (1, 1, 3, 9)
    assert (first.key_at.line, first.key_at.column, first.key_at.end_column) == (1, 1, 2)


@pytest.mark.parametrize(
    ("source", "lines", "expected"),
    [
        ("a: b: c\nd: e", (1, 1), {"d": "e"}),
        ("a: 'x\nb: c", (1, 1), {"b": "c"}),
        ("a: [x\nb: c", (1, 1), {"b": "c"}),
        ("a: 'x' y\nb: c", (1, 1), {"b": "c"}),
        ("a:\n  b: [\n  c: d\ne: f", (2, 2), {"a": {"c": "d"}, "e": "f"}),
        ("a:\n    b: c\n  d: e\nf: g", (3, 3), {"a": {"b": "c"}, "f": "g"}),
        ("a: b\n\tc: d\ne: f", (2, 2), {"a": "b", "e": "f"}),
        ("- a\nb\n- c", (2, 2), ["a", "c"]),
        ("a:\n  - b\n  c: d\ne: f", (3, 3), {"a": ["b"], "e": "f"}),
    ],
)
def test_one_broken_entry_is_told_and_the_rest_is_read(
    source: str, lines: tuple[int, int], expected: Plain
) -> None:
    tree = read(source)
    assert [(one.at.line, one.at.end_line) for one in tree.unparsable] == [lines]
    assert [plain(one) for one in tree.roots] == [expected]


def test_templates_are_text() -> None:
    found = root(
        """
        {{- if .Values.enabled }}
        image: {{ .Values.image | default "a: b" }}
        {{ .Values.key }}: x
        args: [{{ .a }}, "${B}", ${C:-d}]
        {{- /* several
             lines */}}
        labels: {{- toYaml .l | nindent 4 }}
        spec:
          {{- with .x }}
            inner: 1
          {{- end }}
          outer: 2
        {{- end }}
        """
    )
    assert plain(found) == {
        "image": '{{ .Values.image | default "a: b" }}',
        "{{ .Values.key }}": "x",
        "args": ["{{ .a }}", "${B}", "${C:-d}"],
        "labels": "{{- toYaml .l | nindent 4 }}",
        "spec": {"inner": "1", "outer": "2"},
    }


def test_comments_know_what_they_stand_before() -> None:
    tree = read("# one\na: |  # two\n  # text\nb: 'x # y' # three\n\n# four\n")
    told = [(one.text, one.at.line, one.alone, one.next_code) for one in tree.comments]
    assert told == [
        ("one", 1, True, 2),
        ("two", 2, False, 0),
        ("three", 4, False, 0),
        ("four", 6, True, 0),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "- " * 20_000,
        "[" * 20_000,
        "{a: " * 20_000,
        "? " * 20_000,
        "\n".join(" " * depth + "a:" for depth in range(1_000)),
        "a: [x,\n" * 5_000,
        "{{ x\n" * 20_000,
        "- 'a\n" * 9_999,
        "a: b: c\n" * 20_000,
    ],
    ids=lambda source: source[:6].strip() or "stairs",
)
def test_hostile_nesting_is_told_and_survived(source: str) -> None:
    tree = read(source)
    assert 0 < len(tree.unparsable) < 100


def test_anchors_do_not_multiply_what_is_merged() -> None:
    lines = ["k0: &a0 {x: 1}"]
    lines += [f"k{n}: &a{n}\n  <<: [*a{n - 1}, *a{n - 1}]\n  y{n}: 1" for n in range(1, 400)]
    tree = read("\n".join(lines))
    assert [one.why for one in tree.unparsable] == ["`<<` adds too much"]
