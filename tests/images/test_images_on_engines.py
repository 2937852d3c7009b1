"""The three base images, built and run on Podman and on Docker."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import docker
import pytest
from docker.models.containers import Container
from platformdirs import user_cache_path

from orchestration.images import RECIPES, BuiltBase, build_base_image
from tests.engines_on_debian import DAEMONS, Daemon
from tests.images.sdk_image_store import SdkImageStore

pytestmark = pytest.mark.engine

# One for every session: a build from packages takes seconds, a load from the cache one.
CACHE = user_cache_path("stackwright")
LABEL = "io.stackwright.test-of-images"
SECONDS = 20.0


@pytest.fixture(scope="module", params=DAEMONS, ids=lambda daemon: daemon.name)
def client(request: pytest.FixtureRequest) -> Iterator[docker.DockerClient]:
    daemon: Daemon = request.param
    if not daemon.answers():
        pytest.fail(f"{daemon.name} does not answer: run `python -m tests.engines_on_debian start`")
    with_timeout = docker.DockerClient(base_url=daemon.url, timeout=120)
    yield with_timeout
    with_timeout.close()


@pytest.fixture(scope="module")
def image(client: docker.DockerClient) -> Callable[[str], str]:
    """The reference of a recipe's image, built if need be."""
    references: dict[str, str] = {}

    def of(name: str) -> str:
        if name not in references:
            references[name] = build(client, name).reference
        return references[name]

    return of


def build(client: docker.DockerClient, name: str) -> BuiltBase:
    recipe = RECIPES[name]
    if name == "python":
        recipe = recipe.with_packages("python3-psycopg", "python3-redis")
    return build_base_image(SdkImageStore(client), recipe, cache=CACHE, on_line=lambda line: None)


class Workshop:
    """Makes containers and volumes of one test, and removes exactly those."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client
        self._mark = uuid4().hex[:12]

    def run(
        self,
        reference: str,
        *command: str,
        environment: Mapping[str, str] | None = None,
        mounts: Mapping[str, str] | None = None,
        publish: str = "",
        entrypoint: Sequence[str] | None = None,
    ) -> Container:
        """Start a container. `mounts` is volume or directory → path; `publish` one port of it."""
        container = self._client.containers.create(
            reference,
            list(command) or None,
            labels={LABEL: self._mark},
            environment=dict(environment or {}),
            volumes={name: {"bind": path, "mode": "rw"} for name, path in (mounts or {}).items()},
            ports={publish: ("127.0.0.1", 0)} if publish else None,
            entrypoint=list(entrypoint) if entrypoint else None,
        )
        container.start()
        return container

    def volume(self) -> str:
        """The name of a fresh volume."""
        name = f"images-test-{self._mark}-{uuid4().hex[:6]}"
        self._client.volumes.create(name, labels={LABEL: self._mark})
        return name

    def clean(self) -> None:
        """Remove all of it."""
        label = f"{LABEL}={self._mark}"
        for container in self._client.containers.list(
            all=True, filters={"label": label}, ignore_removed=True
        ):
            container.remove(force=True)
        for volume in self._client.volumes.list(filters={"label": label}):
            volume.remove(force=True)


@pytest.fixture
def workshop(client: docker.DockerClient) -> Iterator[Workshop]:
    made = Workshop(client)
    try:
        yield made
    finally:
        made.clean()


def eventually(look: Callable[[], bool], container: Container) -> None:
    deadline = time.monotonic() + SECONDS
    while not look():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {SECONDS:.0f} s; the log:\n{container.logs().decode()}")
        time.sleep(0.05)


def host_port(container: Container, port: str) -> int:
    container.reload()
    bindings = container.ports[port]
    assert bindings is not None
    return int(bindings[0]["HostPort"])


def ask(port: int, question: bytes) -> bytes:
    """What the server behind a published port says first; nothing while it is not there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(question)
            return connection.recv(4096)
    except OSError:
        return b""


def postgres_answer(port: int) -> bytes:
    body = b"user\0postgres\0\0"
    return ask(port, struct.pack("!II", len(body) + 8, 196608) + body)


def output(container: Container, *argv: str, **options: str) -> str:
    """What a command in the container prints. Asserts that it succeeds."""
    code, text = container.exec_run(list(argv), environment=options)
    assert isinstance(text, bytes)
    assert code == 0, text.decode()
    return text.decode().strip()


def query(container: Container, sql: str, *, user: str = "postgres", database: str = "") -> str:
    argv = ("psql", "-U", user, "-d", database or user, "-Atc", sql)
    return output(container, *argv)


