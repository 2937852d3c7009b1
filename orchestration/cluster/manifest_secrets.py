"""The secrets that stand in manifests, so that nothing that is shown has them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence

from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest
from orchestration.model import names_a_secret
from orchestration.redact import spelled_secrets


def manifest_secrets(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Values of Secrets, of variables whose name says so, and credentials in URLs, wherever.

    A Secret also holds what is none, such as the name of a user: what some object is called, or an
    image, stays readable, unless its key says that it is a password.
    """
    names = {part for each in manifests for part in _words(each)}
    for each in manifests:
        if (each.api_version, each.kind) == ("v1", "Secret"):
            for key, value in _of_secret(Fields(each.body)):
                if names_a_secret(key) or value not in names:
                    yield value
        else:
            yield from _inside(each.body)


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
            yield str(key), value
            try:
                yield str(key), base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                continue


def _inside(value: object) -> Iterator[str]:
    match value:
        case Mapping():
            name, inner = value.get("name"), value.get("value")
            if isinstance(name, str) and isinstance(inner, str) and names_a_secret(name):
                yield inner
            for each in value.values():
                yield from _inside(each)
        case list() | tuple():
            for each in value:
                yield from _inside(each)
        case str():
            yield from spelled_secrets((value,))
