"""From packages to a layer."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from orchestration.errors import ImageError
from orchestration.images.entries import Directory, Entry, File, Link, Script
from orchestration.images.rootfs import make_rootfs
from tests.images.apt_repository import AptRepository

ENTRIES: tuple[Entry, ...] = (
    Directory(path="tmp", mode=0o1777),
    Directory(path="data", mode=0o700, uid=999, gid=998),
    File(path="etc/passwd", content=b"root:x:0:0::/root:/bin/sh\n"),
    Script(path="usr/local/bin/start", resource="redis-entrypoint"),
    Link(path="usr/bin/ls", target="busybox"),
    Link(path="usr/bin/tool", target="busybox"),
)


@pytest.fixture
def members(repository: AptRepository, tmp_path: Path) -> dict[str, tarfile.TarInfo]:
    package = repository.add(
        "tool",
        files={
            "bin/tool": "#!/bin/sh\n",
            "lib/x/y.so": "",
            "etc/passwd": "the package's own",
            "usr/share/man/tool.1": "",
            "usr/share/doc/tool/changelog": "",
            "usr/share/doc/tool/copyright": "free",
        },
    )
    work = tmp_path / "work"
    work.mkdir()
    with tarfile.open(
        make_rootfs([package], ENTRIES, ("usr/share/man*", "usr/share/doc/*/*"), work)
    ) as tar:
        names = tar.getnames()
        assert len(names) == len(set(names))
        return {member.name: member for member in tar}


def test_old_paths_end_up_below_usr(members: dict[str, tarfile.TarInfo]) -> None:
    assert {"usr/bin/tool", "usr/lib/x/y.so"} <= members.keys()
    assert members["bin"].linkname == "usr/bin"
    assert members["lib"].linkname == "usr/lib"


def test_omitted_paths_are_absent_but_licences_stay(members: dict[str, tarfile.TarInfo]) -> None:
    assert "usr/share/man/tool.1" not in members
    assert "usr/share/doc/tool/changelog" not in members
    assert "usr/share/doc/tool/copyright" in members


def test_entries_have_their_modes_and_owners(members: dict[str, tarfile.TarInfo]) -> None:
    assert members["tmp"].mode == 0o1777
    assert (members["data"].mode, members["data"].uid, members["data"].gid) == (0o700, 999, 998)
    assert members["usr/local/bin/start"].mode == 0o755


def test_everything_else_belongs_to_root(members: dict[str, tarfile.TarInfo]) -> None:
    others = [member for name, member in members.items() if name != "data"]
    assert {(member.uid, member.gid, member.uname) for member in others} == {(0, 0, "")}


def test_a_file_of_the_recipe_replaces_a_packages_file(
    members: dict[str, tarfile.TarInfo],
) -> None:
    assert members["etc/passwd"].size == len("root:x:0:0::/root:/bin/sh\n")


def test_a_link_never_replaces_a_packages_file(members: dict[str, tarfile.TarInfo]) -> None:
    assert members["usr/bin/tool"].isreg()
    assert members["usr/bin/ls"].issym()


def test_the_umask_of_the_builder_does_not_close_the_image(
    repository: AptRepository, tmp_path: Path
) -> None:
    package = repository.add("tool", files={"usr/bin/tool": ""})
    work = tmp_path / "work"
    work.mkdir()
    before = os.umask(0o077)
    try:
        archive = make_rootfs([package], (), (), work)
    finally:
        os.umask(before)
    with tarfile.open(archive) as tar:
        assert {member.mode for member in tar if member.isdir()} == {0o755}


def test_a_broken_package_is_named(tmp_path: Path) -> None:
    package = tmp_path / "broken_1_all.deb"
    package.write_bytes(b"not a package")
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(ImageError, match=r"broken_1_all\.deb could not be unpacked") as caught:
        make_rootfs([package], (), (), work)
    assert caught.value.why
