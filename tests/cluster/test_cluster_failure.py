"""Each way to fail is one message: what, why and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from orchestration.cluster.api import ApiError, Body, Cause, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.cluster_access import ClusterContext
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.fields import Fields
from orchestration.cluster.http_failure import refused as of_answer
from orchestration.cluster.manifest import Place, Ref
from orchestration.errors import ClusterError, DeployError, StackwrightError
from orchestration.model import Secret
from orchestration.redact import Redactor
from tests.cluster.asking import BOXES, MAPS, SPACES, ask, config, refused, tokened
from tests.kube.access import Allow, User
from tests.kube.contract.test_custom_kinds import box
from tests.kube.json_values import Doc
from tests.kube.kube_double import KubeDouble
from tests.kube.workloads import deployment

PLACE: Final = Place(path=Path("deploy/api.yaml"), line=12)
API: Final = Ref(api_version="apps/v1", kind="Deployment", namespace="shop", name="api")
CONTEXT: Final = ClusterContext(
    name="dev", server="https://dev:6443", namespace="shop", kubeconfig=Path("/home/me/config")
)
DEPLOYMENTS: Final = ResourceKind(
    api_version="apps/v1", kind="Deployment", plural="deployments", namespaced=True
)


def error(
    code: int, reason: str, message: str, causes: tuple[Cause, ...] = (), verb: str = "patch"
) -> ApiError:
    return ApiError(
        verb=verb,
        path="/apis/apps/v1/namespaces/shop/deployments/api",
        code=code,
        reason=reason,
        message=message,
        causes=causes,
    )


def said(failed: ApiError, ref: Ref | None = API, **more: object) -> StackwrightError:
    place = PLACE if ref is not None else None
    found = told(failed, ref=ref, place=place, context=CONTEXT)
    assert found.what
    assert found.why
    assert found.fix
    assert "\n" not in found.what + found.why + found.fix
    return found


def applied(
    double: KubeDouble, folder: Path, kind: ResourceKind, *bodies: Body, manager: str = "other"
) -> StackwrightError:
    """What is told of applying the last one, after the others were by `manager`."""

    async def work(client: Client) -> StackwrightError:
        for each in bodies[:-1]:
            await client.apply(kind, each, manager=manager)
        failed = await refused(client.apply(kind, bodies[-1]))
        named = Fields(bodies[-1])
        ref = Ref(
            api_version=kind.api_version,
            kind=kind.kind,
            namespace=named.text("metadata", "namespace") or None,
            name=named.text("metadata", "name"),
        )
        return said(failed, ref)

    return ask(config(double, folder), work)


def named(body: Doc, **spec: object) -> Body:
    found = json.loads(json.dumps(body))
    found["spec"].update(spec)
    return dict(found)


def test_a_field_conflict_names_each_field_and_who_manages_it(
    plain: KubeDouble, tmp_path: Path
) -> None:
    first = named(deployment(), replicas=2, minReadySeconds=1)
    second = named(deployment(), replicas=3, minReadySeconds=2)
    found = applied(plain, tmp_path, DEPLOYMENTS, first, second, manager="hpa")
    assert isinstance(found, DeployError)
    assert found.what == (
        "deploy/api.yaml:12: Deployment shop/api sets 2 fields that somebody else manages"
    )
    assert ".spec.replicas is managed by hpa" in found.why
    assert ".spec.minReadySeconds is managed by hpa" in found.why
    assert "remove the field" in found.fix
    assert "have the other give it up" in found.fix


def test_a_quota_names_what_is_used_and_the_limit(plain: KubeDouble, tmp_path: Path) -> None:
    plain.create(
        "ResourceQuota",
        {
            "metadata": {"name": "few", "namespace": "shop"},
            "spec": {"hard": {"count/configmaps": "2"}},
        },
    )
    found = applied(plain, tmp_path, MAPS, *(config_map(name) for name in "ab"))
    assert isinstance(found, DeployError)
    assert found.what == "deploy/api.yaml:12: ConfigMap shop/b: the quota few has no room for it"
    # One is the certificate that every namespace has.
    assert "in use: count/configmaps=2" in found.why
    assert "limit: count/configmaps=2" in found.why
    assert "kubectl --context dev describe quota few -n shop" in found.fix


def config_map(name: str, **more: object) -> Body:
    metadata = {"name": name, "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **more}


def test_an_immutable_field_is_named_and_how_to_make_the_object_anew(
    plain: KubeDouble, tmp_path: Path
) -> None:
    first = config_map("one", immutable=True, data={"a": "1"})
    second = config_map("one", immutable=True, data={"a": "2"})
    found = applied(plain, tmp_path, MAPS, first, second, manager="stackwright")
    assert isinstance(found, DeployError)
    assert found.what == (
        "deploy/api.yaml:12: ConfigMap shop/one: data cannot be changed once the object is made"
    )
    assert "delete configmap one -n shop" in found.fix


@pytest.mark.parametrize(
    "message",
    [
        "Invalid value: v1.LabelSelector{}: field is immutable",
        "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
        "Forbidden: spec is immutable after creation except resources.requests",
        "Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
        "Invalid value: \"None\": may not change once set",
    ],
)  # fmt: skip
def test_every_wording_of_an_immutable_field_is_known(message: str) -> None:
    found = said(error(422, "Invalid", message, (Cause(field="spec", message=message),)))
    assert "spec cannot be changed once the object is made" in found.what


def test_what_is_not_valid_tells_each_field(plain: KubeDouble, tmp_path: Path) -> None:
    found = applied(plain, tmp_path, MAPS, config_map("No_Name"))
    assert isinstance(found, DeployError)
    assert found.what == "deploy/api.yaml:12: ConfigMap shop/No_Name is not valid"
    assert found.why.startswith('metadata.name: Invalid value: "No_Name": a lowercase RFC 1123')


def test_a_field_that_the_kind_does_not_have_is_named(plain: KubeDouble, tmp_path: Path) -> None:
    found = applied(plain, tmp_path, DEPLOYMENTS, named(deployment(), replicaz=3))
    assert isinstance(found, DeployError)
    assert "fields that its kind does not have" in found.what
    assert found.why == ".spec.replicaz: field not declared in schema"
    assert "explain deployment" in found.fix


def test_who_may_not_do_what_where_is_told_with_how_to_check(
    plain: KubeDouble, tmp_path: Path
) -> None:
    plain.access.tokens["t"] = User(name="ann", rules=(Allow(verbs=("get",)),))

    async def work(client: Client) -> tuple[StackwrightError, ...]:
        body: Body = {"metadata": {"name": "team"}}
        return (
            said(await refused(client.apply(DEPLOYMENTS, deployment()))),
            said(await refused(client.list(SPACES)), None),
            said(await refused(client.apply(SPACES, body)), None),
        )

    first, second, _ = ask(tokened(config(plain, tmp_path), "t"), work)
    assert isinstance(first, ClusterError)
    assert first.what == (
        "user ann may not patch deployments.apps in namespace shop "
        "(deploy/api.yaml:12: Deployment shop/api)"
    )
    assert "`kubectl --context dev auth can-i patch deployments.apps -n shop`" in first.fix
    assert second.what == "user ann may not list namespaces in the whole cluster"
    assert "`kubectl --context dev auth can-i list namespaces`" in second.fix


def test_a_refused_subresource_is_asked_for_as_kubectl_wants_it(
    plain: KubeDouble, tmp_path: Path
) -> None:
    plain.access.tokens["t"] = User(name="ann", rules=(Allow(resources=("pods",)),))

    async def work(client: Client) -> StackwrightError:
        return said(await refused(client.logs("p", "shop", "main")), None)

    found = ask(tokened(config(plain, tmp_path), "t"), work)
    assert found.what == "user ann may not get pods/log in namespace shop"
    assert "auth can-i get pods --subresource=log -n shop`" in found.fix


def test_a_kind_that_is_not_served_is_told(plain: KubeDouble, tmp_path: Path) -> None:
    wanted = {**box("example.com", "one"), "metadata": {"name": "one", "namespace": "shop"}}
    found = applied(plain, tmp_path, BOXES, wanted)
    assert isinstance(found, DeployError)
    assert found.what == (
        "deploy/api.yaml:12: Box shop/one: the cluster knows no Box of example.com/v1"
    )
    assert "CustomResourceDefinition" in found.fix


def test_a_namespace_that_is_not_there_is_told(plain: KubeDouble, tmp_path: Path) -> None:
    body = {**config_map("one"), "metadata": {"name": "one", "namespace": "nowhere"}}
    found = applied(plain, tmp_path, MAPS, body)
    assert found.what.endswith("ConfigMap nowhere/one: there is no namespace nowhere")
    assert "create namespace nowhere" in found.fix


def test_a_namespace_on_its_way_out_is_told(plain: KubeDouble, tmp_path: Path) -> None:
    async def work(client: Client) -> StackwrightError:
        held = {**config_map("held"), "metadata": {"name": "held", "namespace": "shop"}}
        metadata = {"name": "held", "namespace": "shop", "finalizers": ["example.com/wait"]}
        await client.apply(MAPS, {**held, "metadata": metadata})
        await client.delete(SPACES, "shop", None)
        found = said(await refused(client.apply(MAPS, config_map("one"))))
        await client.patch_merge(MAPS, "held", "shop", {"metadata": {"finalizers": None}})
        return found

    found = ask(config(plain, tmp_path), work)
    assert isinstance(found, DeployError)
    assert found.what.endswith("the namespace shop is being removed")
    assert "get namespace shop" in found.fix


@pytest.mark.parametrize(
    ("failed", "kind", "what", "fix"),
    [
        (
            error(0, "Unreachable", "Connection refused"),
            ClusterError,
            "the API server https://dev:6443 (context dev) cannot be reached",
            "--kind",
        ),
        (error(0, "TimedOut", "no answer"), ClusterError, "does not answer", "/readyz"),
        (error(0, "Untrusted", "self-signed"), ClusterError, "no trusted", "certificate-authority"),
        (error(0, "Unauthorized", "no plugin"), ClusterError, "no credentials for", "log in"),
        (error(0, "Broken", "garbage"), ClusterError, "broke off, or is none", "cluster-info"),
        (error(401, "Unauthorized", "Unauthorized"), ClusterError, "does not take", "log in"),
        (error(429, "TooManyRequests", "busy"), ClusterError, "too many requests", "`limit`"),
        (error(503, "ServiceUnavailable", "no"), ClusterError, "cannot serve", "apiservices"),
        (error(504, "Timeout", "too late"), ClusterError, "cannot serve", "/readyz"),
        (error(410, "Expired", "too old"), ClusterError, "no longer knows", "try again"),
        (error(500, "InternalError", "panic"), ClusterError, "failed at", "log of the API server"),
        (error(418, "Unknown", "teapot"), DeployError, "is not understood", "manifest"),
        (error(413, "RequestEntityTooLarge", "no"), DeployError, "is too large", "1.5 MiB"),
        (error(404, "NotFound", "not found"), DeployError, "is not there", "deploy again"),
        (error(409, "Conflict", "modified"), DeployError, "at the same time", "deploy again"),
        (error(409, "AlreadyExists", "exists"), DeployError, "is there already", "another name"),
        (
            error(409, "AlreadyExists", "object is being deleted: x already exists"),
            DeployError,
            "is being removed",
            "finalizers",
        ),
        (
            error(409, "Conflict", "Precondition failed: UID in precondition: a"),
            DeployError,
            "is another by now",
            "remove it yourself",
        ),
        (
            error(403, "Forbidden", 'pods "p" is forbidden: violates PodSecurity "restricted"'),
            DeployError,
            "does not allow such pods",
            "securityContext",
        ),
        (
            error(403, "Forbidden", 'pods "p" is forbidden: failed quota: q: must specify cpu'),
            DeployError,
            "demands more of it",
            "resources",
        ),
        (error(403, "Forbidden", "no such luck"), DeployError, "forbids it", "admission"),
        (
            error(403, "Forbidden", 'User "ann" cannot get path "/version"'),
            ClusterError,
            "refuses get /version",
            "auth can-i get /version",
        ),
        (
            error(403, "Forbidden", 'user "ann" is attempting to grant RBAC permissions not '
                  "currently held: {}"),
            ClusterError,
            "grants more than who deploys it may do",
            "escalate",
        ),
        (
            error(500, "InternalError", 'Internal error occurred: failed calling webhook '
                  '"w.example.com": connection refused'),
            DeployError,
            "the webhook w.example.com, which must allow it, does not answer",
            "pods behind it",
        ),
        (
            error(500, "InternalError", 'Internal error occurred: failed calling webhook '
                  '"w.example.com": x509: certificate signed by unknown authority'),
            DeployError,
            "the webhook w.example.com, which must allow it, has a certificate that the API server",
            "`caBundle`",
        ),
        (
            error(403, "Forbidden", 'admission webhook "w.example.com" denied the request: no'),
            DeployError,
            "the admission rule w.example.com of the cluster denies it",
            "suit it",
        ),
        (
            error(422, "Invalid", "deployments.apps \"api\" is forbidden: "
                  "ValidatingAdmissionPolicy 'few' with binding 'b' denied request: too many"),
            DeployError,
            "the admission rule few of the cluster denies it",
            "suit it",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)  # fmt: skip
def test_every_other_failure_has_its_message(
    failed: ApiError, kind: type[StackwrightError], what: str, fix: str
) -> None:
    found = said(failed)
    assert type(found) is kind
    assert what in found.what
    assert fix in found.fix
    if kind is DeployError:
        assert found.what.startswith("deploy/api.yaml:12: Deployment shop/api")


def test_what_is_no_object_is_told_by_its_request() -> None:
    found = told(error(404, "NotFound", "gone", verb="get"))
    assert found.what == "get /apis/apps/v1/namespaces/shop/deployments/api is not there"


def test_long_lists_and_messages_are_cut() -> None:
    causes = tuple(Cause(field=f"spec.f{at}", message="x" * 1000) for at in range(20))
    found = said(error(422, "Invalid", "m" * 9000, causes))
    assert found.why.endswith("and 8 more")
    assert len(found.why) < 9000
    assert len(said(error(400, "BadRequest", "m" * 9000)).why) < 700


@pytest.mark.parametrize(
    ("ref", "failed"),
    [
        (
            Ref(api_version="v1", kind="Secret", namespace="shop", name="s"),
            error(
                422,
                "Invalid",
                'Secret "s" is invalid: data[key]: Invalid value: "hush-hush": no',
                (Cause(field="data[key]", message='Invalid value: "hush-hush": no'),),
            ),
        ),
        (API, error(400, "BadRequest", 'spec.password: Invalid value: "hush-hush": too short')),
        (API, error(500, "", "failed to create typed patch object (a/b; v1, Kind=Pod): .spec.x: "
                    "expected string, got &value.valueUnstructured{Value:hush-hush}")),
        (API, error(500, "InternalError", "cannot reach postgres://me:hush-hush@db/x")),
    ],
)  # fmt: skip
def test_no_secret_that_a_server_quotes_is_told(ref: Ref, failed: ApiError) -> None:
    assert "hush-hush" not in str(said(failed, ref))


def test_no_secret_of_the_run_is_told() -> None:
    failed = error(400, "BadRequest", 'strict decoding error: unknown field "blue-moon"')
    found = told(failed, ref=API, redact=Redactor([Secret("blue-moon")]))
    assert "blue-moon" not in str(found)


def test_an_answer_of_a_proxy_is_told_on_one_line() -> None:
    page = b"<html>\n<body>\x1b[31mdenied</body>" + b"x" * 5000
    found = said(of_answer("patch", "/x", 403, page, {}))
    assert "<html> <body>denied</body>" in found.why
    assert len(found.why) < 700
