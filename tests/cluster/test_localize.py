from __future__ import annotations

from collections.abc import Mapping

import pytest

from orchestration.cluster.deferred import AFTER, deferred
from orchestration.cluster.fields import Fields
from orchestration.cluster.localize import Localized, localize
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.platform_run import PlatformRun, holds_of, is_shared, run_of
from orchestration.model import Lifetime
from tests.cluster.platform_runs import (
    KINDS,
    RBAC,
    binding,
    definition,
    platform_run,
    role,
    written,
)

RUN = platform_run()
HERE = "stackwright-gateway-0a1b2c3d"


def local(*manifests: Manifest, home: str | None = None) -> Localized:
    return localize(manifests, KINDS, RUN, home=home)


def body_of(made: Localized, kind: str) -> Fields:
    return Fields(next(each.body for each in made.manifests if each.kind == kind))


def config(text: str, namespace: str | None = None) -> Manifest:
    return written("ConfigMap", "settings", namespace=namespace, line=7, data={"text": text})


def service(namespace: str | None = None) -> Manifest:
    return written("Service", "postgres", namespace=namespace, spec={"ports": [{"port": 5432}]})


@pytest.mark.parametrize(
    ("platform", "namespace"),
    [
        ("gateway", "stackwright-gateway-0a1b2c3d"),
        ("HolmesGPT_API", "stackwright-holmesgpt-api-0a1b2c3d"),
        ("…", "stackwright-0a1b2c3d"),
        ("x" * 80, f"stackwright-{'x' * 42}-0a1b2c3d"),
        ("x" * 41 + "-yz", f"stackwright-{'x' * 41}-0a1b2c3d"),
    ],
)
def test_a_namespace_is_a_dns_label_that_always_ends_with_the_run(
    platform: str, namespace: str
) -> None:
    run = platform_run(platform=platform)
    assert run.namespace == namespace
    assert len(run.namespace) <= 63


@pytest.mark.parametrize("platform", ["gateway", "HolmesGPT API/ü", "x" * 80])
@pytest.mark.parametrize("lifetime", Lifetime)
def test_a_run_is_read_from_its_namespace_and_from_its_holds(
    platform: str, lifetime: Lifetime
) -> None:
    run = platform_run(platform=platform, lifetime=lifetime)
    made = localize((role(),), KINDS, run)
    assert run_of(made.namespace) == run
    assert holds_of(made.manifests[0].body) == {run.run: run}
    assert is_shared(made.manifests[0].body)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "a-copy"},
        {"labels": {}},
        {"labels": {"stackwright.io/run": "../../etc"}},
        {"annotations": {}},
        {"annotations": {"stackwright.io/owner": "me"}},
    ],
)
def test_what_only_looks_like_the_namespace_of_a_run_is_none(change: Mapping[str, object]) -> None:
    namespace = local().namespace
    metadata = Fields(namespace).table("metadata").body
    assert run_of({**namespace, "metadata": {**metadata, **change}}) is None


def test_a_hold_that_cannot_be_read_is_still_a_hold() -> None:
    metadata = {"annotations": {"run.stackwright.io/12345678": "{"}, "labels": None}
    assert holds_of({"metadata": metadata}) == {"12345678": None}


def test_objects_without_a_namespace_go_into_that_of_the_run() -> None:
    made = local(config("a"))
    assert [str(each.ref) for each in made.manifests] == [f"ConfigMap {HERE}/settings"]
    assert body_of(made, "ConfigMap").text("metadata", "namespace") == HERE
    assert (made.notices, made.outside) == ((), ())


def test_what_is_written_stays_and_its_place_with_it() -> None:
    original = config("a")
    (made,) = local(original).manifests
    assert made.place == original.place
    assert Fields(original.body).get("metadata", "labels") is None
    assert made.body["data"] == {"text": "a"}


def test_labels_of_the_run_go_on_objects_and_neither_into_selectors_nor_templates() -> None:
    spec = {
        "selector": {"matchLabels": {"app": "api"}},
        "template": {"metadata": {"labels": {"app": "api"}}},
    }
    made = body_of(
        local(written("Deployment", "api", api_version="apps/v1", spec=spec)), "Deployment"
    )
    assert made.table("metadata", "labels").body == RUN.labels
    assert made.get("spec") == spec


