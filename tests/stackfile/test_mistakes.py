"""Every mistake is one message: file, line, column, key, what, why, and the word that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.errors import ConfigError
from orchestration.stackfile import load
from tests.stackfile.configured import mistake
from tests.stackfile.fragments import COMPONENT, ONE_SHOT
from tests.stackfile.mistakes_of_form import OF_FORM
from tests.stackfile.mistakes_of_sense import OF_SENSE
from tests.stackfile.mistakes_of_world import OF_WORLD

GOLDEN = {**OF_FORM, **OF_SENSE, **OF_WORLD}


def furnish(root: Path) -> None:
    for directory in ("config", "goose", "linked"):
        (root / directory).mkdir()
    (root / "config" / "token").write_text("t")
    (root / "config" / "bytes").write_bytes(b"\xff\xfe")
    (root / "config" / "broken.env").write_text("A=1\nB\n=3\n")
    (root / "config" / "names.env").write_text("'--privileged'=1\n")
    (root / "linked" / "001.sql").symlink_to("/etc/hostname")
    (root / "goose" / "001.sql").write_text("-- +goose Up\nA;\n-- +goose Down\nB;\n")
    (root / "away").symlink_to("/etc")


@pytest.mark.parametrize("case", GOLDEN)
def test_the_message_of(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    furnish(tmp_path)
    text, expected = GOLDEN[case]
    assert mistake(tmp_path, text, {"SHOP_TOKEN": "x"}) == expected


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (
        COMPONENT.replace("image", "imgae")
        + 'after = ["jbo"]\n'
        + ONE_SHOT
        + 'env = { A = "${wbe.url}", B = "${web.port.admin}" }\n[project]\ndefault = "shp"\n'
    )
    assert mistake(tmp_path, text).splitlines() == [
        "stackwright.toml has 4 mistakes:",
        "  stackwright.toml:2:1: stacks.shop.components.web.imgae: there is no such key here; did "
        "you mean `image`?",
        "  stackwright.toml:5:10: stacks.shop.components.web.after[0]: this stack has no component "
        "`jbo`; did you mean `job`?",
        "  stackwright.toml:9:9: stacks.shop.components.job.env.A: `${wbe.url}` refers to no "
        "component of this stack; did you mean `web`? (for a literal `${` write `$${`)",
        "  stackwright.toml:11:1: project.default: there is no stack `shp`; did you mean `shop`?",
    ]


def test_a_mistake_in_a_component_does_not_make_others_of_what_refers_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = COMPONENT.replace("8080", '"8080"') + ONE_SHOT + 'env = { A = "${web.port.http}" }\n'
    assert mistake(tmp_path, text).startswith(
        "stackwright.toml:3:1: stacks.shop.components.web.ports.http: must be the container's port"
    )


def test_no_message_shows_a_secret(tmp_path: Path) -> None:
    text = COMPONENT + 'env = { API_TOKEN = { value = "hunter2" }, DB_PASSWORD = 1.5 }\n'
    assert "hunter2" not in mistake(tmp_path, text)
    assert "1.5" not in mistake(tmp_path, text)


def test_a_file_with_very_many_mistakes_shows_some_and_counts_the_rest(tmp_path: Path) -> None:
    text = "".join(f"[wrong{number}]\n" for number in range(60))
    told = mistake(tmp_path, text).splitlines()
    assert told[0].endswith("stackwright.toml has 60 mistakes:")
    assert told[-1] == "  and 10 more"
    assert len(told) == 52


def test_keys_in_a_pyproject_are_told_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\nname = "x"\n[tool.stackwright.project]\nnmae = "x"\n')
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value).startswith(
        "pyproject.toml:4:1: tool.stackwright.project.nmae: there is no such key here"
    )
