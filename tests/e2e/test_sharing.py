"""Whose platform it is: sessions that hold one, other clusters, wrecks, kubeconfigs in parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration import platform_up
from orchestration.errors import ClusterError, DeployError
from tests.e2e.conftest import Run
from tests.e2e.shop import Shop
from tests.kube.behaviours import Ends
from tests.kube.kube_double import kube_double


def test_a_platform_that_a_session_holds_outlives_down(run: Run, shop: Shop) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    with platform_up() as platform:
        ended = run("e2e", "down")
        assert ended.code == 0
        assert "platform shop stays up for process" in " ".join(ended.err.split())
        assert shop.namespaces() == [platform.namespace]
    assert shop.left() == []


def test_force_takes_it_from_a_session(run: Run, shop: Shop) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    with platform_up():
        assert run("e2e", "down", "--force").code == 0
        assert shop.namespaces() == []
    assert shop.left() == []


def test_a_kept_platform_elsewhere_is_not_what_a_session_asks_for(
    run: Run, shop: Shop, tmp_path: Path
) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    with kube_double() as other:
        kubeconfig = other.write_kubeconfig(tmp_path / "other", context="other")
        with platform_up(kubeconfig=kubeconfig) as platform:
            assert platform.context == "other"
            assert other.get("Namespace", platform.namespace)
            assert platform.namespace not in shop.namespaces()
    assert run("e2e", "down").code == 0
    assert shop.left() == []


def test_a_kept_platform_whose_cluster_is_gone_is_no_reason_to_fail(
    run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    shop.unreachable()
    with pytest.raises(ClusterError), platform_up():
        pytest.fail("there is none on a cluster that nobody reaches")
    with kube_double() as other:
        kubeconfig = other.write_kubeconfig(tmp_path / "living")
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
        with platform_up() as platform:
            assert other.get("Namespace", platform.namespace)


def test_a_wreck_that_a_session_kept_is_removed_by_down(run: Run, shop: Shop) -> None:
    shop.cluster.script.behave("Job/migrate", Ends(exit_code=3))
    with pytest.raises(DeployError), platform_up(keep=True):
        pytest.fail("it cannot come up")
    assert len(shop.namespaces()) == 1
    assert "wreck" in run("e2e", "status").out
    assert run("e2e", "down").code == 0
    assert shop.left() == []


def test_a_kubeconfig_in_several_files_is_one(
    run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import yaml

    whole = yaml.safe_load(shop.kubeconfig.read_text())
    users = {"apiVersion": "v1", "kind": "Config", "users": whole.pop("users")}
    rest, apart = tmp_path / "rest", tmp_path / "users"
    rest.write_text(yaml.safe_dump(whole))
    apart.write_text(yaml.safe_dump(users))
    monkeypatch.setenv("KUBECONFIG", f"{rest}:{apart}")
    assert run("e2e", "up", "--progress", "quiet").code == 0
    monkeypatch.delenv("KUBECONFIG")
    assert run("e2e", "status").code == 0
    assert run("e2e", "down").code == 0
    assert shop.left() == []


def test_the_variable_says_where_stacks_go_and_not_what_builds(
    run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKWRIGHT_ENGINE", "kubernetes")
    ended = run("stack", "doctor")
    assert "there is no engine" not in ended.err
