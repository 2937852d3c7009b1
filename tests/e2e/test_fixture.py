"""The fixture `stackwright_platform` and `platform_up`, on a platform of a cluster's double."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from urllib.request import urlopen

import pytest

from orchestration import platform_session, platform_source, platform_up
from orchestration.cluster.client import Client
from orchestration.cluster.platform_run import PlatformRun
from orchestration.cluster.platform_status import ObjectStatus, platform_status
from orchestration.errors import ClusterError, DeployError
from orchestration.platform_session import PlatformSession
from orchestration.record import Phase, RunRecord
from orchestration.stack import Build
from orchestration.state import FileRuns
from tests.e2e.conftest import Run
from tests.e2e.shop import CONFIG, Shop, until
from tests.kube.behaviours import Ends, Runs
from tests.kube.json_values import Doc
from tests.kube.kube_double import KubeDouble
from tests.product import Finished

STACK = """
[stacks.local.components.app]
image = "python:3.11-slim"
command = ["python", "-m", "http.server", "${self.port.http}"]
env = { DB_PASSWORD = "planted-here" }
ports.http = 8080
gate = { kind = "tcp", port = "http" }
embedded = { command = ["python", "-m", "http.server", "${self.port.http}"] }
"""

READS = """\
import urllib.request


def test_the_api_serves(stackwright_platform):
    url = stackwright_platform.endpoint("api").url
    assert urllib.request.urlopen(url).read() == b"from the pod"
    print("RUN", stackwright_platform.run, stackwright_platform.namespace, flush=True)


def test_the_cluster_is_named(stackwright_platform):
    assert stackwright_platform.context == "double"
    assert stackwright_platform.namespace.startswith("stackwright-shop-")
"""

BOX = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {kind: Box, plural: boxes, singular: box, listKind: BoxList}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object}}
---
apiVersion: shop.example.com/v1
kind: Box
metadata: {name: one}
"""


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """With tests of its own."""
    (shop.product.project / "pytest.ini").write_text("[pytest]\n")
    (shop.product.project / "test_shop.py").write_text(READS)
    return shop


