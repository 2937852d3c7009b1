"""The DataStorage bootstrap: what it consists of, and every override."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.datastorage import DataStorageSettings, datastorage_components
from orchestration.gates import HttpGate, PostgresGate, RedisGate
from orchestration.model import Embedded, Mount, PortBinding, Secret, reveal
from orchestration.references import Peer, expand
from orchestration.stack import Build, Component

PASSWORD = Secret("p${x}w")
SQL = Path("/project/migrations")
SETTINGS = DataStorageSettings(
    password=PASSWORD,
    source="datastorage:1",
    migrations_dir=SQL,
    migrations=("001.sql", "002.sql"),
)


def changed(**settings: object) -> dict[str, Component]:
    values = {name: getattr(SETTINGS, name) for name in SETTINGS.__dataclass_fields__}
    made = datastorage_components(DataStorageSettings(**{**values, **settings}))
    return {component.name: component for component in made}


def test_the_order_is_that_of_the_guidance() -> None:
    made = datastorage_components(SETTINGS)
    assert [(each.name, each.after, each.one_shot) for each in made] == [
        ("postgres", (), False),
        ("migrations", ("postgres",), True),
        ("redis", (), False),
        ("datastorage", ("postgres", "migrations", "redis"), False),
    ]


def test_each_part_has_its_gate() -> None:
    made = changed()
    assert made["postgres"].gate == PostgresGate(
        port="postgres", user="slm_user", password=PASSWORD, database="action_history"
    )
    assert made["migrations"].gate is None
    assert made["redis"].gate == RedisGate(port="redis")
    assert made["datastorage"].gate == HttpGate(port="http", path="/health")


def test_ports_are_those_of_the_platform_and_host_ports_those_that_are_given() -> None:
    given = {"postgres": 15437, "redis": 16380, "datastorage": 18091, "metrics": None}
    made = datastorage_components(SETTINGS, given)
    ports = {port.name: (port.container, port.host) for each in made for port in each.ports}
    assert ports == {
        "postgres": (5432, 15437),
        "redis": (6379, 16380),
        "http": (8080, 18091),
        "metrics": (9090, None),
    }


def test_migrations_run_in_order_and_stop_at_the_first_error() -> None:
    job = changed()["migrations"]
    assert job.command == (
        *("psql", "-X", "-v", "ON_ERROR_STOP=1"),
        *("-f", "/migrations/001.sql", "-f", "/migrations/002.sql"),
    )
    assert job.mounts == (Mount(source=SQL, target="/migrations"),)
    assert job.source == "postgres:16-alpine"
    assert job.timeout == 60.0
    assert job.embedded is not None
    assert job.embedded.command[-1] == "/project/migrations/002.sql"


def test_a_file_name_cannot_be_taken_for_a_reference() -> None:
    job = changed(migrations=("${x}.sql",))["migrations"]
    assert expand(job.command[-1], "migrations", {}) == "/migrations/${x}.sql"


def test_migrations_without_a_directory_are_refused() -> None:
    with pytest.raises(ValueError, match="no migrations_dir"):
        changed(migrations_dir=None)


def test_no_migrations_leave_the_step_out() -> None:
    assert list(changed(migrations=())) == ["postgres", "redis", "datastorage"]


@pytest.mark.parametrize(
    ("skip", "left"),
    [
        ({"redis"}, ["postgres", "migrations", "datastorage"]),
        ({"migrations"}, ["postgres", "redis", "datastorage"]),
        ({"datastorage"}, ["postgres", "migrations", "redis"]),
        ({"migrations", "redis", "datastorage"}, ["postgres"]),
    ],
)
def test_what_is_skipped_is_left_out(skip: set[str], left: list[str]) -> None:
    made = changed(skip=frozenset(skip))
    assert list(made) == left
    if "datastorage" in made:
        assert set(made["datastorage"].after) == set(left) - {"datastorage"}


def test_datastorage_is_told_where_everything_is() -> None:
    component = changed()["datastorage"]
    bindings = tuple(
        PortBinding(name=port.name, inside=port.container, host=0)
        for each in datastorage_components(SETTINGS)
        for port in each.ports
    )
    peers = {
        each.name: Peer(host=each.name, ports=bindings, gate=each.gate)
        for each in datastorage_components(SETTINGS)
    }
    env = {key: reveal(expand(text, "datastorage", peers)) for key, text in component.env.items()}
    assert env == {
        "DB_HOST": "postgres",
        "DB_PORT": "5432",
        "DB_NAME": "action_history",
        "DB_USER": "slm_user",
        "DB_PASSWORD": "p${x}w",
        "REDIS_HOST": "redis",
        "REDIS_PORT": "6379",
        "HTTP_PORT": "8080",
        "METRICS_PORT": "9090",
        "LOG_LEVEL": "INFO",
    }


def test_without_redis_datastorage_hears_nothing_of_it() -> None:
    env = changed(skip=frozenset({"redis"}))["datastorage"].env
    assert not [name for name in env if name.startswith("REDIS")]


def test_variables_of_the_user_win() -> None:
    env = changed(env={"LOG_LEVEL": "DEBUG", "MOCK_LLM_MODE": "true"})["datastorage"].env
    assert (env["LOG_LEVEL"], env["MOCK_LLM_MODE"]) == ("DEBUG", "true")


def test_the_password_is_a_secret_wherever_it_goes() -> None:
    made = changed()
    held = [made["postgres"].env["POSTGRES_PASSWORD"], made["migrations"].env["PGPASSWORD"]]
    for text in (*held, made["datastorage"].env["DB_PASSWORD"]):
        assert isinstance(text, Secret)
        assert expand(text, "x", {}) == PASSWORD
    assert "p${x}w" not in repr(made)
    assert "p$${x}w" not in repr(made)


def test_images_user_database_and_build_can_be_replaced() -> None:
    build = Build(context=Path("/project"))
    made = changed(
        source=build,
        postgres_image="pg:1",
        redis_image="valkey:1",
        migrations_image="flyway:1",
        user="me",
        database="mine",
    )
    assert [each.source for each in made.values()] == ["pg:1", "flyway:1", "valkey:1", build]
    assert made["postgres"].env["POSTGRES_USER"] == made["migrations"].env["PGUSER"] == "me"
    assert made["postgres"].env["POSTGRES_DB"] == made["datastorage"].env["DB_NAME"] == "mine"


def test_the_migrations_use_the_image_of_postgres_unless_told_otherwise() -> None:
    assert changed(postgres_image="pg:1")["migrations"].source == "pg:1"


def test_one_timeout_is_for_every_part() -> None:
    made = changed(timeout=90.0)
    assert made["migrations"].timeout == 90.0
    gates = [each.gate for each in made.values() if each.gate is not None]
    assert [gate.pacing.timeout for gate in gates] == [90.0, 90.0, 90.0]


def test_the_config_directory_is_read_only_and_embedded_it_is_the_real_one() -> None:
    embedded = Embedded(kind="command", command=("serve",))
    made = changed(config_dir=Path("/project/config"), embedded=embedded)["datastorage"]
    assert made.mounts == (Mount(source=Path("/project/config"), target="/etc/datastorage"),)
    assert made.env["CONFIG_DIR"] == "/etc/datastorage"
    assert made.embedded is not None
    assert made.embedded.env["CONFIG_DIR"] == "/project/config"


def test_servers_run_embedded_too_and_datastorage_as_it_is_told() -> None:
    made = changed()
    kinds = [each.embedded.kind if each.embedded else None for each in made.values()]
    assert kinds == ["postgres", "command", "redis", None]
