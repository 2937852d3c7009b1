from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.mount_mapping import MountMapping

MAPPING = MountMapping.of(
    [
        ("/data", Path("/p/data")),
        ("/data/deep/", Path("/q")),
        ("/etc/app.yaml", Path("/p/app.yaml")),
        ("/p", Path("/wrong")),
    ]
)


@pytest.mark.parametrize(
    ("text", "mapped"),
    [
        ("/data", "/p/data"),
        ("/data/", "/p/data/"),
        ("/data/a b/c", "/p/data/a b/c"),
        ("/data/deep/x", "/q/x"),
        ("/data/deeper", "/p/data/deeper"),
        ("--dir=/data", "--dir=/p/data"),
        ("/data:/data/deep", "/p/data:/q"),
        ("file:///data/x", "file:///p/data/x"),
        ("sh -c 'cat /data/x; ls \"/data\"'", "sh -c 'cat /p/data/x; ls \"/p/data\"'"),
        ("/etc/app.yaml", "/p/app.yaml"),
    ],
)
def test_a_target_becomes_its_source(text: str, mapped: str) -> None:
    assert MAPPING.apply(text) == mapped


@pytest.mark.parametrize(
    "text",
    [
        "/data-old",
        "/database",
        "/data.bak",
        "/srv/data",
        "./data",
        "http://host/data",
        "http://host:80/data",
        "s3://data",
        "/etc/app.yaml.bak",
        "nothing",
    ],
)
def test_what_only_looks_like_a_target_stays(text: str) -> None:
    assert MAPPING.apply(text) == text


def test_a_mount_at_the_root_changes_nothing() -> None:
    assert MountMapping.of([("/", Path("/p"))]).apply("/a") == "/a"
