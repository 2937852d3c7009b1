from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestration.cluster.manifest import Manifest
from orchestration.cluster.waves import Wave, waves
from tests.cluster.manifest_writing import definition, deployment, manifest

RBAC = "rbac.authorization.k8s.io/v1"


def names(found: tuple[Wave, ...]) -> list[list[str]]:
    return [[str(each.ref) for each in wave.manifests] for wave in found]


def held(found: tuple[Wave, ...]) -> list[list[str]]:
    return [[str(each) for each in wave.holds] for wave in found]


def test_what_others_need_goes_before_them() -> None:
    found = waves(
        (
            deployment("api", namespace="shop"),
            manifest("Service", "api", namespace="shop"),
            manifest("Role", "api", api_version=RBAC, namespace="shop"),
            manifest("PersistentVolumeClaim", "data", namespace="shop"),
            manifest("Namespace", "shop"),
            manifest("Widget", "w", api_version="shop.io/v1", namespace="shop"),
            definition("Widget", "shop.io"),
        )
    )
    assert names(found) == [
        ["Namespace shop", "CustomResourceDefinition widgets.shop.io"],
        ["Service shop/api", "Role shop/api", "PersistentVolumeClaim shop/data"],
        ["Deployment shop/api", "Widget shop/w"],
    ]


def test_a_kind_of_another_group_with_the_same_name_is_no_core_object() -> None:
    knative = manifest("Service", "api", api_version="serving.knative.dev/v1")
    assert names(waves((knative, manifest("Secret", "s")))) == [["Secret s"], ["Service api"]]


def test_only_what_something_later_needs_holds_the_next_wave_back() -> None:
    found = waves(
        (
            manifest("Namespace", "shop"),
            manifest("Namespace", "spare"),
            definition("Widget", "shop.io"),
            definition("Gadget", "shop.io"),
            manifest("ConfigMap", "a", namespace="shop"),
            manifest("Widget", "w", api_version="shop.io/v1"),
        )
    )
    assert held(found) == [
        ["Namespace shop", "CustomResourceDefinition widgets.shop.io"],
        [],
        [],
    ]


def test_a_definition_of_the_kind_in_another_group_holds_nothing() -> None:
    widget = manifest("Widget", "w", api_version="other.io/v1")
    assert held(waves((definition("Widget", "shop.io"), widget))) == [[], []]


def test_a_definition_that_does_not_say_what_it_defines_holds_nothing() -> None:
    broken = manifest("CustomResourceDefinition", "x", api_version="apiextensions.k8s.io/v1")
    assert held(waves((broken, deployment("api")))) == [[], []]


def test_there_are_no_empty_waves() -> None:
    assert waves(()) == ()
    assert names(waves((deployment("api"),))) == [["Deployment api"]]


def test_what_is_deferred_is_in_no_wave() -> None:
    late = deployment("late", after="Deployment/api")
    assert names(waves((deployment("api"), late))) == [["Deployment api"]]


SOME = st.sampled_from(
    (
        manifest("Namespace", "shop"),
        definition("Widget", "shop.io"),
        manifest("Widget", "w", api_version="shop.io/v1", namespace="shop"),
        manifest("Secret", "s", namespace="shop"),
        deployment("api", namespace="shop"),
        deployment("late", after="Deployment/api"),
    )
)


@given(st.lists(SOME, unique_by=lambda each: each.ref))
def test_every_manifest_is_in_one_wave_and_keeps_its_place_among_its_like(
    given_ones: list[Manifest],
) -> None:
    found = waves(given_ones)
    flat = [each for wave in found for each in wave.manifests]
    assert sorted(flat, key=given_ones.index) == [
        each for each in given_ones if each.name != "late"
    ]
    for wave in found:
        assert list(wave.manifests) == sorted(wave.manifests, key=given_ones.index)
