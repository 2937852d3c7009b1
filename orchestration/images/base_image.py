"""One base image: found in the engine, or loaded from the cache, or made from packages."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from orchestration.errors import ImageError
from orchestration.images.apt import Apt
from orchestration.images.archive import write_archive
from orchestration.images.closure import close_over
from orchestration.images.image_store import ImageStore, StoredImage
from orchestration.images.package import Package
from orchestration.images.package_cache import fetch_packages
from orchestration.images.recipe import LABEL_DIGEST, Recipe
from orchestration.images.rootfs import make_rootfs

_LOCK_SECONDS: Final = 900.0
_KEPT_SECONDS: Final = 30 * 86_400.0
_MEGABYTE: Final = 1_000_000


class Origin(StrEnum):
    """How much had to be done: nothing, loading, or everything."""

    ENGINE = "already there"
    CACHE = "from the cache"
    PACKAGES = "from packages"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltBase:
    """A base image that is there now."""

    reference: str
    image_id: str
    size_bytes: int
    seconds: float
    origin: Origin

    @property
    def cached(self) -> bool:
        """Whether nothing was downloaded or unpacked."""
        return self.origin is not Origin.PACKAGES


def build_base_image(
    store: ImageStore, recipe: Recipe, *, cache: Path, on_line: Callable[[str], None]
) -> BuiltBase:
    """Make sure that `store` has the image of `recipe`, as the machine's apt would make it now.

    `cache` (made with mode 0700) keeps package files and finished archives; builds may share it at
    the same time. Old archives leave it 30 days after their last use. Raises ImageError.
    """
    started = time.monotonic()
    with _disk_errors(cache):
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        apt = Apt(cache)
        resolved, packages = _resolve(recipe, apt)
        digest = resolved.digest(packages)
        origin, image = Origin.ENGINE, _current(store, resolved.reference, digest)
        if image is None:
            archive = cache / "archives" / f"{recipe.name}-{digest}.tar"
            origin = _ensure_archive(resolved, packages, archive, apt, on_line)
            image = _load(store, resolved.reference, archive, on_line)
    seconds = time.monotonic() - started
    on_line(
        f"{resolved.reference}: {image.size_bytes / _MEGABYTE:.0f} MB "
        f"in {seconds:.1f} s, {origin.value}"
    )
    return BuiltBase(
        reference=resolved.reference,
        image_id=image.image_id,
        size_bytes=image.size_bytes,
        seconds=seconds,
        origin=origin,
    )


def _resolve(recipe: Recipe, apt: Apt) -> tuple[Recipe, tuple[Package, ...]]:
    [versioned] = close_over((recipe.versioned_by,), ("*",), apt)
    resolved = recipe.at(versioned.version_prefix(recipe.version_parts))
    return resolved, close_over(resolved.packages, resolved.left_out, apt)


def _current(store: ImageStore, reference: str, digest: str) -> StoredImage | None:
    image = store.inspect(reference)
    return image if image and image.labels.get(LABEL_DIGEST) == digest else None


def _load(
    store: ImageStore, reference: str, archive: Path, on_line: Callable[[str], None]
) -> StoredImage:
    on_line(f"{reference}: loading {archive.stat().st_size / _MEGABYTE:.0f} MB into the engine")
    store.load(archive)
    image = store.inspect(reference)
    if image is None:
        raise ImageError(
            f"The engine took {reference} in, but does not have it.",
            fix="Another program may have removed it just now: try again.",
        )
    return image


def _ensure_archive(
    recipe: Recipe,
    packages: Sequence[Package],
    archive: Path,
    apt: Apt,
    on_line: Callable[[str], None],
) -> Origin:
    archive.parent.mkdir(mode=0o700, exist_ok=True)
    with _lock(archive.with_suffix(".lock")):
        if archive.is_file():
            # The time of last use, which decides how long it is kept.
            os.utime(archive)
            return Origin.CACHE
        _make_archive(recipe, packages, archive, apt, on_line)
    return Origin.PACKAGES


def _make_archive(
    recipe: Recipe,
    packages: Sequence[Package],
    archive: Path,
    apt: Apt,
    on_line: Callable[[str], None],
) -> None:
    _forget_unused(archive.parent.parent)
    download = sum(package.download_size for package in packages)
    # The package files, then their content three times: as files, as a layer, in the archive.
    _require_space(archive.parent, download + 3 * sum(p.installed_size for p in packages))
    on_line(f"{recipe.reference}: {len(packages)} packages, {download / _MEGABYTE:.0f} MB")
    files = fetch_packages(apt, packages, archive.parent.parent / "packages")
    # The lock makes this directory ours: what is in it was left by a build that was killed.
    work = archive.with_suffix(".work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    try:
        on_line(f"{recipe.reference}: unpacking")
        layer = make_rootfs(files, recipe.entries, recipe.omitted, work)
        write_archive(
            layer,
            work / "image.tar",
            reference=recipe.reference,
            config=recipe.config(recipe.digest(packages)),
            architecture=apt.architecture(),
            created=datetime.now(UTC),
        )
        (work / "image.tar").replace(archive)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    try:
        with FileLock(path, timeout=_LOCK_SECONDS):
            yield
    except Timeout as error:
        raise ImageError(
            f"Another build of the same image did not finish within {_LOCK_SECONDS:.0f} s.",
            why=f"It holds {path}.",
            fix="End it, or wait for it, and try again.",
        ) from error


@contextmanager
def _disk_errors(cache: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise ImageError(
            "The base image could not be written.",
            why=f"{error.strerror or error} ({error.filename or cache}).",
            fix=f"Free some space on the disk of {cache}." if full else f"Check {cache}.",
        ) from error


def _require_space(place: Path, needed: int) -> None:
    free = shutil.disk_usage(place).free
    if free < needed:
        raise ImageError(
            f"There is no room for the image: {free / _MEGABYTE:.0f} MB are free, "
            f"{needed / _MEGABYTE:.0f} MB are needed.",
            why=f"The build works in {place}.",
            fix="Free some space, or choose a cache directory on another disk.",
        )


def _forget_unused(cache: Path) -> None:
    limit = time.time() - _KEPT_SECONDS
    for path in (*cache.glob("archives/*.tar"), *cache.glob("packages/*.deb")):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
