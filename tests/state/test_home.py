"""The state directory is closed, and nobody else can slip another in its place."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestration.errors import ConfigError
from orchestration.model import Label
from orchestration.state import state_home
from orchestration.state.home import closed_directory, own_directory
from orchestration.wiring import Workplace

NOBODY = 65534
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def home(path: Path) -> Path:
    return state_home({"STACKWRIGHT_STATE": str(path)})


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A directory of somebody else's."""
    if os.geteuid() != 0:
        return Path("/usr/lib")
    made = tmp_path / "theirs"
    made.mkdir(mode=0o755)
    os.chown(made, NOBODY, NOBODY)
    return made


def test_it_is_made_for_the_user_alone_with_all_above_it(tmp_path: Path) -> None:
    assert mode(home(tmp_path / "a" / "b")) == 0o700
    assert mode(tmp_path / "a") == 0o700


def test_one_that_stands_open_is_closed(tmp_path: Path) -> None:
    """The group may write to what people make with the umask of many distributions, 002."""
    for found in (0o755, 0o775):
        (tmp_path / "open").mkdir(exist_ok=True)
        (tmp_path / "open").chmod(found)
        assert mode(home(tmp_path / "open")) == 0o700


@pytest.mark.parametrize("shared", [0o1777, 0o1700, 0o777, 0o702])
def test_one_that_others_use_is_refused_and_stays_as_it_is(tmp_path: Path, shared: int) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(shared)
    with pytest.raises(
        ConfigError, match=rf"is shared with others \(mode {shared:04o}\)"
    ) as caught:
        home(tmp_path / "shared")
    assert mode(tmp_path / "shared") == shared
    assert caught.value.why
    assert "a directory of your own" in caught.value.fix


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ConfigError, match="is a link or a file"):
        home(tmp_path / "link")
    assert mode(tmp_path / "real") == 0o755


def test_a_link_that_leads_nowhere_is_refused_and_its_target_not_made(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "none")
    with pytest.raises(ConfigError, match="is a link or a file"):
        home(tmp_path / "link")
    assert not (tmp_path / "none").exists()


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="is a link or a file"):
        home(tmp_path / "file")


def test_a_file_above_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made: Not a directory"):
        home(tmp_path / "file" / "state")


def test_somebody_elses_is_refused(theirs: Path) -> None:
    with pytest.raises(ConfigError, match=r"belongs to user \d+, not to you"):
        home(theirs)


@AS_ROOT
def test_one_in_somebody_elses_directory_is_refused(theirs: Path) -> None:
    with pytest.raises(ConfigError, match=rf"lies in a directory of user {NOBODY}: .*/theirs"):
        home(theirs / "state")
    assert list(theirs.iterdir()) == []


@AS_ROOT
def test_one_behind_somebody_elses_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    os.chown(tmp_path / "link", NOBODY, NOBODY, follow_symlinks=False)
    with pytest.raises(ConfigError, match=rf"lies in a link of user {NOBODY}: .*/link"):
        home(tmp_path / "link" / "state")
    assert list((tmp_path / "real").iterdir()) == []


@pytest.mark.parametrize("target", ["real", "{}/real", "../{0.name}/real"])
def test_a_link_of_ones_own_above_it_is_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(target.format(tmp_path))
    assert home(tmp_path / "link" / "state") == tmp_path / "link" / "state"
    assert mode(tmp_path / "real" / "state") == 0o700


def test_links_that_lead_in_a_circle_are_one_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(ConfigError, match="lies in a link"):
        home(tmp_path / "a" / "state")


def test_one_that_everybody_could_replace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public").chmod(0o777)
    with pytest.raises(ConfigError, match=r"lies in a directory that everybody .*/public"):
        home(tmp_path / "public" / "deep" / "state")


def test_a_directory_for_all_with_the_sticky_bit_is_fit(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public").chmod(0o1777)
    assert mode(home(tmp_path / "public" / "state")) == 0o700


def test_the_error_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError) as caught:
        home(tmp_path / "file")
    assert "STACKWRIGHT_STATE" in caught.value.fix


def test_run_records_and_the_embedded_home_may_be_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKWRIGHT_STATE", str(tmp_path / "state"))
    (tmp_path / "elsewhere").mkdir()
    home(tmp_path / "state")
    (tmp_path / "state" / "runs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match=r"state/runs is a link or a file"):
        Workplace.here()
    (tmp_path / "state" / "runs").unlink()
    (tmp_path / "state" / "embedded").symlink_to(tmp_path / "elsewhere")
    workplace = Workplace.here()
    with (
        pytest.raises(ConfigError, match=r"state/embedded is a link or a file"),
        workplace.connect("embedded", None) as connection,
    ):
        connection.engine.create_network("any", {Label.RUN: "any"})
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_package_cache_names_its_own_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKWRIGHT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert mode(Workplace.here().image_cache()) == 0o700
    (tmp_path / "cache" / "stackwright").rmdir()
    (tmp_path / "cache" / "stackwright").symlink_to(tmp_path)
    with pytest.raises(ConfigError, match="the package cache") as caught:
        Workplace.here().image_cache()
    assert "XDG_CACHE_HOME" in caught.value.fix


def test_a_user_without_a_home_directory_is_told_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(ConfigError, match="no home directory") as caught:
        state_home({})
    assert "set HOME, or point STACKWRIGHT_STATE" in caught.value.fix


def test_a_current_directory_that_was_removed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKWRIGHT_STATE", "relative")
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(ConfigError, match="the current directory cannot be told"):
        Workplace.here()


def test_what_is_made_below_a_given_directory_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    made = own_directory(tmp_path / "a" / "b", tmp_path)
    assert [mode(each) for each in (made.parent, made, tmp_path)] == [0o700, 0o700, 0o777]


def test_a_directory_that_stands_open_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir(mode=0o755)
    assert mode(own_directory(tmp_path / "artifacts", tmp_path)) == 0o755


@pytest.mark.parametrize("link", ["a", "a/b"])
def test_no_link_below_a_given_directory_is_followed(tmp_path: Path, link: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="a link"):
        own_directory(tmp_path / "a" / "b", tmp_path)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@AS_ROOT
def test_somebody_elses_below_a_given_directory_is_refused(theirs: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"belongs to user {NOBODY}"):
        own_directory(theirs, tmp_path)
    os.chown(tmp_path, NOBODY, NOBODY)
    assert own_directory(theirs, tmp_path) == theirs


def test_a_race_for_the_directory_has_no_loser(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for turn in range(20):
            place = tmp_path / str(turn) / "deep" / "state"
            assert set(pool.map(closed_directory, [place] * 8)) == {place}
