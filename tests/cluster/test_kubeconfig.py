"""Kubeconfigs: which is found, what they say together, and what can be wrong with them."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from orchestration.cluster.cluster_access import ClusterAccess, cluster_access
from orchestration.cluster.kubeconfig import Kubeconfig, read_kubeconfig
from orchestration.errors import ClusterError
from orchestration.platform import ClusterChoice
from tests.cluster.asking import ask, write_kubeconfig

CONFIG = """\
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: dev
  cluster:
    server: https://dev.example.com:6443
- name: kind-e2e
  cluster: {server: "https://127.0.0.1:4433", certificate-authority: ca.crt}
contexts:
- name: dev
  context: {cluster: dev, user: ann, namespace: shop}
- name: kind-e2e
  context: {cluster: kind-e2e, user: kind}
users:
- name: ann
  user:
    token: t0ken
- name: kind
  user: {tokenFile: token}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "config"
    found.write_text(CONFIG)
    return found


def read(
    path: Path | None, environ: Mapping[str, str] | None = None, home: Path | None = None
) -> Kubeconfig:
    return read_kubeconfig(ClusterChoice(kubeconfig=path), environ or {}, home)


def access(path: Path, name: str | None = None) -> ClusterAccess:
    return cluster_access(read(path), name)


def failure(asked: Callable[[], object]) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        asked()
    assert caught.value.fix
    assert "t0ken" not in str(caught.value)
    return caught.value


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def one(name: str, server: str = "https://here", user: Mapping[str, object] | None = None) -> str:
    doc = {
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": dict(user or {})}],
        "current-context": name,
    }
    return json.dumps(doc, indent=1)


def test_the_current_context_is_taken_unless_another_is_named(path: Path, tmp_path: Path) -> None:
    write(tmp_path / "ca.crt", "")
    write(tmp_path / "token", "")
    current = access(path).context
    assert (current.name, current.namespace) == ("dev", "shop")
    assert current.server == "https://dev.example.com:6443"
    assert current.kubeconfig == path
    other = access(path, "kind-e2e").context
    assert (other.name, other.namespace) == ("kind-e2e", "default")


def test_files_are_seen_from_the_kubeconfig(path: Path, tmp_path: Path) -> None:
    write(tmp_path / "ca.crt", "")
    write(tmp_path / "token", "")
    found = access(path, "kind-e2e")
    assert found.cluster["certificate-authority"] == str(tmp_path / "ca.crt")
    assert found.user["tokenFile"] == str(tmp_path / "token")


def test_a_file_that_is_named_goes_first_then_the_environment_then_home(tmp_path: Path) -> None:
    named = write(tmp_path / "named", one("named"))
    environ = {"KUBECONFIG": str(write(tmp_path / "env", one("env"))), "HOME": str(tmp_path)}
    write(tmp_path / ".kube" / "config", one("home"))
    write(tmp_path / "other" / ".kube" / "config", one("other"))
    assert read(named, environ).current == "named"
    assert read(None, environ).current == "env"
    assert read(None, {**environ, "KUBECONFIG": ""}).current == "home"
    assert read(None, {"HOME": str(tmp_path)}, tmp_path / "other").current == "other"


def test_of_several_files_the_first_to_say_something_is_believed(tmp_path: Path) -> None:
    first = write(tmp_path / "a" / "config", one("dev", server="https://first"))
    second = write(tmp_path / "b" / "config", one("dev", server="https://second"))
    third = write(tmp_path / "c" / "config", one("kind", user={"tokenFile": "token"}))
    token = write(tmp_path / "c" / "token", "")
    listed = os.pathsep.join(map(str, ["", first, tmp_path / "nobody", second, third]))
    found = read(None, {"KUBECONFIG": listed})
    assert found.files == (first, second, third)
    assert found.current == "dev"
    assert cluster_access(found, None).context.server == "https://first"
    other = cluster_access(found, "kind")
    assert other.user["tokenFile"] == str(token)
    assert other.context.kubeconfig == third


