"""The secrets that stand in manifests, so that nothing that is shown has them."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest
from orchestration.model import names_a_secret
from orchestration.redact import spelled_secrets

_REFERENCE: Final = re.compile(
    r"(?:Names?|Namespaces?|Refs?|References?|Files?|Paths?|Dir|Id|Ur[il]|UR[IL]|Endpoint"
    r"|(?<![Aa]pi)(?<!API)(?<![Aa]ccess)(?<![Pp]rivate)Keys?)$"
)
"""What is said of a secret, such as where it is: `secretName`, `tokenFile`, `passwordKey`."""

_LINE: Final = re.compile(
    r"^[ \t]*(?:- |export )?[ \t]*[\"']?([A-Za-z][\w.-]*)[\"']?[ \t]*[:=][ \t]*(\S.*)$", re.M
)
_JSON: Final = re.compile(r'"([A-Za-z][\w.-]*)"\s*:\s*"((?:[^"\\]|\\.)+)"')
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "none", "null"})


def manifest_secrets(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Values of Secrets, of variables and fields whose name says so, and credentials in URLs,
    wherever; those on the lines of files that Secrets and ConfigMaps hold.

    A Secret also holds what is none, such as the name of a user: what some object is called, or an
    image, stays readable, unless its key says that it is a password. Elsewhere such a key may be a
    reference, by the name of an object.
    """
    names = {part for each in manifests for part in _words(each)}
    objects = {each.name for each in manifests}
    for each in manifests:
        if (each.api_version, each.kind) == ("v1", "Secret"):
            for key, value in _of_secret(Fields(each.body)):
                if names_a_secret(key) or value not in names:
                    yield value
                yield from spelled_secrets((value,))
                yield from _on_lines(value, objects)
        elif each.kind != "CustomResourceDefinition":
            # A definition's descriptions have examples, which are words of everyday.
            yield from _inside(each.body, objects)


def _words(manifest: Manifest) -> Iterator[str]:
    yield manifest.name
    yield from manifest.name.split("-")
    yield manifest.kind.lower()


def _of_secret(secret: Fields) -> Iterator[tuple[str, str]]:
    for key, value in secret.table("stringData").body.items():
        if isinstance(value, str):
            yield str(key), value
    for key, value in secret.table("data").body.items():
        if isinstance(value, str):
            # Wrapped Base64 comes back in one line: the server's decoder ignores line ends.
            joined = "".join(value.split())
            yield from ((str(key), each) for each in dict.fromkeys((value, joined)))
            try:
                yield str(key), base64.b64decode(joined, validate=True).decode()
            except ValueError:
                continue


def _inside(value: object, objects: Collection[str]) -> Iterator[str]:
    match value:
        case Mapping():
            name, inner = value.get("name"), value.get("value")
            if isinstance(name, str) and isinstance(inner, str) and names_a_secret(name):
                yield inner
            for key, each in value.items():
                if isinstance(key, str) and isinstance(each, str):
                    yield from _of_field(key, each, objects)
                yield from _inside(each, objects)
        case list() | tuple():
            # Of a command, `--password x`; other words may be the name of an object.
            words = [each for each in value if isinstance(each, str)]
            for each in spelled_secrets(words):
                if each not in objects and each.lower() not in _WORDS:
                    yield each
            for each in value:
                yield from _inside(each, objects)
        case str():
            yield from spelled_secrets((value,))
            yield from _on_lines(value, objects)


def _on_lines(text: str, objects: Collection[str]) -> Iterator[str]:
    """Of a file: `password: x`, `PASSWORD=x` and `"password": "x"`."""
    if "\n" in text:
        for key, written in _LINE.findall(text):
            value = written.partition(" #")[0].strip().removesuffix(",").rstrip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            yield from _of_field(key, value, objects)
    for key, value in _JSON.findall(text):
        yield from _of_field(key, value, objects)


def _of_field(key: str, value: str, objects: Collection[str]) -> Iterator[str]:
    if value not in objects and value.lower() not in _WORDS and not _REFERENCE.search(key):
        yield from spelled_secrets((f"{key}={value}",))
