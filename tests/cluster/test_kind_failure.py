"""What people quote of Kind's failures, and what we make of it."""

from __future__ import annotations

import pytest

from orchestration.cluster.command_line import Ended, Ending
from orchestration.cluster.kind_failure import Attempt, failure, too_old
from orchestration.errors import (
    ClusterError,
    EngineError,
    ImageError,
    PortError,
    StackwrightError,
)


def told(said: str) -> StackwrightError:
    ended = Ended(
        shown="kind create cluster --name stackwright-x",
        ending=Ending.EXITED,
        code=1,
        err=f"✗ Preparing nodes 📦\nERROR: failed to create cluster: {said}\n",
    )
    return failure(
        Attempt(name="stackwright-x", ports=(28000, 28001), ended=ended, log="/state/x.log")
    )


TAKEN = [
    "Command Output: docker: Error response from daemon: Bind for 127.0.0.1:28001 failed: port is "
    "already allocated.",
    "Command Output: docker: Error response from daemon: failed to set up container networking: "
    "driver failed programming external connectivity on endpoint x: failed to bind host port "
    "127.0.0.1:28001/tcp: address already in use",
    "Command Output: Error starting userland proxy: listen tcp4 127.0.0.1:28001: bind: address "
    "already in use.",
    "Command Output: Error: rootlessport listen tcp 127.0.0.1:28001: bind: address already in use",
    "Command Output: Error: cannot listen on the TCP port: listen tcp4 127.0.0.1:28001: bind: "
    "address already in use",
]


@pytest.mark.parametrize("said", TAKEN)
def test_the_port_that_is_taken_is_named_whatever_the_engine(said: str) -> None:
    command = 'command "docker run --publish=127.0.0.1:28000:1/tcp" failed with error: exit 125'
    error = told(f"{command}\n{said}")
    assert isinstance(error, PortError)
    assert "127.0.0.1:28001 is in use" in error.what
    assert "28000" not in error.what


NO_ENGINE = [
    'failed to list nodes: command "docker ps -a" failed with error: exit status 1\n'
    "Command Output: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the "
    "docker daemon running?",
    'failed to get docker info: command "docker info" failed with error: exit status 1\n'
    "Command Output: permission denied while trying to connect to the Docker daemon socket",
    'failed to list nodes: command "podman ps -a" failed with error: exec: "podman": executable '
    "file not found in $PATH",
    'failed to get podman info (podman info --format json): "": exit status 125',
]


@pytest.mark.parametrize("said", NO_ENGINE)
def test_an_engine_that_does_not_answer_is_told_as_that(said: str) -> None:
    error = told(said)
    assert isinstance(error, EngineError)
    assert "finds no container engine" in error.what


def test_an_image_that_cannot_be_pulled_is_named_without_its_digest() -> None:
    error = told(
        'failed to pull image "kindest/node:v1.33.1@sha256:0508": command "docker pull '
        'kindest/node:v1.33.1@sha256:0508" failed with error: exit status 1\nCommand Output: '
        "Error response from daemon: Get https://registry-1.docker.io/v2/: deadline exceeded"
    )
    assert isinstance(error, ImageError)
    assert "kindest/node:v1.33.1 is not here" in error.what
    assert "deadline exceeded" in error.why


def test_a_full_disk_is_told() -> None:
    error = told("Command Output: Error: creating volume: mkdir /var/x: no space left on device")
    assert isinstance(error, ClusterError)
    assert "the disk is full" in error.what


def test_what_nobody_knows_is_told_in_kinds_words_with_a_command_to_try() -> None:
    error = told(
        "failed to init node with kubeadm: exit status 1\n" + "\n".join(map(str, range(99)))
    )
    assert isinstance(error, ClusterError)
    assert "Kind did not make the cluster stackwright-x" in error.what
    assert error.why.endswith("98\n    (all it said: /state/x.log)")
    assert "kind create cluster --name stackwright-x" in error.fix


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("kind v0.11.1 go1.16.4 linux/amd64", True),
        ("kind v0.12.0 go1.17.8 linux/amd64", False),
        ("kind v0.30.0 go1.24.6 linux/amd64", False),
        ("kind v0.32.0-alpha.12+0a1b2c3d4e5f60 go1.25.0 linux/arm64", False),
        ("kind v1.0.0 go1.30.0 linux/amd64", False),
        ("kind (devel)", False),
    ],
)
def test_only_what_is_known_to_be_too_old_is_refused(said: str, refused: bool) -> None:
    assert (too_old(said) is not None) is refused