@pytest.mark.parametrize(
    "manifests",
    [
        pytest.param((written("Namespace", "shop"), config("a")), id="its Namespace is there"),
        pytest.param((config("a", "shop"), service("shop")), id="all name it"),
        pytest.param(
            (config("a"), written("ServiceAccount", "api"), binding(namespace="shop")),
            id="a binding looks there for an account that names none",
        ),
    ],
)
def test_the_namespace_that_manifests_are_written_for_becomes_that_of_the_run(
    manifests: tuple[Manifest, ...],
) -> None:
    made = local(*manifests)
    inside = [each for each in made.manifests if each.kind != "ClusterRoleBinding"]
    assert {each.namespace for each in inside} == {HERE}
    assert "Namespace" not in {each.kind for each in made.manifests}
    assert made.notices[0] == f"`shop` of the manifests is {HERE} in this run"


def test_the_labels_of_the_platforms_own_namespace_are_kept() -> None:
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    namespace = written("Namespace", "shop", metadata={"name": "shop", "labels": labels})
    made = Fields(local(namespace, config("a")).namespace)
    assert made.table("metadata", "labels").body == {**labels, **RUN.labels}
    assert made.text("metadata", "name") == HERE


@pytest.mark.parametrize(
    "manifests",
    [
        pytest.param((config("a", "kube-system"),), id="a namespace of the cluster"),
        pytest.param((config("a", "monitoring"), service()), id="one of many"),
        pytest.param(
            (written("Namespace", "one"), written("Namespace", "two"), config("a", "one")),
            id="two Namespaces",
        ),
    ],
)
def test_objects_of_another_namespace_stay_there_and_are_told(
    manifests: tuple[Manifest, ...],
) -> None:
    made = local(*manifests)
    before = next(each for each in manifests if each.kind == "ConfigMap")
    after = next(each for each in made.manifests if each.kind == "ConfigMap")
    assert after.namespace == before.namespace
    assert after in made.outside
    assert holds_of(after.body) == {RUN.run: RUN}
    shown = f"outside of the run's namespace: {before.ref} (all.yaml:7)"
    assert shown in made.notices


def test_where_manifests_are_written_for_can_be_said() -> None:
    both = (config("a", "one"), service("two"))
    assert [each.namespace for each in local(*both).manifests] == ["one", "two"]
    assert [each.namespace for each in local(*both, home="one").manifests] == [HERE, "two"]
    assert [each.namespace for each in local(config("a", "one"), home="").manifests] == ["one"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("postgres.shop.svc.cluster.local:5432", f"postgres.{HERE}.svc.cluster.local:5432"),
        ("postgresql://u@postgres.shop:5432/shop", f"postgresql://u@postgres.{HERE}:5432/shop"),
        ("db-0.postgres.shop.svc", f"db-0.postgres.{HERE}.svc"),
        ("made-by-controller.shop.svc", f"made-by-controller.{HERE}.svc"),
        ("system:serviceaccount:shop:api", f"system:serviceaccount:{HERE}:api"),
        ("--leader-election-namespace=shop", f"--leader-election-namespace={HERE}"),
        ("my-postgres.shop", "my-postgres.shop"),
        ("postgres.shop.example.com", "postgres.shop.example.com"),
        ("postgres.shopping.svc", "postgres.shopping.svc"),
        ("kubernetes.default.svc", "kubernetes.default.svc"),
        ("bookshop", "bookshop"),
    ],
)
def test_names_in_the_clusters_dns_follow_and_what_looks_like_them_does_not(
    before: str, after: str
) -> None:
    made = local(config(before, "shop"), service("shop"))
    assert body_of(made, "ConfigMap").text("data", "text") == after


def test_options_variables_and_selectors_that_name_the_namespace_follow() -> None:
    pod = {
        "containers": [
            {
                "args": ["--namespace", "shop", "-n", "shop", "--name", "shop"],
                "env": [
                    {"name": "POD_NAMESPACE", "value": "shop"},
                    {"name": "SHOP", "value": "shop"},
                ],
            }
        ],
        "selector": {"matchLabels": {"kubernetes.io/metadata.name": "shop", "app": "shop"}},
    }
    (made,) = local(written("Pod", "api", namespace="shop", spec=pod)).manifests
    (container,) = Fields(made.body).tables("spec", "containers")
    assert container.get("args") == ["--namespace", HERE, "-n", HERE, "--name", "shop"]
    assert [each.text("value") for each in container.tables("env")] == [HERE, "shop"]
    selector = Fields(made.body).table("spec", "selector", "matchLabels").body
    assert selector == {"kubernetes.io/metadata.name": HERE, "app": "shop"}


