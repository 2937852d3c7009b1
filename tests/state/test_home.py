"""The state directory is closed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from orchestration.errors import ConfigError
from orchestration.state import state_home


def test_it_is_made_for_the_user_alone(tmp_path: Path) -> None:
    home = state_home({"STACKWRIGHT_STATE": str(tmp_path / "a" / "b")})
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_one_that_stands_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    home = state_home({"STACKWRIGHT_STATE": str(tmp_path / "open")})
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ConfigError, match="is a link or a file"):
        state_home({"STACKWRIGHT_STATE": str(tmp_path / "link")})


def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made"):
        state_home({"STACKWRIGHT_STATE": str(tmp_path / "file")})


def test_somebody_elses_is_refused(tmp_path: Path) -> None:
    theirs = Path("/usr")
    if os.geteuid() == 0:
        theirs = tmp_path / "theirs"
        theirs.mkdir(mode=0o700)
        os.chown(theirs, 65534, 65534)
    with pytest.raises(ConfigError, match=r"belongs to user \d+, not to you"):
        state_home({"STACKWRIGHT_STATE": str(theirs)})
