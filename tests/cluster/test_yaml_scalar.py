from __future__ import annotations

import pytest

from orchestration.cluster.yaml_scalar import TAG, key_text, plain, tagged


# What `kubectl label --local -f FILE a=b -o json` of kubectl 1.32 makes of each.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True),
        ("No", False),
        ("on", True),
        ("OFF", False),
        ("true", True),
        ("tRUE", "tRUE"),
        ("~", None),
        ("", None),
        ("null", None),
        ("0644", 420),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", 3),
        ("-0x10", -16),
        ("09", 9),
        ("+1", 1),
        ("1_000", 1000),
        ("1e3", 1000),
        ("1.", 1),
        (".5", 0.5),
        ("-1.5e-3", -0.0015),
        ("12:30:00", "12:30:00"),
        ("22:22", "22:22"),
        ("2001-01-01", "2001-01-01"),
        ("1.2.3", "1.2.3"),
        ("100m", "100m"),
        ("=", "="),
        ("-", "-"),
        (".", "."),
        ("18446744073709551615", 18446744073709551615),
        ("123456789012345678901234567890", 1.2345678901234568e29),
        ("9" * 200, 1e200),
        ("0x" + "f" * 100, float(16**100)),
    ],
)
def test_a_plain_word_means_what_kubectl_takes_it_for(text: str, value: object) -> None:
    found = plain(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", [".nan", "-.inf", "1e999", "9" * 5000, "0x" + "f" * 5000])
def test_numbers_that_json_does_not_have_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        plain(text)


@pytest.mark.parametrize(
    ("text", "tag", "value"),
    [
        ("12", "str", "12"),
        ("12", "int", 12),
        ("12", "float", 12),
        ("yes", "bool", True),
        ("", "null", None),
        ("aGVs\n bG8=", "binary", "hello"),
        ("2001-01-01", "timestamp", "2001-01-01"),
    ],
)
def test_a_tag_says_what_a_word_means(text: str, tag: str, value: object) -> None:
    assert tagged(text, TAG + tag) == value


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("x", "int"),
        ("1", "bool"),
        ("yes", "int"),
        ("?", "binary"),
        ("/w==", "binary"),
        ("x", "set"),
    ],
)
def test_a_tag_that_does_not_fit_is_refused(text: str, tag: str) -> None:
    with pytest.raises(ValueError, match=f"!!{tag}"):
        tagged(text, TAG + tag)


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (80, "80"), (1.5, "1.5"), ("a", "a")]
)
def test_a_key_is_always_text(value: bool | int | float | str, text: str) -> None:
    assert key_text(value) == text
