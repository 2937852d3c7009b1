"""A project with a secret of its own in every place that can hold one, all of which it tells."""

from __future__ import annotations

import os
import secrets
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.product import Product

PLACES: Final = (
    *("by_name", "by_variable", "by_file", "env_file", "in_url", "database", "one_shot"),
    *("embedded_env", "header", "header_file", "query", "command", "gate_command", "engine_url"),
)
"""Where a configuration can hold a secret. Build arguments refuse them."""

CONFIG: Final = """\
[project]
default = "store"

[images.overrides]
"postgres:16-alpine" = "localhost/stackwright-postgres:15"
"python:3.11-slim" = "localhost/stackwright-python:3.11"

[stacks.made]
bootstrap = "datastorage"
datastorage = { skip = ["migrations", "redis", "datastorage"] }

[stacks.store.components.postgres]
image = "postgres:16-alpine"
ports.postgres = 5432
env = { POSTGRES_USER = "shop", POSTGRES_DB = "shop", POSTGRES_PASSWORD = { env = "DB_SOURCE" } }
gate = { kind = "postgres", password = { env = "DB_SOURCE" } }
embedded = { kind = "postgres" }

[stacks.store.components.migrate]
image = "postgres:16-alpine"
command = ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-c", "SELECT pg_sleep(0.3)"]
env = { PGHOST = "${postgres.host}", PGPORT = "${postgres.port}", PGUSER = "shop", \
PGDATABASE = "shop", PGPASSWORD = { env = "DB_SOURCE" }, JOB_TOKEN = "@one_shot@" }
one_shot = true
embedded = { command = ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-c", "SELECT pg_sleep(0.3)"] }

[stacks.store.components.side]
image = "python:3.11-slim"
volumes = ["app:/app"]
command = ["python", "/app/side.py"]
after = ["migrate"]
gate = { kind = "exec", command = ["python", "/app/probe.py", "--api-key", "@gate_command@"] }
embedded = { command = ["python", "/app/side.py"] }

[stacks.store.components.app]
build = { context = "app", args = { VERSION = 3 } }
volumes = ["app:/app"]
command = ["python", "/app/app.py", "--password", "@command@"]
env_files = ["app.env"]
ports.http = 8080
after = ["side"]
gate = { kind = "http", path = "/health?token=@query@", timeout = "3s", \
headers = { Authorization = "Bearer @header@", X-Key = { file = "header.key" } } }
embedded = { command = ["python", "/app/app.py", "--password", "@command@"], \
env = { LOCAL = { env = "LOCAL_SOURCE" } } }

[stacks.store.components.app.env]
PORT = "${self.port.http}"
BROKEN = ""
API_TOKEN = "@by_name@"
SETTING = { env = "SETTING_SOURCE" }
OTHER = { file = "other.key" }
UPSTREAM = "https://me:@in_url@@upstream.invalid/"
DATABASE_URL = "${postgres.dsn}"
"""

TELLING: Final = """\
import os, sys
from base64 import b64encode
from json import dumps
from urllib.parse import quote

words = [os.environ.get(each, "") for each in sorted(os.environ)] + sys.argv
for word in words:
    for told in (word, dumps(word), quote(word, safe=""), b64encode(word.encode()).decode()):
        print("told", told, flush=True)
"""
APP: Final = f"""\
{TELLING}
from http.server import BaseHTTPRequestHandler, HTTPServer

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if os.environ["BROKEN"] else 200)
        self.end_headers()
        heard = [self.path, *self.headers.values()]
        # What a gate quotes of an answer, 120 characters, ends in the middle of the last one.
        kept = [os.environ["OTHER"], os.environ["API_TOKEN"], 20 * "x", os.environ["SETTING"]]
        self.wfile.write(" ".join([*kept, *heard, *words]).encode())
        print(*heard, flush=True)

HTTPServer(("", int(os.environ["PORT"])), Answer).serve_forever()
"""
FILES: Final = {
    "app/app.py": APP,
    "app/side.py": f"{TELLING}\nimport time\ntime.sleep(600)\n",
    "app/probe.py": TELLING,
    "app/Containerfile": "FROM localhost/stackwright-python:3.11\nARG VERSION\nRUN echo $VERSION\n",
    "app.env": "KEPT=@env_file@\n",
    "other.key": "@by_file@\n",
    "header.key": "@header_file@\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """The secrets by their places, and the project that has them."""

    product: Product
    secrets: dict[str, str] = field(repr=False)

    @classmethod
    def at(cls, directory: Path) -> Planted:
        """A project in `directory`."""
        # Letters at both ends, whatever an encoding makes of the middle.
        made = {
            place: f"{secrets.token_hex(8)}p@s:'<%é{secrets.token_hex(8)}"
            if place in ("database", "by_variable", "by_name")
            else secrets.token_hex(16)
            for place in PLACES
        }

        def filled(text: str) -> str:
            for place, secret in made.items():
                text = text.replace(f"@{place}@", secret)
            return text

        product = Product.at(
            directory,
            filled(CONFIG),
            DB_SOURCE=made["database"],
            SETTING_SOURCE=made["by_variable"],
            LOCAL_SOURCE=made["embedded_env"],
        )
        for name, text in FILES.items():
            (product.project / name).write_text(filled(text))
        return cls(product=product, secrets=made)

    def found_in(self, text: str, *, besides: tuple[str, ...] = ()) -> list[str]:
        """The places whose secret is in `text`, whole or as a beginning or end of it."""
        return [
            place
            for place, secret in self.secrets.items()
            if place not in besides and any(each in text for each in _traces(secret))
        ]


def _traces(secret: str) -> tuple[str, ...]:
    encoded = b64encode(secret.encode()).decode().rstrip("=")
    return secret[:10], secret[-10:], encoded[:12], encoded[-12:]


@contextmanager
def watched(planted: Planted, *, besides: tuple[str, ...]) -> Iterator[None]:
    """Reads the command line of every process of this machine, again and again, until the end."""
    over, seen = threading.Event(), set[str]()

    def watch() -> None:
        while not over.wait(0.01):
            for name in os.listdir("/proc"):  # noqa: PTH208 - names, and many of them
                if name.isdecimal():
                    try:
                        line = Path(f"/proc/{name}/cmdline").read_bytes()
                    except OSError:
                        continue
                    seen.add(line.replace(b"\0", b" ").decode(errors="replace"))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
    assert any("psql" in line for line in seen), "nothing was seen"
    assert [line for line in seen if planted.found_in(line, besides=besides)] == []
