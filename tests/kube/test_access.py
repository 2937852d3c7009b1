"""Tokens, rules and TLS."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.kube.access import ADMIN_TOKEN, ANONYMOUS, Access, Allow, User
from tests.kube.conftest import client_of
from tests.kube.contract.client import Client
from tests.kube.contract.objects import config_map
from tests.kube.json_values import Doc, value
from tests.kube.kube_double import KubeDouble, kube_double

MAPS = "/api/v1/namespaces/shop/configmaps"
READER = User(
    name="reader",
    rules=(Allow(verbs=("get", "list"), resources=("configmaps",), namespaces=("shop",)),),
)


def bearer(client: Client, token: str) -> Client:
    return Client(host=client.host, port=client.port, headers={"Authorization": f"Bearer {token}"})


def kubectl(kubeconfig: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = ("kubectl", "--kubeconfig", str(kubeconfig), *words)
    home = {"HOME": str(kubeconfig.parent), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=home, check=False
    )


def test_a_token_that_nobody_has_is_unauthorized(direct: Client) -> None:
    found = bearer(direct, "expired").get(MAPS)
    assert (found.code, found.reason, found.message) == (401, "Unauthorized", "Unauthorized")
    assert found.doc["status"] == "Failure"


def test_rules_allow_what_they_name(double: KubeDouble, direct: Client) -> None:
    double.access.tokens["reader-token"] = READER
    reader = bearer(direct, "reader-token")
    assert reader.get(MAPS).code == 200
    refused = reader.create(MAPS, config_map("one"))
    assert refused.message == (
        'configmaps is forbidden: User "reader" cannot create resource "configmaps" '
        'in API group "" in the namespace "shop"'
    )
    assert reader.get("/api/v1/configmaps").code == 403
    assert reader.get("/api/v1/namespaces/default/configmaps").code == 403


def test_who_says_nothing_may_be_nobody(double: KubeDouble, direct: Client) -> None:
    double.access.nobody = ANONYMOUS
    found = direct.get("/api/v1/namespaces")
    assert found.code == 403
    assert 'User "system:anonymous" cannot list resource "namespaces"' in found.message
    assert bearer(direct, ADMIN_TOKEN).get("/api/v1/namespaces").code == 200


def test_everybody_may_ask_what_they_may(double: KubeDouble, direct: Client) -> None:
    double.access.tokens["reader-token"] = READER
    reader = bearer(direct, "reader-token")
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

    def asked(verb: str) -> Doc:
        attributes: Doc = {"verb": verb, "resource": "configmaps", "namespace": "shop"}
        return reader.create(path, {"spec": {"resourceAttributes": attributes}}).doc

    assert value(asked("list"), "status", "allowed") is True
    assert value(asked("delete"), "status", "allowed") is False


def test_kubectl_brings_its_token_over_tls(tmp_path: Path) -> None:
    access = Access(nobody=ANONYMOUS, tokens={ADMIN_TOKEN: READER})
    with kube_double(access=access, tls=True) as double:
        double.create("Namespace", {"metadata": {"name": "shop"}})
        good = double.write_kubeconfig(tmp_path / "good", namespace="shop")
        found = kubectl(good, "get", "configmaps", "-o", "name")
        assert found.returncode == 0, found.stderr
        refused = kubectl(good, "delete", "configmap", "one")
        assert 'User "reader" cannot delete resource "configmaps"' in refused.stderr
        bad = double.write_kubeconfig(tmp_path / "bad", token="expired")
        assert "You must be logged in to the server" in kubectl(bad, "get", "pods").stderr


def test_two_clusters_do_not_know_each_other() -> None:
    with kube_double() as first, kube_double() as second:
        client_of(first).create("/api/v1/namespaces", {"metadata": {"name": "mine"}})
        assert client_of(second).get("/api/v1/namespaces/mine").code == 404
