"""Who listens on a port of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from orchestration.model import names_a_secret

_LONGEST: Final = 100
_CREDENTIALS: Final = re.compile(r"(://[^/@\s]*?:)[^/@\s]+@")


def port_holder(port: int) -> str | None:
    """`pid 4711 (python -m http.server 8000)`: the process that listens on TCP `port`.

    None where the system does not tell: nobody listens, or another user's process does. What looks
    like a secret in its command line is masked.
    """
    import psutil

    try:
        holders = {
            each.pid
            for each in psutil.net_connections(kind="tcp")
            if each.status == psutil.CONN_LISTEN and each.laddr[1:2] == (port,) and each.pid
        }
        if not holders:
            return None
        pid = min(holders)
        process = psutil.Process(pid)
        command = shown(process.cmdline()) or process.name()
    except psutil.Error:
        return None
    return f"pid {pid} ({command})"


def shown(argv: Iterable[str]) -> str:
    """A command line for people: secrets masked, and cut to 100 characters."""
    words: list[str] = []
    hide_next = False
    for word in argv:
        key, equals, _ = word.partition("=")
        if hide_next:
            words.append("***")
            hide_next = False
        elif equals and _secret(key):
            words.append(f"{key}=***")
        else:
            hide_next = word.startswith("-") and not equals and _secret(word)
            words.append(_CREDENTIALS.sub(r"\1***@", word))
    text = " ".join(words)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _secret(option: str) -> bool:
    return names_a_secret(option.replace("-", "_"))
