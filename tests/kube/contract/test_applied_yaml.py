"""The body of an apply is YAML, of which JSON is only most of a part."""

from __future__ import annotations

import json

import pytest

from tests.kube.contract.client import APPLY, Client
from tests.kube.contract.objects import config_map
from tests.kube.json_values import child

DECODING = "error decoding YAML: error converting YAML to JSON: yaml: "


def applied(client: Client, core: str, written: str) -> tuple[int, str, object]:
    """The answer to an apply of a ConfigMap with the field `a` written so."""
    head = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"},"data":{"a":'
    body = f"{head}{written}}}}}"
    found = client.apply(f"{core}/configmaps/one", body.encode(), "first")
    return found.code, found.message, child(found.doc, "data").get("a")


@pytest.mark.parametrize("escape", [r"\ud83d\ude00", r"\uD83D\uDE00", r"\ud83d", r"\\\udfff"])
def test_half_of_a_pair_of_surrogates_is_no_character(
    client: Client, core: str, escape: str
) -> None:
    code, message, _ = applied(client, core, f'"{escape}"')
    assert (code, message) == (400, DECODING + "found invalid Unicode character escape code")


@pytest.mark.parametrize("character", ["\x7f", "\x80", "\x9f", "\ufffe"])
def test_control_characters_are_not_allowed_as_they_are(
    client: Client, core: str, character: str
) -> None:
    code, message, _ = applied(client, core, f'"{character}"')
    assert (code, message) == (400, DECODING + "control characters are not allowed")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"\U0001f600"', "😀"),
        ('"😀"', "😀"),
        (r'"\\ud83d\\\\ude00"', r"\ud83d\\ude00"),
        (r'"\u007f\u0085\u2028\ufeff\ufffe"', "\x7f\x85\u2028\ufeff\ufffe"),
        (r'"\u0000\b\f\n\r\t\/\""', '\0\b\f\n\r\t/"'),
        ("2026-11-22 ", None),
        ("'1e3'", "1e3"),
    ],
)
def test_all_other_escapes_mean_what_they_mean_in_json(
    client: Client, core: str, written: str, meant: str | None
) -> None:
    code, message, found = applied(client, core, written)
    assert code == 201, message
    assert found == (meant or written.strip())


def test_an_apply_may_be_written_as_people_write(client: Client, core: str) -> None:
    body = (
        b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: '1'\n  b: |\n    x\n"
    )
    found = client.apply(f"{core}/configmaps/one", body, "first")
    assert found.code == 201, found.body
    assert found.doc["data"] == {"a": "1", "b": "x\n"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"a: [1\n", ": did not find expected ',' or ']'"),
        (b"a: 1\nb: 'x\n", ": found unexpected end of stream"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(
    client: Client, core: str, body: bytes, told: str
) -> None:
    found = client.apply(f"{core}/configmaps/one", body, "first")
    assert found.code == 400
    assert found.message.startswith(f"{DECODING}line ")
    assert found.message.endswith(told)


def test_what_is_no_table_is_no_object(client: Client, core: str) -> None:
    found = client.call(
        "PATCH", f"{core}/configmaps/one", [], kind=APPLY, query={"fieldManager": "first"}
    )
    assert found.code == 400
    assert "json: cannot unmarshal array into Go value of type map[string]" in found.message


def test_pairs_of_surrogates_are_fine_where_json_is_meant(client: Client, core: str) -> None:
    assert r"\ud83d\ude00" in json.dumps(config_map("one", a="😀"))
    found = client.create(f"{core}/configmaps", config_map("one", a="😀"))
    assert child(found.doc, "data")["a"] == "😀"
    assert client.patch(f"{core}/configmaps/one", {"data": {"b": "😀"}}).code == 200
