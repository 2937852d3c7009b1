"""The product as a user runs it: the command in a process of its own, on a project of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import docker
from docker.errors import APIError

from orchestration.model import Label
from orchestration.state import FileRuns, HostOwners

ENGINES: Final = ("podman", "docker", "embedded")

STORE: Final = """\
[images.overrides]
"postgres:16-alpine" = "localhost/stackwright-postgres:15"
"redis:7-alpine" = "localhost/stackwright-redis:7"
"python:3.11-slim" = "localhost/stackwright-python:3.11"

[stacks.store.components.postgres]
image = "postgres:16-alpine"
ports.postgres = 5432
env = { POSTGRES_USER = "shop", POSTGRES_PASSWORD = "planted-secret-1", POSTGRES_DB = "shop" }
gate = { kind = "postgres" }
embedded = { kind = "postgres" }

[stacks.store.components.migrations]
image = "postgres:16-alpine"
command = ["psql", "-v", "ON_ERROR_STOP=1", "-f", "/migrations/001.sql"]
volumes = ["migrations:/migrations"]
env = { PGHOST = "${postgres.host}", PGPORT = "${postgres.port}", PGUSER = "shop", \
PGPASSWORD = "planted-secret-1", PGDATABASE = "shop" }
one_shot = true
embedded = { command = ["psql", "-v", "ON_ERROR_STOP=1", "-f", "/migrations/001.sql"] }

[stacks.store.components.redis]
image = "redis:7-alpine"
ports.redis = 6379
gate = { kind = "redis" }
embedded = { kind = "redis" }

[stacks.store.components.app]
image = "python:3.11-slim"
command = ["python", "/app/app.py"]
volumes = ["app:/app"]
env = { PORT = "${self.port.http}", DATABASE_URL = "${postgres.dsn}" }
ports.http = 8080
after = ["migrations", "redis"]
gate = { kind = "http", path = "/health", timeout = "10s" }
embedded = { command = ["python", "/app/app.py"] }
"""

APP: Final = """\
import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *words):
        print("served", *words, flush=True)