def test_only_where_there_is_no_kubeconfig_a_pod_uses_its_service_account(tmp_path: Path) -> None:
    account = tmp_path / "account"
    for name, text in {"token": "t", "ca.crt": "c", "namespace": "e2e\n"}.items():
        write(account / name, text)
    environ = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"}

    def found(home: Path | None) -> ClusterAccess:
        config = read_kubeconfig(ClusterChoice(), environ, home, service_account=account)
        return cluster_access(config, None)

    pod = found(tmp_path)
    assert (pod.context.server, pod.context.namespace) == ("https://[fd00::1]:6443", "e2e")
    assert pod.context.kubeconfig is None
    assert pod.user["tokenFile"] == str(account / "token")
    write(tmp_path / ".kube" / "config", one("home"))
    assert found(tmp_path).context.name == "home"
    nowhere = ClusterChoice(kubeconfig=tmp_path / "nobody")
    failure(lambda: read_kubeconfig(nowhere, environ, service_account=account))


def test_no_kubeconfig_at_all_tells_where_was_looked(tmp_path: Path) -> None:
    told = failure(lambda: read(None, {}, tmp_path))
    assert told.what == "no cluster is known: there is no kubeconfig"
    assert str(tmp_path / ".kube" / "config") in told.why
    assert "--kind" in told.fix
    environ = {"KUBECONFIG": f"{tmp_path / 'a'}:{tmp_path / 'b'}"}
    told = failure(lambda: read(None, environ, tmp_path))
    assert told.why == f"looked at: {tmp_path / 'a'}, {tmp_path / 'b'}"
    assert "HOME is not set" in failure(lambda: read(None)).why


def test_a_named_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = failure(lambda: read(tmp_path / "nobody", {"HOME": str(tmp_path)}))
    assert told.what == f"there is no kubeconfig {tmp_path / 'nobody'}"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert "Is a directory" in failure(lambda: read(tmp_path)).why
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "no text" in failure(lambda: read(tmp_path / "binary")).why


def test_what_is_not_yaml_is_told_with_its_line(path: Path) -> None:
    path.write_text("a: 1\nb: [t0ken\nc: 2\n")
    told = failure(lambda: read(path))
    assert f"{path}:3" in told.what or f"{path}:2" in told.what
    assert "is not YAML" in told.why


@pytest.mark.parametrize("value", ["*t0ken", "!t0ken"])
def test_a_password_that_yaml_takes_for_something_else_is_not_shown(path: Path, value: str) -> None:
    path.write_text(f"users:\n- name: x\n  user:\n    password: {value}\n")
    assert failure(lambda: read(path)).what == f"{path}:4: the kubeconfig cannot be read"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("just text\n", 1, "no table"),
        ("a: 1\ncontexts: {}\n", 2, "`contexts` is no list"),
        ("a: 1\n\nclusters:\n- name: x\n- 3\n", 5, "`name` and a table `cluster`"),
        ("users:\n- name: x\n  user: t0ken\n", 2, "`name` and a table `user`"),
    ],
)
def test_what_is_no_kubeconfig_is_told_with_its_line(
    path: Path, text: str, line: int, why: str
) -> None:
    path.write_text(text)
    told = failure(lambda: read(path))
    assert told.what == f"{path}:{line}: is no kubeconfig"
    assert why in told.why


@pytest.mark.parametrize("text", ["", "kind: Deployment\nmetadata: {name: api}\n"])
def test_a_file_without_contexts_is_told(path: Path, text: str) -> None:
    path.write_text(text)
    assert failure(lambda: access(path)).what == f"{path}: there is no context in it"


def test_a_context_that_is_not_there_is_told_with_the_one_that_was_meant(path: Path) -> None:
    told = failure(lambda: access(path, "kind-e2"))
    assert told.what == f"{path}: there is no context `kind-e2`"
    assert "did you mean `kind-e2e`?" in told.fix
    assert "there is `dev`, `kind-e2e`" in failure(lambda: access(path, "xyz")).fix


def test_no_current_context_is_told_with_what_there_is(path: Path) -> None:
    path.write_text(CONFIG.replace("current-context: dev", 'current-context: ""'))
    told = failure(lambda: access(path))
    assert told.what == f"{path}: no context is the current one"
    assert told.why == "there is `dev`, `kind-e2e`"
    path.write_text(CONFIG.replace("current-context: dev", "current-context: prod"))
    assert "`current-context` names it" in failure(lambda: access(path)).why


@pytest.mark.parametrize(("key", "name"), [("cluster", "dev"), ("user", "ann")])
def test_a_context_of_what_is_not_there_is_told_with_its_line(
    path: Path, key: str, name: str
) -> None:
    text = CONFIG.replace(f"{key}: {name},", f"{key}: {name}x,")
    path.write_text(text)
    told = failure(lambda: access(path))
    assert told.what == f"{path}:11: context `dev` is for the {key} `{name}x`, which is not there"
    assert told.why == f"did you mean `{name}`?"


