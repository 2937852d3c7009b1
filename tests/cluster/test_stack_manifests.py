"""A stack as objects of a cluster: what is made of what, in which order, and what is refused."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import pytest

from orchestration.cluster.deferred import deferred
from orchestration.cluster.stack_manifests import StackManifests, manifests_of
from orchestration.errors import ConfigError
from orchestration.gates import ExecGate, HttpGate, LogGate, PostgresGate, TcpGate
from orchestration.model import PortRequest, Secret, Text
from orchestration.stack import Build
from tests.cluster.stack_making import (
    HTTP,
    PASSWORD,
    body,
    by_name,
    component,
    container,
    kinds,
    made,
    one_shot,
    pod,
    refused,
    stack,
)
from tests.kube.json_values import child, docs, pairs, text, texts, value

STORE = component(
    "store",
    ports=(PortRequest(name="sql", container=5432),),
    gate=PostgresGate(port="sql", user="u", password=PASSWORD, database="d"),
)


def test_what_stays_up_becomes_a_deployment_and_a_service() -> None:
    manifests = made(component())
    assert kinds(manifests) == ["Service/web", "Deployment/web"]
    spec = child(body(manifests, "Deployment", "web"), "spec")
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    # The stack's deadline: the gate's 30 s begin when its image is there.
    assert spec["progressDeadlineSeconds"] == 300
    assert value(spec, "template", "metadata", "annotations", "stackwright.io/limit") == "30"
    (main,) = docs(spec, "template", "spec", "containers")
    assert (main["name"], main["image"]) == ("web", "web:1")
    assert main["imagePullPolicy"] == "IfNotPresent"
    assert main["ports"] == [{"containerPort": 8080, "protocol": "TCP"}]
    assert value(main, "readinessProbe", "httpGet", "path") == "/health"
    assert value(main, "startupProbe", "httpGet", "port") == 8080


def test_a_one_shot_becomes_a_job_that_runs_once() -> None:
    manifests = made(one_shot(timeout=90.5, command=("migrate",)))
    assert kinds(manifests) == ["Job/task"]
    job = body(manifests, "Job", "task")
    assert value(job, "spec", "backoffLimit") == 0
    assert value(job, "spec", "activeDeadlineSeconds") == 300
    limit = value(job, "spec", "template", "metadata", "annotations", "stackwright.io/limit")
    assert limit == "90.5"
    assert pod(job)["restartPolicy"] == "Never"
    assert "readinessProbe" not in container(job)


def test_a_service_finds_the_pods_and_nothing_else_does() -> None:
    manifests = made(component(), component("other"))
    selector = pairs(body(manifests, "Service", "web"), "spec", "selector")
    for name, found in (("web", True), ("other", False)):
        workload = body(manifests, "Deployment", name)
        labels = pairs(workload, "spec", "template", "metadata", "labels")
        assert (selector.items() <= labels.items()) is found
        assert pairs(workload, "spec", "selector", "matchLabels").items() <= labels.items()
    labels = pairs(body(manifests, "Service", "web"), "metadata", "labels")
    assert labels["app.kubernetes.io/name"] == "shop"
    assert labels["app.kubernetes.io/component"] == "web"


def test_every_alias_is_a_service_in_lower_case() -> None:
    manifests = made(component(aliases=("Api", "web", "front", "api")))
    assert kinds(manifests)[:3] == ["Service/web", "Service/api", "Service/front"]
    selectors = [value(body(manifests, "Service", name), "spec") for name in ("web", "front")]
    assert selectors[0] == selectors[1]


def test_what_has_no_port_is_found_by_a_name_alone() -> None:
    worker = component("worker", ports=(), gate=ExecGate(command=("true",)))
    spec = child(body(made(worker), "Service", "worker"), "spec")
    assert (spec["clusterIP"], "ports" in spec) == ("None", False)


def test_names_that_lead_to_two_components_are_refused() -> None:
    told = refused(component(aliases=("api",)), component("other", aliases=("API",)))
    assert "components web and other are both called `api`" in told
    assert "components web and other are both" in refused(
        component(aliases=("other",)), component("other")
    )


@pytest.mark.parametrize("alias", ["x" * 64, "db.local", "my_db", "3scale", "end-"])
def test_an_alias_that_no_service_can_have_is_refused(alias: str) -> None:
    assert f"alias `{alias}`" in refused(component(aliases=(alias,)))


def test_names_that_nothing_in_a_cluster_can_have_are_refused() -> None:
    assert "component web- has a name" in refused(component("web-"))
    assert "component 3scale has a name" in refused(component("3scale"))
    assert kinds(made(one_shot("3scale"))) == ["Job/3scale"]


def waited_for(manifests: StackManifests) -> dict[str, list[str]]:
    """What each object that is applied late needs."""
    found = deferred(manifests.manifests)
    return {each.manifest.ref.short: [need.short for need in each.needs] for each in found}


def test_each_begins_when_the_one_before_it_is_ready() -> None:
    manifests = made(STORE, one_shot(command=("psql", "-h", "store")), component())
    assert waited_for(manifests) == {
        "Job task": ["Deployment store"],
        "Deployment web": ["Job task"],
    }


def test_each_begins_when_those_it_waits_for_and_refers_to_are_ready() -> None:
    web = component(
        env={"DATABASE_URL": "${store.dsn}", "ME": "${self.host}"},
        command=("serve", "--cache=${cache.url}"),
        after=("task",),
    )
    cache = component("cache")
    assert waited_for(made(STORE, one_shot(after=("store",)), cache, web)) == {
        "Job task": ["Deployment store"],
        "Deployment cache": ["Job task"],
        "Deployment web": ["Deployment cache", "Job task", "Deployment store"],
    }


def test_what_refers_to_itself_by_name_does_not_wait_for_itself() -> None:
    env = {"ME": "${web.url}", "STORE": "${store.host}", "PORT": "${store.port}"}
    manifests = made(STORE, component(env=env, after=("store",)))
    annotations = pairs(body(manifests, "Deployment", "web"), "metadata", "annotations")
    assert annotations == {"stackwright.io/after": "Deployment/store"}


def test_who_waits_for_what_is_not_there_is_told() -> None:
    told = refused(component(after=("stor",)), STORE)
    assert "component web waits for stor" in told
    assert "did you mean `store`?" in told


def test_references_are_filled_in_as_peers_in_the_cluster_reach_each_other() -> None:
    env = {
        "HOST": "${store.host}",
        "PORT": "${self.port.http}",
        "URL": "${store.url}/x",
        "DSN": "${store.dsn}",
        "LITERAL": "$${store.host} $(PORT) $$",
    }
    manifests = made(STORE, component(env=env, command=("serve", "${store.port}", "$(PORT)")))
    found = container(body(manifests, "Deployment", "web"))
    variables = by_name(docs(found, "env"))
    assert variables["HOST"]["value"] == "store"
    assert variables["PORT"]["value"] == "8080"
    assert variables["URL"]["value"] == "postgresql://store:5432/x"
    assert variables["LITERAL"]["value"] == "${store.host} $$(PORT) $$$"
    assert texts(found, "args") == ["serve", "5432", "$$(PORT)"]
    assert "command" not in found
    secret = body(manifests, "Secret", "web-env")
    dsn = f"postgresql://u:{PASSWORD.value}@store:5432/d"
    assert b64decode(pairs(secret, "data")["DSN"]).decode() == dsn


def test_a_secret_variable_is_a_reference_to_the_secret_with_its_text() -> None:
    env: dict[str, Text] = {
        "KEY": Secret("k-$(X)-k"),
        "API_TOKEN": "written-plainly",
        "UPSTREAM": "https://me:hidden@upstream.invalid/",
        "SAME": "also k-$(X)-k",
        "PLAIN": "plain",
    }
    manifests = made(component(env=env))
    variables = by_name(docs(container(body(manifests, "Deployment", "web")), "env"))
    assert variables["KEY"] == {
        "name": "KEY",
        "valueFrom": {"secretKeyRef": {"name": "web-env", "key": "KEY"}},
    }
    assert [name for name, each in variables.items() if "value" in each] == ["PLAIN"]
    data = pairs(body(manifests, "Secret", "web-env"), "data")
    shown = {
        name: str(each.value if isinstance(each, Secret) else each) for name, each in env.items()
    }
    del shown["PLAIN"]
    assert {name: b64decode(each).decode() for name, each in data.items()} == shown


def test_a_secret_word_of_a_command_is_filled_in_from_the_secret() -> None:
    web = component(
        command=("serve", "--password", "hidden-word", "--verbose", "of-the-env"),
        env={"KEY": Secret("of-the-env")},
    )
    manifests = made(web)
    found = container(body(manifests, "Deployment", "web"))
    assert texts(found, "args") == [
        *("serve", "--password", "$(STACKWRIGHT_ARG_2)", "--verbose", "$(STACKWRIGHT_ARG_4)"),
    ]
    assert by_name(docs(found, "env"))["STACKWRIGHT_ARG_2"]["valueFrom"]
    data = pairs(body(manifests, "Secret", "web-env"), "data")
    assert b64decode(data["STACKWRIGHT_ARG_2"]).decode() == "hidden-word"


def test_a_variable_that_kubernetes_does_not_take_is_refused_without_its_value() -> None:
    told = refused(component(env={"a:b": "shown-nowhere"}))
    assert "`a:b`" in told
    assert "shown-nowhere" not in told


def test_more_secret_text_than_a_secret_holds_is_refused() -> None:
    env = {f"KEY_{number}": Secret("x" * 131_072) for number in range(9)}
    assert "secret variables of component web are 1.1 MiB" in refused(component(env=env))


def test_a_pod_has_nothing_in_it_that_a_container_would_not_have() -> None:
    spec = pod(body(made(component()), "Deployment", "web"))
    assert spec["enableServiceLinks"] is False
    assert spec["automountServiceAccountToken"] is False
    assert spec["terminationGracePeriodSeconds"] == 2


def test_a_pod_is_found_by_its_name_before_it_is_ready() -> None:
    spec = child(body(made(component()), "Service", "web"), "spec")
    assert spec["publishNotReadyAddresses"] is True


def test_node_ports_are_opened_where_they_are_asked_for() -> None:
    ports = (HTTP, PortRequest(name="admin", container=9000, host=18099))
    found = manifests_of(
        stack(component(ports=ports)),
        place=Path("/project/stackwright.toml"),
        images={},
        node_ports={("web", "admin"): 30099},
    )
    assert "nodePort" not in str(body(found, "Service", "web"))
    spec = child(body(found, "Service", "web-node"), "spec")
    assert spec["type"] == "NodePort"
    (port,) = docs(spec, "ports")
    assert (port["port"], port["nodePort"]) == (9000, 30099)
    assert found.notices == made(component()).notices
    with pytest.raises(ConfigError, match="are both called `web-node`"):
        manifests_of(
            stack(component(), component("web-node")),
            place=Path("/project/stackwright.toml"),
            images={},
            node_ports={("web", "http"): 30080},
        )
    with pytest.raises(ConfigError, match="does not have"):
        manifests_of(
            stack(component()),
            place=Path("/project/stackwright.toml"),
            images={},
            node_ports={("web", "admin"): 30099},
        )


def test_host_ports_are_told_to_mean_nothing_once() -> None:
    pinned = (PortRequest(name="http", container=8080, host=18080),)
    found = made(component(ports=pinned), component("other", ports=pinned))
    (told,) = (each for each in found.notices if "host ports" in each)
    assert told.endswith("18080 (http of web), 18080 (http of other)")


def test_weaker_probes_are_told_with_their_reason() -> None:
    talk = component("talk", gate=TcpGate(port="http", send=b"hi"))
    found = made(component(), component("other"), talk)
    assert [each.component for each in found.weakened] == ["web", "other", "talk"]
    assert found.weakened[2].gate == "TCP exchange on http"
    same = [each for each in found.notices if "follows redirects" in each]
    assert len(same) == 1
    assert "web (GET /health on http), other (GET /health on http)" in same[0]


def test_all_mistakes_are_told_at_the_lines_of_their_components() -> None:
    broken = (
        component("one", source=None),
        component("two", source=Build(context=Path("/project"))),
        component("three", ports=(), gate=LogGate(pattern="up")),
    )
    with pytest.raises(ConfigError) as caught:
        manifests_of(
            stack(*broken),
            place=Path("stackwright.toml"),
            images={},
            lines={"one": 7, "two": 12},
        )
    told = str(caught.value).splitlines()
    assert "3 mistakes" in told[0]
    assert told[1].strip().startswith("stackwright.toml:1: component three: the gate (/up/ in")
    assert told[2].strip().startswith("stackwright.toml:7: component one has no image")
    assert told[3].strip().startswith("stackwright.toml:12: component two has no image")


def test_ports_whose_names_kubernetes_does_not_take_are_named_by_number() -> None:
    ports = (PortRequest(name="http-", container=8080), PortRequest(name="x", container=8080))
    gate = HttpGate(port="http-", path="/")
    (port,) = docs(
        child(body(made(component(ports=ports, gate=gate)), "Service", "web"), "spec"), "ports"
    )
    assert port["name"] == "port-8080"
    assert text(port, "protocol") == "TCP"
