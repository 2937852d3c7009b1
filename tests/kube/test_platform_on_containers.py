"""The reference platform's manifests, run by a cluster with real containers."""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.request import Request, urlopen

import psycopg
import pytest

from orchestration.model import EngineName
from tests.contract.engines import CONTAINERS, marked
from tests.kube.container_clusters import container_cluster
from tests.kube.json_values import docs, number, text
from tests.kube.kube_double import KubeDouble
from tests.kube.platform_images import PLATFORM, platform_images
from tests.kube.test_access import kubectl
from tests.kube.workloads import conditions

FOLDERS = ("postgres", "redis", "migrations", "datastorage/manifests")
PATIENCE_S = 90.0
ACTION = {
    "service": "gateway",
    "kind": "restart_pod",
    "signal": "PodNotReady",
    "target": "payments/pod/api-0",
    "outcome": "succeeded",
    "summary": "restarted the pod",
}


@pytest.mark.parametrize("engine", marked(*CONTAINERS))
def test_datastorage_is_well_and_keeps_rows_in_the_database(
    engine: EngineName, tmp_path: Path
) -> None:
    with (
        platform_images(engine, "datastorage", "migrations") as images,
        container_cluster(engine, images=images, tls=True) as double,
    ):
        double.create("Namespace", {"metadata": {"name": "e2e"}})
        kubeconfig = double.write_kubeconfig(tmp_path / "config", namespace="e2e")
        files = [word for each in FOLDERS for word in ("-f", str(PLATFORM / "e2e" / each))]
        done = kubectl(kubeconfig, "apply", "--server-side", *files)
        assert done.returncode == 0, done.stderr
        wait_for_datastorage(double)
        service = double.get("Service", "datastorage", "e2e")
        url = f"http://127.0.0.1:{number(docs(service, 'spec', 'ports')[0], 'nodePort')}"
        with urlopen(f"{url}/health", timeout=5) as answer:
            assert answer.status == 200
        post = Request(f"{url}/api/v1/actions", data=json.dumps(ACTION).encode())
        with urlopen(post, timeout=5) as answer:
            assert answer.status == 201
        assert rows(double) == [("gateway", "PodNotReady", "succeeded")]


def wait_for_datastorage(double: KubeDouble) -> None:
    """On two busy cores the whole chain takes a quarter of a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while not available(double, "datastorage"):
        double.loop.check()
        assert time.monotonic() < deadline, double.all("Pod", "e2e")
        time.sleep(0.05)


def available(double: KubeDouble, name: str) -> bool:
    found = conditions(double.get("Deployment", name, "e2e"))
    return found.get("Available", ("", ""))[0] == "True"


def rows(double: KubeDouble) -> list[tuple[str, ...]]:
    """What stands in PostgreSQL itself."""
    pod = double.get("Pod", "postgres-0", "e2e")
    with psycopg.connect(
        host=text(pod, "status", "podIP"),
        dbname="action_history",
        user="slm_user",
        password="slm_password",
    ) as connection:
        return connection.execute("SELECT service, signal, outcome FROM actions").fetchall()
