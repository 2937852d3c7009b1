"""Settings from environment variables, each mistake one sentence that names the variable."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


class RefusalError(Exception):
    """The service cannot start; the text is the one line that says why."""


class Environment:
    """A process's variables. A variable set to "" counts as absent."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def optional(self, name: str) -> str | None:
        """The value, None when absent."""
        return self._variables.get(name) or None

    def text(self, name: str, default: str | None = None) -> str:
        """The value, else `default`. Raises RefusalError when there is neither."""
        value = self.optional(name) or default
        if value is None:
            raise RefusalError(f"{name} is not set")
        return value

    def port(self, name: str, default: int) -> int:
        """A TCP port. Raises RefusalError when it is none."""
        value = self.text(name, str(default))
        if not value.isdecimal() or not 1 <= int(value) <= 65535:
            raise RefusalError(f"{name} must be a port from 1 to 65535, not {value!r}")
        return int(value)

    def seconds(self, name: str, default: float) -> float:
        """A duration above zero and up to an hour. Raises RefusalError when it is none."""
        value = self.text(name, str(default))
        try:
            seconds = float(value)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= 3600:
            raise RefusalError(f"{name} must be seconds between 0 and 3600, not {value!r}")
        return seconds

    def flag(self, name: str) -> bool:
        """`true` or `false`, false when absent. Raises RefusalError for anything else."""
        match self.text(name, "false").lower():
            case "true" | "1":
                return True
            case "false" | "0":
                return False
            case other:
                raise RefusalError(f"{name} must be true or false, not {other!r}")

    def url(self, name: str) -> str | None:
        """An http(s) URL without its last slash, None when absent. Raises RefusalError."""
        value = self.optional(name)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise RefusalError(f"{name} must be an http:// or https:// URL, not {value!r}")
        return value.rstrip("/")
