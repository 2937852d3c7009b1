"""The names of progress formats, as options give them."""

from __future__ import annotations

from typing import Final, get_args

from orchestration.errors import ConfigError
from orchestration.progress import Format

FORMATS: Final[tuple[Format, ...]] = get_args(Format)


def as_format(name: str) -> Format:
    """The progress format of that name. Raises ConfigError."""
    for known in FORMATS:
        if name == known:
            return known
    raise ConfigError(f"there is no progress format {name!r}", fix=f"one of {', '.join(FORMATS)}")
