"""Whatever is in the file, it becomes a Project with stacks, or one ConfigError."""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestration.errors import ConfigError
from orchestration.project import Project
from orchestration.stackfile import load, port_findings
from orchestration.stackfile.json_schema import json_schema, known_words
from orchestration.stackfile.schema import ROOT

EXAMPLE = (ROOT / "examples" / "platform" / "stackwright.toml").read_text("utf-8")
EXTRA = """
[stacks.extra]
[stacks.extra.components.cache]
image = "redis:7-alpine"
ports.redis = { container = 6379, host = 16999, bind = "0.0.0.0" }
env = { A = { env = "HOME" }, B = { file = "key" }, C = 3 }
env_files = ["a.env"]
volumes = ["config:/etc/app", { source = "key", target = "/key", writable = true }]
command = ["redis-server", "--port", "${self.port}"]
aliases = ["store"]
gate = { kind = "redis", timeout = "30s", interval = 0.02, growth = 1.15, successes = 2 }
[stacks.extra.components.job]
image = "job:1"
env = { URL = "${cache.url}" }
after = ["cache"]
one_shot = true
timeout = "1m30s"
[stacks.extra.components.db]
image = "postgres:16"
ports.sql = 5432
env.POSTGRES_PASSWORD = "x"
gate = { kind = "postgres" }
[stacks.extra.components.exec]
image = "x:1"
gate = { kind = "exec", command = ["true"] }
[stacks.extra.components.log]
image = "x:1"
gate = { kind = "log", pattern = "up", count = 2 }
[stacks.extra.components.tcp]
image = "x:1"
ports.x = 1
gate = { kind = "tcp", send = "x", expect = "y" }
[stacks.extra.components.http]
build = { context = ".", args = { A = "b" }, target = "t" }
ports.x = 1
gate = { kind = "http", path = "/", headers = { X-A = "1" }, status = [200], body = "ok" }
[e2e.extra]
service = "gateway"
manifests = ["config", "key"]
images."x:1" = { context = ".", args = { A = "b" }, target = "t" }
access.http = { service = "x", port = 80, scheme = "https" }
kubeconfig = "key"
context = "ci"
kind = false
load = "auto"
deadline = "5m"
limit = 64
"""
VALID = EXAMPLE + EXTRA
Place = tuple[str | int, ...]
SCALARS = (
    st.integers()
    | st.floats()
    | st.booleans()
    | st.text(max_size=8)
    | st.sampled_from(
        ["", "-x", "..", "/", "~", "${x.url}", "${self.port}", "${", "self", "30s", "\0", "1-2"]
    )
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=4) | st.sampled_from(["kind", "env", "port", "[key]", "http"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


def outcome(file: Path) -> Project | ConfigError:
    """What comes of a file with all that is in it; no other error gets through."""
    try:
        project = load(file)
        port_findings(project)
    except ConfigError as error:
        return told(error)
    for name in project.stacks:
        try:
            project.stack(name, {"HOME": "/root"})
        except ConfigError as error:
            told(error)
    for name in project.platforms:
        try:
            project.platform(name, {})
        except ConfigError as error:
            told(error)
    return project


def told(error: ConfigError) -> ConfigError:
    assert str(error).strip()
    assert "Traceback" not in str(error)
    return error


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A directory with what the valid configuration names, so that mutants get far."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "config" / "datastorage").mkdir(parents=True)
        (root / "services" / "datastorage" / "migrations").mkdir(parents=True)
        (root / "services" / "datastorage" / "migrations" / "1.sql").touch()
        for place in ("Containerfile", "key", "a.env"):
            (root / place).touch()
        for service in ("datastorage", "holmesgpt_api", "embedding"):
            (root / "services" / service).mkdir(exist_ok=True)
            (root / "services" / service / "Containerfile").touch()
        yield root


def write(root: Path, content: bytes) -> Path:
    file = root / "stackwright.toml"
    file.write_bytes(content)
    return file


def test_the_valid_file_is_valid_in_all_its_stacks(root: Path) -> None:
    project = load(write(root, VALID.encode()))
    for name in project.stacks:
        assert project.stack(name, {"HOME": "/root"}).components
    assert project.platform("extra", {}).images


@given(st.binary(max_size=200))
def test_any_bytes(root: Path, content: bytes) -> None:
    outcome(write(root, content))


LINES = VALID.splitlines()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINES) - 1),
            st.sampled_from(["delete", "double", "swap", "cut", "insert"]),
            st.sampled_from(list('[]{}"=.$-#,0a \n')) | st.characters(),
            st.integers(0, 40),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_change_to_the_text_of_a_valid_file(
    root: Path, changes: list[tuple[int, str, str, int]]
) -> None:
    lines = list(LINES)
    for number, change, character, column in changes:
        line = lines[number]
        lines[number] = {
            "delete": "",
            "double": f"{line}\n{line}",
            "swap": lines[(number + column) % len(lines)],
            "cut": line[:column],
            "insert": f"{line[:column]}{character}{line[column:]}",
        }[change]
    outcome(write(root, "\n".join(lines).encode("utf-8", "replace")))


def toml(value: object) -> str:
    """Any value as an inline TOML value."""
    match value:
        case dict():
            pairs = ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items())
            return "{" + pairs + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case float():
            return repr(value)
        case _:
            return json.dumps(value)


def places(value: object, key: Place = ()) -> Iterator[Place]:
    yield key
    match value:
        case dict():
            for name, below in value.items():
                yield from places(below, (*key, name))
        case list():
            for index, below in enumerate(value):
                yield from places(below, (*key, index))


KEYS = [key for key in places(tomllib.loads(VALID)) if key]
SCHEMA = json_schema()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(KEYS),
    st.sampled_from(["replace", "remove", "add", "known"]),
    st.text(max_size=5),
    ANYTHING,
    st.integers(0, 30),
)
@example(("stacks", "extra", "components", "cache", "gate"), "add", "redis", {"redis": 1}, 0)
@example(("stacks",), "replace", "", 3, 0)
@example(("stacks", "extra", "components"), "replace", "", [], 0)
@example(("stacks", "extra"), "replace", "", [{"components": 1}], 0)
@example(("bootstrap",), "replace", "", {"datastorage": {"skip": ["x"], "build": 3}}, 0)
@example(("ports", "services", "gateway", "postgres"), "replace", "", 10**400, 0)
@example(("stacks", "extra", "deadline"), "replace", "", 10**400, 0)
@example(("stacks", "extra", "components", "http", "gate", "growth"), "replace", "", 10**400, 0)
def test_any_change_to_the_values_of_a_valid_file(
    root: Path, key: Place, change: str, name: str, value: object, chosen: int
) -> None:
    data = tomllib.loads(VALID)
    holder: Any = data
    for part in key[:-1]:
        holder = holder[part]
    match change:
        case "remove":
            del holder[key[-1]]
        case "add" if isinstance(holder, dict):
            holder[name] = value
        case "known" if isinstance(holder, dict) and (words := known_words(SCHEMA, key[:-1])):
            holder[words[chosen % len(words)]] = value
        case _:
            holder[key[-1]] = value
    text = "".join(f"{json.dumps(top)} = {toml(below)}\n" for top, below in data.items())
    outcome(write(root, text.encode("utf-8", "surrogatepass")))


def test_a_deeply_nested_key_is_one_mistake(root: Path) -> None:
    for table in ("project", "stacks.extra.components.a.env", "lint"):
        text = f"[{table}]\n{'.'.join(['a'] * 2000)} = 1\n"
        error = outcome(write(root, text.encode()))
        assert isinstance(error, ConfigError) == (table != "lint")