def exit_code(container: Container) -> int:
    return int(container.wait(timeout=SECONDS)["StatusCode"])


@pytest.fixture
def postgres(workshop: Workshop, image: Callable[[str], str]) -> Container:
    container = workshop.run(
        image("postgres"), environment={"POSTGRES_PASSWORD": "s3cret"}, publish="5432/tcp"
    )
    port = host_port(container, "5432/tcp")
    # An answer that is an error says that it is still starting.
    eventually(lambda: postgres_answer(port)[:1] == b"R", container)
    return container


def test_a_second_build_does_nothing(client: docker.DockerClient) -> None:
    first = build(client, "redis")
    second = build(client, "redis")
    assert second.cached
    assert second.image_id == first.image_id
    assert second.seconds < SECONDS


def test_postgres_asks_other_machines_for_the_password(postgres: Container) -> None:
    assert b"SCRAM-SHA-256" in postgres_answer(host_port(postgres, "5432/tcp"))
    # Its own address, as seen on its network: loopback needs no password.
    address = output(postgres, "hostname", "-i").split()[-1]
    right = output(
        postgres, "psql", "-h", address, "-U", "postgres", "-Atc", "select 42", PGPASSWORD="s3cret"
    )
    assert right == "42"
    code, text = postgres.exec_run(
        ["psql", "-h", address, "-U", "postgres", "-c", "select 42"],
        environment={"PGPASSWORD": "wrong"},
    )
    assert code != 0
    assert b"password authentication failed" in text


def test_postgres_is_process_1_and_not_root(postgres: Container) -> None:
    assert output(postgres, "cat", "/proc/1/comm") == "postgres"
    assert "Uid:\t999\t999\t999\t999" in output(postgres, "cat", "/proc/1/status")


def test_postgres_tools_are_the_real_ones(postgres: Container) -> None:
    for tool in ("psql", "pg_isready", "createdb", "pg_dump"):
        path = output(postgres, "which", tool)
        assert output(postgres, "head", "-c", "4", path).endswith("ELF")
    assert "accepting" in output(postgres, "pg_isready", "-h", "127.0.0.1")


def test_postgres_speaks_utf_8_and_does_not_wait_for_the_disk(postgres: Container) -> None:
    assert query(postgres, "show server_encoding") == "UTF8"
    assert query(postgres, "show lc_collate") == "C.UTF-8"
    assert query(postgres, "show fsync") == "off"


def test_postgres_stops_at_once_on_its_stop_signal(postgres: Container) -> None:
    started = time.monotonic()
    postgres.stop(timeout=10)
    assert time.monotonic() - started < 5
    assert exit_code(postgres) == 0


def test_postgres_keeps_what_was_committed_in_a_volume_even_when_killed(
    workshop: Workshop, image: Callable[[str], str]
) -> None:
    mounts = {workshop.volume(): "/var/lib/postgresql/data"}
    settings = {"POSTGRES_PASSWORD": "x", "POSTGRES_USER": "app", "POSTGRES_DB": 'we"ird'}
    first = workshop.run(image("postgres"), environment=settings, mounts=mounts)
    eventually(lambda: first.exec_run(["pg_isready", "-h", "127.0.0.1"])[0] == 0, first)
    query(first, "create table kept as select 7 as n", user="app", database='we"ird')
    first.remove(force=True)
    second = workshop.run(image("postgres"), mounts=mounts)
    eventually(lambda: second.exec_run(["pg_isready", "-h", "127.0.0.1"])[0] == 0, second)
    assert query(second, "select n from kept", user="app", database='we"ird') == "7"


def test_postgres_runs_initialisation_files_before_it_listens(
    workshop: Workshop, image: Callable[[str], str], tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "1-table.sql").write_text("create table t (n int);\n")
    (tmp_path / "2-row.sh").write_text(
        'psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "insert into t values (5)"\nsleep 1\n'
    )
    container = workshop.run(
        image("postgres"),
        environment={"POSTGRES_PASSWORD": "x", "POSTGRES_DB": "shop"},
        mounts={str(tmp_path): "/docker-entrypoint-initdb.d"},
        publish="5432/tcp",
    )
    port = host_port(container, "5432/tcp")
    # An answer that is an error says that it is still starting.
    eventually(lambda: postgres_answer(port)[:1] == b"R", container)
    assert query(container, "select n from t", database="shop") == "5"


def test_a_failing_initialisation_file_ends_the_container(
    workshop: Workshop, image: Callable[[str], str], tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "1.sql").write_text("select no_such_thing;\n")
    container = workshop.run(
        image("postgres"),
        environment={"POSTGRES_PASSWORD": "x"},
        mounts={str(tmp_path): "/docker-entrypoint-initdb.d"},
    )
    assert exit_code(container) != 0
    assert b"no_such_thing" in container.logs()


