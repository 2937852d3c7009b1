"""Building with the real apt, from a repository in a directory, into a fake engine."""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from pathlib import Path

import pytest

from orchestration.errors import ImageError
from orchestration.images import BuiltBase, Origin, Recipe, build_base_image
from tests.images.apt_repository import AptRepository
from tests.images.fake_image_store import FakeImageStore

RECIPE = Recipe(
    name="tool",
    reference="localhost/tool:{version}",
    versioned_by="tool",
    version_parts=2,
    packages=("tool",),
)


@pytest.fixture(autouse=True)
def packages(repository: AptRepository) -> None:
    """`tool`, which needs `libtool1`; and `more`, which nothing needs."""
    repository.add(
        "tool", "1:4.2-3", files={"usr/bin/tool": ""}, fields="Depends: libtool1 (>= 0.5)\n"
    )
    repository.add("libtool1", files={"usr/lib/libtool.so.1": ""})
    repository.add("more", files={"usr/bin/more": ""})
    repository.update()


def built(store: FakeImageStore, cache: Path, recipe: Recipe = RECIPE) -> BuiltBase:
    return build_base_image(store, recipe, cache=cache, on_line=lambda line: None)


def left_in(cache: Path) -> set[str]:
    """The kinds of files a build left in its cache."""
    return {path.suffix for path in cache.rglob("*")} - {""}


def test_the_reference_carries_the_version_apt_offers(store: FakeImageStore, cache: Path) -> None:
    image = built(store, cache)
    assert image.reference == "localhost/tool:4.2"
    assert image.origin is Origin.PACKAGES
    assert not image.cached
    assert store.images["localhost/tool:4.2"].labels["io.stackwright.base"] == "tool"


def test_dependencies_are_in_the_archive(store: FakeImageStore, cache: Path) -> None:
    built(store, cache)
    names = [path.name for path in sorted((cache / "packages").iterdir())]
    assert names == ["libtool1_1.0_all.deb", "tool_1%3a4.2-3_all.deb"]


def test_an_image_that_is_there_is_left_alone(store: FakeImageStore, cache: Path) -> None:
    first = built(store, cache)
    second = built(store, cache)
    assert second.origin is Origin.ENGINE
    assert second.image_id == first.image_id
    assert len(store.loaded) == 1


def test_another_engine_gets_the_same_image_without_a_download(
    store: FakeImageStore, cache: Path, repository: AptRepository
) -> None:
    first = built(store, cache)
    shutil.rmtree(cache / "packages")
    for package in (repository.place / "repository").glob("*.deb"):
        package.unlink()
    second = built(FakeImageStore(), cache)
    assert second.origin is Origin.CACHE
    assert second.image_id == first.image_id


def test_another_set_of_packages_is_another_image(store: FakeImageStore, cache: Path) -> None:
    first = built(store, cache)
    second = built(store, cache, RECIPE.with_packages("more"))
    assert second.origin is Origin.PACKAGES
    assert second.image_id != first.image_id


def test_an_update_of_the_distribution_is_taken_over(
    store: FakeImageStore, cache: Path, repository: AptRepository
) -> None:
    first = built(store, cache)
    repository.add("libtool1", "1.1", files={"usr/lib/libtool.so.1": "mended"})
    repository.update()
    second = built(store, cache)
    assert second.reference == first.reference
    assert second.image_id != first.image_id


def test_a_damaged_cached_package_is_fetched_again(store: FakeImageStore, cache: Path) -> None:
    built(store, cache)
    package = cache / "packages/libtool1_1.0_all.deb"
    whole = package.read_bytes()
    package.write_bytes(whole[:-1])
    built(store, cache, RECIPE.with_packages("more"))
    assert package.read_bytes() == whole


def test_the_cache_is_closed_to_others(store: FakeImageStore, cache: Path) -> None:
    built(store, cache)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


def test_two_builds_at_once_make_one_archive(cache: Path) -> None:
    images: list[BuiltBase] = []
    threads = [
        threading.Thread(target=lambda: images.append(built(FakeImageStore(), cache)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(image.origin.name for image in images) == ["CACHE", "CACHE", "PACKAGES"]
    assert len({image.image_id for image in images}) == 1


def test_what_a_killed_build_left_is_cleared_away(store: FakeImageStore, cache: Path) -> None:
    built(store, cache)
    [archive] = (cache / "archives").glob("*.tar")
    archive.unlink()
    work = archive.with_suffix(".work")
    (work / "root/usr/bin").mkdir(parents=True)
    built(FakeImageStore(), cache)
    assert archive.is_file()
    assert not work.exists()


def test_an_archive_unused_for_a_month_makes_room(store: FakeImageStore, cache: Path) -> None:
    built(store, cache)
    [archive] = (cache / "archives").glob("*.tar")
    os.utime(archive, (0, time.time() - 31 * 86_400))
    built(store, cache, RECIPE.with_packages("more"))
    assert not archive.exists()


def test_a_missing_package_is_named_with_its_neighbours(store: FakeImageStore, cache: Path) -> None:
    with pytest.raises(ImageError, match="no package mor ") as caught:
        built(store, cache, RECIPE.with_packages("mor"))
    assert "more" in caught.value.why


def test_empty_lists_are_told_from_missing_packages(
    store: FakeImageStore, cache: Path, repository: AptRepository
) -> None:
    shutil.rmtree(repository.place / "lists")
    (repository.place / "lists/partial").mkdir(parents=True)
    with pytest.raises(ImageError, match="knows no packages") as caught:
        built(store, cache)
    assert "apt-get update" in caught.value.fix


def test_a_failed_download_shows_what_apt_said_and_leaves_nothing(
    store: FakeImageStore, cache: Path, repository: AptRepository
) -> None:
    (repository.place / "repository/libtool1_1.0_all.deb").unlink()
    with pytest.raises(ImageError, match="could not download") as caught:
        built(store, cache)
    assert "libtool1_1.0_all.deb" in caught.value.why
    assert "apt-get update" in caught.value.fix
    assert left_in(cache) <= {".lock", ".bin"}


def test_a_machine_without_apt_is_told_so(
    store: FakeImageStore, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ImageError, match="only be made on Debian") as caught:
        built(store, cache)
    assert "apt-get, apt-cache, dpkg-deb" in caught.value.why


def test_a_full_disk_is_noticed_before_the_download(
    store: FakeImageStore, cache: Path, repository: AptRepository
) -> None:
    index = repository.place / "repository/Packages"
    index.write_text(index.read_text().replace("Installed-Size: 1", "Installed-Size: 9" + "0" * 12))
    repository.update()
    with pytest.raises(ImageError, match="no room for the image"):
        built(store, cache)
    assert not (cache / "packages").exists()


def test_a_cache_that_cannot_be_made_is_one_message(store: FakeImageStore, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImageError, match="could not be written"):
        built(store, tmp_path / "file/cache")
