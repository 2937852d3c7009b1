"""Images as an engine keeps them: look at one, take one in, give one out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """An image an engine holds; `size_bytes` is what the engine says it takes on disk."""

    image_id: str
    size_bytes: int
    labels: Mapping[str, str]


class ImageStore(Protocol):
    """Where finished images go."""

    def inspect(self, reference: str) -> StoredImage | None:
        """The image `reference` names now, or None.

        By reference and not by label: images built *from* a base inherit its labels.
        """
        ...

    def load(self, archive: Path) -> None:
        """Take in an image archive (the format of `docker save`); it holds its own reference.

        The reference moves to the new image. Raises ImageError with the engine's own words.
        """
        ...

    def save(self, reference: str, archive: Path) -> None:
        """Write an image to `archive`, in the format that `load` takes in.

        Raises ImageError when there is no such image, or no room for it; no part is left then.
        """
        ...
