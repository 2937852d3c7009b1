"""Files and directories of the project in a pod: which object holds them, and what none can."""

from __future__ import annotations

import os
from base64 import b64decode
from pathlib import Path

import pytest

from orchestration.cluster.stack_manifests import StackManifests
from orchestration.model import Mount, Secret
from orchestration.stack import Component
from tests.cluster.stack_making import body, component, container, kinds, made, pod, refused
from tests.kube.json_values import Doc, docs, number, pairs, text, value

MIB = 1024 * 1024


def mounting(*mounts: Mount) -> Component:
    return component(mounts=mounts, env={"KEY": Secret("hidden-in-the-tree")})


def mounted(project: Path, source: str, target: str = "/data") -> StackManifests:
    return made(mounting(Mount(source=project / source, target=target)), project=project)


def seen(manifests: StackManifests) -> dict[str, tuple[bytes, int]]:
    """What the pod finds below the mount: content and mode by path."""
    (volume,) = docs(pod(body(manifests, "Deployment", "web")), "volumes")
    if "secret" in volume:
        held = body(manifests, "Secret", text(volume, "secret", "secretName"))
        data = {key: b64decode(each) for key, each in pairs(held, "data").items()}
    else:
        held = body(manifests, "ConfigMap", text(volume, "configMap", "name"))
        data = {key: each.encode() for key, each in pairs(held, "data").items()}
        data |= {key: b64decode(each) for key, each in pairs(held, "binaryData").items()}
    items = docs(volume, "secret" if "secret" in volume else "configMap", "items")
    assert {text(item, "key") for item in items} == set(data)
    return {text(item, "path"): (data[text(item, "key")], number(item, "mode")) for item in items}


def refusal(project: Path, source: str, *, read_only: bool = True) -> str:
    mount = Mount(source=project / source, target="/data", read_only=read_only)
    return refused(mounting(mount), project=project)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    config = tmp_path / "config"
    (config / "deep" / "er").mkdir(parents=True)
    (config / "app.toml").write_text("level = 1\r\n")
    (config / "deep" / "app.toml").write_text("level = 2\n")
    (config / "deep" / "er" / "blob").write_bytes(b"\xff\x00")
    (config / "run me.sh").write_text("#!/bin/sh\n")
    (config / "run me.sh").chmod(0o755)
    return tmp_path


def test_a_directory_is_seen_with_all_below_it(tree: Path) -> None:
    manifests = mounted(tree, "config")
    assert "ConfigMap/web-mount-1" in kinds(manifests)
    assert seen(manifests) == {
        "app.toml": (b"level = 1\r\n", 0o444),
        "deep/app.toml": (b"level = 2\n", 0o444),
        "deep/er/blob": (b"\xff\x00", 0o444),
        "run me.sh": (b"#!/bin/sh\n", 0o555),
    }
    (found,) = docs(container(body(manifests, "Deployment", "web")), "volumeMounts")
    assert found == {"name": "mount-1", "mountPath": "/data", "readOnly": True}


def test_a_file_is_seen_at_its_target_alone(tree: Path) -> None:
    manifests = mounted(tree, "config/app.toml", "//etc//app.toml")
    (found,) = docs(container(body(manifests, "Deployment", "web")), "volumeMounts")
    assert (found["mountPath"], found["subPath"]) == ("/etc/app.toml", "file")
    assert seen(manifests) == {"file": (b"level = 1\r\n", 0o444)}


@pytest.mark.parametrize("content", [b"\x7f", b"a\0b", b"\xc2\x85", b"\xef\xbb\xbfbom", b"\xff"])
def test_what_yaml_does_not_carry_goes_as_binary(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "blob").write_bytes(content)
    manifests = mounted(tmp_path, "blob")
    assert "data" not in body(manifests, "ConfigMap", "web-mount-1")
    assert seen(manifests) == {"file": (content, 0o444)}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tls.key", "anything"),
        (".env", "anything"),
        ("db_password", "anything"),
        ("app.toml", "url = 'postgresql://me:word@db/x'"),
        ("app.toml", "key = 'hidden-in-the-tree'"),
        ("app.toml", "key: aGlkZGVuLWluLXRoZS10cmVl"),
    ],
)
def test_a_secret_among_the_files_takes_them_all_into_a_secret(
    tree: Path, name: str, content: str
) -> None:
    (tree / "config" / name).write_text(content)
    manifests = mounted(tree, "config")
    assert not [each for each in kinds(manifests) if each.startswith("ConfigMap")]
    assert seen(manifests)[name] == (content.encode(), 0o444)
    assert content not in repr(manifests)