print("listening with", os.environ["DATABASE_URL"], flush=True)
HTTPServer(("", int(os.environ["PORT"])), Health).serve_forever()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str

    def events(self) -> list[dict[str, Any]]:
        """The events on stderr, of a command with `--progress json`."""
        return [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A project directory and a state directory of their own."""

    project: Path
    state: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, directory: Path, config: str = STORE, **environ: str) -> Product:
        """A project with `config` in `directory`."""
        project = directory / "project"
        (project / "migrations").mkdir(parents=True)
        (project / "migrations" / "001.sql").write_text("CREATE TABLE orders (id int);\n")
        (project / "app").mkdir()
        (project / "app" / "app.py").write_text(APP)
        (project / "stackwright.toml").write_text(config)
        return cls(project=project, state=directory / "state", environ=environ)

    def edit(self, old: str, new: str) -> None:
        """Change the configuration."""
        file = self.project / "stackwright.toml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def begin(self, *words: str, apart: bool = False) -> subprocess.Popen[str]:
        """Start a command. `apart`: in a session of its own, as from another terminal."""
        return self._popen("-m", "orchestration", *words, apart=apart)

    def begin_python(self, program: str) -> subprocess.Popen[str]:
        """Start a program that uses the Python API; it reads its standard input."""
        return self._popen("-c", program, stdin=subprocess.PIPE)

    def _popen(
        self, *words: str, apart: bool = False, stdin: int = subprocess.DEVNULL
    ) -> subprocess.Popen[str]:
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith("STACKWRIGHT_")
        }
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=self.project,
            env={**inherited, "STACKWRIGHT_STATE": str(self.state), **self.environ},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=apart,
        )

    def run(self, *words: str, apart: bool = False) -> Finished:
        """Run a command to its end."""
        process = self.begin(*words, apart=apart)
        out, err = process.communicate(timeout=120)
        return Finished(code=process.returncode, out=out, err=err)

    def stopped_at(self, step: str, number: signal.Signals, *words: str) -> Finished:
        """Run a command with `--progress json`, and signal it when `step` begins.

        `step` is `gate postgres`, or `network` for a step without component.
        """
        process = self.begin(*words, "--progress", "json")
        assert process.stderr is not None
        seen: list[str] = []
        for line in process.stderr:
            seen.append(line)
            event = json.loads(line) if line.startswith("{") else {}
            name = f"{event.get('step', '')} {event.get('component', '')}".strip()
            if event.get("event") == "step_started" and name == step:
                process.send_signal(number)
                break
        out, err = process.communicate(timeout=60)
        return Finished(code=process.returncode, out=out, err="".join(seen) + err)

    def records(self) -> list[Path]:
        """The run records."""
        return sorted((self.state / "runs").glob("*.json"))

    def dumps(self) -> Iterator[tuple[str, str]]:
        """Every file that the product wrote for people: bundles below the project."""
        for path in sorted(self.project.rglob("*")):
            if path.is_file() and ".stackwright" in path.parts:
                yield str(path), path.read_text(errors="replace")


def leftovers(engine: str, product: Product, *, url: str = "") -> list[str]:
    """Everything of the product's runs on an engine: by label, or below the state directory.

    `url`: where the engine is, if not where it usually is.
    """
    found: list[str] = []
    if engine == "embedded":
        home = product.state / "embedded"
        # Something may be on its way out, which `walk` takes as it comes.
        found += [
            f"{at}/instance.json" for at, _, files in os.walk(home) if "instance.json" in files
        ]
        found += [f"process {line}" for line in _processes(str(product.state))]
    else:
        identity = FileRuns(product.state, HostOwners()).identity
        found += _labelled(url or SOCKETS[engine], identity)
    return found


SOCKETS: Final = {
    "podman": "unix:///run/podman/podman.sock",
    "docker": "unix:///var/run/docker.sock",
}


_LOOKS: Final = 50
_VANISHED: Final = re.compile(r"no such|not known|not found|does not exist", re.I)
_Result = TypeVar("_Result")


def client_of(engine: str) -> docker.DockerClient:
    """The engine's own API, asked directly."""
    return docker.DockerClient(base_url=SOCKETS[engine])


def _labelled(url: str, state: str) -> list[str]:
    client = docker.DockerClient(base_url=url)
    try:
        return held(client.api, f"{Label.STATE}={state}")
    finally:
        client.close()


def held(api: docker.APIClient, label: str) -> list[str]:
    """Everything that has a label, asked of the engine, while anything may be on its way out.

    One request for each kind and none for each id, which may be gone by then.
    """
    return listed(lambda: _held(api, {"label": label}))


def listed(ask: Callable[[], _Result]) -> _Result:
    """What an engine lists. Podman fails a whole list when something on it is just removed."""
    for _ in range(_LOOKS):
        try:
            return ask()
        except APIError as error:
            if not _VANISHED.search(str(error.explanation)):
                raise
    return ask()


def _held(api: docker.APIClient, chosen: dict[str, str | list[str] | bool]) -> list[str]:
    volumes: dict[str, list[dict[str, object]] | None] = api.volumes(filters=chosen)
    return [
        *(f"container {each['Names']}" for each in api.containers(all=True, filters=chosen)),
        *(f"network {each['Name']}" for each in api.networks(filters=chosen)),
        *(f"volume {each['Name']}" for each in volumes["Volumes"] or ()),
        *(f"image {each['Id']}" for each in api.images(all=True, filters=chosen)),
    ]


def _processes(state: str) -> list[str]:
    """The processes that write to a log below the state directory, be it removed or not."""
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                output = str((entry / "fd" / "1").readlink())
            except OSError:
                continue
            if output.startswith(f"{state}/embedded/"):
                found.append(f"{entry.name} writes to {output}")
    return found
