from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from orchestration.cluster.fields import Fields
from orchestration.cluster.image_names import with_images
from orchestration.cluster.localize import localize
from orchestration.cluster.manifest import Manifest
from tests.cluster.platform_runs import KINDS, platform_run, written

WORDS = ("name", "namespace", "default", "shop", "api", "subjects", "kind", "ServiceAccount")
PARTS = ("metadata", "labels", "annotations", "containers", "image", "webhooks", "value")
KEYS = st.sampled_from((*WORDS, *PARTS, "stackwright.io/after"))
TEXTS = st.sampled_from((*WORDS, "api.shop.svc", "-n", "POD_NAMESPACE", "a=shop"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(KEYS, each, max_size=4),
    max_leaves=20,
)
NAMESPACES = st.sampled_from((None, "default", "shop", "kube-system"))


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    """An object with a kind and a name, and anything else."""
    api_version, kind = draw(st.sampled_from((*KINDS, ("odd.example.com/v1", "Odd"))))
    made = written(kind, "api", api_version=api_version, namespace=draw(NAMESPACES))
    body = {**made.body, **draw(st.dictionaries(KEYS, JSON, max_size=4))}
    return replace(made, body=body)


@given(st.lists(manifests(), max_size=5))
def test_any_object_finds_its_place_and_nothing_is_changed_where_it_was_written(
    given_manifests: list[Manifest],
) -> None:
    before = deepcopy(given_manifests)
    run = platform_run()
    made = localize(given_manifests, KINDS, run)
    assert given_manifests == before
    marks = {"stackwright.io/run", "stackwright.io/shared"}
    for each in made.manifests:
        metadata = Fields(each.body).table("metadata")
        assert metadata.text("name") == each.name
        assert (metadata.text("namespace") or None) == each.namespace
        assert len(marks & set(metadata.table("labels").body)) == 1
        far = each.namespace != run.namespace and each.kind != "Odd"
        assert (each in made.outside) == far


@given(st.lists(manifests(), max_size=5))
def test_images_of_any_object_can_be_replaced(given_manifests: list[Manifest]) -> None:
    before = deepcopy(given_manifests)
    made = with_images(given_manifests, {"shop": "localhost/shop:1"})
    assert given_manifests == before
    assert [each.ref for each in made.manifests] == [each.ref for each in before]