def test_what_still_says_the_old_name_is_told_without_its_value() -> None:
    made = local(config("where: shop, password: hunter2", "shop"), service("shop"))
    (notice,) = made.notices[1:]
    assert notice.startswith("all.yaml:7: ConfigMap settings still says `shop` at data.text: ")
    assert "hunter2" not in notice


def test_annotations_that_name_an_object_in_the_old_namespace_are_told() -> None:
    annotations = {"cert-manager.io/inject-ca-from": "shop/cert"}
    made = local(written("ConfigMap", "ca", namespace="shop", annotations=annotations))
    assert "at metadata.annotations.cert-manager.io/inject-ca-from: " in made.notices[1]


def test_the_usual_namespace_is_meant_where_objects_name_none() -> None:
    made = local(config("postgres.default.svc kubernetes.default.svc"), service())
    assert body_of(made, "ConfigMap").text("data", "text") == (
        f"postgres.{HERE}.svc kubernetes.default.svc"
    )


@pytest.mark.parametrize("namespace", [None, "default", "shop"])
def test_subjects_follow_their_accounts_into_the_run(namespace: str | None) -> None:
    subject = {"kind": "ServiceAccount", "name": "api"}
    if namespace:
        subject["namespace"] = namespace
    roles = written("RoleBinding", "api", api_version=RBAC, subjects=[subject])
    made = local(written("ServiceAccount", "api"), roles)
    (found,) = body_of(made, "RoleBinding").tables("subjects")
    assert found.text("namespace") == HERE


def test_subjects_of_elsewhere_stay() -> None:
    subjects = [
        {"kind": "ServiceAccount", "name": "prometheus", "namespace": "monitoring"},
        {"kind": "User", "name": "somebody"},
    ]
    made = local(config("a"), written("RoleBinding", "api", api_version=RBAC, subjects=subjects))
    assert body_of(made, "RoleBinding").get("subjects") == subjects


def test_a_cluster_role_keeps_its_name_and_a_binding_for_the_run_gets_its_own() -> None:
    made = local(written("ServiceAccount", "api"), role(), binding())
    assert [each.name for each in made.outside] == ["reader", "reader-0a1b2c3d"]
    bound = body_of(made, "ClusterRoleBinding")
    assert bound.text("metadata", "name") == "reader-0a1b2c3d"
    assert bound.text("roleRef", "name") == "reader"
    assert "ClusterRoleBinding reader is reader-0a1b2c3d in this run" in made.notices


def test_a_binding_in_another_namespace_for_accounts_of_the_run_is_its_own_too() -> None:
    subjects = [{"kind": "ServiceAccount", "name": "api", "namespace": "default"}]
    reader = written(
        "RoleBinding", "reader", api_version=RBAC, namespace="kube-system", subjects=subjects
    )
    made = local(written("ServiceAccount", "api"), reader)
    assert [str(each.ref) for each in made.outside] == ["RoleBinding kube-system/reader-0a1b2c3d"]


def test_a_binding_of_groups_is_shared_under_its_name() -> None:
    subjects = [{"kind": "Group", "name": "testers"}]
    everybody = written("ClusterRoleBinding", "all", api_version=RBAC, subjects=subjects)
    assert [each.name for each in local(everybody).manifests] == ["all"]


def test_webhooks_of_the_run_see_only_its_objects() -> None:
    hook = {
        "name": "boxes.shop.example.com",
        "clientConfig": {"service": {"name": "hooks", "namespace": "shop"}},
        "namespaceSelector": {"matchLabels": {"watched": "yes"}},
    }
    version = "admissionregistration.k8s.io/v1"
    kind = "ValidatingWebhookConfiguration"
    made = local(
        written("Service", "hooks", namespace="shop"),
        written(kind, "boxes", api_version=version, webhooks=[hook]),
    )
    (found,) = body_of(made, kind).tables("webhooks")
    assert found.text("clientConfig", "service", "namespace") == HERE
    assert found.get("namespaceSelector", "matchLabels") == {
        "watched": "yes",
        "kubernetes.io/metadata.name": HERE,
    }
    assert f"{kind} boxes is boxes-0a1b2c3d in this run; it sees only the run's objects" in (
        made.notices
    )


