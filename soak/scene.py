"""The stack of the soak as a project of stackwright: PostgreSQL, migrations, Redis, application."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.engines import POSTGRES, PYTHON, REDIS
from soak.outcome import EngineName
from tests.product import Product, leftovers

USER: Final = "soak"
PASSWORD: Final = "soak-only"
DATABASE: Final = "soak"
ORDERS: Final = 3
"""How many rows the migrations make."""

MIGRATIONS: Final = {
    "001_orders.sql": "CREATE TABLE orders (id serial PRIMARY KEY, what text NOT NULL);\n",
    "002_rows.sql": "INSERT INTO orders (what) VALUES ('a'), ('b'), ('c');\n",
}
MIGRATE: Final = (
    *("psql", "-X", "-v", "ON_ERROR_STOP=1"),
    *(word for name in MIGRATIONS for word in ("-f", f"/migrations/{name}")),
)

_CONFIG: Final = f"""\
[stacks.soak.components.postgres]
image = "{POSTGRES}"
ports.postgres = 5432
env = {{ POSTGRES_USER = "{USER}", POSTGRES_PASSWORD = "{PASSWORD}", POSTGRES_DB = "{DATABASE}" }}
gate = {{ kind = "postgres", timeout = "60s" }}
embedded = {{ kind = "postgres" }}

[stacks.soak.components.migrations]
image = "{POSTGRES}"
command = {list(MIGRATE)}
volumes = ["migrations:/migrations"]
env = {{ PGHOST = "${{postgres.host}}", PGPORT = "${{postgres.port}}", PGUSER = "{USER}", \
PGPASSWORD = "{PASSWORD}", PGDATABASE = "{DATABASE}" }}
one_shot = true
embedded = {{ command = {list(MIGRATE)} }}

[stacks.soak.components.redis]
image = "{REDIS}"
ports.redis = 6379
gate = {{ kind = "redis", timeout = "60s" }}
embedded = {{ kind = "redis" }}

[stacks.soak.components.app]
image = "{PYTHON}"
command = ["python", "/app/app.py"]
volumes = ["app:/app"]
ports.http = 8080
after = ["migrations", "redis"]
gate = {{ kind = "http", path = "/health", timeout = "60s" }}
embedded = {{ command = ["python", "/app/app.py"], env = {{ BIND = "127.0.0.1" }} }}

[stacks.soak.components.app.env]
BIND = "0.0.0.0"
PORT = "${{self.port.http}}"
DATABASE_URL = "${{postgres.dsn}}"
REDIS_HOST = "${{redis.host}}"
REDIS_PORT = "${{redis.port}}"
"""

_LATE: Final = f"""
[stacks.soak.components.late]
image = "{PYTHON}"
command = ["python", "/app/app.py"]
volumes = ["app:/app"]
ports.http = 8080
after = ["app"]
gate = {{ kind = "http", path = "/health", timeout = "60s" }}
env = {{ BIND = "0.0.0.0", PORT = "${{self.port.http}}", LATE = "1" }}
embedded = {{ command = ["python", "/app/app.py"], env = {{ BIND = "127.0.0.1" }} }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A project and a state directory of their own below `directory`."""

    engine: EngineName
    directory: Path

    @classmethod
    def at(cls, engine: EngineName, directory: Path) -> Scene:
        """Write the files: the stack, and the same with a component `late` that never gets well."""
        (directory / "migrations").mkdir()
        for name, text in MIGRATIONS.items():
            (directory / "migrations" / name).write_text(text)
        (directory / "app").mkdir()
        shutil.copy(Path(__file__).with_name("app.py"), directory / "app" / "app.py")
        (directory / "stack.toml").write_text(_CONFIG)
        (directory / "doomed.toml").write_text(_CONFIG + _LATE)
        return cls(engine=engine, directory=directory)

    @property
    def config(self) -> Path:
        """The stack that comes up."""
        return self.directory / "stack.toml"

    @property
    def doomed(self) -> Path:
        """The stack that waits until one of it dies."""
        return self.directory / "doomed.toml"

    @property
    def state(self) -> Path:
        """Where records are, and what runs embedded."""
        return self.directory / "state"

    def left(self) -> tuple[str, ...]:
        """What the engine still holds of any run of this scene, and records of them."""
        product = Product(project=self.directory, state=self.state)
        records = (str(each) for each in product.records())
        return (*leftovers(self.engine, product), *records)
