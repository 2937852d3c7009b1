from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestration.engines.embedded.account import Account
from orchestration.engines.embedded.scratch import find_scratch, scratch_name, scratch_parent
from orchestration.errors import EngineError

NOBODY = Account(65_534, 65_534)


class Room:
    """What a file system says of itself."""

    f_frsize = 4096

    def __init__(self, free: int) -> None:
        self.f_bavail = free // 4096


@pytest.fixture
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda path: Room(4 << 30))


def test_memory_is_used_where_there_is_plenty(plenty: None, tmp_path: Path) -> None:
    assert scratch_parent(None, Path("/own"), memory=tmp_path) == tmp_path


def test_the_64_megabytes_of_a_container_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda path: Room(64 << 20))
    assert scratch_parent(None, Path("/own"), memory=tmp_path) == Path("/own")


def test_memory_that_does_not_exist_is_not_used(tmp_path: Path) -> None:
    assert scratch_parent(None, Path("/own"), memory=tmp_path / "none") == Path("/own")


def test_another_user_is_sent_where_it_can_go(
    plenty: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr("tempfile.tempdir", str(closed))
    assert scratch_parent(NOBODY, closed, memory=closed) == Path("/tmp")  # noqa: S108 - only compared


def test_memory_where_everybody_can_rename_is_not_used(plenty: None, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert scratch_parent(None, Path("/own"), memory=tmp_path) == Path("/own")
    tmp_path.chmod(0o1777)
    assert scratch_parent(None, Path("/own"), memory=tmp_path) == tmp_path


def test_a_temporary_directory_where_everybody_can_rename_is_passed_over(
    plenty: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setattr(Account, "enters", lambda self, directory: True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert scratch_parent(NOBODY, tmp_path, memory=tmp_path) == Path("/tmp")  # noqa: S108 - only compared


def test_no_place_for_another_user_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Account, "enters", lambda self, directory: False)
    with pytest.raises(EngineError, match="can reach no directory"):
        scratch_parent(NOBODY, tmp_path)


def test_what_is_on_a_full_disk_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def none() -> str:
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr("tempfile.gettempdir", none)
    assert find_scratch("a-mark-of-nobody", tmp_path) is None
    made = tmp_path / scratch_name("mine")
    made.mkdir()
    assert find_scratch("mine", tmp_path) == made
