"""Downloaded package files, kept between builds and shared by all recipes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from orchestration.images.apt import Apt
from orchestration.images.package import Package


def fetch_packages(apt: Apt, packages: Sequence[Package], cache: Path) -> tuple[Path, ...]:
    """The files of `packages`, in their order; only what `cache` lacks is downloaded.

    A cached file counts when its hash is the one in apt's index. Files appear in `cache` whole, so
    several builds may share it. Raises ImageError.
    """
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    if lacking := [package for package in packages if not _is_whole(package, cache)]:
        with tempfile.TemporaryDirectory(dir=cache, prefix="download-") as place:
            apt.download(lacking, Path(place))
            for package in lacking:
                Path(place, package.file_name).replace(cache / package.file_name)
    files = tuple(cache / package.file_name for package in packages)
    for file in files:
        # The time of last use: apt gives a file the mirror's time.
        os.utime(file)
    return files


def _is_whole(package: Package, cache: Path) -> bool:
    path = cache / package.file_name
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == package.sha256
