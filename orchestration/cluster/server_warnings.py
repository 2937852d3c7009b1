"""What an API server warns of beside its answer: an API that goes, a field that nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_MISCELLANEOUS: Final = "299"
"""The code of all warnings of an API server (k8s.io/apiserver/pkg/endpoints/handlers); the others
are those of caches on the way."""

# RFC 7234, section 5.5: code, agent, text, perhaps a date; several in one header, with commas.
_WARNING: Final = re.compile(
    r'(?P<code>\d{3}) +[^\s,"]+ +"(?P<text>(?:[^"\\]|\\.)*)"(?: +"[^"]*")?\s*(?:,|$)'
)
_ESCAPED: Final = re.compile(r"\\(.)")


def server_warnings(headers: Iterable[str]) -> Iterator[str]:
    """The texts in the values of `Warning` headers; what is none of a server's is left out."""
    for header in headers:
        for found in _WARNING.finditer(header):
            text = _ESCAPED.sub(r"\1", found["text"]).strip()
            if text and found["code"] == _MISCELLANEOUS:
                yield text
