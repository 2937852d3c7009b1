"""What a configuration becomes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.errors import ConfigError
from orchestration.gates import ExecGate, HttpGate, LogGate, PostgresGate, RedisGate, TcpGate
from orchestration.model import Embedded, Mount, Pacing, PortRequest, Secret
from orchestration.ports import Gate
from orchestration.project import RecipeChange, Service
from orchestration.stack import Build, Component
from tests.stackfile.configured import WEB, project, stack, web


def test_a_component_in_full(tmp_path: Path) -> None:
    for directory in ("config", "data", "svc"):
        (tmp_path / directory).mkdir()
    (tmp_path / "svc" / "Dockerfile").touch()
    made = stack(
        tmp_path,
        """\
[ports.services.shop]
api = 18080
[stacks.web]
service = "shop"
deadline = "2m"
[stacks.web.components.db]
image = "postgres:16-alpine"
ports.sql = 5432
env.POSTGRES_PASSWORD = "x"
gate.kind = "postgres"
[stacks.web.components.api]
build = { context = "svc", args = { VERSION = 3 }, target = "test" }
ports.http = 8080
ports.admin = { container = 9000, host = 19000, bind = "0.0.0.0" }
ports.api = { container = 8081, host = "api" }
env = { DSN = "${db.dsn}", WORKERS = 2 }
volumes = ["config:/etc/app", "data:/data:rw", { source = "svc", target = "/svc" }]
command = ["serve", "${self.port.http}"]
aliases = ["store"]
gate = { kind = "http", port = "http", path = "/health" }
embedded = { command = ["python", "-m", "api"], cwd = "svc", env = { A = "1" } }
""",
    )
    assert (made.name, made.service, made.project, made.deadline) == (
        "web",
        "shop",
        tmp_path,
        120.0,
    )
    assert made.component("api") == Component(
        name="api",
        source=Build(
            context=tmp_path / "svc",
            containerfile="Dockerfile",
            args={"VERSION": "3"},
            target="test",
        ),
        ports=(
            PortRequest(name="http", container=8080),
            PortRequest(name="admin", container=9000, host=19000, bind="0.0.0.0"),  # noqa: S104 - compared
            PortRequest(name="api", container=8081, host=18080),
        ),
        env={"DSN": "${db.dsn}", "WORKERS": "2"},
        mounts=(
            Mount(source=tmp_path / "config", target="/etc/app"),
            Mount(source=tmp_path / "data", target="/data", read_only=False),
            Mount(source=tmp_path / "svc", target="/svc"),
        ),
        command=("serve", "${self.port.http}"),
        aliases=("store",),
        gate=HttpGate(port="http", path="/health"),
        after=("db",),
        embedded=Embedded(
            kind="command",
            command=("python", "-m", "api"),
            cwd=tmp_path / "svc",
            env={"A": "1"},
        ),
    )


PACED = 'timeout = "1m", interval = "5ms", growth = 2, longest = 1.5, successes = 3'
PACING = Pacing(timeout=60.0, interval=0.005, growth=2.0, longest=1.5, successes=3)


@pytest.mark.parametrize(
    ("table", "gate"),
    [
        ('kind = "http", path = "/h"', HttpGate(port="p", path="/h")),
        (
            f'kind = "http", path = "/h", status = [200, 204], body = "ok", {PACED}',
            HttpGate(port="p", path="/h", status=(200, 204), body="ok", pacing=PACING),
        ),
        ('kind = "http", path = "/h", status = 418', HttpGate(port="p", path="/h", status=(418,))),
        ('kind = "tcp"', TcpGate(port="p")),
        (
            'kind = "tcp", send = "v\\r\\n", expect = "^V"',
            TcpGate(port="p", send=b"v\r\n", expect=b"^V"),
        ),
        ('kind = "exec", command = ["true"]', ExecGate(command=("true",))),
        (
            'kind = "exec", command = ["true"], port = "p", timeout = 5',
            ExecGate(
                command=("true",),
                port="p",
                pacing=replace(ExecGate(command=("true",)).pacing, timeout=5.0),
            ),
        ),
        ('kind = "log", pattern = "up", count = 2', LogGate(pattern="up", count=2)),
        (
            'kind = "postgres", user = "u", password = "p", database = "d"',
            PostgresGate(port="p", user="u", password=Secret("p"), database="d"),
        ),
        ('kind = "postgres"', PostgresGate(port="p", user="postgres", database="postgres")),
        (
            'kind = "redis", username = "u", password = { env = "RP" }',
            RedisGate(port="p", username="u", password=Secret("r")),
        ),
    ],
)
def test_each_kind_of_gate(table: str, gate: Gate, tmp_path: Path) -> None:
    text = f'[stacks.s.components.c]\nimage = "i:1"\nports.p = 1\ngate = {{ {table} }}\n'
    assert stack(tmp_path, text, {"RP": "r"}).component("c").gate == gate


@pytest.mark.parametrize("value", ['"127.0.0.1"', '{ env = "RP" }'])
def test_pg_isready_may_take_its_host_from_the_environment(value: str, tmp_path: Path) -> None:
    gate = '{ kind = "exec", command = ["pg_isready"] }'
    text = f'[stacks.s.components.c]\nimage = "i:1"\ngate = {gate}\nenv = {{ PGHOST = {value} }}\n'
    assert stack(tmp_path, text, {"RP": "r"}).component("c").gate == ExecGate(
        command=("pg_isready",)
    )


def test_a_postgres_gate_knows_what_the_component_is_told(tmp_path: Path) -> None:
    (tmp_path / "db.env").write_text("POSTGRES_DB=orders\n")
    text = """\
