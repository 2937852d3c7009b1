"""A path of the repository as a relative URI reference (RFC 3986)."""

from __future__ import annotations

from urllib.parse import quote


def sarif_uri(path: str) -> str:
    """Every byte that a URI cannot hold as `%XX`; `:` too, or a first directory could be a
    scheme. Bytes that are no UTF-8 (surrogates in `path`) stay the bytes they are on disk.
    """
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")
