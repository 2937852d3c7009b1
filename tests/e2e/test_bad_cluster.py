"""Clusters that cannot be used: one message each, and nothing is left anywhere."""

from __future__ import annotations

import pytest

from orchestration import platform_up
from orchestration.errors import ClusterError
from tests.e2e.conftest import Run
from tests.e2e.shop import Shop
from tests.kube.access import Allow, User
from tests.kube.faults import Breakage, Refuses, Which
from tests.product import Finished


def one_message(ended: Finished) -> str:
    """All that is said, as one line: one message, below the table if there is one."""
    assert ended.out == ""
    _, error, message = f"\n{ended.err}".partition("\nerror: ")
    assert error
    assert "\nerror: " not in message
    assert message.count("\n  why: ") <= 1
    assert message.count("\n  fix: ") == 1
    return " ".join(ended.err.split())


def asked_by(shop: Shop, *rules: Allow) -> None:
    """Have the kubeconfig be that of somebody with these rights."""
    shop.cluster.access.tokens["theirs"] = User(name="ci", rules=rules)
    shop.cluster.write_kubeconfig(shop.kubeconfig, token="theirs")


def test_no_kubeconfig(run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG")
    ended = run("e2e", "up")
    assert ended.code == 13
    said = one_message(ended)
    assert "no cluster is known: there is no kubeconfig" in said
    assert f"looked at: {shop.product.project.parent}/.kube/config" in said
    assert "`--kubeconfig FILE` or KUBECONFIG" in said
    assert shop.left() == []


def test_a_kubeconfig_that_is_not_there(run: Run, shop: Shop) -> None:
    ended = run("e2e", "up", "--kubeconfig", "nowhere")
    assert ended.code == 13
    assert "there is no kubeconfig" in one_message(ended)
    assert shop.left() == []


def test_a_kubeconfig_that_is_no_yaml(run: Run, shop: Shop) -> None:
    shop.kubeconfig.write_text("a: [b\nc: d\n")
    ended = run("e2e", "up")
    assert ended.code == 13
    assert f"{shop.kubeconfig}:2: the kubeconfig cannot be read" in one_message(ended)
    assert shop.left() == []


def test_a_wrong_context(run: Run, shop: Shop) -> None:
    ended = run("e2e", "up", "--context", "dobule")
    assert ended.code == 13
    said = one_message(ended)
    assert "there is no context `dobule`" in said
    assert "did you mean `double`?" in said
    assert shop.left() == []


def test_an_expired_token(run: Run, shop: Shop) -> None:
    shop.cluster.write_kubeconfig(shop.kubeconfig, token="of-yesterday")
    ended = run("e2e", "up", "--progress", "quiet")
    assert ended.code == 13
    said = one_message(ended)
    assert "(context double) does not take the credentials" in said
    assert "has expired" in said
    assert "of-yesterday" not in said
    assert shop.left() == []


def test_an_unreachable_server(run: Run, shop: Shop) -> None:
    shop.unreachable()
    ended = run("e2e", "up", "--progress", "quiet")
    assert ended.code == 13
    said = one_message(ended)
    assert "cannot be reached" in said
    assert "why: Connection refused" in said
    assert shop.left() == []


def test_a_cluster_that_nothing_was_made_on_leaves_no_wreck(run: Run, shop: Shop) -> None:
    shop.unreachable()
    assert run("e2e", "up", "--keep").code == 13
    assert shop.left() == []


def test_a_server_that_is_none(run: Run, shop: Shop) -> None:
    page = Refuses(code=404, message="<html>nginx</html>", plain=True)
    shop.cluster.faults.add(Which(), page, times=None)
    ended = run("e2e", "up", "--progress", "quiet")
    assert ended.code == 13
    said = one_message(ended)
    assert "broke off, or is none" in said
    assert "get /version: 404: <html>nginx</html>" in said
    shop.cluster.faults.clear()
    assert shop.left() == []


def test_no_right_to_make_a_namespace(run: Run, shop: Shop) -> None:
    asked_by(shop)
    ended = run("e2e", "up", "--progress", "quiet")
    assert ended.code == 13
    said = one_message(ended)
    assert "error: user ci may not patch namespaces in namespace stackwright-shop-" in said
    assert "auth can-i patch namespaces" in said
    assert shop.left() == []


@pytest.mark.usefixtures("here")
def test_no_right_to_make_a_namespace_in_a_test(shop: Shop) -> None:
    asked_by(shop)
    with pytest.raises(ClusterError, match="user ci may not patch namespaces"), platform_up():
        pass
    assert shop.left() == []


def test_a_namespace_that_a_rule_of_the_cluster_denies(run: Run, shop: Shop) -> None:
    denied = Refuses(code=403, message='admission webhook "names.acme" denied the request: no')
    shop.cluster.faults.add(Which(path="/namespaces/stackwright-shop-", verb="patch"), denied)
    ended = run("e2e", "up", "--progress", "quiet")
    assert ended.code == 14
    assert "the admission rule names.acme of the cluster denies it" in one_message(ended)
    assert shop.left() == []


@pytest.fixture
def rights_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more rights are waited for in a new namespace."""
    monkeypatch.setattr("orchestration.cluster.new_namespaces.YOUTH_S", 0.0)


@pytest.mark.usefixtures("rights_are_there")
def test_no_right_to_make_one_kind(run: Run, shop: Shop) -> None:
    others = ("namespaces", "configmaps", "services", "pods", "events", "jobs")
    asked_by(shop, Allow(resources=others))
    ended = run("e2e", "up", "--progress", "quiet")
    assert ended.code == 14
    said = one_message(ended)
    assert "Deployment api (manifests/api.yaml:9) was refused reason: user ci may not patch" in said
    assert "auth can-i patch deployments.apps -n stackwright-shop-" in said
    assert shop.left() == []


@pytest.mark.usefixtures("rights_are_there")
def test_no_right_to_watch(run: Run, shop: Shop) -> None:
    asked_by(shop, Allow(verbs=("get", "list", "create", "patch", "delete")))
    ended = run("e2e", "up", "--progress", "quiet")
    assert ended.code == 14
    assert "user ci may not watch" in one_message(ended)
    assert shop.left() == []


@pytest.mark.parametrize("path", ["^/apis/apps/v1$", "^/version$"])
@pytest.mark.parametrize(
    "effect", [Refuses(code=500, message="etcd is gone"), Breakage.RESET], ids=["500", "reset"]
)
def test_a_server_that_fails_on_the_way(
    run: Run, shop: Shop, path: str, effect: Refuses | Breakage
) -> None:
    shop.product.edit('"20s"', '"1s"')
    shop.cluster.faults.add(Which(path=path), effect, times=None)
    ended = run("e2e", "up", "--progress", "quiet")
    assert ended.code in (13, 14)
    one_message(ended)
    assert shop.left() == []


@pytest.mark.parametrize("words", [("--context", "double"), ("--kubeconfig", "file")])
def test_a_cluster_of_its_own_and_a_named_one_exclude_each_other(
    run: Run, shop: Shop, words: tuple[str, str]
) -> None:
    ended = run("e2e", "up", "--kind", *words)
    assert ended.code == 2
    assert "`--kind` makes a cluster of its own" in one_message(ended)
    assert shop.left() == []


def test_a_platform_that_is_not_declared(run: Run, shop: Shop) -> None:
    ended = run("e2e", "up", "--service", "shup")
    assert ended.code == 2
    assert "did you mean `shop`?" in one_message(ended)
    assert shop.left() == []


@pytest.mark.engine
def test_an_image_that_cannot_be_brought_to_the_nodes_is_not_built(run: Run, shop: Shop) -> None:
    (shop.product.project / "Containerfile").write_text("nonsense\n")
    shop.product.edit(
        "[e2e.shop.access]",
        '[e2e.shop.images."example.com/api:1"]\ncontext = "."\n\n[e2e.shop.access]',
    )
    ended = run("e2e", "up", "--engine", "podman", "--progress", "quiet")
    assert ended.code == 2, ended.err
    said = one_message(ended)
    assert "images cannot be brought to the nodes of context double" in said
    assert '`load = "present"`' in said
    assert shop.left() == []
