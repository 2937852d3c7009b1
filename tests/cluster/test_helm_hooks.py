"""What is left out of a rendered chart."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.cluster.manifest_files import load

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  annotations: {{"helm.sh/hook": {hooks}}}
---
"""
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n---\n"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def loaded(text: str) -> tuple[list[str], list[str]]:
    """The names of what is deployed, and what is told."""
    told: list[str] = []
    Path("chart.yaml").write_text(text)
    return [each.name for each in load([Path("chart.yaml")], told=told.append)], told


@pytest.mark.parametrize(
    "hooks",
    [
        *("test", "test-success", "test-failure", "pre-delete", "post-delete"),
        *("pre-rollback", "post-rollback", "pre-upgrade", "post-upgrade"),
        '"pre-upgrade, post-rollback"',
    ],
)
def test_what_helm_does_not_make_at_an_installation_is_left_out(hooks: str) -> None:
    assert loaded(MAP + POD.format(name="other", hooks=hooks))[0] == ["settings"]


@pytest.mark.parametrize(
    "hooks",
    [
        *("pre-install", "post-install", '"post-install,post-upgrade"', "crd-install"),
        *('"test,pre-install"', '""', '","', "7", "postsync", '"test,postsync"'),
    ],
)
def test_what_it_makes_and_what_nobody_knows_is_deployed(hooks: str) -> None:
    names, told = loaded(MAP + POD.format(name="other", hooks=hooks))
    assert (names, told) == (["settings", "other"], [])


def test_one_notice_names_all_that_is_left_out() -> None:
    text = POD.format(name="web-test-connection", hooks="test") + MAP
    text += POD.format(name="clean", hooks='"pre-upgrade,pre-delete"')
    assert loaded(text)[1] == [
        "left out, because they are Helm hooks of other moments than an installation: "
        "Pod web-test-connection (chart.yaml:1: test), "
        "Pod clean (chart.yaml:11: pre-delete, pre-upgrade)"
    ]


def test_what_is_left_out_is_no_twin_and_its_file_not_empty() -> None:
    names, told = loaded(POD.format(name="web", hooks="test") * 2)
    assert names == []
    assert len(told) == 1
