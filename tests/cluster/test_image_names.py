from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration.cluster.fields import Fields
from orchestration.cluster.image_names import with_images
from orchestration.cluster.manifest import Manifest
from tests.cluster.platform_runs import written

BUILT = "localhost/api:gateway-0a1b2c3d"


def pod(image: str, **more: object) -> dict[str, object]:
    return {"containers": [{"name": "main", "image": image, **more}]}


def images(manifest: Manifest) -> list[str]:
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("image"), str):
                found.append(value["image"])
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(manifest.body)
    return found


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Pod", ("spec",)),
        ("Deployment", ("spec", "template", "spec")),
        ("StatefulSet", ("spec", "template", "spec")),
        ("DaemonSet", ("spec", "template", "spec")),
        ("ReplicaSet", ("spec", "template", "spec")),
        ("Job", ("spec", "template", "spec")),
        ("CronJob", ("spec", "jobTemplate", "spec", "template", "spec")),
        ("PodTemplate", ("template", "spec")),
        ("Rollout", ("spec", "template", "spec")),
    ],
)
def test_images_are_replaced_wherever_a_pod_is_described(kind: str, path: tuple[str, ...]) -> None:
    found: dict[str, object] = pod("api:dev")
    for key in reversed(path):
        found = {key: found}
    manifest = replace(written(kind, "api"), body=found)
    made = with_images([manifest], {"api:dev": BUILT})
    assert images(made.manifests[0]) == [BUILT]
    assert made.notices == ()


@pytest.mark.parametrize("where", ["containers", "initContainers", "ephemeralContainers"])
def test_every_sort_of_container_is_looked_at(where: str) -> None:
    spec = {where: [{"name": "a", "image": "api:dev"}, {"name": "b", "image": "postgres:16"}]}
    (made,) = with_images([written("Pod", "api", spec=spec)], {"api:dev": BUILT}).manifests
    assert images(made) == [BUILT, "postgres:16"]


@pytest.mark.parametrize(
    ("image", "replaced"),
    [
        ("shop/api", True),
        ("shop/api:latest", True),
        ("shop/api@sha256:1234", True),
        ("shop/api:1@sha256:1234", True),
        ("shop/api2", False),
        ("shop:5000/api", False),
        ("other/shop/api", False),
    ],
)
def test_a_name_without_a_tag_stands_for_all_its_tags(image: str, replaced: bool) -> None:
    made = with_images([written("Pod", "api", spec=pod(image))], {"shop/api": BUILT})
    assert images(made.manifests[0]) == [BUILT if replaced else image]


def test_a_name_with_a_tag_goes_before_one_without() -> None:
    tags = {"api": BUILT, "api:debug": "localhost/debug:1"}
    manifests = [written("Pod", tag, spec=pod(f"api:{tag}")) for tag in ("1", "debug")]
    made = with_images(manifests, tags)
    assert [images(each) for each in made.manifests] == [[BUILT], ["localhost/debug:1"]]


def test_a_registry_with_a_port_is_no_tag() -> None:
    made = with_images(
        [written("Pod", "api", spec=pod("registry:5000/api:1"))], {"registry:5000/api": BUILT}
    )
    assert images(made.manifests[0]) == [BUILT]


def test_an_image_that_is_built_is_never_pulled_and_that_is_told() -> None:
    spec = {
        "containers": [
            {"name": "api", "image": "api", "imagePullPolicy": "Always"},
            {"name": "db", "image": "postgres:16", "imagePullPolicy": "Always"},
        ]
    }
    made = with_images([written("Pod", "api", line=3, spec=spec)], {"api": BUILT})
    policies = [
        each.text("imagePullPolicy")
        for each in Fields(made.manifests[0].body).tables("spec", "containers")
    ]
    assert policies == ["IfNotPresent", "Always"]
    assert made.notices == (
        "all.yaml:3: Pod api: imagePullPolicy of container api is IfNotPresent in place of Always: "
        f"`{BUILT}` is on the nodes, and may be in no registry",
    )


@pytest.mark.parametrize("here", ["localhost/api", "localhost:5000/api:latest", "api:latest@x:1"])
@pytest.mark.parametrize(
    ("written_policy", "policy"),
    [
        ({}, "IfNotPresent"),
        ({"imagePullPolicy": None}, "IfNotPresent"),
        ({"imagePullPolicy": "Always"}, "IfNotPresent"),
        ({"imagePullPolicy": "IfNotPresent"}, "IfNotPresent"),
        ({"imagePullPolicy": "Never"}, "Never"),
    ],
)
def test_what_kubernetes_would_pull_always_is_pulled_only_where_it_is_not(
    here: str, written_policy: dict[str, object], policy: str
) -> None:
    spec = pod("api:1", **written_policy)
    (made,) = with_images([written("Pod", "api", spec=spec)], {"api:1": here}).manifests
    assert made.body["spec"] == pod(here, imagePullPolicy=policy)


@pytest.mark.parametrize("here", [BUILT, "localhost:5000/api:1", "api@sha256:1234"])
def test_what_is_not_pulled_anyway_has_nothing_added(here: str) -> None:
    """An object of a custom kind may have no such field."""
    (made,) = with_images([written("Pod", "api", spec=pod("api:1"))], {"api:1": here}).manifests
    assert made.body["spec"] == pod(here)


def test_what_takes_its_own_place_stands_for_no_other_tag() -> None:
    manifests = [written("Pod", each, spec=pod(each)) for each in ("api", "api:1")]
    made = with_images(manifests, {"api": "api"})
    assert [images(each) for each in made.manifests] == [["api"], ["api:1"]]


def test_an_image_that_is_built_for_nothing_is_told_with_the_likely_name() -> None:
    made = with_images([written("Pod", "api", spec=pod("shop/gateway:1"))], {"shop/gatway": BUILT})
    assert made.notices == (
        "no manifest uses the image `shop/gatway` that is built: did you mean `shop/gateway:1`?",
    )


def test_an_image_that_is_passed_on_as_a_text_is_told() -> None:
    spec = pod("shop/api:1", args=["--sidecar=shop/api:1", "shop/api:1.5"])
    made = with_images([written("Pod", "api", spec=spec)], {"shop/api:1": BUILT})
    (notice,) = made.notices
    assert "names `shop/api:1` at spec.containers[0].args[0], which is no container" in notice


def test_manifests_are_not_changed_in_place() -> None:
    original = written("Pod", "api", spec=pod("api", imagePullPolicy="Always"))
    with_images([original], {"api": BUILT})
    assert original.body["spec"] == pod("api", imagePullPolicy="Always")


def test_odd_containers_are_left_for_the_server_to_refuse() -> None:
    spec = {"containers": ["api", {"name": "main"}, {"image": 3}], "initContainers": None}
    (made,) = with_images([written("Pod", "api", spec=spec)], {"api": BUILT}).manifests
    assert made.body["spec"] == spec
