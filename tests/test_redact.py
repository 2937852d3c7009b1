"""No secret may survive, and nothing else may change."""

from __future__ import annotations

import json
import shlex
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.model import Secret, names_a_secret
from orchestration.redact import Redactor, spelled_secrets

# Asterisks and escape characters on purpose: they are what the redactor itself puts in and reads.
_TEXT = st.text(max_size=20)
_SECRET = st.text(min_size=4, max_size=20).filter(lambda text: len(text.strip("* \t\r\n")) >= 4)
_TRICKY = st.text("ab*%\\\"'= \n+é😀", min_size=4, max_size=12).filter(
    lambda text: len(text.strip("* \t\r\n")) >= 4
)


def _go_json(text: str) -> str:
    plain = json.dumps(text, ensure_ascii=False)[1:-1]
    return plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _all_percent(text: str) -> str:
    return "".join(
        char
        if char.isascii() and char.isalnum()
        else "".join(f"%{each:02x}" for each in _utf8(char))
        for char in text
    )


def _utf8(text: str) -> bytes:
    return text.encode()


ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "percent": lambda text: quote(text, safe=""),
    "percent, slashes left": quote,
    "percent, blanks as plus": quote_plus,
    "percent for all, in small letters": _all_percent,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, not only ASCII": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON as Go writes it": _go_json,
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "Python's repr": lambda text: repr(text)[1:-1],
    "a shell word": lambda text: shlex.quote(f"'{text}")[6:-1],
    "Base64": lambda text: b64encode(_utf8(text)).decode(),
    "Base64 for URLs": lambda text: urlsafe_b64encode(_utf8(text)).decode(),
    "Base64 for URLs, unpadded": lambda text: urlsafe_b64encode(_utf8(text)).decode().rstrip("="),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(deadline=None)
@given(secret=_SECRET | _TRICKY, before=_TEXT, after=_TEXT)
def test_a_secret_does_not_survive(encoding: str, secret: str, before: str, after: str) -> None:
    written = ENCODINGS[encoding](secret)
    shown = Redactor([secret])(f"{before}{written}{after}")
    assert written not in shown


@settings(deadline=None)
@given(secrets=st.lists(_TRICKY, min_size=1, max_size=4), data=st.data())
def test_overlapping_secrets_do_not_survive(secrets: list[str], data: st.DataObject) -> None:
    pieces = [each[at:] for each in secrets for at in range(3)]
    text = "".join(data.draw(st.lists(st.sampled_from(pieces), max_size=8)))
    shown = Redactor(secrets)(text)
    assert not [each for each in secrets if each in shown]


def test_of_overlapping_secrets_no_end_is_left_over() -> None:
    assert Redactor(["abcdef", "defghi"])("<abcdefghi>") == "<***>"
    assert Redactor(["cdef", "abcdefghi"])("<abcdefghi>") == "<***>"


@pytest.mark.parametrize("user", ["a", "ab", "abc", "abcd"])
def test_basic_authorization_is_hidden_at_every_alignment(user: str) -> None:
    secret = "correct horse battery"
    header = b64encode(f"{user}:{secret}".encode()).decode()
    shown = Redactor([secret])(f"Authorization: Basic {header}")
    assert "***" in shown
    # At most the characters on either side that also depend on what stood beside the secret.
    assert len(shown.removeprefix("Authorization: Basic ")) < len(user) * 2 + 10


@settings(deadline=None)
@given(
    text=st.text(st.characters(exclude_characters="WXYZ:")),
    secret=st.text("XYZ<'\\ ", min_size=4).filter(lambda text: "X" in text),
)
def test_text_without_secrets_is_unchanged(text: str, secret: str) -> None:
    assert Redactor([secret])(text) == text


def test_hiding_twice_is_hiding_once() -> None:
    redact = Redactor(["hunter22", Secret("tr0ub4dor")])
    once = redact("hunter22 tr0ub4dor postgresql://u:p@h/d")
    assert once == "*** *** postgresql://u:***@h/d"
    assert redact(once) == once


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pin=42", "pin=***"),
        ('{"pin": "42"}', '{"pin": "***"}'),
        ("pin: '42'", "pin: '***'"),
        ("redis://:42@host", "redis://:***@host"),
        ("42 lines, took 1.42 s", "42 lines, took 1.42 s"),
        ("port=4242", "port=4242"),
    ],
)
def test_a_short_secret_is_hidden_where_it_is_a_value(text: str, shown: str) -> None:
    assert Redactor(["42"])(text) == shown


