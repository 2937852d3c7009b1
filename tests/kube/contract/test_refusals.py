"""Who may not, and what is too much."""

from __future__ import annotations

import pytest

from tests.kube.contract.client import Client, eventually
from tests.kube.contract.objects import config_map, deployment
from tests.kube.json_values import Doc, child, value

NOBODY = {"Impersonate-User": "nobody@example.com"}


def test_a_refusal_names_user_verb_resource_group_and_namespace(
    client: Client, apps: str, namespace: str
) -> None:
    found = client.call("POST", f"{apps}/deployments", deployment("one"), headers=NOBODY)
    assert (found.code, found.reason) == (403, "Forbidden")
    assert found.message == (
        'deployments.apps is forbidden: User "nobody@example.com" cannot create resource '
        f'"deployments" in API group "apps" in the namespace "{namespace}"'
    )
    assert child(found.doc, "details") == {"group": "apps", "kind": "deployments"}


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        (
            "GET",
            "/api/v1/namespaces",
            'namespaces is forbidden: User "nobody@example.com" cannot list resource '
            '"namespaces" in API group "" at the cluster scope',
        ),
        (
            "GET",
            "/api/v1/nodes/some",
            'nodes "some" is forbidden: User "nobody@example.com" cannot get resource '
            '"nodes" in API group "" at the cluster scope',
        ),
        (
            "GET",
            "/api/v1/namespaces/default/pods/some/log",
            'pods "some" is forbidden: User "nobody@example.com" cannot get resource '
            '"pods/log" in API group "" in the namespace "default"',
        ),
        (
            "GET",
            "/api/v1/namespaces/default/pods?watch=true",
            'pods is forbidden: User "nobody@example.com" cannot watch resource '
            '"pods" in API group "" in the namespace "default"',
        ),
    ],
)
def test_every_verb_is_refused_in_its_words(
    client: Client, method: str, path: str, told: str
) -> None:
    found = client.call(method, path, headers=NOBODY)
    assert found.code == 403
    assert found.message == told


def test_a_quota_is_told_with_its_numbers(client: Client, core: str) -> None:
    quota: Doc = {"metadata": {"name": "few"}, "spec": {"hard": {"count/secrets": "1"}}}
    client.made(f"{core}/resourcequotas", quota)
    path = f"{core}/resourcequotas/few"
    eventually(lambda: value(client.get(path).doc, "status", "hard", "count/secrets") == "1")
    client.made(f"{core}/secrets", {"metadata": {"name": "one"}})
    found = client.create(f"{core}/secrets", {"metadata": {"name": "two"}})
    assert (found.code, found.reason) == (403, "Forbidden")
    assert found.message == (
        'secrets "two" is forbidden: exceeded quota: few, requested: count/secrets=1, '
        "used: count/secrets=1, limited: count/secrets=1"
    )
    assert client.create(f"{core}/configmaps", config_map("one")).code == 201
