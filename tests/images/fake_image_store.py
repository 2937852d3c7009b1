"""An engine's images in a dictionary; it reads the archives it is given."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from orchestration.errors import ImageError
from orchestration.images import StoredImage


class FakeImageStore:
    """Keeps what was loaded; `loaded` lists the archives in order."""

    def __init__(self) -> None:
        self.images: dict[str, StoredImage] = {}
        self.loaded: list[Path] = []
        self._archives: dict[str, bytes] = {}

    def inspect(self, reference: str) -> StoredImage | None:
        """The image `reference` names."""
        return self.images.get(reference)

    def load(self, archive: Path) -> None:
        """Read the archive's manifest as an engine would."""
        self.loaded.append(archive)
        with tarfile.open(archive) as tar:
            [manifest] = json.loads(_read(tar, "manifest.json"))
            image = json.loads(_read(tar, manifest["Config"]))
            [layer] = manifest["Layers"]
            size = tar.getmember(layer).size
        [reference] = manifest["RepoTags"]
        self._archives[reference] = archive.read_bytes()
        self.images[reference] = StoredImage(
            image_id=manifest["Config"].removesuffix(".json"),
            size_bytes=size,
            labels=image["config"]["Labels"],
        )

    def save(self, reference: str, archive: Path) -> None:
        """Write what was loaded under that reference."""
        if reference not in self._archives:
            raise ImageError(f"There is no image {reference}.")
        archive.write_bytes(self._archives[reference])


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    assert member is not None
    return member.read()
