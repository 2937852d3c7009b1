from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestration.engines.embedded.account import Account
from orchestration.engines.embedded.binaries import (
    POSTGRES_BIN,
    Binaries,
    find_postgres,
    find_valkey,
    readable_by,
)
from orchestration.errors import EngineError

NOBODY = Account(65_534, 65_534)


@pytest.fixture
def cache() -> Iterator[Path]:
    """A directory that every user can enter, which those of pytest are not."""
    made = Path(tempfile.mkdtemp(prefix="stackwright-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A virtual environment's packages below a closed home."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    packages = home / "packages"
    packages.symlink_to(find_postgres().root)
    return packages


def test_binaries_stay_where_they_are_for_this_user() -> None:
    found = find_postgres()
    assert readable_by(None, found, ()) is found


def test_binaries_that_another_user_can_reach_are_not_copied(cache: Path) -> None:
    (cache / "packages").mkdir(mode=0o755)
    server = Binaries("valkey", cache / "packages", ("server",))
    assert readable_by(NOBODY, server, ()) is server


def test_a_copy_runs_and_belongs_to_its_maker_alone(cache: Path, closed: Path) -> None:
    found = find_postgres()
    copy = readable_by(NOBODY, Binaries(found.name, closed, found.parts), (cache,))
    assert NOBODY.enters(copy.path(POSTGRES_BIN))
    for program in ("initdb", "postgres"):
        path = copy.path(f"{POSTGRES_BIN}/{program}")
        shown = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
        assert "16." in shown.stdout
    for directory, _, files in os.walk(copy.root):
        for path in (Path(directory), *(Path(directory, name) for name in files)):
            found_there = path.stat()
            assert found_there.st_uid == os.geteuid()
            assert found_there.st_mode & 0o022 == 0
            assert found_there.st_mode & 0o044 == 0o044


def test_many_who_need_a_copy_get_the_same_one(cache: Path, closed: Path) -> None:
    found = find_valkey()
    server = Binaries(found.name, closed, found.parts)
    (cache / ".valkey-abandoned").mkdir()
    with ThreadPoolExecutor(8) as pool:
        copies = list(pool.map(lambda _: readable_by(NOBODY, server, (cache,)), range(8)))
    assert len({each.root for each in copies}) == 1
    assert sorted(each.name for each in cache.iterdir()) == [copies[0].root.name, "valkey.lock"]


def test_a_new_version_gets_a_copy_of_its_own(cache: Path, tmp_path: Path) -> None:
    server = Binaries("valkey", tmp_path, ("server",))
    copies = []
    for content in ("one", "another"):
        (tmp_path / "server").write_text(content)
        copies.append(readable_by(NOBODY, server, (cache,)))
    assert [each.path("server").read_text() for each in copies] == ["one", "another"]


def test_a_cache_that_others_can_write_is_not_used(cache: Path, closed: Path) -> None:
    found = find_valkey()
    cache.chmod(0o777)
    with pytest.raises(EngineError, match="can be written by others"):
        readable_by(NOBODY, Binaries(found.name, closed, found.parts), (cache,))


def test_a_cache_that_is_a_link_is_not_used(cache: Path, closed: Path) -> None:
    found = find_valkey()
    (cache / "link").symlink_to(cache)
    with pytest.raises(EngineError, match="belongs to somebody else"):
        readable_by(NOBODY, Binaries(found.name, closed, found.parts), (cache / "link",))
