"""Each fault is one message, one exit code, evidence first, and nothing left."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from tests.product import Finished, Product, leftovers

ON_EVERY_ENGINE = pytest.mark.parametrize(
    "engine",
    [
        "embedded",
        pytest.param("podman", marks=pytest.mark.engine),
        pytest.param("docker", marks=pytest.mark.engine),
    ],
)
ON_CONTAINERS = pytest.mark.parametrize(
    "engine",
    [
        pytest.param("podman", marks=pytest.mark.engine),
        pytest.param("docker", marks=pytest.mark.engine),
    ],
)

ONE = """\
[images.overrides]
"postgres:16-alpine" = "localhost/stackwright-postgres:15"
"python:3.11-slim" = "localhost/stackwright-python:3.11"

[stacks.store.components.app]
image = "python:3.11-slim"
command = ["python", "-c", '''{code}''']
ports.http = 8080
env = {{ PORT = "${{self.port.http}}", API_TOKEN = "planted-secret-2" }}
gate = {gate}
embedded = {{ command = ["python", "-c", '''{code}'''] }}
"""
HTTP = '{ kind = "http", path = "/", timeout = "8s" }'
SERVE = (
    "import os,http.server as h; "
    'h.HTTPServer(("",int(os.environ["PORT"])),h.SimpleHTTPRequestHandler).serve_forever()'
)


def failed_up(product: Product, engine: str, code: int, *words: str) -> Finished:
    ended = product.run("stack", "up", "--engine", engine, "--progress", "plain", *words)
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    assert ended.err.count("error: ") == 1
    assert "fix: " in ended.err
    assert leftovers(engine, product) == []
    assert product.records() == []
    return ended


@ON_EVERY_ENGINE
def test_a_component_that_dies_at_once_is_told_with_its_log(tmp_path: Path, engine: str) -> None:
    code = 'import sys; print("boom", flush=True); sys.exit(3)'
    product = Product.at(tmp_path, ONE.format(code=code, gate=HTTP))
    ended = failed_up(product, engine, 8)
    assert "component app died" in ended.err
    assert "exit code 3" in ended.err
    assert "boom" in ended.err


@ON_EVERY_ENGINE
def test_a_component_that_dies_after_a_while_ends_its_gate(tmp_path: Path, engine: str) -> None:
    code = 'import time; time.sleep(0.7); print("out of luck", flush=True); raise SystemExit(1)'
    product = Product.at(tmp_path, ONE.format(code=code, gate=HTTP))
    assert "out of luck" in failed_up(product, engine, 8).err


@ON_EVERY_ENGINE
def test_a_server_that_exits_with_0_has_died_too(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path, ONE.format(code="pass", gate=HTTP))
    assert "exit code 0" in failed_up(product, engine, 8).err


@ON_EVERY_ENGINE
def test_a_killed_component_is_told_in_words(tmp_path: Path, engine: str) -> None:
    code = "import os; os.kill(os.getpid(), 9)"
    if engine != "embedded":
        # The kernel spares PID 1 of a container its own SIGKILL: a child dies, and is reported.
        code = "raise SystemExit(137)"
    product = Product.at(tmp_path, ONE.format(code=code, gate=HTTP))
    assert "137 (killed with SIGKILL, possibly out of memory)" in failed_up(product, engine, 8).err


@ON_EVERY_ENGINE
def test_a_gate_that_never_opens_tells_its_last_answers(tmp_path: Path, engine: str) -> None:
    gate = '{ kind = "http", path = "/missing", timeout = "1500ms" }'
    product = Product.at(tmp_path, ONE.format(code=SERVE, gate=gate))
    ended = failed_up(product, engine, 9)
    assert "did not open within" in ended.err
    assert "HTTP 404" in ended.err


@ON_EVERY_ENGINE
def test_a_probe_that_does_not_exist_ends_the_wait_at_once(tmp_path: Path, engine: str) -> None:
    gate = '{ kind = "exec", command = ["no-such-probe"], timeout = "60s" }'
    product = Product.at(tmp_path, ONE.format(code=SERVE, gate=gate))
    assert "no-such-probe" in failed_up(product, engine, 9).err


@ON_EVERY_ENGINE
def test_a_command_that_does_not_exist_is_told(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path, ONE.format(code="pass", gate=HTTP))
    product.edit('["python", "-c"', '["no-such-command", "-c"')
    assert "no-such-command" in failed_up(product, engine, 8).err


@ON_EVERY_ENGINE
def test_a_migration_that_fails_shows_the_statement(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path)
    (product.project / "migrations" / "001.sql").write_text("CREATE TABEL orders (id int);\n")
    ended = failed_up(product, engine, 10)
    assert "one-shot migrations failed" in ended.err
    assert 'syntax error at or near "TABEL"' in ended.err
    if engine == "embedded":
        # What is pasted must find the file: mounts are only names there.
        by_hand = "".join(ended.err.partition("by hand")[2].split()).replace("\\", "")
        assert f"-f{product.project}/migrations/001.sql" in by_hand


@ON_EVERY_ENGINE
def test_a_wrong_password_is_told_at_once_and_never_shown(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path)
    wrong = 'gate = { kind = "postgres", password = "wrong-9" }'
    product.edit('gate = { kind = "postgres" }', wrong)
    ended = failed_up(product, engine, 9)
    assert "password authentication failed" in ended.err
    assert "wrong-9" not in ended.err


@ON_EVERY_ENGINE
def test_a_pinned_port_in_use_names_its_holder(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path, ONE.format(code=SERVE, gate=HTTP))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        product.edit("ports.http = 8080", f"ports.http = {{ container = 8080, host = {port} }}")
        ended = failed_up(product, engine, 5)
    assert str(port) in ended.err
    assert str(os.getpid()) in ended.err


@ON_EVERY_ENGINE
def test_a_component_that_dies_after_its_gate_ends_the_run(tmp_path: Path, engine: str) -> None:
    code = (
        "import os,threading,http.server as h; "
        "threading.Timer(1.0, os._exit, (4,)).start(); " + SERVE.partition("; ")[2]
    )
    config = ONE.format(code=code, gate=HTTP) + (
        ONE.format(code=SERVE, gate='{ kind = "http", path = "/no", timeout = "20s" }')
        .partition("[stacks")[2]
        .replace(".store.components.app]", "[stacks.store.components.later]", 1)
    )
    product = Product.at(tmp_path, config)
    ended = failed_up(product, engine, 8)
    assert "component app died after its gate had opened" in ended.err
    assert "exit code 4" in ended.err


@ON_EVERY_ENGINE
def test_the_bundle_has_the_evidence_and_no_secret(tmp_path: Path, engine: str) -> None:
    code = 'import os; print("token is", os.environ["API_TOKEN"], flush=True); raise SystemExit(1)'
    product = Product.at(tmp_path, ONE.format(code=code, gate=HTTP))
    artifacts = tmp_path / "artifacts"
    ended = failed_up(product, engine, 8, "--artifacts", str(artifacts))
    (bundle,) = artifacts.iterdir()
    assert str(bundle) in " ".join(ended.err.split())
    files = {path.name: path.read_text() for path in bundle.rglob("*") if path.is_file()}
    assert {"failure.txt", "failure.json", "timeline.jsonl", "plan.txt", "app.log"} <= set(files)
    assert "token is ***" in files["app.log"]
    for name, text in {**files, "stderr": ended.err, "stdout": ended.out}.items():
        assert "planted-secret" not in text, name


@ON_EVERY_ENGINE
def test_keep_leaves_the_wreck_and_down_removes_it(tmp_path: Path, engine: str) -> None:
    code = 'print("look at me", flush=True); raise SystemExit(1)'
    product = Product.at(tmp_path, ONE.format(code=code, gate=HTTP))
    ended = product.run("stack", "up", "--engine", engine, "--keep")
    assert ended.code == 8
    assert leftovers(engine, product)
    assert "look at me" in product.run("stack", "logs").out
    again = product.run("stack", "up", "--engine", engine)
    assert again.code == 4
    assert "kept as it failed" in again.err
    assert product.run("stack", "down").code == 0
    assert leftovers(engine, product) == []


@ON_EVERY_ENGINE
def test_two_ups_of_one_stack_do_not_meet(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path)
    first = product.run("stack", "up", "--engine", engine)
    assert first.code == 0, first.err
    second = product.run("stack", "up", "--engine", engine)
    assert second.code == 4
    assert "already up" in second.err
    reused = product.run("stack", "up", "--engine", engine, "--reuse")
    assert reused.code == 0, reused.err
    assert reused.out == first.out
    product.edit('POSTGRES_DB = "shop"', 'POSTGRES_DB = "shop", TZ = "UTC"')
    changed = product.run("stack", "up", "--engine", engine, "--reuse")
    assert changed.code == 12
    assert "postgres.env" in changed.err
    assert product.run("stack", "down").code == 0
    again = product.run("stack", "down")
    assert again.code == 0
    assert "nothing is up" in again.err
    assert leftovers(engine, product) == []


def test_of_two_ups_at_the_same_time_one_is_told_who_holds_the_stack(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    both = [product.begin("stack", "up", "--engine", "embedded") for _ in range(2)]
    ends = [(*process.communicate(timeout=60), process.returncode) for process in both]
    codes = sorted(end[2] for end in ends)
    assert codes == [0, 4], ends
    assert product.run("stack", "down").code == 0
    assert leftovers("embedded", product) == []


@ON_CONTAINERS
def test_an_image_that_is_nowhere_names_the_remedy(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path, ONE.format(code="pass", gate=HTTP))
    product.edit('= "localhost/stackwright-python:3.11"', '= "localhost/no-such-image:1"')
    ended = failed_up(product, engine, 6)
    assert "localhost/no-such-image:1" in ended.err
    assert "images build" in ended.err or "images.build" in ended.err
    assert "[images.overrides]" in ended.err


@ON_CONTAINERS
def test_a_build_that_fails_shows_the_end_of_its_output(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path, ONE.format(code="pass", gate=HTTP))
    product.edit('image = "python:3.11-slim"', 'build = { context = "app" }')
    file = product.project / "app" / "Containerfile"
    file.write_text("FROM localhost/stackwright-python:3.11\nRUN python -c 'raise SystemExit(9)'\n")
    ended = failed_up(product, engine, 7)
    assert "SystemExit(9)" in ended.err


@ON_CONTAINERS
def test_a_built_image_is_tagged_uniquely_and_removed(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path, ONE.format(code=SERVE, gate=HTTP))
    product.edit('image = "python:3.11-slim"', 'build = { context = "app" }')
    file = product.project / "app" / "Containerfile"
    file.write_text("FROM localhost/stackwright-python:3.11\nCOPY app.py /app.py\n")
    up = product.run("stack", "up", "--engine", engine, "--progress", "json")
    assert up.code == 0, up.err
    (tag,) = {e["detail"] for e in up.events() if e.get("step") == "build"}
    assert tag.startswith("localhost/app:store-")
    assert len(tag.rpartition("-")[2]) == 8
    assert any(each.startswith("image ") for each in leftovers(engine, product))
    assert product.run("stack", "down").code == 0
    assert leftovers(engine, product) == []


@ON_CONTAINERS
def test_down_with_the_engine_gone_says_so_and_forgets_nothing(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path, ONE.format(code=SERVE, gate=HTTP))
    assert product.run("stack", "up", "--engine", engine).code == 0
    (record,) = product.records()
    text = record.read_text()
    gone = Product(
        project=product.project,
        state=product.state,
        environ={"STACKWRIGHT_ENGINE_URL": f"unix://{tmp_path}/none.sock"},
    )
    record.write_text(json.dumps({**json.loads(text), "url": f"unix://{tmp_path}/none.sock"}))
    ended = gone.run("stack", "down")
    assert ended.code == 3, ended.err
    assert product.records() == [record]
    record.write_text(text)
    assert product.run("stack", "down").code == 0
    assert leftovers(engine, product) == []


def test_a_pinned_engine_that_does_not_answer_is_never_replaced(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    here = Product(
        project=product.project,
        state=product.state,
        environ={"STACKWRIGHT_ENGINE_URL": f"unix://{tmp_path}/none.sock"},
    )
    ended = here.run("stack", "up", "--engine", "podman")
    assert ended.code == 3
    assert "none.sock" in ended.err
    assert "fix: " in ended.err


def test_an_unknown_engine_in_the_environment_is_a_usage_error(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    here = Product(
        project=product.project, state=product.state, environ={"STACKWRIGHT_ENGINE": "dokcer"}
    )
    ended = here.run("stack", "plan")
    assert ended.code == 2
    assert "dokcer" in ended.err


def test_down_works_when_the_configuration_has_become_invalid(tmp_path: Path) -> None:
    product = Product.at(tmp_path, ONE.format(code=SERVE, gate=HTTP))
    assert product.run("stack", "up", "--engine", "embedded").code == 0
    product.edit("[stacks.store", "[stakcs.store")
    assert product.run("stack", "status").code == 2
    assert product.run("stack", "down").code == 0
    assert leftovers("embedded", product) == []


def test_a_config_mistake_names_file_line_key_and_the_nearest_word(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    product.edit('gate = { kind = "redis" }', 'gaet = { kind = "redis" }')
    ended = product.run("stack", "up", "--engine", "embedded")
    assert ended.code == 2
    lines = (product.project / "stackwright.toml").read_text().splitlines()
    at = next(number for number, line in enumerate(lines, 1) if line.startswith("gaet"))
    assert f"stackwright.toml:{at}" in ended.err
    assert "gaet" in ended.err
    assert "gate" in ended.err
