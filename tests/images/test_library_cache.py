"""The dynamic linker's cache, read by the machine's own ldconfig."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from orchestration.images.library_cache import library_cache

NAMES = [
    "libpq.so.5",
    "libpq.so.5.15",
    "libc.so.6",
    "libstdc++.so.6",
    "libssl.so.10",
    "libssl.so.9",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    libraries = tmp_path / "usr/lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    for name in (*NAMES, "readme.txt"):
        (libraries / name).touch()
    return tmp_path


def test_ldconfig_reads_the_cache_in_its_own_order(root: Path) -> None:
    content = library_cache(root)
    assert content is not None
    cache = root / "ld.so.cache"
    cache.write_bytes(content)
    shown = subprocess.run(
        ["/sbin/ldconfig", "-p", "-C", str(cache)], capture_output=True, text=True, check=True
    )
    lines = [line.split() for line in shown.stdout.splitlines()[1:] if "=>" in line]
    assert [line[0] for line in lines] == [
        "libstdc++.so.6",
        "libssl.so.10",
        "libssl.so.9",
        "libpq.so.5.15",
        "libpq.so.5",
        "libc.so.6",
    ]
    assert lines[-1] == ["libc.so.6", "(libc6,x86-64)", "=>", "/usr/lib/x86_64-linux-gnu/libc.so.6"]


def test_an_unknown_architecture_has_no_cache(tmp_path: Path) -> None:
    assert library_cache(tmp_path) is None
