"""Podman without root: the product as an ordinary user of this machine installs and runs it."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import docker
import psycopg
import pytest

from orchestration.model import Label
from tests.engines_on_debian import podman_of, rootless_podman
from tests.ordinary_user import OrdinaryUser
from tests.product import STORE, Finished, Product, held

pytestmark = [pytest.mark.engine, pytest.mark.slow]

CHECKOUT: Final = Path(__file__).parents[2]
INSTALLED: Final = ("orchestration", "lint", "tests", "examples")
BESIDE: Final = ("stackwright.py", "pyproject.toml", "constraints.txt", "README.md", "LICENSE")
LOW_PORT: Final = 79

WRITER: Final = """
[stacks.store.components.writer]
image = "python:3.11-slim"
command = ["python", "-c", "open('/out/made', 'w').write(open('/out/given').read())"]
volumes = ["out:/out:rw"]
one_shot = true
"""
LOW: Final = f"""
[stacks.store.components.redis]
image = "localhost/stackwright-redis:7"
ports.redis = {{ container = 6379, host = {LOW_PORT} }}
gate = {{ kind = "redis" }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersProduct(Product):
    """The product in the hands of `user`, run by the Python of an environment of its own."""

    user: OrdinaryUser
    python: Path

    def begin(self, *words: str, apart: bool = False) -> subprocess.Popen[str]:
        """Start a command as the user. No test here asks for a session `apart`."""
        return self.user.begin(
            [str(self.python), "-m", "orchestration", *words],
            cwd=self.project,
            env={"STACKWRIGHT_STATE": str(self.state), **self.environ},
        )


@pytest.fixture(scope="module")
def user() -> OrdinaryUser:
    """Whom the Podman belongs to; an error, and so no test that passes, where it is not there."""
    user = rootless_podman(install=False).user
    assert user is not None
    return user


@pytest.fixture(scope="module")
def python(user: OrdinaryUser) -> Path:
    """A Python with this checkout, installed by the user: root's may be out of its reach."""
    checkout = user.home / "checkout"
    shutil.rmtree(checkout, ignore_errors=True)
    leave = shutil.ignore_patterns("__pycache__", ".*")
    for name in INSTALLED:
        shutil.copytree(CHECKOUT / name, checkout / name, ignore=leave)
    for name in BESIDE:
        shutil.copy(CHECKOUT / name, checkout / name)
    user.give(checkout)
    locked = b"".join((CHECKOUT / name).read_bytes() for name in BESIDE[1:3])
    venv = user.home / f"venv-{hashlib.sha256(locked).hexdigest()[:12]}"
    python, complete = venv / "bin/python", venv / "complete"
    if not complete.exists():
        tools = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["dependency-groups"]
        install = [str(python), "-m", "pip", "install", "-q", "-c", f"{checkout}/constraints.txt"]
        done(user, ["/usr/bin/python3", "-m", "venv", "--clear", str(venv)])
        done(
            user,
            [*install, "-e", f"{checkout}[embedded,examples,kubernetes]", *tools["test"]],
            env=for_pip(),
        )
        complete.touch()
    return python


@pytest.fixture(scope="module", autouse=True)
def images(user: OrdinaryUser, python: Path) -> None:
    """The base images in the user's own store."""
    done(user, [str(python), "-m", "orchestration", "images", "build", "--engine", "podman"])


@pytest.fixture
def directory(user: OrdinaryUser) -> Iterator[Path]:
    """A directory that the user can reach: pytest's are closed to all but their owner."""
    directory = user.home / f"test-{uuid4().hex[:8]}"
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def product(user: OrdinaryUser, python: Path, directory: Path) -> UsersProduct:
    """A project of the user's."""
    made = Product.at(directory)
    user.give(directory)
    return UsersProduct(project=made.project, state=made.state, user=user, python=python)


def for_pip() -> dict[str, str]:
    """What of our environment says where packages come from."""
    return {
        key: value
        for key, value in os.environ.items()
        if key.startswith("PIP_") or key.lower().endswith("_proxy")
    }


def done(
    user: OrdinaryUser,
    argv: list[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """The output of a command of the user's, which must succeed."""
    process = user.begin(argv, cwd=cwd, env=env)
    out, err = process.communicate(timeout=280)
    assert process.returncode == 0, f"{' '.join(argv)}\n{out}\n{err}"
    return out


def held_for(user: OrdinaryUser) -> list[str]:
    """All of stackwright's that the user's Podman holds, asked directly."""
    client = docker.DockerClient(base_url=podman_of(user).url)
    try:
        return held(client.api, Label.RUN)
    finally:
        client.close()


def addresses(up: Finished) -> dict[str, str]:
    """`host:port` by component and port, as `stack up` prints them."""
    rows = (line.split() for line in up.out.splitlines())
    return {f"{name}.{port}": url.partition("://")[2] for name, port, url in rows}


def came_up(product: UsersProduct) -> Finished:
    up = product.run("stack", "up", "--engine", "podman", "--progress", "plain")
    assert up.code == 0, up.err
    return up


def went_down(product: UsersProduct) -> None:
    down = product.run("stack", "down", "--progress", "plain")
    assert down.code == 0, down.err
    assert held_for(product.user) == []
    assert list((product.state / "runs").glob("*.json")) == []


def test_its_socket_in_the_runtime_directory_is_found(product: UsersProduct) -> None:
    doctor = product.run("stack", "doctor")
    assert doctor.code == 0, doctor.err
    told = [line.split(maxsplit=1) for line in doctor.out.splitlines()]
    assert ["rule", "Podman socket of this user"] in told
    assert ["url", podman_of(product.user).url] in told
    assert ["state", str(product.state)] in told
    assert "rootless" in doctor.out


def test_the_state_is_in_the_users_home_unless_it_is_named(
    user: OrdinaryUser, python: Path
) -> None:
    done(user, [str(python), "-m", "orchestration", "stack", "doctor"])
    state = (user.home / ".local/state/stackwright").stat()
    assert (state.st_uid, state.st_mode & 0o777) == (user.uid, 0o700)


def test_a_stack_comes_up_answers_and_goes(product: UsersProduct) -> None:
    at = addresses(came_up(product))
    with urllib.request.urlopen(f"http://{at['app.http']}/health", timeout=5) as response:
        assert response.read() == b"ok"
    host, port = at["redis.redis"].split(":")
    with socket.create_connection((host, int(port)), timeout=5) as redis:
        redis.sendall(b"PING\r\n")
        assert redis.recv(100) == b"+PONG\r\n"
    login = f"postgresql://shop:planted-secret-1@{at['postgres.postgres']}/shop"
    with psycopg.connect(login) as database:
        assert database.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    assert held_for(product.user)
    went_down(product)


def test_without_a_socket_a_private_service_does_the_same(product: UsersProduct) -> None:
    at = podman_of(product.user).socket
    hidden = at.with_suffix(".hidden")
    at.rename(hidden)
    try:
        up = came_up(product)
        assert "private Podman service" in up.err
        with urllib.request.urlopen(f"http://{addresses(up)['app.http']}/health", timeout=5) as got:
            assert got.read() == b"ok"
        assert product.run("stack", "down").code == 0
    finally:
        hidden.rename(at)
    assert held_for(product.user) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", ["network", "gate postgres", "run migrations", "start app"])
def test_a_signal_removes_what_was_made(
    product: UsersProduct, step: str, number: signal.Signals
) -> None:
    ended = product.stopped_at(step, number, "stack", "up", "--engine", "podman")
    assert ended.code == 128 + number, ended.err
    assert "Traceback" not in ended.err
    assert held_for(product.user) == []
    assert list((product.state / "runs").glob("*.json")) == []


def test_after_sigkill_the_next_run_sweeps_and_comes_up(product: UsersProduct) -> None:
    killed = product.stopped_at("start app", signal.SIGKILL, "stack", "up", "--engine", "podman")
    assert killed.code == -signal.SIGKILL
    came_up(product)
    went_down(product)


def test_what_a_component_writes_belongs_to_the_user(product: UsersProduct) -> None:
    (product.project / "stackwright.toml").write_text(STORE + WRITER)
    out = product.project / "out"
    out.mkdir()
    (out / "given").write_text("for its owner only")
    (out / "given").chmod(0o600)
    product.user.give(out)
    came_up(product)
    went_down(product)
    assert (out / "made").read_text() == "for its owner only"
    assert (out / "made").stat().st_uid == product.user.uid


def test_a_port_that_only_root_may_have_is_refused_with_the_way_out(
    product: UsersProduct,
) -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if first <= LOW_PORT:
        pytest.skip(f"net.ipv4.ip_unprivileged_port_start = {first}: all may have {LOW_PORT} here")
    (product.project / "stackwright.toml").write_text(LOW)
    up = product.run("stack", "up", "--engine", "podman", "--progress", "plain")
    assert up.code == 5, up.err
    assert f"127.0.0.1:{LOW_PORT}" in up.err
    assert "ip_unprivileged_port_start" in up.err
    assert held_for(product.user) == []


def test_as_the_user_postgres_needs_no_other_account(product: UsersProduct) -> None:
    up = product.run("stack", "up", "--engine", "embedded", "--progress", "plain")
    assert up.code == 0, up.err
    try:
        owners = {
            entry.stat().st_uid
            for entry in Path("/proc").iterdir()
            if entry.name.isdecimal() and str(product.state) in log_of(entry)
        }
        assert owners == {product.user.uid}
    finally:
        down = product.run("stack", "down")
    assert down.code == 0, down.err


def log_of(process: Path) -> str:
    """Where a process writes to."""
    try:
        return str((process / "fd/1").readlink())
    except OSError:
        return ""


def test_the_contract_of_engines_is_kept(user: OrdinaryUser, python: Path) -> None:
    words = ["-q", "-p", "no:cacheprovider", "--timeout", "120", "-m", "engine", "-k", "podman"]
    said = done(
        user, [str(python), "-m", "pytest", *words, "tests/contract"], cwd=user.home / "checkout"
    )
    assert " passed" in said
    assert "skipped" not in said
    assert held_for(user) == []
