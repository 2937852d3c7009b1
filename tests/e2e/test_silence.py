"""An API server that accepts connections and says nothing holds nobody up for long."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration import platform_up
from orchestration.shared_platform import SharedPlatform
from tests.e2e.conftest import Run
from tests.e2e.shop import Shop, until
from tests.e2e.test_away import ROLE
from tests.e2e.test_signals import coming_up, watchdogs
from tests.kube.access import ADMIN_TOKEN
from tests.kube.faults import Breakage, Delays, Which
from tests.kube.json_values import Doc
from tests.kube.removal import Removal, delete

FIRST = "orchestration.cluster.client.LOOK_S"
"""For the first answer of a cluster."""
LOOKS = (
    "orchestration.platform_place.LOOK_S",
    "orchestration.operations.e2e_logs.LOOK_S",
    "orchestration.operations.e2e_clean.LOOK_S",
)
"""For all that somebody asks who only looks."""
SILENT = "error: the cluster of context double does not answer"


@pytest.fixture
def hasty_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a look at a cluster that has answered."""
    for each in LOOKS:
        monkeypatch.setattr(each, 0.5)


@pytest.fixture
def hasty_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor for the first answer; the others may take their time."""
    monkeypatch.setattr(FIRST, 0.5)


@pytest.fixture
def hasty(hasty_looks: None, hasty_first: None) -> None:
    """Nobody waits long for anything."""


def silence(shop: Shop, path: str = "", times: int | None = None) -> None:
    """Have no answer come any more."""
    shop.cluster.faults.add(Which(path=path), Breakage.HANG, times=times)


def clean_up(run: Run, shop: Shop, record: Path) -> None:
    """Have `e2e clean` remove the run of `record`, of which nobody answers any more."""
    for pid in watchdogs(shop):
        # It has asked while the cluster said nothing, and would wait.
        os.kill(pid, signal.SIGKILL)

    def cleaned() -> bool:
        done = run("e2e", "clean")
        assert done.code == 0, done.err
        return not record.exists()

    # Who was killed answers for the removal until it is dead.
    until(cleaned, "what is left is removed")


def test_after_a_signal_all_is_over_and_the_run_stays_known(shop: Shop) -> None:
    with coming_up(shop) as process:
        silence(shop)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (143, "")
    said = " ".join(err.split())
    assert "stopped by SIGTERM; the cluster of context double does not answer" in said
    (record,) = shop.product.records()
    assert (
        f"once it answers, `stackwright e2e clean` removes what is left of run {record.stem}"
        in (said)
    )
    shop.cluster.faults.clear()
    clean_up(shop.product.run, shop, record)
    assert shop.left() == []


@pytest.fixture
def mute() -> Iterator[socket.socket]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.mark.usefixtures("hasty_first")
# httpcore leaves the socket of a TLS handshake that is broken off to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_command_says_the_same_of_a_cluster_that_says_nothing(
    run: Run, shop: Shop, mute: socket.socket, scheme: str
) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    shop.product.edit("[e2e.shop]", '[e2e.other]\nmanifests = ["manifests"]\n\n[e2e.shop]')
    there = shop.kubeconfig.read_text()
    server = f"{scheme}://127.0.0.1:{mute.getsockname()[1]}"
    shop.kubeconfig.write_text(there.replace(shop.cluster.url, server))
    said = ""
    for words in (
        ("up", "--service", "other", "--progress", "quiet"),
        ("status",),
        ("logs",),
        ("clean",),
        ("clean", "--context", "double"),
        ("down", "--progress", "quiet"),
    ):
        each = run("e2e", *words)
        # Not in the middle of the next import: CPython 3.11 cannot parse meanwhile (gh-106905).
        gc.collect()
        assert each.code == 13, words
        assert SILENT in each.err, words
        assert "what it was asked has taken more than 0.5 s" in each.err, words
        said = " ".join(each.err.split())
    assert "`stackwright e2e clean` removes what is left" in said
    shop.kubeconfig.write_text(there)
    (record,) = shop.product.records()
    clean_up(run, shop, record)
    assert shop.left() == []


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("verb", ["status", "logs", "clean"])
def test_a_cluster_that_falls_silent_is_told_by_all_who_look(
    run: Run, shop: Shop, verb: str
) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    silence(shop, "^/api/")
    told = run("e2e", verb)
    assert told.code == 13
    assert SILENT in told.err
    shop.cluster.faults.clear()
    assert run("e2e", "down").code == 0


@pytest.mark.usefixtures("hasty_first")
def test_a_deployment_to_a_slow_cluster_goes_on(run: Run, shop: Shop) -> None:
    """Only the first answer must come soon."""
    shop.cluster.faults.add(Which(path="^/apis/apps/v1$"), Delays(seconds=1.0))
    shop.cluster.faults.add(Which(verb="patch"), Delays(seconds=1.0))
    assert run("e2e", "up", "--progress", "quiet").code == 0
    assert run("e2e", "down").code == 0


@pytest.mark.parametrize("path", ["^/apis/apps/v1$", "/clusterroles/reader$"])
def test_what_is_asked_before_a_deployment_is_held_to_its_deadline(
    run: Run, shop: Shop, path: str
) -> None:
    shop.product.edit('"20s"', '"500ms"')
    shop.write("role.yaml", ROLE)
    silence(shop, path)
    told = run("e2e", "up", "--progress", "quiet")
    assert told.code == 13
    assert SILENT in told.err
    assert "kubectl --context double version" in " ".join(told.err.split())
    shop.cluster.faults.clear()
    assert shop.left() == []


def test_what_is_on_its_way_out_is_awaited_until_the_deadline(
    run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.platform_startup.SAYS_S", 20.0)
    shop.product.edit('"20s"', '"500ms"')
    shop.write("role.yaml", ROLE)
    held: Doc = {"metadata": {"name": "reader", "finalizers": ["example.com/hold"]}}
    there = shop.cluster.create("ClusterRole", held)
    registry = shop.cluster.registry
    delete(registry, registry.catalogue.kind("ClusterRole"), there, Removal())
    told = run("e2e", "up", "--progress", "quiet")
    assert told.code == 14
    assert "it is being deleted, and waits for finalizer" in " ".join(told.err.split())


@pytest.mark.usefixtures("hasty")
def test_status_says_so(run: Run, shop: Shop) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    silence(shop)
    told = run("e2e", "status")
    assert told.code == 13
    assert "the cluster of context double does not answer" in told.err
    shop.cluster.faults.clear()
    assert run("e2e", "down").code == 0


@pytest.mark.usefixtures("hasty")
def test_a_kept_platform_that_does_not_answer_is_not_used(run: Run, shop: Shop) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    (kept,) = shop.product.records()
    silence(shop, "^/version$", times=1)
    with platform_up() as platform:
        assert platform.run != kept.stem
    assert shop.product.records() == [kept]
    assert run("e2e", "down").code == 0
    assert shop.left() == []


@pytest.mark.usefixtures("here", "hasty")
def test_failed_tests_wait_for_logs_once(shop: Shop) -> None:
    shared = SharedPlatform(
        cwd=Path.cwd(),
        service=None,
        config=None,
        fresh=False,
        keep=False,
        xdist=None,
        progress=lambda _redact: lambda _event: None,
    )
    shared.acquire()
    silence(shop)
    first = shared.log_sections(5)
    asked = shop.cluster.faults.struck
    again = shared.log_sections(5)
    assert shop.cluster.faults.struck == asked >= 1
    told = "not to be had: the cluster of context double does not answer"
    assert first == again == [("stackwright logs", told)]
    shop.cluster.faults.clear()
    shared.release()
    assert shop.left() == []


@pytest.mark.usefixtures("hasty_looks")
def test_a_credential_plugin_that_takes_its_time_is_no_silence(run: Run, shop: Shop) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    (kept,) = shop.product.records()
    token = {"kind": "ExecCredential", "status": {"token": ADMIN_TOKEN}}
    shop.tool("log-in", f"import time; time.sleep(0.6); print({json.dumps(token)!r})\n")
    config = json.loads(shop.kubeconfig.read_text())
    version = "client.authentication.k8s.io/v1"
    config["users"][0]["user"] = {"exec": {"apiVersion": version, "command": "log-in"}}
    shop.kubeconfig.write_text(json.dumps(config))
    told = run("e2e", "status")
    assert told.code == 0, told.err
    with platform_up() as platform:
        assert platform.run == kept.stem


@pytest.mark.usefixtures("hasty_looks")
def test_logs_wait_once_for_a_cluster_that_falls_silent(run: Run, shop: Shop) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    shop.cluster.requests.clear()
    shop.cluster.faults.add(Which(path="^/version$"), Delays(seconds=0.0))
    silence(shop, "^/version$|/log$")
    told = run("e2e", "logs")
    assert told.code == 13
    assert told.err.count(SILENT) == 1
    assert shop.cluster.faults.struck == 3


@pytest.mark.usefixtures("hasty_looks")
def test_a_log_that_takes_its_time_is_shown_whole(run: Run, shop: Shop) -> None:
    assert run("e2e", "up", "--progress", "quiet").code == 0
    shop.cluster.faults.add(Which(path="migrate.*/log$"), Delays(seconds=1.2))
    told = run("e2e", "logs", "--object", "migrate")
    assert (told.code, told.out) == (0, "done\n"), told.err
