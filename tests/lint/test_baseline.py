from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint.baseline import HEADER, Baseline, Entry, apply, create, diff, parse, prune, read
from lint.errors import LintConfigError
from lint.model import Finding
from tests.lint.findings import finding

_ENTRIES = st.lists(
    st.builds(
        Entry,
        st.integers(0, 2**64 - 1).map(lambda number: f"{number:016x}"),
        st.sampled_from(("compose-invocation", "start-order")),
        st.text(min_size=1),
        st.text(),
    ),
    unique_by=lambda entry: entry.fingerprint,
)


def _known(baseline: Baseline) -> set[tuple[str, str, str, str]]:
    return {(one.fingerprint, one.rule, one.path, one.message) for one in baseline.entries}


@given(_ENTRIES)
def test_what_is_written_is_read_again(entries: list[Entry]) -> None:
    baseline = Baseline(entries=tuple(entries))
    assert _known(parse(baseline.written())) == _known(baseline)


@given(_ENTRIES)
def test_it_is_one_sorted_line_for_each_entry(entries: list[Entry]) -> None:
    lines = Baseline(entries=tuple(entries)).written().removesuffix("\n").split("\n")
    assert lines[0] == HEADER
    assert lines[1:] == sorted(lines[1:])
    assert len(lines) == len(entries) + 1


@given(_ENTRIES, st.randoms())
def test_lines_in_another_order_or_twice_mean_the_same(
    entries: list[Entry], dice: random.Random
) -> None:
    head, *lines = Baseline(entries=tuple(entries)).written().removesuffix("\n").split("\n")
    dice.shuffle(lines)
    merged = "\n".join((head, *lines, *lines[:1], ""))
    assert parse(merged).written() == Baseline(entries=tuple(entries)).written()


def _many(names: range) -> Baseline:
    found = [finding(fingerprint=f"{one * 2654435761 % 2**32:08x}" * 2) for one in names]
    return create(found)


def test_two_branches_that_add_and_remove_entries_merge_in_git(tmp_path: Path) -> None:
    files = {"base": range(100), "ours": range(103), "theirs": range(4, 100)}
    for name, names in files.items():
        (tmp_path / name).write_text(_many(names).written())
    done = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert parse(done.stdout).fingerprints == _many(range(4, 103)).fingerprints


def test_new_and_stale_are_told_apart() -> None:
    old, new = finding(fingerprint="0" * 16), finding(fingerprint="1" * 16)
    difference = diff(create([old]), [new])
    assert difference.new == (new,)
    assert [entry.fingerprint for entry in difference.stale] == ["0" * 16]


def test_entries_of_rules_that_did_not_run_are_not_stale() -> None:
    assert diff(create([finding()]), [], ran={"start-order"}).stale == ()


def test_pruning_only_removes() -> None:
    kept, gone, new = (finding(fingerprint=str(one) * 16) for one in range(3))
    pruned = prune(create([kept, gone]), [kept, new])
    assert pruned.fingerprints == {kept.fingerprint}


def test_known_findings_are_marked_and_stay_in_the_next_baseline() -> None:
    known: Finding = finding()
    (marked,) = apply(create([known]), [known])
    assert marked.suppressed
    assert marked.suppressed.by == "baseline"
    assert create([marked]).fingerprints == {known.fingerprint}
    assert diff(create([known]), [marked]).stale == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1:"),
        ("# something else\n", ":1:"),
        ("# stackwright lint baseline, version 2\n", ":1:"),
        (f"{HEADER}\nnot an entry\n", ":2:"),
        (f"{HEADER}\n<<<<<<< HEAD\n", "conflict"),
        (f"{HEADER}\nxyz\trule\tpath\tmessage\n", ":2:"),
    ],
)
def test_what_is_no_baseline_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(LintConfigError) as caught:
        parse(text, "known.txt")
    assert said in str(caught.value)


def test_a_missing_baseline_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LintConfigError, match="baseline create"):
        read(tmp_path / "none.txt")


def test_carriage_returns_of_a_checkout_do_not_matter() -> None:
    text = create([finding()]).written().replace("\n", "\r\n")
    assert parse(text).fingerprints == {finding().fingerprint}