def test_a_directory_without_files_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert seen(mounted(tmp_path, "empty")) == {}


def test_what_a_pod_does_not_see_is_told(tree: Path) -> None:
    (tree / "config" / "empty").mkdir()
    (tree / "config" / "out").symlink_to(tree)
    (tree / "config" / "loop").symlink_to("loop")
    (tree / "config" / "in").symlink_to("app.toml")
    manifests = mounted(tree, "config")
    assert seen(manifests)["in"] == (b"level = 1\r\n", 0o444)
    assert {"out", "loop", "empty"}.isdisjoint(seen(manifests))
    (told,) = (each for each in manifests.notices if each.startswith("volume config"))
    for left_out in ("out, a link that leads out", "loop, a link that", "the empty directory"):
        assert left_out in told


def test_more_than_a_config_map_holds_is_refused_with_its_size(tmp_path: Path) -> None:
    (tmp_path / "just").write_bytes(b"x" * MIB)
    assert "ConfigMap/web-mount-1" in kinds(mounted(tmp_path, "just"))
    (tmp_path / "large").mkdir()
    for index in range(3):
        (tmp_path / "large" / str(index)).write_bytes(b"x" * (MIB // 2))
    told = refusal(tmp_path, "large")
    assert "volume large of component web has 3 files of 1.50 MiB" in told
    assert "holds 1 MiB" in told


def test_a_writable_volume_is_refused_with_the_reason(tree: Path) -> None:
    told = refusal(tree, "config", read_only=False)
    assert "volume config of component web is writable" in told
    assert "nothing comes back" in told


def test_what_is_no_file_is_refused(tree: Path) -> None:
    os.mkfifo(tree / "config" / "pipe")
    assert "pipe is no regular file" in refusal(tree, "config")
    (tree / "config" / "pipe").unlink()
    (tree / "config" / "link").symlink_to("deep")
    assert "link is a link to a directory" in refusal(tree, "config")
    assert "cannot be read" in refusal(tree, "missing")


@pytest.mark.parametrize("name", ["..data", "a\nb", os.fsdecode(b"\xff")])
def test_names_that_no_volume_can_hold_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / name).touch()
    told = refusal(tmp_path, "config")
    assert "has a name that no volume" in told
    assert told.isprintable() or told.replace("\n", "").isprintable()


def test_a_mount_in_another_is_refused_and_one_beside_it_is_not(tree: Path) -> None:
    config, deep = tree / "config", tree / "config" / "deep"
    outer = Mount(source=config, target="/data/")
    told = refused(mounting(outer, Mount(source=deep, target="/data/deep")), project=tree)
    assert "mounts /data/deep inside of /data" in told
    both = made(mounting(outer, Mount(source=deep, target="/data-deep")), project=tree)
    names = [each["mountPath"] for each in mounts(both)]
    assert names == ["/data", "/data-deep"]
    assert len({str(each["name"]) for each in mounts(both)}) == 2


def mounts(manifests: StackManifests) -> list[Doc]:
    return docs(container(body(manifests, "Deployment", "web")), "volumeMounts")


def test_paths_that_look_alike_as_keys_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "config" / "a").mkdir(parents=True)
    (tmp_path / "config" / "a" / "b").write_text("1")
    (tmp_path / "config" / "a_b").write_text("2")
    manifests = mounted(tmp_path, "config")
    assert seen(manifests) == {"a/b": (b"1", 0o444), "a_b": (b"2", 0o444)}
    volume = docs(pod(body(manifests, "Deployment", "web")), "volumes")[0]
    assert value(volume, "name") == "mount-1"


def test_the_same_files_become_the_same_object(tmp_path: Path) -> None:
    for name in ("m", "a", "z/y", "k/1", "z/x", "b/c", "q/1", "e/1", "0"):
        (tmp_path / "config" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "config" / name).touch()
    assert list(seen(mounted(tmp_path, "config"))) == [
        *("0", "a", "m", "b/c", "e/1", "k/1", "q/1", "z/x", "z/y"),
    ]