@pytest.mark.parametrize("nothing", ["", " ", "\n", "***", "*"])
def test_an_empty_secret_hides_nothing(nothing: str) -> None:
    assert Redactor([nothing])("a=* b=*** c= d") == "a=* b=*** c= d"


def test_the_lines_of_a_key_are_hidden_one_by_one() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"
    logged = "\n".join(f"app | {line}" for line in key.splitlines())
    assert Redactor([key])(logged) == "\n".join(["app | ***"] * 4)


def test_a_secret_read_from_a_file_is_hidden_without_its_newline() -> None:
    assert Redactor(["s3cret-value\n"])("token s3cret-value used") == "token *** used"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://user:p%40ss@db:5432/x", "postgresql://user:***@db:5432/x"),
        ("redis://:pass@db:6379", "redis://:***@db:6379"),
        ("amqp://u:p@ss:w#rd@h/", "amqp://u:***@h/"),
        ("http://127.0.0.1:8080/a@b", "http://127.0.0.1:8080/a@b"),
        ("http://user@host/", "http://user@host/"),
    ],
)
def test_the_password_of_a_url_is_hidden_though_nobody_named_it(text: str, shown: str) -> None:
    assert Redactor()(text) == shown


def test_an_escape_sequence_inside_a_secret_does_not_save_it() -> None:
    assert Redactor(["hunter22"]).clean("hun\x1b[1mter22\x1b[0m\a") == "***\\x07"


def test_a_secret_with_control_characters_is_hidden_before_they_are_spelt_out() -> None:
    assert Redactor(["pa\x1b[1mss\x07word"]).clean("<pa\x1b[1mss\x07word>") == "<***>"


def test_clean_text_on_one_line_has_no_breaks() -> None:
    assert Redactor(["hunter22"]).line("a\r\n\thunter22  b\n") == "a *** b"


@pytest.mark.parametrize("size", [1 << 18])
@pytest.mark.parametrize("filler", ["\\", "%", "'", "a", "://a:"])
def test_a_hostile_log_takes_no_more_than_its_length(filler: str, size: int) -> None:
    # Backtracking without end would not come back within the life of the test run.
    text = filler * (size // len(filler))
    assert Redactor(["\\" * 20 + "x", "a" * 30 + "'b\\c", "'''\"\"\"%%%d"])(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("said hunter22-h…", "said ***…"),
        ("said hunt… (cut)", "said ***… (cut)"),
        ("said hun…", "said hun…"),
        ("…22-hunter33 was it", "…*** was it"),
        ("'abc hunter22-h...r33'", "'abc ***...r33'"),
        ("the hunt...", "the hunt..."),
        ("'abc...unter22-hunter33'", "'abc...***'"),
    ],
)
def test_what_a_cut_left_of_a_secret_is_hidden(text: str, shown: str) -> None:
    assert Redactor(["hunter22-hunter33"])(text) == shown


@settings(deadline=None)
@given(secret=_SECRET, before=_TEXT, keep=st.integers(4, 20))
def test_no_excerpt_shows_the_beginning_of_a_secret(secret: str, before: str, keep: int) -> None:
    half = secret[: min(keep, len(secret) - 1)]
    if len(half) >= 4 and half.strip("* \t\r\n") and not before.endswith(secret[:1]):
        assert half not in Redactor([secret])(f"{before}{half}…").removeprefix(before)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--password", "x1"], ["x1"]),
        (["--password=x1"], ["x1"]),
        (["redis-server", "--requirepass", "x1", "--port", "1"], ["x1"]),
        (["env", "PGPASSWORD=x1", "psql"], ["x1"]),
        (["--url", "redis://:x%401@host"], ["x%401", "x@1"]),
        (["GET /health?token=x1&b=2"], ["x1"]),
        (["--password-file", "/run/x", "--token-ttl=30"], []),
        (["--password", "--verbose"], []),
        (["--password"], []),
        (["python", "-c", 'print(environ["TOKEN"] == "a")'], []),
    ],
)
def test_secrets_that_are_spelt_out_in_a_command_are_known(
    words: list[str], found: list[str]
) -> None:
    assert list(spelled_secrets(words)) == found


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        *(("DB_PASSWORD", True), ("db_pwd", True), ("PGPASSWORD", True), ("requirepass", True)),
        *(("API_KEY", True), ("PWD", False), ("OLDPWD", False), ("KEY", False), ("PORT", False)),
    ],
)
def test_a_name_says_whether_its_value_is_a_secret(name: str, secret: bool) -> None:
    assert names_a_secret(name) is secret
