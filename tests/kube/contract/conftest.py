"""The clusters that are asked."""

from __future__ import annotations

import os
import re
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.kube.contract.client import Client, eventually
from tests.kube.kube_double import KubeDouble, kube_double

_KUBECONFIG: Final = "STACKWRIGHT_TEST_KUBECONFIG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A cluster that is asked. `double`: the one in this process, None for a real one."""

    client: Client
    kubeconfig: Path
    double: KubeDouble | None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A real cluster is a parameter only where one is given."""
    if "subject" in metafunc.fixturenames:
        kinds = ["double", "real"] if os.environ.get(_KUBECONFIG) else ["double"]
        metafunc.parametrize("subject", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def subject(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Subject]:
    """One cluster for all tests; each has its own namespace."""
    if request.param == "real":
        path = Path(os.environ[_KUBECONFIG])
        with _proxy(path) as client:
            yield Subject(client=client, kubeconfig=path, double=None)
        return
    with kube_double() as double:
        path = double.write_kubeconfig(tmp_path_factory.mktemp("kube") / "config")
        where = urlsplit(double.url)
        client = Client(host=where.hostname or "", port=where.port or 0)
        yield Subject(client=client, kubeconfig=path, double=double)


@contextmanager
def _proxy(kubeconfig: Path) -> Iterator[Client]:
    """kubectl's proxy knows every way to authenticate; through it, a cluster speaks plain HTTP."""
    command = ("kubectl", "--kubeconfig", str(kubeconfig), "proxy", "--port", "0")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r"127\.0\.0\.1:(\d+)", said)
            assert found is not None, said
            yield Client(host="127.0.0.1", port=int(found[1]))
        finally:
            process.terminate()


@pytest.fixture
def client(subject: Subject) -> Client:
    return subject.client


@pytest.fixture
def unique() -> str:
    """A name that nothing else has."""
    return f"stackwright-contract-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def namespace(client: Client, unique: str) -> Iterator[str]:
    """A namespace of the test's own, with its service account in place."""
    client.made("/api/v1/namespaces", {"metadata": {"name": unique}})
    account = f"/api/v1/namespaces/{unique}/serviceaccounts/default"
    eventually(lambda: client.get(account).code == 200)
    yield unique
    client.delete(f"/api/v1/namespaces/{unique}")


@pytest.fixture
def core(namespace: str) -> str:
    """The path of the namespace's core resources."""
    return f"/api/v1/namespaces/{namespace}"


@pytest.fixture
def apps(namespace: str) -> str:
    """The path of the namespace's workloads."""
    return f"/apis/apps/v1/namespaces/{namespace}"
