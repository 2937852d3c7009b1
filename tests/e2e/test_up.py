"""Platforms come up, are looked at and go, by the command line."""

from __future__ import annotations

import asyncio
import json
import signal
from xml.etree import ElementTree

import pytest

from orchestration.cluster.client import Client
from tests.e2e.conftest import Run
from tests.e2e.shop import MANIFESTS, Shop, until
from tests.kube.faults import Warns, Which

KEY = """\
apiVersion: v1
kind: Secret
metadata:
  name: key
stringData:
  password: planted-in-a-manifest
"""


def test_addresses_alone_go_to_standard_output(shop: Shop) -> None:
    up = shop.product.run("e2e", "up")
    assert up.code == 0, up.err
    (namespace,) = shop.namespaces()
    way = f"kubectl --context double -n {namespace} port-forward service/api 80"
    assert up.out.split() == ["api", *way.split()]
    assert "5 objects are ready" in up.err
    down = shop.product.run("e2e", "down")
    assert (down.code, down.out) == (0, ""), down.err
    assert shop.left() == []


def test_what_the_cluster_serves_is_asked_along_with_its_version(
    run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {"/api/v1", "/apis/apps/v1", "/apis/batch/v1"}
    ask = Client.version

    async def asked_last(client: Client) -> str:
        while not versions <= {each.path for each in shop.cluster.requests.all()}:
            await asyncio.sleep(0.01)
        return await ask(client)

    monkeypatch.setattr(Client, "version", asked_last)
    assert run("e2e", "up", "--progress", "quiet").code == 0
    paths = [each.path for each in shop.cluster.requests.all()]
    assert all(paths.count(each) == 1 for each in versions)


def test_what_the_api_server_warns_of_is_told_of_its_object(run: Run, shop: Shop) -> None:
    shop.write("key.yaml", KEY)
    warning = r'299 - "unknown field \"spec.a\", or planted-in-a-manifest"'
    shop.cluster.faults.add(Which(path="/deployments/api$"), Warns(headers=(warning,)))
    up = run("e2e", "up", "--progress", "plain", "--json", "report.json")
    assert up.code == 0
    progress, _, table = up.err.partition("platform shop: 6 objects are ready")
    assert 'Deployment api: unknown field "spec.a", or ***\n' in progress
    note = 'note: Deployment api (manifests/api.yaml:9): unknown field "spec.a", or ***\n'
    assert table.count(note) == 1
    report = json.loads((shop.product.project / "report.json").read_text())
    assert report["ok"] is True
    assert [(each["name"], each["warnings"]) for each in report["objects"] if each["warnings"]] == [
        ("api", ['unknown field "spec.a", or ***'])
    ]


def test_a_node_port_has_an_address_that_stays(run: Run, shop: Shop) -> None:
    # The node of the double has no address, so that somebody must give it one.
    nodes = shop.cluster.registry.catalogue.kind("Node")
    node = shop.cluster.get("Node", "node-1")
    shop.cluster.registry.set_status(
        nodes,
        node,
        {
            "conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        },
        "kubelet",
    )
    port = int(shop.cluster.url.rpartition(":")[2])
    shop.edit(
        "api.yaml",
        "spec:\n  selector: {app: api}\n",
        "spec:\n  type: NodePort\n  selector: {app: api}\n",
    )
    shop.edit("api.yaml", "targetPort: 8080", f"targetPort: 8080, nodePort: {port}")
    up = run("e2e", "up")
    assert up.out == f"api  http://127.0.0.1:{port}\n", up.err


def test_no_way_is_opened_only_to_be_closed_again(run: Run, shop: Shop) -> None:
    shop.tool("kubectl", "import pathlib\npathlib.Path('started').touch()")
    up = run("e2e", "up")
    assert up.code == 0, up.err
    assert "port-forward service/api 80" in up.out
    assert not (shop.product.project / "started").exists()


def test_a_file_named_on_the_command_line_is_in_the_way_that_is_told(run: Run, shop: Shop) -> None:
    other = shop.kubeconfig.rename(shop.kubeconfig.with_name("other"))
    up = run("e2e", "up", "--kubeconfig", str(other))
    assert up.code == 0, up.err
    assert f"kubectl --kubeconfig {other} --context double" in up.out


def test_what_is_up_is_not_brought_up_again(run: Run, shop: Shop) -> None:
    assert run("e2e", "up").code == 0
    (namespace,) = shop.namespaces()
    again = run("e2e", "up")
    assert again.code == 4
    assert "platform shop is already up" in again.err
    assert "`stackwright e2e down`" in again.err
    assert shop.namespaces() == [namespace]
    assert len(shop.product.records()) == 1


def test_a_report_is_written_as_json_and_as_junit(run: Run, shop: Shop) -> None:
    assert run("e2e", "up", "--json", "reports/e2e.json", "--junit", "e2e.xml").code == 0
    report = json.loads((shop.product.project / "reports" / "e2e.json").read_text())
    assert report["platform"] == "shop"
    assert {each["name"] for each in report["objects"]} >= {"api", "settings", "migrate"}
    suite = ElementTree.parse(shop.product.project / "e2e.xml").getroot()  # noqa: S314 - our own file
    assert len(list(suite.iter("testcase"))) == 5
    assert list(suite.iter("failure")) == []


def test_progress_is_one_event_a_line(run: Run) -> None:
    up = run("e2e", "up", "--progress", "json")
    events = up.events()
    assert [each["event"] for each in events if each["event"].startswith("run_")] == [
        "run_started",
        "run_ready",
    ]
    assert {"Deployment api", "Job migrate"} <= {
        each["component"] for each in events if each.get("step") == "ready"
    }


def test_status_tells_each_object(run: Run, shop: Shop) -> None:
    assert run("e2e", "status").err == "nothing is up\n"
    run("e2e", "up")
    told = run("e2e", "status")
    assert told.code == 0
    assert "  Deployment api  ready  1 of 1 ready\n" in told.out
    (seen,) = json.loads(run("e2e", "status", "--json").out)["runs"]
    assert seen["namespace"] in shop.namespaces()
    assert [(each["kind"], each["name"], each["ready"]) for each in seen["objects"]] == [
        ("Deployment", "api", True),
        ("Job", "migrate", True),
    ]


def test_status_fails_when_something_is_not_ready_any_more(run: Run, shop: Shop) -> None:
    run("e2e", "up")
    (namespace,) = shop.namespaces()
    shop.delete_namespace(namespace)
    until(lambda: shop.namespaces() == [], "the namespace goes")
    told = run("e2e", "status")
    assert told.code == 14
    assert "it is gone: somebody else has deleted it" in told.out
    assert run("e2e", "down").code == 0
    assert shop.left() == []


def test_logs_are_those_of_the_pods(run: Run) -> None:
    run("e2e", "up")
    lines = run("e2e", "logs").out.splitlines()
    assert [line.partition("-")[0] for line in lines] == ["api", "migrate"]
    assert run("e2e", "logs", "--object", "Deployment/api").out == "started\n"
    wrong = run("e2e", "logs", "--object", "apii")
    assert wrong.code == 2
    assert "did you mean `api`?" in wrong.err


def test_following_logs_ends_with_ctrl_c(shop: Shop) -> None:
    assert shop.product.run("e2e", "up", "--progress", "quiet").code == 0
    following = shop.product.begin("e2e", "logs", "--follow", "--object", "api")
    assert following.stdout is not None
    assert following.stdout.readline() == "started\n"
    following.send_signal(signal.SIGINT)
    _, err = following.communicate(timeout=10)
    assert (following.returncode, err) == (0, "")


def test_a_plan_asks_no_cluster(run: Run, shop: Shop) -> None:
    shop.kubeconfig.unlink()
    shop.cluster.requests.clear()
    for words in (("e2e", "plan"), ("e2e", "up", "--plan")):
        told = run(*words)
        assert told.code == 0, told.err
        assert "wave 1  Service api" in told.out
        assert "wave 2  Deployment api" in told.out
        assert "api.yaml:9" in told.out
        assert "access     api: Service api port 80" in told.out
    assert shop.cluster.requests.all() == []
    assert shop.product.records() == []


def test_a_plan_tells_what_is_left_out_of_a_rendered_chart(run: Run, shop: Shop) -> None:
    hook = 'metadata: {name: web-test-connection, annotations: {"helm.sh/hook": test}}'
    shop.write("chart.yaml", f"apiVersion: v1\nkind: Pod\n{hook}\n")
    told = run("e2e", "plan")
    assert told.code == 0, told.err
    assert "note       left out, because" in told.out
    assert "Pod web-test-connection (manifests/chart.yaml:1: test)" in told.out
    assert "wave 2  Pod" not in told.out


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (("--context", "prod"), "context prod,"),
        (("--kubeconfig", "file"), "context (the current one) of file,"),
        (("--kind",), "a cluster of its own, made with Kind,"),
    ],
)
def test_a_plan_names_the_cluster_that_is_asked_for(
    run: Run, words: tuple[str, ...], where: str
) -> None:
    told = run("e2e", "up", "--plan", *words)
    assert told.code == 0, told.err
    assert f"cluster    {where} a namespace of its own\n" in told.out


