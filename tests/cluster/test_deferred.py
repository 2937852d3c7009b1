from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration.cluster.deferred import deferred
from orchestration.cluster.manifest import Manifest
from orchestration.errors import ConfigError
from tests.cluster.manifest_writing import definition, deployment, manifest

API = deployment("api", namespace="shop")


def needs(*manifests: Manifest) -> dict[str, list[str]]:
    return {each.manifest.name: [str(ref) for ref in each.needs] for each in deferred(manifests)}


def mistake(*manifests: Manifest) -> str:
    placed = [
        replace(each, place=replace(each.place, line=line))
        for line, each in enumerate(manifests, start=10)
    ]
    with pytest.raises(ConfigError) as raised:
        deferred(placed)
    return str(raised.value)


def test_what_an_object_comes_after_is_looked_for_in_its_own_namespace() -> None:
    other = deployment("api", namespace="bank")
    late = manifest("Bundle", "b", namespace="shop", after="Deployment/api")
    assert needs(other, API, late) == {"b": ["Deployment shop/api"]}


def test_it_may_come_after_several() -> None:
    job = manifest("Job", "migrate", api_version="batch/v1", namespace="shop")
    late = manifest("Bundle", "b", namespace="shop", after=" Deployment/api , Job/migrate,")
    assert needs(API, job, late) == {"b": ["Deployment shop/api", "Job shop/migrate"]}


def test_an_object_of_another_namespace_is_named_with_it() -> None:
    late = manifest("Bundle", "b", namespace="bank", after="Deployment/shop/api")
    assert needs(API, late) == {"b": ["Deployment shop/api"]}


def test_an_object_that_has_no_namespace_is_named_without() -> None:
    late = manifest("Bundle", "b", namespace="shop", after="Namespace/bank")
    assert needs(manifest("Namespace", "bank"), late) == {"b": ["Namespace bank"]}


def test_it_needs_its_namespace_and_its_definition_too() -> None:
    late = manifest(
        "Widget", "w", api_version="shop.io/v1", namespace="shop", after="Deployment/api"
    )
    others = (manifest("Namespace", "shop"), definition("Widget", "shop.io"), API)
    assert needs(*others, late) == {
        "w": [
            "Deployment shop/api",
            "Namespace shop",
            "CustomResourceDefinition widgets.shop.io",
        ]
    }


def test_deferred_objects_may_wait_for_each_other_in_a_row() -> None:
    first = deployment("first", after="Deployment/root")
    second = deployment("second", after="Deployment/first")
    assert needs(second, first, deployment("root")) == {
        "second": ["Deployment first"],
        "first": ["Deployment root"],
    }


def test_without_the_annotation_nothing_is_deferred() -> None:
    assert deferred((API, manifest("Secret", "s"))) == ()


def test_a_name_that_is_not_there_is_told_with_the_one_that_was_meant() -> None:
    late = manifest("Bundle", "b", namespace="shop", after="Deployment/apl")
    assert mistake(API, late) == (
        "all.yaml:11: Bundle shop/b: stackwright.io/after names `Deployment/apl`, which is not "
        "among the manifests\n  fix: did you mean `Deployment/api`?"
    )


def test_a_name_of_another_namespace_is_told_as_it_must_be_written() -> None:
    late = manifest("Bundle", "b", namespace="bank", after="Deployment/api")
    assert mistake(API, late).endswith("did you mean `Deployment/shop/api`?")


@pytest.mark.parametrize("after", ["api", "a/b/c/d"])
def test_a_name_of_no_form_is_told_with_the_form(after: str) -> None:
    late = manifest("Bundle", "b", after=after)
    assert 'fix: write stackwright.io/after: "Deployment/datastorage"' in mistake(API, late)


@pytest.mark.parametrize("after", ["", " , ", 3, ["Deployment/api"], False])
def test_an_annotation_that_names_nothing_is_told(after: object) -> None:
    late = manifest("Bundle", "b", after=after)
    assert mistake(late).startswith("all.yaml:10: Bundle b: stackwright.io/after names nothing\n")


def test_objects_that_wait_for_each_other_are_told_once() -> None:
    message = mistake(
        deployment("tail", after="Deployment/a"),
        deployment("a", after="Deployment/b"),
        deployment("b", after="Deployment/c"),
        deployment("c", after="Deployment/a"),
    )
    assert message == (
        "all.yaml:11: objects wait for each other: Deployment a → Deployment b → Deployment c → "
        "Deployment a\n  why: each is applied when the next one is ready, by its "
        "stackwright.io/after\n  fix: remove one of the annotations"
    )


def test_two_circles_are_two_mistakes() -> None:
    message = mistake(deployment("a", after="Deployment/a"), deployment("b", after="Deployment/b"))
    assert message.startswith("the manifests have 2 mistakes:")


def test_a_namespace_cannot_wait_for_what_is_in_it() -> None:
    late = manifest("Namespace", "shop", after="Deployment/shop/api")
    assert mistake(API, late).startswith(
        "all.yaml:11: Namespace shop is applied later than Deployment shop/api, which needs it\n"
    )


def test_a_deferred_namespace_waits_for_nothing_that_is_deferred_in_it() -> None:
    message = mistake(
        manifest("Namespace", "shop", after="Deployment/shop/late"),
        deployment("late", namespace="shop", after="Deployment/root"),
        deployment("root"),
        deployment("root", namespace="shop", after="Deployment/shop/late"),
    )
    assert "objects wait for each other" in message


def test_a_deferred_definition_that_something_needs_at_once_is_told() -> None:
    late = definition("Widget", "shop.io", after="Deployment/shop/api")
    widget = manifest("Widget", "w", api_version="shop.io/v1")
    assert "is applied later than Widget w, which needs it" in mistake(API, late, widget)
