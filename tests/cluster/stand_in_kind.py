"""A stand-in for the `kind` executable, whose clusters are doubles of the API server.

No real Kind was at hand, nor an image of its nodes. What this program says and does was taken from
Kind's documentation and sources, v0.23 and later (kubernetes-sigs/kind: `pkg/cmd/kind`,
`pkg/cluster/internal/{create,delete,providers}`, `pkg/apis/config/v1alpha4/types.go`, the user
guide), and its failures from issues in which people quote them:

- `create cluster --name --config --kubeconfig` without `--wait` does not wait for the node to be
  Ready; with it, a cluster that is not ready in time is exit code 0 (kind issue 2654).
- Every failure is exit code 1 and a last line `ERROR: failed to create cluster: …` on standard
  error, with the `Command Output: …` of docker or podman below it. Progress goes to standard error
  as well; only what was asked for (`get clusters`, `version`) is on standard output.
- A failed `create` removes its nodes (no `--retain`), but not when it is killed, nor when only
  writing the kubeconfig failed: the cluster is up then, and the exit code 1.
- Nodes in the way are `node(s) already exist for a cluster with the name "NAME"`.
- `delete cluster` of what is not there is exit code 0 (`Deleted nodes: []`); without `--kubeconfig`
  it edits $KUBECONFIG or ~/.kube/config, as `create` does.
- `get clusters` prints a name a line, and `No kind clusters found.` on standard error.
- The context in the kubeconfig is `kind-NAME`.

State is in the directory STAND_IN_KIND: `behaviour` (a word of BEHAVIOURS, or no file), a file for
each cluster with the process ids of its double, and `asked`, one JSON line for each call.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
BEHAVIOURS: Final = {
    "nothing-made": "create exits 0 and has made nothing",
    "dead-api": "create exits 0 and nobody serves the API",
    "fails-though-up": "create exits 1 and the cluster is up",
    "no-kubeconfig": "create exits 1 and the cluster is up, without a kubeconfig",
    "hangs": "create hangs before it has made anything",
    "hangs-half-made": "create hangs when its nodes are there",
    "hangs-late": "create hangs, and the engine makes the node after it was ended",
    "never-ready": "create exits 0 and the node stays NotReady",
    "port-taken": "create finds a host port taken, on Docker",
    "port-taken-podman": "create finds a host port taken, on Podman",
    "exists": "create finds nodes of that name",
    "engine-down": "every command finds no engine",
    "no-image": "create cannot pull the node image",
    "rootless": "create finds that rootless nodes cannot run here",
    "node-dies": "create finds that the node does not boot",
    "old": "version is from before v1alpha4 and Podman",
    "keeps": "delete exits 0 and removes nothing",
    "hangs-and-keeps": "as hangs-half-made, and then as keeps",
}
_PULL: Final = (
    'failed to pull image "kindest/node:v1.30.0@sha256:047357": command "docker pull '
    'kindest/node:v1.30.0@sha256:047357" failed with error: exit status 1\nCommand Output: Error '
    "response from daemon: Get https://registry-1.docker.io/v2/: dial tcp: lookup "
    "registry-1.docker.io: no such host"
)
_BIND: Final = (
    'command "docker run --name {name}-control-plane --publish=127.0.0.1:{port}:30080/tcp" failed '
    "with error: exit status 125\nCommand Output: 0a1b2c\ndocker: Error response from daemon: "
    "driver failed programming external connectivity on endpoint {name}-control-plane: Bind for "
    "127.0.0.1:{port} failed: port is already allocated."
)
_BIND_PODMAN: Final = (
    'command "podman run --name {name}-control-plane --publish=127.0.0.1:{port}:30080/tcp" failed '
    "with error: exit status 126\nCommand Output: Error: rootlessport listen tcp 127.0.0.1:{port}: "
    "bind: address already in use"
)
_DOWN: Final = (
    'failed to list nodes: command "docker ps -a --filter label=io.x-k8s.kind.cluster" failed '
    "with error: exit status 1\nCommand Output: Cannot connect to the Docker daemon at "
    "unix:///var/run/docker.sock. Is the docker daemon running?"
)
_ROOTLESS: Final = (
    'running kind with rootless provider requires setting systemd property "Delegate=yes", see '
    "https://kind.sigs.k8s.io/docs/user/rootless/"
)
_BOOT: Final = (
    'could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup '
    'v1"'
)


def main(words: list[str]) -> int:
    """What `kind` does with these words; its exit code."""
    state = Path(os.environ["STAND_IN_KIND"])
    behaviour = (state / "behaviour").read_text() if (state / "behaviour").exists() else ""
    provider = os.environ.get("KIND_EXPERIMENTAL_PROVIDER", "")
    with (state / "asked").open("a") as asked:
        asked.write(json.dumps({"words": words, "provider": provider}) + "\n")
    if words == ["version"]:
        print("kind v0.7.0 go1.13.6 linux/amd64" if behaviour == "old" else _VERSION)
        return 0
    if provider == "podman":
        _say(
            "using podman due to KIND_EXPERIMENTAL_PROVIDER\nenabling experimental podman provider"
        )
    if behaviour == "engine-down":
        return _failed(f"failed to create cluster: {_DOWN}" if "create" in words else _DOWN)
    match words:
        case ["create", "cluster", *options]:
            return _create(state, behaviour, _options(options))
        case ["export", "kubeconfig", *options]:
            given = _options(options)
            return _export(state, given["--name"], Path(given["--kubeconfig"]))
        case ["delete", "cluster", *options]:
            return _delete(state, behaviour, _options(options)["--name"])
        case ["get", "clusters"]:
            names = sorted(each.stem for each in state.glob("*.cluster"))
            print(*names, sep="\n") if names else _say("No kind clusters found.")
            return 0
        case ["load", "image-archive", archive, *options]:
            return _load(state, Path(archive), _options(options)["--name"])
    return _failed(f'unknown command "{" ".join(words)}" for "kind"')


_VERSION: Final = "kind v0.23.0 go1.22.3 linux/amd64"


def _create(state: Path, behaviour: str, given: dict[str, str]) -> int:
    name, config = given["--name"], json.loads(Path(given["--config"]).read_text())
    mappings = config["nodes"][0].get("extraPortMappings", [])
    port = mappings[0]["hostPort"] if mappings else 0
    _say(f'Creating cluster "{name}" ...')
    why = {
        "exists": f'node(s) already exist for a cluster with the name "{name}"',
        "no-image": _PULL,
        "port-taken": _BIND.format(name=name, port=port),
        "port-taken-podman": _BIND_PODMAN.format(name=name, port=port),
        "rootless": _ROOTLESS,
        "node-dies": _BOOT,
    }.get(behaviour)
    if (state / f"{name}.cluster").exists():
        why = f'node(s) already exist for a cluster with the name "{name}"'
    if why is not None:
        return _failed(f"failed to create cluster: {why}")
    _say(" ✓ Ensuring node image (kindest/node:v1.30.0) 🖼")
    if behaviour == "hangs":
        time.sleep(1000)
    if behaviour == "hangs-late":
        signal.signal(signal.SIGTERM, lambda *_: _make_late(state / f"{name}.cluster"))
        (state / "waits").touch()
        time.sleep(1000)
    if behaviour != "nothing-made":
        (state / f"{name}.cluster").write_text(json.dumps({"pid": 0, "config": config}))
    _say(" ✓ Preparing nodes 📦")
    if behaviour in ("hangs-half-made", "hangs-and-keeps"):
        time.sleep(1000)
    if behaviour != "nothing-made":
        _boot(state, name)
    if behaviour == "never-ready":
        _set_not_ready(state, name)
    if behaviour == "dead-api":
        _stop(state, name)
    if behaviour not in ("no-kubeconfig", "nothing-made"):
        _export(state, name, Path(given["--kubeconfig"]))
    if behaviour in ("fails-though-up", "no-kubeconfig"):
        return _failed("failed to create cluster: failed to lock config file: file exists")
    _say(f'Set kubectl context to "kind-{name}"')
    return 0


def _make_late(cluster: Path) -> None:
    """As a container engine does that has the order already."""
    order = 'sleep 0.8; echo \'{"pid": 0}\' > "$0"; echo > "$0.made"'
    subprocess.Popen(["sh", "-c", order, str(cluster)], start_new_session=True)
    sys.exit(143)


def _boot(state: Path, name: str) -> None:
    own = state / f"{name}.own"
    double = subprocess.Popen(
        [sys.executable, "-m", "tests.kube", "--kubeconfig", str(own)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert double.stdout is not None
    double.stdout.readline()
    about = json.loads((state / f"{name}.cluster").read_text())
    (state / f"{name}.cluster").write_text(json.dumps(about | {"pid": double.pid}))


def _set_not_ready(state: Path, name: str) -> None:
    """The double has no kubelet that would report; so it stays as it is."""
    import urllib.request

    clusters = json.loads((state / f"{name}.own").read_text())["clusters"]
    nodes = f"{clusters[0]['cluster']['server']}/api/v1/nodes"
    with urllib.request.urlopen(nodes) as answer:
        node = json.loads(answer.read())["items"][0]["metadata"]["name"]
    why = "container runtime network not ready: cni plugin not initialized"
    condition = {"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": why}
    urllib.request.urlopen(
        urllib.request.Request(
            f"{nodes}/{node}/status",
            method="PATCH",
            data=json.dumps({"status": {"conditions": [condition]}}).encode(),
            headers={"Content-Type": "application/merge-patch+json"},
        )
    ).close()


def _export(state: Path, name: str, kubeconfig: Path) -> int:
    text = (state / f"{name}.own").read_text().replace('"double"', f'"kind-{name}"')
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(text)
    return 0


def _delete(state: Path, behaviour: str, name: str) -> int:
    _say(f'Deleting cluster "{name}" ...')
    if behaviour in ("keeps", "hangs-and-keeps") or not (state / f"{name}.cluster").exists():
        _say("Deleted nodes: []")
        return 0
    _stop(state, name)
    (state / f"{name}.cluster").unlink()
    (state / f"{name}.own").unlink(missing_ok=True)
    _say(f'Deleted nodes: ["{name}-control-plane"]')
    return 0


def _stop(state: Path, name: str) -> None:
    pid = json.loads((state / f"{name}.cluster").read_text())["pid"]
    if pid:
        os.kill(pid, signal.SIGKILL)


def _load(state: Path, archive: Path, name: str) -> int:
    if not archive.exists():
        return _failed(f"stat {archive}: no such file or directory")
    if not (state / f"{name}.cluster").exists():
        return _failed(f'no nodes found for cluster "{name}"')
    return 0


def _options(words: list[str]) -> dict[str, str]:
    return dict(zip(words[::2], words[1::2], strict=True))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _failed(why: str) -> int:
    _say(f"ERROR: {why}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
