from __future__ import annotations

import pytest
from serving.document import Fields, decode
from serving.exchange import HttpError, Json


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": NaN}',
        b"[1e999]",
        b'"a\\u0000b"',
        b'{"\\ud800": 1}',
        b'"\xff"',
        b"[" * 50_000,
        b"[" + b"9" * 5_000 + b"]",
    ],
)
def test_a_body_that_cannot_be_stored_as_json_is_refused(body: bytes) -> None:
    with pytest.raises(HttpError) as refused:
        decode(body)

    assert refused.value.status == 400
    assert refused.value.reason.startswith("the body ")


def test_a_good_body_is_decoded_as_it_is() -> None:
    assert decode('{"a": [1, 2.5, null, true, "ü\\ud83d\\ude00"]}'.encode()) == {
        "a": [1, 2.5, None, True, "ü😀"]
    }


@pytest.mark.parametrize("value", [None, "", 7, "x" * 6])
def test_a_text_that_is_missing_or_of_a_wrong_length_is_refused(value: str | int | None) -> None:
    with pytest.raises(HttpError, match="name: must be a text of 1 to 5 characters"):
        Fields({"name": value}).text("name", longest=5)


@pytest.mark.parametrize("value", [True, 0, 6, 2.0, "3"])
def test_a_whole_number_outside_its_bounds_is_refused(value: float | str) -> None:
    with pytest.raises(HttpError, match="limit: must be a whole number from 1 to 5"):
        Fields({"limit": value}).whole("limit", least=1, most=5, default=2)


@pytest.mark.parametrize("value", ["ab", [1, True], [1, 2, 3], [1, 10**400], [1, "2"]])
def test_a_list_that_is_not_of_so_many_numbers_is_refused(value: Json) -> None:
    with pytest.raises(HttpError, match="vector: must be a list of 2 numbers"):
        Fields({"vector": value}).numbers("vector", count=2)


def test_a_field_that_nobody_asked_for_is_refused() -> None:
    fields = Fields({"known": "x", "unknwon": 1})
    fields.text("known", longest=5)

    with pytest.raises(HttpError, match="unknown field: unknwon"):
        fields.finish()


def test_a_body_that_is_no_object_has_no_fields() -> None:
    with pytest.raises(HttpError, match="must be a JSON object"):
        Fields([1])
