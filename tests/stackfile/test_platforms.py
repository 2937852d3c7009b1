"""What a platform for end-to-end tests becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.errors import ConfigError
from orchestration.platform import Access, ClusterChoice, Platform
from orchestration.stack import Build
from tests.stackfile.configured import platform, project
from tests.stackfile.fragments import COMPONENT, PLATFORM


def furnish(root: Path) -> None:
    """What the platforms here name."""
    (root / "deploy").mkdir()
    (root / "jobs.yaml").touch()
    (root / "kubeconfig").touch()
    (root / "shop").mkdir()
    (root / "shop" / "Dockerfile").touch()


def test_a_platform_in_full(tmp_path: Path) -> None:
    furnish(tmp_path)
    made = platform(
        tmp_path,
        """\
[e2e.web]
service = "shop"
manifests = ["deploy", "jobs.yaml"]
kubeconfig = "kubeconfig"
context = "arn:aws:eks:eu-1:1:cluster/ci"
load = "k3d"
deadline = "2m"
limit = 16
[e2e.web.images]
"localhost/shop:e2e" = { context = "shop", args = { VERSION = 3 }, target = "test" }
[e2e.web.access]
api = { service = "shop", port = 80 }
db = { service = "postgres", port = 5432, scheme = "postgresql" }
""",
    )
    assert made == Platform(
        name="web",
        service="shop",
        project=tmp_path,
        paths=(tmp_path / "deploy", tmp_path / "jobs.yaml"),
        images={
            "localhost/shop:e2e": Build(
                context=tmp_path / "shop",
                containerfile="Dockerfile",
                args={"VERSION": "3"},
                target="test",
            )
        },
        access=(
            Access(name="api", service="shop", port=80),
            Access(name="db", service="postgres", port=5432, scheme="postgresql"),
        ),
        cluster=ClusterChoice(
            kubeconfig=tmp_path / "kubeconfig", context="arn:aws:eks:eu-1:1:cluster/ci"
        ),
        load="k3d",
        deadline=120.0,
        limit=16,
    )


def test_a_platform_of_manifests_alone(tmp_path: Path) -> None:
    furnish(tmp_path)
    made = platform(tmp_path, PLATFORM)
    assert made == Platform(
        name="shop", service="shop", project=tmp_path, paths=(tmp_path / "deploy",)
    )


def test_a_cluster_can_be_created_for_each_run(tmp_path: Path) -> None:
    furnish(tmp_path)
    made = platform(tmp_path, PLATFORM + 'kind = true\nload = "kind"\n')
    assert made.cluster == ClusterChoice(kind=True)


def test_platforms_stand_beside_stacks_and_need_none(tmp_path: Path) -> None:
    other = PLATFORM.replace("shop", "web") + 'service = "api"\n'
    made = project(tmp_path, PLATFORM + other + COMPONENT)
    assert made.platforms == {"shop": "shop", "web": "api"}
    assert made.stacks == {"shop": "shop"}
    assert project(tmp_path, PLATFORM).stacks == {}


def test_manifests_outside_of_the_project_may_be_allowed(tmp_path: Path) -> None:
    root, shared = tmp_path / "project", tmp_path / "shared"
    root.mkdir()
    shared.mkdir()
    text = PLATFORM.replace("deploy", "../shared")
    made = platform(root, text + '[engine]\noutside = ["../shared"]\n')
    assert made.paths == (shared,)


def test_only_the_platform_that_is_asked_for_is_looked_at(tmp_path: Path) -> None:
    furnish(tmp_path)
    made = project(tmp_path, PLATFORM + '[e2e.other]\nmanifests = ["absent"]\n')
    assert made.platform("shop", {}).name == "shop"
    with pytest.raises(ConfigError, match="there is no file or directory `absent`"):
        made.platform("other", {})


def test_a_platform_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"there is no platform `shp`[^\n]*\n  fix: did you mean `shop`"
    ):
        project(tmp_path, PLATFORM).platform("shp", {})


def test_a_broken_service_table_makes_no_mistakes_of_what_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = PLATFORM + 'service = "shop"\n[services.shop]\npath = []\n[services.web]\n'
    with pytest.raises(ConfigError) as caught:
        project(tmp_path, text)
    assert str(caught.value).startswith(
        "stackwright.toml:5:1: services.shop.path: there is no such key here"
    )


def test_all_that_is_not_there_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    furnish(tmp_path)
    (tmp_path / "away").symlink_to("/etc")
    with pytest.raises(ConfigError) as caught:
        platform(
            tmp_path,
            """\
[e2e.shop]
manifests = ["deploy", "job.yaml", "away"]
kubeconfig = "kubeconfg"
images."shop:1" = { context = "shp" }
images."web:1" = { context = "deploy" }
""",
        )
    assert str(caught.value).replace(str(tmp_path.resolve()), "ROOT").splitlines() == [
        "stackwright.toml has 5 mistakes:",
        "  stackwright.toml:2:24: e2e.shop.manifests[1]: there is no file or directory "
        "`job.yaml`; did you mean `jobs.yaml`?",
        "  stackwright.toml:2:36: e2e.shop.manifests[2]: `away` is outside of the project ROOT, "
        "and leads to /etc; a platform sees only its project, so that it works on every machine "
        'alike; move it inside, or allow its directory: outside = ["…"] under [engine]',
        "  stackwright.toml:3:1: e2e.shop.kubeconfig: there is no file `kubeconfg`; did you mean "
        "`kubeconfig`?",
        '  stackwright.toml:4:21: e2e.shop.images."shop:1".context: there is no directory `shp`; '
        "did you mean `shop`?",
        '  stackwright.toml:5:20: e2e.shop.images."web:1".context: there is no file '
        "`Containerfile`; looked at ROOT/deploy/Containerfile",
    ]