def test_two_runs_differ_in_shared_objects_only_by_their_holds() -> None:
    other = platform_run("ffffffff", platform="notification")
    first, second = (localize((role(), definition()), KINDS, each) for each in (RUN, other))
    for one, two in zip(first.manifests, second.manifests, strict=True):
        assert stripped(one, RUN) == stripped(two, other)


def stripped(manifest: Manifest, run: PlatformRun) -> dict[str, object]:
    metadata = Fields(manifest.body).table("metadata")
    parts = {
        part: {key: each for key, each in metadata.table(part).body.items() if key != run.hold}
        for part in ("labels", "annotations")
    }
    return {**manifest.body, "metadata": {**metadata.body, **parts}}


@pytest.mark.parametrize(("scope", "namespace"), [("Namespaced", HERE), ("Cluster", None)])
def test_a_kind_that_a_crd_among_the_manifests_defines_has_its_scope(
    scope: str, namespace: str | None
) -> None:
    crd = definition()
    spec = Fields(crd.body).table("spec").body
    crd = written(crd.kind, crd.name, api_version=crd.api_version, spec={**spec, "scope": scope})
    box = written("Box", "one", api_version="shop.example.com/v1")
    made = local(crd, box)
    assert made.manifests[1].namespace == namespace
    assert (made.manifests[1] in made.outside) == (namespace is None)


def test_a_namespace_on_an_object_of_the_whole_cluster_means_nothing() -> None:
    made = local(written("ClusterRole", "reader", api_version=RBAC, namespace="shop"))
    assert made.manifests[0].namespace is None
    assert "namespace" not in Fields(made.manifests[0].body).table("metadata").body


def test_a_kind_that_nobody_knows_stays_where_it_is() -> None:
    made = local(written("Gadget", "one", api_version="nobody.example.com/v1", namespace="x"))
    assert made.manifests[0].namespace == "x"
    assert made.outside == ()


def test_what_waits_for_others_still_finds_them() -> None:
    made = local(
        written("Namespace", "shop"),
        config("a", "shop"),
        role(),
        service("shop"),
        written(
            "ClusterRole", "late", api_version=RBAC, annotations={AFTER: "Service/shop/postgres"}
        ),
        written(
            "Secret",
            "late",
            namespace="shop",
            annotations={AFTER: "ConfigMap/settings, Namespace/shop"},
        ),
        written("ServiceAccount", "late", annotations={AFTER: "ClusterRole/reader"}),
        written("Pod", "late", annotations={AFTER: "Namespace/shop"}),
        written("Pod", "wrong", annotations={AFTER: "ConfigMap/nobody"}),
    )
    shown = {
        str(each.ref): Fields(each.body).text("metadata", "annotations", AFTER)
        for each in made.manifests
    }
    assert shown["ClusterRole late"] == f"Service/{HERE}/postgres"
    assert shown[f"Secret {HERE}/late"] == f"ConfigMap/{HERE}/settings"
    assert shown[f"ServiceAccount {HERE}/late"] == "ClusterRole/reader"
    assert shown[f"Pod {HERE}/late"] == ""
    assert shown[f"Pod {HERE}/wrong"] == "ConfigMap/nobody"
    right = [each for each in made.manifests if each.name != "wrong"]
    assert [len(each.needs) for each in deferred(right)] == [1, 1, 1]


def test_the_namespace_says_what_does_not_simply_go_with_it() -> None:
    made = local(config("a", "kube-system"), service(), role(), definition())
    said = Fields(made.namespace).text("metadata", "annotations", "stackwright.io/contents")
    assert said.split() == [
        "apiextensions.k8s.io/v1/CustomResourceDefinition@",
        "rbac.authorization.k8s.io/v1/ClusterRole@",
        f"shop.example.com/v1/Box@{HERE}",
        "v1/ConfigMap@kube-system",
    ]
