"""No secret of a platform is shown or written anywhere."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from tests.e2e.conftest import Run
from tests.e2e.shop import Shop, until
from tests.kube.behaviours import BadConfig, Ends, Runs
from tests.kube.faults import Refuses, Which

PLANTED = ("planted-in-secret", "planted-in-data", "planted-in-env", "planted-in-url")
SECRET = f"""\
apiVersion: v1
kind: Secret
metadata:
  name: credentials
stringData:
  password: planted-in-secret
data:
  token: {b64encode(b"planted-in-data").decode()}
"""
ENV = """\
          image: example.com/migrate:1
          env:
            - {name: API_TOKEN, value: planted-in-env}
            - {name: DATABASE_URL, value: "postgresql://shop:planted-in-url@db/shop"}
"""


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """With secrets wherever they can be, and a Job that writes them all into its log."""
    shop.write("secret.yaml", SECRET)
    shop.edit("migrate.yaml", "          image: example.com/migrate:1\n", ENV)
    shop.cluster.write_kubeconfig(shop.kubeconfig)
    shop.cluster.script.behave("Job/migrate", Ends(log=f"I know {' '.join(PLANTED)}\n"))
    return shop


def shown(*texts: str) -> list[str]:
    """What is shown of all secrets, the kubeconfig's token among them."""
    hidden = (*PLANTED, b64encode(b"planted-in-data").decode(), "admin-token")
    return [each for each in hidden if any(each in text for text in texts)]


def written(shop: Shop) -> list[str]:
    """Every file below the project and the state directory that the product wrote."""
    above = (shop.product.state, shop.product.project)
    files = (file for each in above for file in each.rglob("*") if file.is_file())
    manifests = shop.product.project / "manifests"
    return [file.read_text() for file in files if manifests not in file.parents]


def test_of_a_platform_that_is_up(run: Run, shop: Shop) -> None:
    commands = (
        ("e2e", "plan"),
        ("e2e", "up", "--progress", "json", "--json", "e2e.json", "--junit", "e2e.xml"),
        ("e2e", "status"),
        ("e2e", "status", "--json"),
        ("e2e", "logs"),
    )
    ended = [run(*words) for words in commands]
    assert [each.code for each in ended] == [0] * len(commands)
    assert "I know *** *** *** ***" in ended[-1].out
    assert shown(*(each.out + each.err for each in ended)) == []
    assert shown(*written(shop)) == []


def test_of_a_platform_that_fails(run: Run, shop: Shop) -> None:
    shop.cluster.script.behave("Job/migrate", Ends(exit_code=1, log=f"{' '.join(PLANTED)}\n"))
    ended = run("e2e", "up", "--json", "e2e.json", "--junit", "e2e.xml", "--progress", "plain")
    assert ended.code == 14
    assert "migrate | *** *** *** ***" in ended.err
    assert shown(ended.out, ended.err) == []
    assert shown(*written(shop)) == []


def test_that_a_pod_quotes(run: Run, shop: Shop) -> None:
    """What kubelet makes of it, as of a termination message, is part of the reason."""
    assert run("e2e", "up", "--progress", "quiet").code == 0
    said = BadConfig(message=f"cannot use {' '.join(PLANTED)}")
    shop.cluster.script.behave("Deployment/api", said, now=True)
    shop.cluster.settle()
    for words in ((), ("--json",)):
        told = run("e2e", "status", *words)
        assert told.code == 14
        assert "cannot use *** *** *** ***" in told.out
        assert shown(told.out, told.err) == []


def test_that_the_server_quotes(run: Run, shop: Shop) -> None:
    quoted = Refuses(code=422, message=f"Invalid value: {' '.join(PLANTED)}")
    shop.cluster.faults.add(Which(verb="patch", path="/secrets/"), quoted, times=None)
    ended = run("e2e", "up", "--junit", "e2e.xml")
    assert ended.code == 14
    assert shown(ended.out, ended.err) == []
    assert shown(*written(shop)) == []


def test_in_the_list_of_processes(shop: Shop) -> None:
    shop.cluster.script.behave("Deployment/api", Runs(ready_s=None))
    process = shop.product.begin("e2e", "up")
    try:
        until(lambda: len(shop.cluster.all("Pod")) == 2, "the pods are made")
        lines = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    words = (entry / "cmdline").read_text(errors="replace").split("\0")
                except OSError:
                    continue
                if any(word.endswith(("watchdog_wait.py", "orchestration")) for word in words):
                    lines.append(" ".join(words))
        assert lines
        assert shown(*lines) == []
        assert shown(*written(shop)) == []
    finally:
        process.terminate()
        out, err = process.communicate()
    assert shown(out, err) == []
    assert shop.left() == []
