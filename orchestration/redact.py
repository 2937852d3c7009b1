"""Takes secrets out of text that came from outside: logs, probes' answers, engines' messages."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from orchestration.model import Text, names_a_secret, reveal
from orchestration.printable import one_line, printable

SHOWN: Final = "***"
"""What stands where a secret stood."""

_SHORT: Final = 4
"""Values below this length are only hidden where they stand as somebody's value: replacing every
`42` of a log would destroy it, and tell the secret by its absence."""

_LINE: Final = 8
"""A line of a secret of several lines (a private key) is a secret of its own from this length on:
logs break it up."""

_CORE: Final = 8
"""Base64 text below this length also turns up by chance."""

_CUTS: Final = (("…", 0.0), ("...", 0.5))
"""What stands where a text was cut, which may have been in a secret, and how much of one must be
left to be hidden: our own excerpts have the first, pytest's and people's texts the second."""

_CREDENTIALS: Final = re.compile(r"://([^\s:/?#@'\"]*):([^\s/\"]+)@")
_QUERY: Final = re.compile(r"[?&]([A-Za-z0-9_.-]+)=([^&#\s]+)")
_OPTION: Final = re.compile(r"-{0,2}[A-Za-z][A-Za-z0-9_.-]*")
_ABOUT: Final = re.compile(r"([_-](file|path|dir|name|id|ttl|length|policy|type)|method)$", re.I)
_URL_SAFE: Final = str.maketrans("+/", "-_")
_SPECIAL: Final = {" ": (r"\+",), "'": (r"'\"'\"'", r"'\\''")}
_NAMED: Final = {"\n": "n", "\t": "t", "\r": "r", "\b": "b", "\f": "f", "\a": "a", "\v": "v"}


@dataclass(frozen=True, slots=True)
class _Form:
    """One way a secret is written. Text without `anchor` cannot match: most is dismissed so."""

    anchor: str
    pattern: re.Pattern[str]


class Redactor:
    """Replaces secrets by `***`, in every form in which they are usually written.

    Forms: as it is; percent-encoded and JSON-, Python- or shell-escaped, whichever characters the
    encoder chose to escape; Base64 of the value (plain or URL-safe alphabet), alone or as part of
    something longer. Where matches overlap, all of what they cover goes. Of a secret that an
    excerpt cut (`…`) the first half goes. Values shorter than four characters are hidden only as
    the value of something (`pin=42`, `"pin": "42"`). Besides known secrets, the password in
    `scheme://user:password@` always goes.

    Cheap where there is nothing to hide: 5 MiB of log and three secrets take about 60 ms.
    """

    __slots__ = ("_forms", "_long", "_short")

    def __init__(self, secrets: Iterable[Text] = ()) -> None:
        pieces = {piece for secret in secrets for piece in _pieces(reveal(secret))}
        # As a URL holds them: what encodes the whole URL encodes them once more.
        pieces |= {quote(each, safe="", errors="surrogatepass") for each in pieces}
        long = sorted((each for each in pieces if len(each) >= _SHORT), key=len, reverse=True)
        self._long = tuple(long)
        self._forms = tuple(form for piece in long for form in _forms(piece))
        short = sorted(pieces.difference(long), key=len, reverse=True)
        values = "|".join(re.escape(each) for each in short)
        self._short = re.compile(rf"([=:]\s?[\"']?)(?:{values})(?!\w)") if short else None

    def __call__(self, text: str) -> str:
        """`text` without secrets; otherwise as it was."""
        text = _CREDENTIALS.sub(rf"://\1:{SHOWN}@", text)
        if self._short is not None:
            text = self._short.sub(rf"\g<1>{SHOWN}", text)
        # What is put in can complete another secret that has asterisks in it. Each round makes the
        # text shorter, so this ends.
        while spans := self._spans(text):
            text = "".join(_without(text, spans))
        return text

    def clean(self, text: str) -> str:
        """`text` without secrets, and harmless on a terminal (see `printable`)."""
        shown = printable(text)
        if shown == text:
            return self(text)
        # Once more afterwards: an escape sequence in the middle of a secret hid it from the first.
        return self(printable(self(text)))

    def line(self, text: str) -> str:
        """`clean`, on one line."""
        return one_line(self.clean(text))

    def _spans(self, text: str) -> list[tuple[int, int]]:
        found = [
            match.span()
            for form in self._forms
            if form.anchor in text
            for match in form.pattern.finditer(text)
        ]
        for mark, share in _CUTS:
            if mark in text:
                found += _halves(self._long, text, mark, share)
        return sorted(found)


def spelled_secrets(words: Iterable[str]) -> Iterator[str]:
    """The secrets that words of a command, or a variable's text, spell out.

    `--password=x`, `--password x`, `PGPASSWORD=x`, `scheme://user:x@host` and `?token=x`: whoever
    wrote them there made them public on this machine, which is no reason to print them.
    """
    named = False
    for word in words:
        key, equals, value = word.partition("=")
        if named and not word.startswith("-"):
            yield word
        named = word.startswith("-") and not equals and _asks_for_a_secret(word)
        if equals and _OPTION.fullmatch(key) and _asks_for_a_secret(key) and value:
            yield value
        for found in _CREDENTIALS.finditer(word):
            yield from dict.fromkeys((found[2], unquote(found[2])))
        for name, given in _QUERY.findall(word):
            if _asks_for_a_secret(name):
                yield from dict.fromkeys((given, unquote(given)))


def _asks_for_a_secret(name: str) -> bool:
    """A name of a file or of a setting about secrets is followed by none."""
    return names_a_secret(name.replace("-", "_")) and not _ABOUT.search(name)


def _halves(
    secrets: Iterable[str], text: str, mark: str, share: float
) -> Iterator[tuple[int, int]]:
    """Where the beginning of a secret stands before `mark`, or its end behind it."""
    backwards, length = text[::-1], len(text)
    for secret in secrets:
        least = max(_SHORT, int(len(secret) * share))
        yield from _beginnings(secret, text, mark, least)
        for start, end in _beginnings(secret[::-1], backwards, mark, least):
            yield length - end, length - start


def _beginnings(secret: str, text: str, mark: str, least: int) -> Iterator[tuple[int, int]]:
    head = secret[:_SHORT]
    start = text.find(head)
    while start >= 0:
        here = text[start : start + len(secret) + len(mark)]
        common = next(
            (at for at, pair in enumerate(zip(here, secret, strict=False)) if pair[0] != pair[1]),
            min(len(here), len(secret)),
        )
        if common >= least and here.startswith(mark, common):
            yield start, start + common
        start = text.find(head, start + 1)


def _pieces(value: str) -> Iterator[str]:
    for piece in (value, value.strip()):
        if piece.strip("* \t\r\n"):
            yield piece
    lines = value.splitlines()
    if len(lines) > 1:
        yield from (line.strip() for line in lines if len(line.strip()) >= _LINE)


def _without(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    end = 0
    for start, stop in spans:
        if start >= end:
            yield text[end:start]
            yield SHOWN
        end = max(end, stop)
    yield text[end:]


def _forms(value: str) -> Iterator[_Form]:
    plain = re.findall(r"[A-Za-z0-9]+", value)
    yield _Form(anchor=max(plain, key=len, default=""), pattern=re.compile(_escaped(value)))
    for encoded in _base64(value):
        yield _Form(anchor=encoded, pattern=re.compile(re.escape(encoded) + "={0,2}"))


def _escaped(value: str) -> str:
    """A pattern for `value` in which every character may be escaped, letters and digits apart."""
    parts: list[str] = re.findall(r"[A-Za-z0-9]+|\\+|.", value, re.DOTALL)
    return "".join(_part(part, first=at == 0) for at, part in enumerate(parts))


def _part(part: str, *, first: bool) -> str:
    if part[0].isascii() and part[0].isalnum():
        return part
    if part[0] == "\\":
        # One bounded repeat for the whole run: several in a row would backtrack without end.
        return rf"(?:\\{{{len(part)},{4 * len(part)}}}|(?i:(?:%5c){{{len(part)}}}))"
    # A leading optional backslash would cost the search its first-character test.
    ways = [re.escape(part) if first else r"\\{0,4}" + re.escape(part)]
    units = _bytes(part, "utf-16-be").hex()
    ways.append("".join(f"%{byte:02x}" for byte in _bytes(part, "utf-8")))
    ways.append("".join(rf"\\\\{{0,3}}u{units[at : at + 4]}" for at in range(0, len(units), 4)))
    ways.append(rf"\\\\{{0,3}}u{ord(part):08x}")
    if ord(part) < 0x100:
        ways.append(rf"\\\\{{0,3}}x{ord(part):02x}")
    ways[1:] = [f"(?i:{way})" for way in ways[1:]]
    if part in _NAMED:
        ways.append(rf"\\\\{{0,3}}{_NAMED[part]}")
    ways += _SPECIAL.get(part, ())
    return f"(?:{'|'.join(ways)})"


def _base64(value: str) -> set[str]:
    """Base64 of `value` alone, and the part that depends on it alone when it stands at any place
    within longer data (`user:password` of an Authorization header)."""
    data = _bytes(value, "utf-8")
    found = {b64encode(data).decode().rstrip("=")}
    for offset in range(3):
        encoded = b64encode(bytes(offset) + data).decode()
        core = encoded[-(-8 * offset // 6) : 8 * (offset + len(data)) // 6]
        if len(core) >= _CORE:
            found.add(core)
    return found | {each.translate(_URL_SAFE) for each in found}


def _bytes(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "surrogatepass")
