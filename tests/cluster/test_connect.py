"""Connecting: as whom, through what, and what keeps it from working."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from orchestration.cluster.client import Client, connect
from orchestration.errors import ClusterError
from orchestration.platform import ClusterChoice
from tests.cluster.asking import (
    Given,
    ask,
    config,
    odd_server,
    tokened,
    write_kubeconfig,
)
from tests.cluster.socks_proxy import socks_proxy
from tests.kube.kube_double import KubeDouble, kube_double

SOON_S: Final = 20.0


def test_time_is_the_clusters(tmp_path: Path) -> None:
    dated = Given(headers={"Date": "Sun, 06 Nov 1994 08:49:37 GMT"})
    with odd_server({"/version": dated}) as odd:

        async def work(client: Client) -> None:
            # 784111777 is 1994-11-06 08:49:37 UTC; the request took some time.
            assert 784111776 < client.now() < 784111777 + SOON_S

        ask(write_kubeconfig(tmp_path / "config", odd.url), work)


def test_everybody_is_told_who_asks_and_as_whom(tmp_path: Path) -> None:
    with odd_server() as odd:
        user = {"token": "abc", "as": "ann", "as-groups": ["dev", "ops"]}
        ask(write_kubeconfig(tmp_path / "config", odd.url, user=user), Client.version)
    assert odd.seen[0]["User-Agent"] == "stackwright"
    assert odd.seen[0]["Authorization"] == "Bearer abc"
    assert odd.seen[0]["Impersonate-User"] == "ann"


def test_who_is_no_ascii_is_named_in_utf_8(tmp_path: Path) -> None:
    with odd_server() as odd:
        user = {"as": " jürgen\n", "as-uid": "7", "as-user-extra": {"a/b": ["é"]}}
        ask(write_kubeconfig(tmp_path / "config", odd.url, user=user), Client.version)
    sent = {key: each.encode("latin-1").decode() for key, each in odd.seen[0].items()}
    assert sent["Impersonate-User"] == "jürgen"
    assert sent["Impersonate-Uid"] == "7"
    assert sent["Impersonate-Extra-a%2Fb"] == "é"


@pytest.mark.parametrize(
    ("user", "sent"),
    [
        ({"token": "abc\n", "tokenFile": ""}, "Bearer abc"),
        ({"token": "", "username": "ann", "password": "abc"}, "Basic YW5uOmFiYw=="),
        ({"token": "\n", "tokenFile": "token"}, "Bearer abc"),
    ],
)
def test_neither_a_line_end_nor_an_empty_text_is_a_credential(
    tmp_path: Path, user: Mapping[str, object], sent: str
) -> None:
    (tmp_path / "token").write_text("abc\n")
    with odd_server() as odd:
        ask(write_kubeconfig(tmp_path / "config", odd.url, user=user), Client.version)
    assert odd.seen[0]["Authorization"] == sent


@pytest.mark.parametrize(
    ("user", "file"),
    [
        ({"token": "hush\nhush"}, b""),
        ({"token": "hush\ahush"}, b""),
        ({"as": "hush\nhush"}, b""),
        ({"tokenFile": "token"}, b"hush\nhush\n"),
        ({"tokenFile": "token"}, b"hush\xff"),
        ({"tokenFile": "token"}, b"\n"),
    ],
)
def test_what_no_header_may_have_is_told_without_showing_it(
    tmp_path: Path, user: Mapping[str, object], file: bytes
) -> None:
    (tmp_path / "token").write_bytes(file)
    with odd_server() as odd:
        path = write_kubeconfig(tmp_path / "config", odd.url, user=user)
        with pytest.raises(ClusterError, match="there are no credentials") as caught:
            ask(path, version)
    assert "no header may have" in caught.value.why
    assert "hush" not in "".join(traceback.format_exception(caught.value))
    assert not odd.seen


def test_a_server_below_a_path_is_asked_there(tmp_path: Path) -> None:
    with odd_server({"/k8s/clusters/c-1/version": Given()}) as odd:
        path = write_kubeconfig(tmp_path / "config", f"{odd.url}/k8s/clusters/c-1")
        assert ask(path, Client.version) == "v1.32.0"


def test_a_certificate_may_name_another_host(tmp_path: Path) -> None:
    with kube_double(tls=True) as double:
        path = config(double, tmp_path)
        written = json.loads(path.read_text())
        cluster = written["clusters"][0]["cluster"]

        cluster["tls-server-name"] = "localhost"
        path.write_text(json.dumps(written))
        assert ask(path, Client.version)

        cluster["tls-server-name"] = "elsewhere"
        path.write_text(json.dumps(written))
        with pytest.raises(ClusterError, match="no trusted connection"):
            ask(path, Client.version)


def test_a_server_that_nobody_vouches_for_is_not_talked_to(tmp_path: Path) -> None:
    with kube_double(tls=True) as double:
        path = write_kubeconfig(tmp_path / "config", double.url, user={"token": "admin-token"})
        with pytest.raises(ClusterError, match="no trusted connection") as caught:
            ask(path, Client.version)
        assert "self-signed" in caught.value.why
        assert "certificate-authority" in caught.value.fix
        assert not double.requests.all()
        cluster = {"insecure-skip-tls-verify": True}
        user = {"token": "admin-token"}
        assert ask(write_kubeconfig(path, double.url, user=user, cluster=cluster), version)


async def version(client: Client) -> str:
    return await client.version()


def test_a_token_that_expired_is_told_when_connecting(plain: KubeDouble, tmp_path: Path) -> None:
    path = tokened(config(plain, tmp_path), "an-old-token")
    with pytest.raises(ClusterError, match="does not take the credentials") as caught:
        ask(path, version)
    assert "expired" in caught.value.why
    assert plain.url in str(caught.value)
    assert "an-old-token" not in str(caught.value)


def test_nobody_listening_is_told_when_connecting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = write_kubeconfig(tmp_path / "config", f"http://ann:hush@127.0.0.1:{port}")
    with pytest.raises(ClusterError, match=f"127.0.0.1:{port} .context odd. cannot be") as caught:
        ask(path, version)
    assert caught.value.why == "Connection refused"
    assert "hush" not in str(caught.value)


def test_a_name_that_nobody_knows_is_told_when_connecting(tmp_path: Path) -> None:
    path = write_kubeconfig(tmp_path / "config", "http://nobody.invalid:6443")
    with pytest.raises(ClusterError, match="cannot be reached"):
        ask(path, version)


def test_a_server_that_speaks_no_tls_is_told_when_connecting(
    plain: KubeDouble, tmp_path: Path
) -> None:
    path = write_kubeconfig(tmp_path / "config", plain.url.replace("http:", "https:"))
    with pytest.raises(ClusterError, match="no trusted connection"):
        ask(path, version)


def test_a_handshake_that_nobody_answers_is_no_matter_of_trust(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.cluster.connection.CONNECT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        server = f"https://127.0.0.1:{mute.getsockname()[1]}"
        path = write_kubeconfig(tmp_path / "config", server)
        with pytest.raises(ClusterError, match="cannot be reached") as caught:
            ask(path, version)
    assert caught.value.why == "no connection within the time there is for one"


@pytest.mark.parametrize("home", ["argument", "HOME"])
def test_the_usual_kubeconfig_is_found(plain: KubeDouble, tmp_path: Path, home: str) -> None:
    (tmp_path / ".kube").mkdir()
    plain.write_kubeconfig(tmp_path / ".kube" / "config")

    async def connected() -> str:
        environ = {"HOME": str(tmp_path)} if home == "HOME" else {}
        given = None if home == "HOME" else tmp_path
        async with connect(ClusterChoice(), environ=environ, home=given) as client:
            return client.context.name

    assert asyncio.run(connected()) == "double"


def test_a_proxy_of_the_environment_does_not_lead_away_from_this_machine(
    plain: KubeDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with odd_server() as proxy:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        ask(config(plain, tmp_path), version)
    assert not proxy.seen


def test_the_proxy_of_the_kubeconfig_is_used(tmp_path: Path) -> None:
    with odd_server({"http://cluster.invalid/version": Given()}) as proxy:
        path = write_kubeconfig(
            tmp_path / "config", "http://cluster.invalid", cluster={"proxy-url": proxy.url}
        )
        assert ask(path, version) == "v1.32.0"


def test_a_proxy_of_the_kubeconfig_may_speak_socks(tmp_path: Path) -> None:
    with odd_server() as odd, socks_proxy(odd.url) as proxy:
        cluster = {"proxy-url": f"socks5://{proxy}"}
        path = write_kubeconfig(tmp_path / "config", "http://cluster.invalid:8001", cluster=cluster)
        assert ask(path, version) == "v1.32.0"
    assert odd.seen[0]["Host"] == "cluster.invalid:8001"


def test_a_proxy_of_the_environment_may_speak_socks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with odd_server() as odd, socks_proxy(odd.url) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5h://{proxy}")
        assert ask(write_kubeconfig(tmp_path / "config", "http://cluster.invalid"), version)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x05\xff"])
def test_a_socks_proxy_that_is_none_is_told_when_connecting(tmp_path: Path, answer: bytes) -> None:
    with socks_proxy("", greeting=answer) as proxy:
        cluster = {"proxy-url": f"socks5://{proxy}"}
        path = write_kubeconfig(tmp_path / "config", "http://cluster.invalid", cluster=cluster)
        with pytest.raises(ClusterError, match="cannot be reached") as caught:
            ask(path, version)
    assert "proxy" in caught.value.why.lower()
    del caught
    gc.collect()  # httpcore2 leaves such a connection to it


@pytest.mark.parametrize(
    "proxy", ["socks://ann:hush@there:1", "there:3128", "http://ann:hu/sh@there:1", "ftp://there"]
)
@pytest.mark.parametrize("of", ["kubeconfig", "environment"])
def test_a_proxy_that_is_no_proxy_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: str, of: str
) -> None:
    cluster = {"proxy-url": proxy} if of == "kubeconfig" else {}
    path = write_kubeconfig(tmp_path / "config", "https://cluster.invalid", cluster=cluster)
    if of == "environment":
        monkeypatch.setenv("ALL_PROXY", proxy if "://" in proxy else f"x://{proxy}")
    with pytest.raises(ClusterError, match="is no URL of a proxy") as caught:
        ask(path, version)
    assert caught.value.exit_code == 13
    assert ("`proxy-url` of context `odd`" if cluster else "environment") in caught.value.what
    assert "socks5" in caught.value.why + caught.value.fix
    assert "hu" not in str(caught.value)


def test_a_server_that_is_no_url_is_one_message(tmp_path: Path) -> None:
    path = write_kubeconfig(tmp_path / "config", "https://cluster.invalid\x7f")
    with pytest.raises(ClusterError, match="cannot be used"):
        ask(path, version)


def fresh(code: str) -> str:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return ran.stdout


def test_without_being_asked_nothing_imports_a_client() -> None:
    assert (
        fresh(
            "import sys\n"
            "import orchestration.cli, orchestration.tasks, orchestration.pytest_plugin\n"
            "import orchestration.cluster.deploy_report, orchestration.cluster.client\n"
            "import orchestration.cluster.loop, orchestration.cluster.cluster_failure\n"
            "print({'lightkube', 'httpx2'} & set(sys.modules))"
        )
        == "set()\n"
    )


@pytest.mark.parametrize("missing", ["lightkube", "httpx2", "yaml", "socksio"])
def test_without_the_extra_the_message_says_what_to_install(missing: str, tmp_path: Path) -> None:
    told = fresh(
        "import asyncio, sys\n"
        f"sys.modules[{missing!r}] = None\n"
        "from orchestration.cluster.client import connect\n"
        "from orchestration.errors import ClusterError\n"
        "from orchestration.platform import ClusterChoice\n"
        "async def main():\n"
        "    async with connect(ClusterChoice(), environ={}): pass\n"
        "try:\n"
        "    asyncio.run(main())\n"
        "except ClusterError as error:\n"
        "    print(error)\n"
    )
    assert "pip install 'stackwright[kubernetes]'" in told
    assert "the Kubernetes client is not installed" in told