def begin(shop: Shop, *words: str) -> subprocess.Popen[str]:
    """A pytest of its own."""
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("STACKWRIGHT_", "PYTEST_"))
    }
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-s", *words],
        cwd=shop.product.project,
        env={**inherited, "STACKWRIGHT_STATE": str(shop.product.state), **shop.product.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def session(shop: Shop, *words: str) -> Finished:
    """How a pytest of its own ended."""
    process = begin(shop, *words)
    out, _ = process.communicate(timeout=60)
    return Finished(code=process.returncode, out=out, err="")


def test_a_platform_is_there_for_the_tests_and_gone_afterwards(shop: Shop) -> None:
    ended = session(shop)
    assert ended.code == 0, ended.out
    assert "2 passed" in ended.out
    assert shop.left() == []


def test_a_kept_platform_is_used_until_a_manifest_changes(run: Run, shop: Shop) -> None:
    assert run("e2e", "up").code == 0
    (kept,) = shop.product.records()
    ended = session(shop)
    assert ended.code == 0, ended.out
    assert f"RUN {kept.stem} " in ended.out
    assert shop.product.records() == [kept]

    shop.edit("settings.yaml", "hello", "good morning")
    ended = session(shop)
    assert ended.code == 0, ended.out
    assert f"RUN {kept.stem} " not in ended.out
    said = " ".join(ended.out.split())
    assert "the running platform shop is not what the configuration says now" in said
    assert "ConfigMap settings" in said
    assert "a platform of its own is started for this session" in said
    assert shop.product.records() == [kept]
    assert run("e2e", "down").code == 0
    assert shop.left() == []


def test_a_kept_platform_that_is_not_ready_any_more_is_not_used(run: Run, shop: Shop) -> None:
    assert run("e2e", "up").code == 0
    (kept,) = shop.product.records()
    (namespace,) = shop.namespaces()
    shop.delete_namespace(namespace)
    until(lambda: shop.namespaces() == [], "the namespace goes")
    with platform_up() as platform:
        assert platform.run != kept.stem
        assert shop.namespaces() == [platform.namespace]
    assert shop.namespaces() == []
    assert shop.product.records() == [kept]


def test_a_kept_platform_with_a_custom_object_that_is_not_ready_is_not_used(
    run: Run, shop: Shop
) -> None:
    shop.write("box.yaml", BOX)
    assert run("e2e", "up").code == 0
    (kept,) = shop.product.records()
    (namespace,) = shop.namespaces()
    with platform_up() as platform:
        assert platform.run == kept.stem
    registry = shop.cluster.registry
    boxes = registry.catalogue.of_key("shop.example.com", "boxes")
    down: Doc = {"conditions": [{"type": "Ready", "status": "False", "message": "no disk left"}]}
    registry.set_status(boxes, registry.get(boxes, namespace, "one"), down, "its-controller")
    told = run("e2e", "status")
    assert told.code == 14
    assert "Box one         not ready  is not Ready: no disk left\n" in told.out
    with platform_up() as platform:
        assert platform.run != kept.stem
    assert run("e2e", "down").code == 0
    assert shop.left() == []


def test_build_contexts_are_digested_once_when_a_kept_platform_is_another(
    run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("e2e", "up").code == 0
    (kept,) = shop.product.records()
    (shop.product.project / "api").mkdir()
    (shop.product.project / "api" / "Containerfile").write_text("FROM scratch\n")
    shop.product.edit(
        "[e2e.shop.access]",
        '[e2e.shop.images]\n"example.com/api:1" = { context = "api" }\n\n[e2e.shop.access]',
    )
    digested: list[Build] = []

    def digest(build: Build) -> str:
        digested.append(build)
        return "0"

    monkeypatch.setattr(platform_source, "digest_of_build", digest)
    # Nothing is built: what is deployed takes the image as it is written.
    monkeypatch.setattr(PlatformSession, "_builder", lambda *_: nullcontext())
    with platform_up() as platform:
        assert platform.run != kept.stem
    assert [each.context.name for each in digested] == ["api"]
    assert run("e2e", "down").code == 0
    assert shop.left() == []


@pytest.mark.usefixtures("run")
def test_a_signal_when_all_is_up_ends_it_as_one_a_moment_earlier(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = FileRuns.change

    def signalled(
        runs: FileRuns, key: str, edit: Callable[[RunRecord], RunRecord]
    ) -> RunRecord | None:
        changed = change(runs, key, edit)
        if changed is not None and changed.phase is Phase.UP:
            os.kill(os.getpid(), signal.SIGINT)
        return changed

    with monkeypatch.context() as patched:
        patched.setattr(FileRuns, "change", signalled)
        with pytest.raises(KeyboardInterrupt), platform_up():
            raise AssertionError("it is stopped")
    assert shop.left() == []


def test_a_signal_when_a_kept_platform_is_taken_gives_it_back(
    run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("e2e", "up").code == 0

    async def signalled(client: Client, of: PlatformRun) -> tuple[ObjectStatus, ...]:
        found = await platform_status(client, of)
        os.kill(os.getpid(), signal.SIGINT)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(platform_session, "platform_status", signalled)
        with pytest.raises(KeyboardInterrupt), platform_up():
            raise AssertionError("it is stopped")
    assert run("e2e", "down").code == 0
    assert shop.left() == []


def test_workers_share_one_platform_that_the_controller_removes(shop: Shop) -> None:
    (shop.product.project / "test_shop.py").write_text(
        "import pathlib, pytest, urllib.request\n\n\n"
        "@pytest.mark.parametrize('at', range(6))\n"
        "def test_it(stackwright_platform, worker_id, at):\n"
        "    urllib.request.urlopen(stackwright_platform.endpoint('api').url).read()\n"
        "    with pathlib.Path('seen').open('a') as seen:\n"
        "        seen.write(f'{stackwright_platform.run} {worker_id}\\n')\n"
    )
    ended = session(shop, "-n", "2")
    assert ended.code == 0, ended.out
    lines = (shop.product.project / "seen").read_text().splitlines()
    assert len({line.split()[0] for line in lines}) == 1
    assert len({line.split()[1] for line in lines}) == 2
    assert shop.left() == []


def test_workers_are_told_one_failure_that_happened_once(shop: Shop) -> None:
    shop.cluster.script.behave("Job/migrate", Ends(exit_code=3, log="no such table\n"))
    ended = session(shop, "-n", "2")
    assert ended.code == 1
    assert "2 errors" in ended.out
    assert "skipped" not in ended.out
    assert "BackoffLimitExceeded" in ended.out
    assert "Traceback" not in ended.out
    made = {
        each.path for each in shop.cluster.requests.all() if each.path.endswith("/jobs/migrate")
    }
    assert len(made) == 1
    assert shop.left() == []


def test_a_failed_test_shows_the_ends_of_the_logs(shop: Shop) -> None:
    shop.cluster.script.behave("Deployment/api", Runs(log="listening with planted-secret\n"))
    shop.write(
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {a: planted-secret}\n",
    )
    (shop.product.project / "test_shop.py").write_text(
        "def test_it(stackwright_platform):\n    assert False, 'planted-secret'\n\n\n"
        "def test_other():\n    assert 0\n"
    )
    ended = session(shop)
    assert ended.code == 1
    assert ended.out.count("stackwright log of api-") == 1
    assert "listening with ***" in ended.out
    assert "planted-secret" not in ended.out.replace("assert False, 'planted-secret'", "")
    assert shop.left() == []


def test_beside_a_stack_each_hides_its_secrets_and_has_its_logs(
    tmp_path: Path, cluster: KubeDouble
) -> None:
    shop = Shop.at(tmp_path, cluster, CONFIG + STACK)
    shop.cluster.script.behave("Deployment/api", Runs(log="listening\n"))
    shop.write(
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {a: planted-there}\n",
    )
    (shop.product.project / "pytest.ini").write_text("[pytest]\nstackwright_engine = embedded\n")
    (shop.product.project / "test_shop.py").write_text(
        "BOTH = 'planted-' + 'here', 'planted-' + 'there'\n\n\n"
        "def test_both(stackwright_platform, stackwright_stack):\n    assert not BOTH\n\n\n"
        "def test_platform(stackwright_platform):\n    assert not BOTH\n\n\n"
        "def test_stack(stackwright_stack):\n    assert not BOTH\n"
    )
    ended = session(shop)
    assert ended.code == 1
    assert "3 failed" in ended.out
    _, _, shown = ended.out.partition(" test_platform ")
    platform, _, stack = shown.partition(" test_stack ")
    assert "log of api-" in platform
    assert "log of app " not in platform
    assert "log of app " in stack
    assert "log of api-" not in stack
    assert "planted-here" not in ended.out
    assert "planted-there" not in ended.out
    assert shop.left() == []


def test_an_interrupted_session_leaves_nothing(shop: Shop) -> None:
    shop.cluster.script.behave("Deployment/api", Runs(ready_s=None))
    process = begin(shop)
    until(lambda: len(shop.cluster.all("Pod")) == 2, "the pods are made")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 2, out
    assert shop.left() == []


def used(shop: Shop) -> None:
    """A block that uses a platform, and fails."""
    with platform_up() as platform:
        assert shop.namespaces() == [platform.namespace]
        with urlopen(platform["api"].url) as answer:
            assert answer.read() == b"from the pod"
        raise ValueError(platform.endpoint("web"))


@pytest.mark.usefixtures("here")
def test_a_platform_for_the_length_of_a_block(shop: Shop) -> None:
    with pytest.raises(KeyError, match="no access web to platform shop; there is api"):
        used(shop)
    assert shop.left() == []


@pytest.mark.usefixtures("here")
def test_a_platform_that_does_not_come_up_raises_with_everything(shop: Shop) -> None:
    shop.cluster.script.behave("Job/migrate", Ends(exit_code=3))
    with pytest.raises(DeployError) as caught, platform_up():
        pytest.fail("it is not up")
    assert "Job migrate (manifests/migrate.yaml:1): BackoffLimitExceeded" in str(caught.value)
    assert shop.left() == []


@pytest.mark.usefixtures("here")
def test_a_way_that_cannot_be_opened_leaves_no_platform(shop: Shop) -> None:
    shop.tool("kubectl", "raise SystemExit('error: unable to listen')")
    with pytest.raises(ClusterError) as caught, platform_up():
        pytest.fail("there is no way to it")
    assert "no way to Service api can be opened" in str(caught.value)
    assert shop.left() == []


@pytest.mark.usefixtures("here")
def test_a_fork_that_ends_takes_nothing_from_its_parent(shop: Shop) -> None:
    try:
        with platform_up() as platform:
            fork = os.fork()
            if not fork:
                # For one that never ends.
                signal.alarm(30)
                sys.exit()
            status = os.waitpid(fork, 0)[1]
            with urlopen(platform["api"].url) as answer:
                said = answer.read()
    except SystemExit:
        gc.collect()
        os._exit(7)
    assert os.waitstatus_to_exitcode(status) == 7
    assert said == b"from the pod"
    assert shop.left() == []