def test_no_way_to_a_service_is_no_failure_of_what_is_up(run: Run, shop: Shop) -> None:
    # Somebody might make the Service, as an operator does; nobody has.
    shop.write("api.yaml", MANIFESTS["api.yaml"].partition("---\n")[2])
    up = run("e2e", "up", "--progress", "quiet")
    assert up.code == 0
    assert "note: access api: there is no Service api in namespace" in up.err
    assert "port-forward service/api 80" in up.out


def test_down_of_nothing_is_content(run: Run) -> None:
    for words in (("e2e", "down"), ("e2e", "down", "--all"), ("e2e", "clean")):
        ended = run(*words)
        assert ended.code == 0, ended.err


def test_a_configuration_that_became_invalid_does_not_keep_a_platform_up(
    run: Run, shop: Shop
) -> None:
    run("e2e", "up")
    shop.product.edit("[e2e.shop]", "[e2e.shop")
    assert run("e2e", "down").code == 0
    assert shop.left() == []


def test_a_platform_on_a_cluster_that_is_gone_can_be_forgotten(run: Run, shop: Shop) -> None:
    run("e2e", "up")
    (record,) = shop.product.records()
    shop.unreachable()
    for words in (("e2e", "down"), ("e2e", "clean")):
        ended = run(*words)
        assert ended.code == 13
        assert "cannot be reached" in ended.err
        assert f"delete{record}" in "".join(ended.err.split())
    record.unlink()
    assert run("e2e", "status").err == "nothing is up\n"
