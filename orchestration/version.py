"""The version of this distribution."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """As installed; `unknown` when the package was not installed."""
    try:
        return metadata.version("stackwright")
    except metadata.PackageNotFoundError:
        return "unknown"
