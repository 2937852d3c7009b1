from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lint.fingerprints import fingerprints

_TOLD = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("pq"), st.text(max_size=5)))


@given(_TOLD)
def test_no_two_findings_share_a_fingerprint(told: list[tuple[str, str, str]]) -> None:
    assert len(set(fingerprints(told))) == len(told)


@given(_TOLD, st.tuples(st.just("c"), st.just("p"), st.text()))
def test_another_rules_finding_changes_no_fingerprint(
    told: list[tuple[str, str, str]], other: tuple[str, str, str]
) -> None:
    assert fingerprints([other, *told])[1:] == fingerprints(told)


def test_a_second_equal_finding_leaves_the_first_ones_name() -> None:
    once = fingerprints([("rule", "a.go", "podman-compose up")])
    twice = fingerprints([("rule", "a.go", "podman-compose up")] * 2)
    assert twice[0] == once[0] != twice[1]


def test_line_numbers_and_white_space_do_not_count() -> None:
    keys = (
        "wait missing; started at test/infra.go:12",
        "wait  missing; started at\n test/infra.go:430:7",
    )
    first, second = (fingerprints([("rule", "a.go", key)]) for key in keys)
    assert first == second
    lines = ("see line 4", "see line 12-15")
    assert fingerprints([("r", "p", lines[0])]) == fingerprints([("r", "p", lines[1])])


def test_ports_and_tags_do_count() -> None:
    assert fingerprints([("r", "p", "postgres:15")]) != fingerprints([("r", "p", "postgres:16")])
    assert fingerprints([("r", "p", "127.0.0.1:15433")]) != fingerprints(
        [("r", "p", "127.0.0.1:15434")]
    )


def test_the_rule_and_the_path_count() -> None:
    names = {
        *fingerprints([("r", "p", "k")]),
        *fingerprints([("s", "p", "k")]),
        *fingerprints([("r", "q", "k")]),
    }
    assert len(names) == 3
