"""Addresses as clients take them: scheme, credentials, host, port and database."""

from __future__ import annotations

from urllib.parse import quote

from orchestration.model import Secret, Text, reveal


def write_url(
    scheme: str,
    host: str,
    port: int,
    *,
    user: str = "",
    password: Text | None = None,
    path: str = "",
) -> Text:
    """`scheme://user:password@host:port/path`, each part percent-encoded.

    A Secret as soon as it carries a password.
    """
    place = f"[{host}]" if ":" in host else host
    tail = f"{place}:{port}" + (f"/{quote(path, safe='')}" if path else "")
    name = quote(user, safe="")
    if password is not None:
        return Secret(f"{scheme}://{name}:{quote(reveal(password), safe='')}@{tail}")
    return f"{scheme}://{name}@{tail}" if name else f"{scheme}://{tail}"
