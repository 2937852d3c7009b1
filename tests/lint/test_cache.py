from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lint import cache as caches
from lint.cache import Cache, extractors_version, open_cache
from lint.facts import FileFacts, Mention
from lint.program import Span

_FACTS = FileFacts(language="go", mentions=(Mention("comment", "compose", Span(3)),))


def _filled(directory: Path, root: Path, version: str = "v1") -> Path:
    cache = open_cache(directory, root, version)
    cache.keep("go:1", _FACTS)
    cache.save()
    assert cache.file is not None
    return cache.file


def _again(directory: Path, root: Path, version: str = "v1") -> Cache:
    return open_cache(directory, root, version)


def test_facts_come_back(tmp_path: Path) -> None:
    _filled(tmp_path / "cache", tmp_path)
    again = _again(tmp_path / "cache", tmp_path)
    assert again.facts("go:1") == _FACTS
    assert again.facts("go:2") is None
    assert again.notes == ()


def test_another_version_or_repository_knows_nothing_of_them(tmp_path: Path) -> None:
    _filled(tmp_path / "cache", tmp_path)
    assert _again(tmp_path / "cache", tmp_path, "v2").facts("go:1") is None
    assert _again(tmp_path / "cache", tmp_path / "other").facts("go:1") is None


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = _filled(tmp_path / "cache", tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_damage_is_noticed_and_never_believed(tmp_path: Path, data: st.DataObject) -> None:
    file = _filled(tmp_path / "cache", tmp_path)
    whole = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        whole[at] ^= data.draw(st.integers(1, 255))
    else:
        whole = whole[:at]
    file.write_bytes(whole)
    again = _again(tmp_path / "cache", tmp_path)
    assert again.facts("go:1") is None
    assert "damaged" in again.notes[0]
    again.keep("go:1", _FACTS)
    again.save()
    assert _again(tmp_path / "cache", tmp_path).facts("go:1") == _FACTS


def test_an_entry_that_is_no_facts_is_extracted_anew(tmp_path: Path) -> None:
    cache = Cache(file=None)
    cache.keep_raw("go:1", b"\x93\x01\x02\x03")
    assert cache.facts("go:1") is None


@pytest.mark.parametrize("mode", [0o777, 0o720])
def test_a_directory_that_others_can_write_is_not_used(tmp_path: Path, mode: int) -> None:
    _filled(tmp_path / "cache", tmp_path)
    (tmp_path / "cache").chmod(mode)
    again = _again(tmp_path / "cache", tmp_path)
    assert again.file is None
    assert again.facts("go:1") is None
    assert "written by others" in again.notes[0]


def test_a_link_instead_of_the_directory_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "elsewhere")
    again = _again(tmp_path / "cache", tmp_path)
    assert again.file is None
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_instead_of_the_file_is_not_followed(tmp_path: Path) -> None:
    file = _filled(tmp_path / "cache", tmp_path)
    file.rename(tmp_path / "moved")
    file.symlink_to(tmp_path / "moved")
    assert _again(tmp_path / "cache", tmp_path).facts("go:1") is None


def test_somebody_elses_directory_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").mkdir(mode=0o700)
    somebody = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: somebody)
    assert "another user" in _again(tmp_path / "cache", tmp_path).notes[0]


def test_a_place_where_nothing_can_be_written_costs_only_a_note(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    again = _again(tmp_path / "cache", tmp_path)
    again.keep("go:1", _FACTS)
    again.save()
    assert "not cached" in again.notes[0]


def test_what_was_not_used_longest_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled(tmp_path / "cache", tmp_path)
    monkeypatch.setattr(caches, "LARGEST", len(msgspec.msgpack.encode(_FACTS)) + 10)
    cache = _again(tmp_path / "cache", tmp_path)
    cache.keep("go:2", _FACTS)
    cache.save()
    again = _again(tmp_path / "cache", tmp_path)
    assert again.facts("go:2") == _FACTS
    assert again.facts("go:1") is None


def test_caches_of_old_versions_do_not_pile_up(tmp_path: Path) -> None:
    for number in range(6):
        _filled(tmp_path / "cache", tmp_path, f"v{number}")
    (home,) = (tmp_path / "cache").iterdir()
    assert len(list(home.iterdir())) == 3


def test_the_version_changes_with_the_extractors(tmp_path: Path) -> None:
    (tmp_path / "go.py").write_text("one")
    first = extractors_version(tmp_path.glob("*.py"))
    (tmp_path / "go.py").write_text("two")
    assert extractors_version(tmp_path.glob("*.py")) != first
