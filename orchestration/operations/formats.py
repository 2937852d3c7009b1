"""Names of progress formats and of image loaders, as options give them."""

from __future__ import annotations

from typing import Final, get_args

from orchestration.errors import ConfigError
from orchestration.platform import Loader
from orchestration.progress import Format

LOADER_NAMES: Final[tuple[Loader, ...]] = get_args(Loader)
FORMATS: Final[tuple[Format, ...]] = get_args(Format)


def as_format(name: str) -> Format:
    """The progress format of that name. Raises ConfigError."""
    for known in FORMATS:
        if name == known:
            return known
    raise ConfigError(f"there is no progress format {name!r}", fix=f"one of {', '.join(FORMATS)}")


def as_loader(name: str) -> Loader:
    """How images get to nodes, by that name. Raises ConfigError."""
    for known in LOADER_NAMES:
        if name == known:
            return known
    raise ConfigError(
        f"there is no way {name!r} for images to get to nodes",
        fix=f"one of {', '.join(LOADER_NAMES)}",
    )
