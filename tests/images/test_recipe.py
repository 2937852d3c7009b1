"""Recipes and their digests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration.images import RECIPES, Recipe
from orchestration.images.entries import File
from orchestration.images.package import Package

PACKAGE = Package(
    name="one", version="1", architecture="all", sha256="aa", download_size=1, installed_size=1
)
RECIPE = Recipe(
    name="r",
    reference="localhost/r:{version}",
    versioned_by="one",
    version_parts=1,
    packages=("one-{version}",),
    env={"PATH": "/opt/{version}"},
)


def test_the_version_fills_every_placeholder() -> None:
    resolved = RECIPE.at("15")
    assert resolved.reference == "localhost/r:15"
    assert resolved.packages == ("one-15",)
    assert resolved.env == {"PATH": "/opt/15"}


def test_the_digest_of_the_same_inputs_is_the_same() -> None:
    assert RECIPE.digest([PACKAGE]) == RECIPE.digest([PACKAGE])


@pytest.mark.parametrize(
    "other",
    [
        replace(RECIPE, env={"PATH": "/bin"}),
        replace(RECIPE, command=("sh",)),
        replace(RECIPE, omitted=("usr/share*",)),
        replace(RECIPE, reference="localhost/other:1"),
        replace(RECIPE, entries=(File(path="etc/x", content=b"1"),)),
    ],
)
def test_the_digest_changes_with_the_recipe(other: Recipe) -> None:
    assert other.digest([PACKAGE]) != RECIPE.digest([PACKAGE])


def test_the_digest_changes_with_a_packages_content() -> None:
    assert RECIPE.digest([replace(PACKAGE, sha256="bb")]) != RECIPE.digest([PACKAGE])


def test_the_content_of_a_file_is_part_of_the_digest() -> None:
    one = replace(RECIPE, entries=(File(path="etc/x", content=b"1"),))
    two = replace(RECIPE, entries=(File(path="etc/x", content=b"2"),))
    assert one.digest([PACKAGE]) != two.digest([PACKAGE])


def test_packages_are_added_once_and_the_reference_may_change() -> None:
    more = RECIPE.with_packages("two", "two", "one-{version}", reference="localhost/s:1")
    assert more.packages == ("one-{version}", "two")
    assert more.reference == "localhost/s:1"
    assert RECIPE.with_packages("two").reference == RECIPE.reference


def test_no_value_of_the_environment_names_a_version_of_its_own() -> None:
    for recipe in RECIPES.values():
        assert recipe.reference.endswith(":{version}")
        assert not any(name[-1].isdigit() for name in recipe.packages if "python" not in name)


def test_every_script_of_a_recipe_ships_with_the_package() -> None:
    for recipe in RECIPES.values():
        recipe.digest([])
