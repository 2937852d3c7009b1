"""Which word was meant."""

from __future__ import annotations

from orchestration.nearest import nearest, suggest


def test_the_closest_word_is_found_whatever_its_case() -> None:
    assert nearest("shop_tokn", ["SHOP_TOKEN", "PATH"]) == "SHOP_TOKEN"


def test_no_word_is_better_than_a_distant_one() -> None:
    assert nearest("zzz", ["gateway", "store"]) is None


def test_a_word_like_none_gets_the_list_in_order_and_cut_when_it_is_long() -> None:
    assert suggest("zzz", ["b", "a"]) == "there is `a`, `b`"
    listed = suggest("zzz", [f"word{number:02}" for number in range(20)])
    assert listed.endswith("`word11`, …")


def test_where_there_is_nothing_to_choose_from_the_caller_knows_better() -> None:
    assert suggest("x", [], nothing="declare one") == "declare one"