def test_a_context_without_a_cluster_is_told(path: Path) -> None:
    path.write_text(CONFIG.replace("cluster: dev, ", ""))
    assert failure(lambda: access(path)).what == f"{path}:11: context `dev` names no cluster"


@pytest.mark.parametrize("server", ["", "dev.example.com:6443", "https://", "https://x:port", "3"])
def test_what_is_no_url_of_a_server_is_told_with_its_line(path: Path, server: str) -> None:
    path.write_text(CONFIG.replace("https://dev.example.com:6443", f'"{server}"'))
    told = failure(lambda: access(path))
    assert told.what == f"{path}:5: `server` of `dev` is no URL of a server"


def test_a_server_is_shown_without_its_credentials(path: Path) -> None:
    path.write_text(CONFIG.replace("https://dev", "https://ann:t0ken@dev"))
    assert access(path).context.server == "https://dev.example.com:6443"
    assert "t0ken" not in repr(access(path))


def test_credentials_that_are_not_there_are_told(path: Path, tmp_path: Path) -> None:
    told = failure(lambda: access(path, "kind-e2e"))
    missing = tmp_path / "ca.crt"
    assert told.what == (
        f"{path}:8: `certificate-authority` of `kind-e2e` names {missing}, which cannot be read"
    )
    assert told.why == "No such file or directory"
    write(missing, "")
    assert "`tokenFile` of `kind`" in failure(lambda: access(path, "kind-e2e")).what


@pytest.mark.parametrize(
    ("user", "what"),
    [
        ({"client-certificate-data": "%"}, "and no `client-key`"),
        ({"client-key-data": "%"}, "and no `client-certificate`"),
        ({"client-certificate-data": "%", "client-key-data": "AA=="}, "is no Base64"),
        ({"token": 12345}, "`token` of `dev` is no text"),
        ({"as": "ann", "as-uid": 7}, "`as-uid` of `dev` is no text"),
        ({"as": "ann", "as-groups": "dev"}, "`as-groups` of `dev` is no list of texts"),
        ({"as": "ann", "as-user-extra": ["x"]}, "`as-user-extra` of `dev` is no table of lists"),
        ({"as": "ann", "as-user-extra": {"x": "y"}}, "`as-user-extra` of `dev` is no list"),
        ({"as-uid": "7"}, "and no `as`"),
        ({"as": "", "as-groups": ["dev"]}, "and no `as`"),
        ({"auth-provider": {"name": "gcp"}}, "has an `auth-provider`"),
    ],
)
def test_a_user_that_nobody_can_be_is_told(path: Path, user: dict[str, object], what: str) -> None:
    path.write_text(one("dev", user=user))
    assert what in failure(lambda: access(path)).what


def test_who_acts_as_somebody_says_so_as_client_go_does(path: Path) -> None:
    user = {
        "as": "jürgen",
        "as-uid": "7",
        "as-groups": ["dev", "ops"],
        "as-user-extra": {"example.com/100%é": ["a", "b"], "none": None},
    }
    path.write_text(one("dev", user=user))
    assert access(path).headers == (
        ("Impersonate-User", "jürgen"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "dev"),
        ("Impersonate-Group", "ops"),
        ("Impersonate-Extra-example.com%2F100%25%C3%A9", "a"),
        ("Impersonate-Extra-example.com%2F100%25%C3%A9", "b"),
    )


def test_base64_may_be_wrapped(path: Path) -> None:
    user = {"client-certificate-data": "AA\r\nAA\n", "client-key-data": "A\nA==\n"}
    path.write_text(one("dev", user=user))
    assert access(path).user == user


@pytest.mark.parametrize("text", ["no certificate", "", "-----BEGIN CERTIFICATE-----\nAA\n"])
@pytest.mark.parametrize("key", ["certificate-authority-data", "client-certificate-data"])
def test_a_certificate_that_is_none_is_told(tmp_path: Path, key: str, text: str) -> None:
    data = base64.b64encode(text.encode() or b"\n").decode()
    if key.startswith("client"):
        user = {key: data, "client-key-data": data}
        path = write_kubeconfig(tmp_path / "config", "https://127.0.0.1:1", user=user)
    else:
        path = write_kubeconfig(tmp_path / "config", "https://127.0.0.1:1", cluster={key: data})
    told = failure(lambda: ask(path, lambda client: client.version()))
    assert "the certificates of context `odd` cannot be used" in told.what
