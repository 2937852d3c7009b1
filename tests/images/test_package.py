"""What apt's descriptions say."""

from __future__ import annotations

import pytest

from orchestration.images.package import Package, parse_packages

SHOWN = """\
Package: postgresql
Version: 15+248+deb12u1
Architecture: all
Installed-Size: 68
Pre-Depends: init-system-helpers (>= 1.54~)
Depends: postgresql-15, locales | locales-all, python3:any (>= 3.8)
Provides: database (= 15), server
Description: an object-relational database
 Depends: this line belongs to the description
Filename: pool/main/p/postgresql_15_all.deb
Size: 10100
SHA256: abc

Package: installed-only
Version: 1
Architecture: all
"""


def _package(version: str) -> Package:
    return Package(
        name="p", version=version, architecture="all", sha256="", download_size=0, installed_size=0
    )


def test_a_description_becomes_a_package() -> None:
    [package] = parse_packages(SHOWN)
    assert package.depends == (
        ("init-system-helpers",),
        ("postgresql-15",),
        ("locales", "locales-all"),
        ("python3",),
    )
    assert package.provides == ("database", "server")
    assert (package.download_size, package.installed_size) == (10_100, 68 * 1024)


@pytest.mark.parametrize(
    ("version", "parts", "prefix"),
    [
        ("15+248+deb12u1", 1, "15"),
        ("5:7.0.15-1~deb12u1", 1, "7"),
        ("3.11.2-1+b1", 2, "3.11"),
        ("16+257build1.1", 1, "16"),
        ("3.12.3-0ubuntu2", 2, "3.12"),
    ],
)
def test_the_version_of_an_image_is_read_from_its_package(
    version: str, parts: int, prefix: str
) -> None:
    assert _package(version).version_prefix(parts) == prefix


def test_the_epoch_is_escaped_in_the_file_name() -> None:
    assert _package("1:2.0-1").file_name == "p_1%3a2.0-1_all.deb"