def test_postgres_without_a_password_says_so_and_exits_with_1(
    workshop: Workshop, image: Callable[[str], str]
) -> None:
    container = workshop.run(image("postgres"))
    assert exit_code(container) == 1
    log = container.logs().decode()
    assert log.count("Error:") == 1
    assert "POSTGRES_PASSWORD" in log


def test_postgres_trusts_everyone_when_told_to(
    workshop: Workshop, image: Callable[[str], str]
) -> None:
    container = workshop.run(
        image("postgres"),
        environment={"POSTGRES_HOST_AUTH_METHOD": "trust"},
        publish="5432/tcp",
    )
    port = host_port(container, "5432/tcp")
    authentication_ok = b"R\0\0\0\x08\0\0\0\0"
    eventually(lambda: postgres_answer(port).startswith(authentication_ok), container)


def test_postgres_takes_server_options_after_the_image(
    workshop: Workshop, image: Callable[[str], str]
) -> None:
    container = workshop.run(
        image("postgres"), "-c", "max_connections=7", environment={"POSTGRES_PASSWORD": "x"}
    )
    eventually(lambda: container.exec_run(["pg_isready", "-h", "127.0.0.1"])[0] == 0, container)
    assert query(container, "show max_connections") == "7"


def test_redis_answers_other_machines_and_saves_nothing(
    workshop: Workshop, image: Callable[[str], str]
) -> None:
    container = workshop.run(image("redis"), publish="6379/tcp")
    port = host_port(container, "6379/tcp")
    eventually(lambda: ask(port, b"PING\r\n") == b"+PONG\r\n", container)
    assert output(container, "redis-cli", "config", "get", "save").splitlines() == ["save"]
    assert "Uid:\t999\t999\t999\t999" in output(container, "cat", "/proc/1/status")
    assert output(container, "cat", "/proc/1/comm") == "redis-server"


@pytest.mark.parametrize("program", [(), ("redis-server",)])
def test_redis_takes_arguments_as_the_official_image_does(
    workshop: Workshop, image: Callable[[str], str], program: tuple[str, ...]
) -> None:
    container = workshop.run(image("redis"), *program, "--requirepass", "x", publish="6379/tcp")
    port = host_port(container, "6379/tcp")
    eventually(lambda: ask(port, b"PING\r\n").startswith(b"-NOAUTH"), container)
    assert ask(port, b"AUTH x\r\n") == b"+OK\r\n"


def test_python_imports_the_added_packages(workshop: Workshop, image: Callable[[str], str]) -> None:
    code = (
        "import ctypes.util, psycopg, redis, ssl, sqlite3, zoneinfo;"
        "assert ctypes.util.find_library('pq').startswith('libpq.so.');"
        "print(psycopg.pq.__impl__, zoneinfo.ZoneInfo('Europe/Berlin'), '\\u00fc')"
    )
    container = workshop.run(image("python"), "python", "-c", code)
    code_of_exit, log = exit_code(container), container.logs().decode()
    assert code_of_exit == 0, log
    assert log.split()[1:] == ["Europe/Berlin", "ü"]


def test_python_has_nothing_left_to_compile(
    workshop: Workshop, image: Callable[[str], str]
) -> None:
    code = "import json, pathlib, psycopg; print(psycopg.__cached__, json.__cached__); "
    code += "assert all(pathlib.Path(m.__cached__).exists() for m in (psycopg, json))"
    container = workshop.run(image("python"), "python3", "-B", "-c", code)
    assert exit_code(container) == 0, container.logs().decode()


def test_every_library_a_program_needs_is_in_its_image(
    workshop: Workshop, image: Callable[[str], str]
) -> None:
    programs = {
        "postgres": "$(ls -d /usr/lib/postgresql/*/bin/postgres) $(which psql initdb pg_dump)",
        "redis": "/usr/bin/redis-server /usr/bin/redis-cli",
        "python": "$(ls /usr/lib/python3*/lib-dynload/*.so) /usr/bin/python3",
    }
    linker = "$(ls /usr/lib/*/ld-linux-*.so.* | head -n 1)"
    for name, paths in programs.items():
        check = f"for p in {paths}; do {linker} --list $p || exit 1; done"
        container = workshop.run(image(name), "-c", check, entrypoint=["sh"])
        assert exit_code(container) == 0, container.logs().decode()
        assert b"not found" not in container.logs()
