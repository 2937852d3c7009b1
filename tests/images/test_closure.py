"""Which packages come along."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from orchestration.errors import ImageError
from orchestration.images.closure import close_over
from orchestration.images.package import Package


class FakePackageSource:
    """Packages in a dictionary."""

    def __init__(self, *packages: Package) -> None:
        self._packages = {package.name: package for package in packages}

    def find(self, names: Collection[str]) -> Mapping[str, Package]:
        return {name: self._packages[name] for name in names if name in self._packages}

    def providers(self, name: str) -> tuple[str, ...]:
        return tuple(p.name for p in self._packages.values() if name in p.provides)

    def names(self) -> tuple[str, ...]:
        return tuple(self._packages)


def package(name: str, *depends: str, provides: tuple[str, ...] = ()) -> Package:
    return Package(
        name=name,
        version="1",
        architecture="all",
        sha256="",
        download_size=0,
        installed_size=0,
        depends=tuple(tuple(requirement.split("|")) for requirement in depends),
        provides=provides,
    )


def closed(wanted: str, left_out: str, *packages: Package) -> list[str]:
    found = close_over(wanted.split(), left_out.split(), FakePackageSource(*packages))
    return [found_package.name for found_package in found]


def test_dependencies_of_dependencies_come_along() -> None:
    assert closed("a", "", package("a", "b"), package("b", "c"), package("c", "a")) == list("abc")


def test_a_left_out_package_and_what_only_it_needs_stay_out() -> None:
    packages = package("a", "b", "perl-base"), package("b"), package("perl-base", "c"), package("c")
    assert closed("a", "perl*", *packages) == ["a", "b"]


def test_a_requirement_with_a_left_out_alternative_is_dropped() -> None:
    packages = package("a", "locales|locales-all"), package("locales-all")
    assert closed("a", "locales", *packages) == ["a"]


def test_a_wanted_package_is_taken_even_if_others_leave_it_out() -> None:
    assert closed("perl", "perl", package("perl")) == ["perl"]


def test_the_first_alternative_that_exists_is_taken() -> None:
    assert closed("a", "", package("a", "gone|b|c"), package("b"), package("c")) == ["a", "b"]


def test_an_alternative_that_is_there_already_is_enough() -> None:
    assert closed("a c", "", package("a", "b|c"), package("b"), package("c")) == ["a", "c"]


def test_a_virtual_package_brings_its_provider() -> None:
    packages = package("a", "mail"), package("exim", provides=("mail",))
    assert closed("a", "", *packages) == ["a", "exim"]


def test_a_misspelt_package_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(ImageError, match="no package python3-psycop") as caught:
        closed("python3-psycop", "", package("python3-psycopg"), package("python3-redis"))
    assert "python3-psycopg" in caught.value.why


def test_a_dependency_nobody_offers_is_an_error() -> None:
    with pytest.raises(ImageError, match="b or c, which another package depends on"):
        closed("a", "", package("a", "b|c"))