[stacks.s.components.db]
image = "postgres:16"
ports.sql = 5432
env_files = ["db.env"]
env = { POSTGRES_USER = "me", POSTGRES_PASSWORD = "a$${b" }
gate = { kind = "postgres" }
"""
    assert stack(tmp_path, text).component("db").gate == PostgresGate(
        port="sql", user="me", password=Secret("a${b"), database="orders"
    )


def test_headers_with_credentials_are_secrets(tmp_path: Path) -> None:
    headers = 'headers = { Authorization = "Basic x", X-Probe = "1", X-Key = { env = "K" } }'
    text = WEB.replace('"/health"', f'"/health", {headers}')
    gate = stack(tmp_path, text, {"K": "k"}).component("web").gate
    assert isinstance(gate, HttpGate)
    assert gate.headers == {
        "Authorization": Secret("Basic x"),
        "X-Probe": "1",
        "X-Key": Secret("k"),
    }


def test_overrides_apply_to_every_image_as_it_is_written(tmp_path: Path) -> None:
    made = stack(
        tmp_path,
        """\
[images.overrides]
"postgres:16-alpine" = "localhost/pg:15"
"redis:7-alpine" = "localhost/redis:7"
"ds:1" = "localhost/ds:2"
"flyway:1" = "localhost/flyway:2"
"web:1" = "localhost/web:2"
[stacks.shop]
bootstrap = "datastorage"
[stacks.shop.datastorage]
datastorage_image = "ds:1"
migrations_image = "flyway:1"
skip = ["migrations"]
"""
        + WEB,
    )
    assert [each.source for each in made.components] == [
        "localhost/pg:15",
        "localhost/redis:7",
        "localhost/ds:2",
        "localhost/web:2",
    ]


def test_components_start_as_declared_as_far_as_they_need_not_wait(tmp_path: Path) -> None:
    text = "".join(
        f'[stacks.s.components.{name}]\nimage = "i:1"\none_shot = true\nafter = {after}\n'
        for name, after in [("a", "[]"), ("b", '["d"]'), ("c", "[]"), ("d", "[]")]
    )
    made = stack(tmp_path, text)
    assert [each.name for each in made.components] == ["a", "c", "d", "b"]


def test_references_are_waited_for_like_after(tmp_path: Path) -> None:
    job = '[stacks.shop.components.job]\nimage = "j:1"\none_shot = true\n'
    more = 'env = { URL = "${web.url}" }\nembedded = { command = ["x", "${web.port}"] }\n'
    made = stack(tmp_path, job + more + WEB)
    assert [(each.name, each.after) for each in made.components] == [
        ("web", ()),
        ("job", ("web",)),
    ]


def test_a_directory_outside_of_the_project_may_be_allowed(tmp_path: Path) -> None:
    root, shared = tmp_path / "project", tmp_path / "shared"
    root.mkdir()
    shared.mkdir()
    (root / "link").symlink_to(shared)
    more = 'volumes = ["../shared:/a", "link:/b"]\n[engine]\noutside = ["../shared"]\n'
    made = web(root, more)
    assert [mount.source for mount in made.mounts] == [shared, shared]


def test_only_the_stack_that_is_asked_for_is_looked_at(tmp_path: Path) -> None:
    broken = WEB.replace("shop", "other") + 'env_files = ["absent.env"]\n'
    made = project(tmp_path, WEB + broken)
    assert made.stack("shop", {}).name == "shop"
    with pytest.raises(ConfigError, match=r"there is no file `absent\.env`"):
        made.stack("other", {})


def test_a_stack_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"there is no stack `shp`[^\n]*\n  fix: did you mean `shop`"
    ):
        project(tmp_path, WEB).stack("shp", {})


def test_a_project_in_full(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        """\
[project]
name = "platform"
default = "shop"
artifacts = "out"
[engine]
use = "podman"
url = "unix:///run/podman/podman.sock"
outside = ["../shared"]
[images.overrides]
"a:1" = "b:1"
[images.recipes.python]
packages = ["python3-redis"]
reference = "localhost/py:1"
[services.shop]
language = "go"
paths = ["pkg/shop"]
[stacks.tests]
service = "shop"
"""
        + WEB
        + WEB.replace("stacks.shop", "stacks.tests"),
    )
    assert (made.root, made.file) == (tmp_path, tmp_path / "stackwright.toml")
    assert (made.name, made.default, made.artifacts) == ("platform", "shop", tmp_path / "out")
    assert (made.engine, made.engine_url) == ("podman", "unix:///run/podman/podman.sock")
    assert made.outside == (tmp_path.parent / "shared",)
    assert made.image_overrides == {"a:1": "b:1"}
    assert made.recipes == {
        "python": RecipeChange(packages=("python3-redis",), reference="localhost/py:1")
    }
    assert made.services == {"shop": Service(language="go", paths=("pkg/shop",))}
    assert made.stacks == {"tests": "shop", "shop": "shop"}
    assert [made.stack_for(name) for name in (None, "shop", "tests")] == ["shop", "shop", "tests"]
