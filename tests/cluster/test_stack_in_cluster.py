"""Stacks on a cluster: the reference platform's come up, and whatever else a stack is, its objects
are such as Kubernetes takes, and its secrets are in Secrets alone.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
import tomllib
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.cluster.deferred import deferred
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.readiness import judge
from orchestration.cluster.stack_manifests import StackManifests, manifests_of
from orchestration.cluster.waves import waves
from orchestration.errors import ConfigError
from orchestration.gates import ExecGate, HttpGate, LogGate, PostgresGate, RedisGate, TcpGate
from orchestration.model import Failed, NotYet, PortRequest, Ready, Secret
from orchestration.ports import Gate
from orchestration.stack import Component, Stack
from tests.cluster.stack_making import PLATFORM, component, made, one_shot, platform_manifests
from tests.kube.behaviours import Runs
from tests.kube.built_in_schema import misfits
from tests.kube.conftest import client_of
from tests.kube.json_values import Doc, child, docs, pairs, text, texts
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.resource import BUILT_IN
from tests.kube.validation import check_new

STACKS: Final = tuple(tomllib.loads(PLATFORM.read_text())["stacks"])
KINDS: Final = {each.kind: each for each in BUILT_IN}


@pytest.fixture(scope="module")
def cluster() -> Iterator[KubeDouble]:
    with kube_double() as started:
        yield started


def namespace(cluster: KubeDouble, name: str) -> str:
    cluster.create("Namespace", {"metadata": {"name": name}})
    return name


def apply(cluster: KubeDouble, manifest: Manifest, place: str) -> None:
    """Server-side apply over HTTP, as a deployment does it."""
    resource = KINDS[manifest.kind]
    path = f"{resource.root}/namespaces/{place}/{resource.plural}/{manifest.name}"
    given: Doc = json.loads(json.dumps(manifest.body))
    reply = client_of(cluster).apply(path, given, "stackwright", fieldValidation="Strict")
    assert reply.code == 201, reply.body


def ready(cluster: KubeDouble, manifest: Manifest, place: str) -> bool:
    cluster.settle()
    return isinstance(judge(cluster.get(manifest.kind, manifest.name, place), (), 0.0), Ready)


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_of_the_platform_comes_up_in_its_order(cluster: KubeDouble, name: str) -> None:
    found = platform_manifests(name).manifests
    place = namespace(cluster, name)
    applied: list[Manifest] = []
    for wave in waves(found):
        for manifest in wave.manifests:
            apply(cluster, manifest, place)
            applied.append(manifest)
    late = list(deferred(found))
    while late:
        refs = {each.ref for each in applied if ready(cluster, each, place)}
        able = [each for each in late if refs.issuperset(each.needs)]
        assert able, late
        for each in able:
            apply(cluster, each.manifest, place)
            applied.append(each.manifest)
            late.remove(each)
    assert all(ready(cluster, each, place) for each in found)
    order = [each.name for each in applied if each.kind in ("Deployment", "Job")]
    assert order.index("postgres") < order.index("migrations") < order.index("datastorage")


def test_kubectl_takes_them_strictly(cluster: KubeDouble, tmp_path: Path) -> None:
    place = namespace(cluster, "by-kubectl")
    bodies = [
        json.loads(json.dumps(each.body)) for each in platform_manifests("holmesgpt-api").manifests
    ]
    config = cluster.write_kubeconfig(tmp_path / "config", namespace=place)
    done = subprocess.run(
        ["kubectl", "apply", "--server-side", "--validate=strict", "-f", "-"],
        input=json.dumps({"apiVersion": "v1", "kind": "List", "items": bodies}),
        env={"KUBECONFIG": str(config), "HOME": str(tmp_path), "PATH": "/usr/local/bin:/usr/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("serverside-applied") == len(bodies)


@pytest.mark.parametrize(
    ("kind", "alive"), [("Deployment", Runs(ready_s=None)), ("Job", Runs())], ids=["gate", "job"]
)
def test_what_runs_and_takes_too_long_fails_by_its_own_timeout(
    cluster: KubeDouble, kind: str, alive: Runs
) -> None:
    """Whatever its image took, and long before the deadline of the stack."""
    place = namespace(cluster, f"late-{kind.lower()}")
    cluster.script.behave(f"{place}/{kind}/web", alive)
    late = component() if kind == "Deployment" else one_shot("web", timeout=30.0)
    for each in made(late).manifests:
        apply(cluster, each, place)
    cluster.settle()
    found, pods = cluster.get(kind, "web", place), cluster.all("Pod", place)
    now = time.time()
    assert isinstance(judge(found, pods, now + 30), NotYet)
    verdict = judge(found, pods, now + 42)
    assert isinstance(verdict, Failed)
    assert "30 s" in verdict.reason


NAMES = st.builds(str.__add__, st.sampled_from("a0"), st.text("a0-", max_size=39))
GOOD_NAMES = st.sampled_from(["a", "web", "db-0", "web-node", "x" * 40])
ALIASES = st.builds(str.__add__, st.sampled_from("aA0"), st.text("aA0.-_", max_size=4))
VARIABLES = st.builds(str.__add__, st.sampled_from("A_"), st.text("aA0_.-", max_size=4))
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
HIDDEN = st.integers(0, 9).map(lambda number: f"hidden-{number}$(x)$$xxx")
SECRETS = HIDDEN.map(Secret)


def plain(word: str) -> str:
    return word.replace("${", "$")


POSTGRES: Final = partial(PostgresGate, user="u", database="d")


def gates(ports: list[str]) -> st.SearchStrategy[Gate]:
    exec_gate = st.builds(ExecGate, command=st.tuples(st.just("probe"), WORDS.map(plain)))
    if not ports:
        return exec_gate
    port = st.sampled_from(ports)
    statuses = st.lists(st.integers(200, 599), min_size=1, max_size=2).map(tuple)
    headers = st.dictionaries(st.sampled_from(["X-Key", "Host"]), SECRETS | st.just("plain"))
    return st.one_of(
        exec_gate,
        st.builds(HttpGate, port=port, path=st.just("/"), status=statuses, headers=headers),
        st.builds(TcpGate, port=port, send=st.binary(max_size=3)),
        st.builds(
            PostgresGate, port=port, user=st.just("u"), database=st.just("d"), password=SECRETS
        ),
        st.builds(RedisGate, port=port, password=SECRETS),
        st.builds(LogGate, pattern=st.just("up"), port=port),
    )


@st.composite
def components(draw: st.DrawFn) -> Component:
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    ports = tuple(
        PortRequest(
            name=name, container=draw(st.integers(1, 65535)), host=draw(st.none() | st.just(1))
        )
        for name in names
    )
    references = [*(f"${{self.port.{name}}}" for name in names), "${self.host}"]
    values = st.one_of(
        WORDS.map(plain),
        SECRETS,
        HIDDEN.map(lambda word: f"https://me:{word}@host/"),
        st.sampled_from(references),
        *([st.just("${self.dsn}")] if names else []),
    )
    words = st.one_of(WORDS.map(plain), HIDDEN.map(lambda word: f"--password={word}"))
    over = draw(st.booleans())
    return Component(
        name=draw(st.one_of(GOOD_NAMES, GOOD_NAMES, GOOD_NAMES, NAMES)),
        source=draw(st.sampled_from(["image:1", "localhost/x/y:latest"])),
        ports=ports,
        env=draw(st.dictionaries(VARIABLES, values, max_size=4)),
        command=tuple(draw(st.lists(words, max_size=3))),
        aliases=tuple(draw(st.lists(GOOD_NAMES | GOOD_NAMES | ALIASES, max_size=1))),
        gate=None if over else draw(gates(names)),
        one_shot=over,
        timeout=draw(st.floats(0.001, 86400)),
    )


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    found = draw(st.lists(components(), min_size=1, max_size=3, unique_by=lambda each: each.name))
    return Stack(name=draw(NAMES), service="s", project=Path("/project"), components=tuple(found))


LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
LABEL_VALUE: Final = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
LABEL_KEY: Final = re.compile(r"([a-z0-9.]+/)?[A-Za-z]{1,63}")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stacks())
def test_any_stack_gives_what_kubernetes_takes_with_its_secrets_in_secrets(stack: Stack) -> None:
    told = ""
    try:
        found = manifests_of(stack, place=Path("/project/stackwright.toml"), images={})
    except ConfigError as error:
        told, found = str(error), StackManifests(manifests=(), weakened=(), notices=())
    assert "hidden-" not in told + repr(found)
    assert len({each.ref for each in found.manifests}) == len(found.manifests)
    held = {
        (manifest.name, key)
        for manifest in found.manifests
        if manifest.kind == "Secret"
        for key in pairs(as_json(manifest), "data")
    }
    for manifest in found.manifests:
        given = as_json(manifest)
        assert misfits(KINDS[manifest.kind], given) == []
        check_new(KINDS[manifest.kind], given)
        check_names(given)
        assert set(referred(given)) <= held
        if manifest.kind != "Secret":
            assert "hidden-" not in json.dumps(given)
            assert b64encode(b"hidden").decode()[:7] not in json.dumps(given)


def as_json(manifest: Manifest) -> Doc:
    found: Doc = json.loads(json.dumps(manifest.body))
    return found


def check_names(given: Doc) -> None:
    assert LABEL.fullmatch(text(given, "metadata", "name"))
    for path in (("metadata", "labels"), ("spec", "template", "metadata", "labels")):
        for key, value in pairs(given, *path).items():
            assert LABEL_KEY.fullmatch(key)
            assert LABEL_VALUE.fullmatch(value)
    names = [text(port, "name") for port in docs(given, "spec", "ports")]
    assert all(LABEL.fullmatch(name) for name in names)
    assert len(set(names)) == len(names)
    for container in docs(given, "spec", "template", "spec", "containers"):
        assert LABEL.fullmatch(text(container, "name"))
        variables = [text(variable, "name") for variable in docs(container, "env")]
        assert len(set(variables)) == len(variables)
        # What an argument is filled in from is there.
        filled = [word[2:-1] for word in texts(container, "args") if word.startswith("$(")]
        assert set(filled) <= set(variables)


def referred(given: Doc) -> Iterator[tuple[str, str]]:
    """The Secrets' keys that variables are read from."""
    for container in docs(given, "spec", "template", "spec", "containers"):
        for variable in docs(container, "env"):
            key = child(variable, "valueFrom", "secretKeyRef")
            if key:
                yield text(key, "name"), text(key, "key")
