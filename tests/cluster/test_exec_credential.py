"""Credential plugins: asked once, told about, and every way in which they fail."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from orchestration.cluster.client import Client
from orchestration.errors import ClusterError
from tests.cluster.asking import MAPS, ask, config_map, refused, write_kubeconfig
from tests.kube.access import ADMIN
from tests.kube.kube_double import KubeDouble

SOON_S = 20.0


def plugin(folder: Path, script: str) -> Path:
    path = folder / "get-token"
    path.write_text(f"#!/bin/sh\ncd {folder}\n{script}\n")
    path.chmod(0o755)
    return path


def gives(token: str, **status: str) -> str:
    given = {"kind": "ExecCredential", "status": {"token": token, **status}}
    return f"echo {shlex.quote(json.dumps(given))}"


def config(double: KubeDouble, folder: Path, **more: object) -> Path:
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "./get-token",
            **more,
        }
    }
    double.access.tokens = {"fresh": ADMIN}
    return write_kubeconfig(folder / "config", double.url, user=user)


def environ() -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"]}


async def version(client: Client) -> str:
    return await client.version()


def failure(path: Path) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        ask(path, version, environ=environ())
    assert f"{path}:" in caught.value.what
    assert "of user `odd`" in caught.value.what
    assert caught.value.fix
    return caught.value


def test_it_is_asked_once_for_all_requests(plain: KubeDouble, tmp_path: Path) -> None:
    plugin(tmp_path, f"echo asked >> asked\n{gives('fresh')}")

    async def work(client: Client) -> None:
        bodies = (config_map(f"m{at}") for at in range(8))
        await asyncio.gather(*(client.apply(MAPS, each) for each in bodies))

    ask(config(plain, tmp_path), work, environ=environ())
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_it_is_told_what_it_is_for(plain: KubeDouble, tmp_path: Path) -> None:
    plugin(
        tmp_path, f'echo "$KUBERNETES_EXEC_INFO" > info; echo "$A $1 $HOME" > got\n{gives("fresh")}'
    )
    more = {"args": ["one"], "env": [{"name": "A", "value": "b"}], "provideClusterInfo": True}
    ask(config(plain, tmp_path, **more), version, environ={**environ(), "HOME": "/h"})
    assert (tmp_path / "got").read_text() == "b one /h\n"
    assert json.loads((tmp_path / "info").read_text()) == {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "spec": {"interactive": False, "cluster": {"server": plain.url}},
    }


def test_a_token_that_is_refused_is_replaced_once(plain: KubeDouble, tmp_path: Path) -> None:
    plugin(tmp_path, f"echo asked >> asked\n{gives('fresh')}")

    async def work(client: Client) -> None:
        plain.access.tokens = {"newer": ADMIN}
        plugin(tmp_path, f"echo asked >> asked\n{gives('newer')}")
        bodies = (config_map(f"m{at}") for at in range(8))
        await asyncio.gather(*(client.apply(MAPS, each) for each in bodies))
        plain.access.tokens = {}
        error = await refused(client.list(MAPS, "shop"))
        assert (error.code, error.retryable) == (401, False)

    ask(config(plain, tmp_path), work, environ=environ())
    assert (tmp_path / "asked").read_text() == "asked\n" * 3


def test_a_token_that_ends_is_replaced_before(plain: KubeDouble, tmp_path: Path) -> None:
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5))
    plugin(tmp_path, gives("fresh", expirationTimestamp=ends))

    async def work(client: Client) -> None:
        plain.requests.clear()
        plain.access.tokens = {"newer": ADMIN}
        plugin(tmp_path, gives("newer"))
        await client.apply(MAPS, config_map("one"))

    ask(config(plain, tmp_path), work, environ=environ())
    assert [each.code for each in plain.requests.all()] == [201]


def test_a_plugin_that_fails_later_is_an_api_error(plain: KubeDouble, tmp_path: Path) -> None:
    plugin(tmp_path, gives("fresh"))

    async def work(client: Client) -> None:
        plain.access.tokens = {}
        plugin(tmp_path, "echo 'log in first' >&2; exit 3")
        error = await refused(client.list(MAPS, "shop"))
        assert (error.code, error.reason, error.retryable) == (0, "Unauthorized", False)
        assert "log in first" in error.message

    ask(config(plain, tmp_path), work, environ=environ())


def test_a_plugin_that_is_not_installed_is_told(plain: KubeDouble, tmp_path: Path) -> None:
    told = failure(config(plain, tmp_path))
    assert "the credential plugin `./get-token` of user `odd` is not installed" in told.what
    path = config(plain, tmp_path, command="gke-gcloud-auth", installHint="install\nit so")
    told = failure(path)
    assert "`gke-gcloud-auth` of user `odd` is not installed" in told.what
    assert told.fix == "install it so"


def test_a_plugin_that_cannot_be_started_is_told(plain: KubeDouble, tmp_path: Path) -> None:
    plugin(tmp_path, "").chmod(0o644)
    told = failure(config(plain, tmp_path))
    assert "cannot be started" in told.what
    assert told.why == "Permission denied"


def test_a_plugin_that_fails_is_told_without_secrets(plain: KubeDouble, tmp_path: Path) -> None:
    plugin(tmp_path, "echo 'cannot reach https://me:hush@sso' >&2; exit 3")
    told = failure(config(plain, tmp_path))
    assert "ended with 3" in told.what
    assert told.why == "cannot reach https://me:***@sso"


def test_a_plugin_may_repeat_what_it_was_told(plain: KubeDouble, tmp_path: Path) -> None:
    plugin(tmp_path, 'echo "$2 and $KEY_PASSWORD are wrong" >&2; exit 3')
    secret = {"name": "KEY_PASSWORD", "value": "hush-env"}
    told = failure(config(plain, tmp_path, args=["--client-secret", "hush-arg"], env=[secret]))
    assert told.why == "*** and *** are wrong"


def test_blanks_around_a_token_are_not_sent(plain: KubeDouble, tmp_path: Path) -> None:
    plugin(tmp_path, gives(" fresh "))
    assert ask(config(plain, tmp_path), version, environ=environ())


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ("echo nothing", "no ExecCredential"),
        ("echo '[]'", "no ExecCredential"),
        (gives(""), "no ExecCredential"),
        (gives(" "), "no ExecCredential"),
        (gives("", clientCertificateData="x"), "a client certificate"),
    ],
)
def test_a_plugin_that_gives_no_token_is_told(
    plain: KubeDouble, tmp_path: Path, printed: str, why: str
) -> None:
    plugin(tmp_path, printed)
    told = failure(config(plain, tmp_path))
    assert "gave no token" in told.what
    assert why in told.why


def test_a_plugin_that_does_not_end_is_ended_with_all_it_started(
    plain: KubeDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.cluster.exec_credential.PATIENCE_S", 0.3)
    plugin(tmp_path, "sleep 3600 & echo $! > pid; wait")
    assert "does not end" in failure(config(plain, tmp_path)).what
    until = time.monotonic() + SOON_S
    pid = int((tmp_path / "pid").read_text())
    while lives(pid):
        assert time.monotonic() < until
        time.sleep(0.01)


def lives(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_a_token_that_is_written_goes_before_the_plugin(plain: KubeDouble, tmp_path: Path) -> None:
    user = {"token": "admin-token", "exec": {"command": "./nobody"}}
    path = write_kubeconfig(tmp_path / "config", plain.url, user=user)
    assert ask(path, version, environ=environ())
