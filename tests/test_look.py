"""Looking at a stack that is up: status, logs, environment, plan, doctor; and the Python API."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import orchestration
from tests.product import Product, leftovers


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product.at(tmp_path_factory.mktemp("look"))
    ended = product.run("stack", "up", "--engine", "embedded")
    assert ended.code == 0, ended.err
    yield product
    assert product.run("stack", "down").code == 0
    assert leftovers("embedded", product) == []


def test_the_endpoints_are_the_result(up: Product) -> None:
    (record,) = up.records()
    ports = {e["component"]: e["port"] for e in json.loads(record.read_text())["endpoints"]}
    assert set(ports) == {"postgres", "redis", "app"}
    body = urllib.request.urlopen(f"http://127.0.0.1:{ports['app']}/health").read()
    assert body == b"ok"


def test_status_tells_every_component(up: Product) -> None:
    ended = up.run("stack", "status")
    assert ended.code == 0
    for component in ("postgres", "migrations", "redis", "app"):
        assert component in ended.out
    assert "planted-secret" not in ended.out


def test_status_as_json_is_versioned_and_has_no_secret(up: Product) -> None:
    ended = up.run("stack", "status", "--json")
    data = json.loads(ended.out)
    assert data["schema_version"] == 1
    (run,) = data["runs"]
    assert run["healthy"] is True
    assert "planted-secret" not in ended.out


@pytest.mark.parametrize("style", ["export", "dotenv"])
def test_env_gives_what_a_client_needs(up: Product, style: str) -> None:
    ended = up.run("stack", "env", "--format", style)
    assert ended.code == 0, ended.err
    if style == "export":
        # A shell must read back exactly what was meant: that is what the output is for.
        shell = subprocess.run(
            ["/bin/sh", "-c", f'{ended.out}\nprintf %s "$POSTGRES_DSN"'],
            capture_output=True,
            text=True,
            check=True,
        )
        dsn = shell.stdout
    else:
        lines = dict(line.split("=", 1) for line in ended.out.splitlines())
        dsn = lines["POSTGRES_DSN"].strip("'\"")
    assert dsn.startswith("postgresql://shop:planted-secret-1@127.0.0.1:")


def test_logs_show_each_component_without_secrets(up: Product) -> None:
    ended = up.run("stack", "logs")
    assert ended.code == 0
    assert "app | listening with postgresql://shop:***@127.0.0.1" in ended.out
    assert "postgres | " in ended.out
    assert "planted-secret" not in ended.out
    only = up.run("stack", "logs", "--component", "redis", "--tail", "2")
    assert {line.split(" | ")[0] for line in only.out.splitlines()} == {"redis"}
    assert len(only.out.splitlines()) == 2


def test_an_unknown_component_of_the_logs_is_told_with_the_known(up: Product) -> None:
    ended = up.run("stack", "logs", "--component", "postgrs")
    assert ended.code == 2
    assert "postgres" in ended.err


def test_logs_follow_until_ctrl_c(up: Product) -> None:
    (record,) = up.records()
    endpoints = json.loads(record.read_text())["endpoints"]
    url = next(each["url"] for each in endpoints if each["component"] == "app")
    process = up.begin("stack", "logs", "--component", "app", "--follow")
    assert process.stdout is not None
    seen: list[str] = []
    reader = threading.Thread(target=lambda: seen.extend(process.stdout or ()))
    reader.start()
    deadline = time.monotonic() + 20
    while not any("GET /followed" in line for line in seen) and time.monotonic() < deadline:
        urllib.request.urlopen(f"{url}/followed").read()
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    reader.join()
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()
    assert any(line.startswith("app | served") for line in seen)
    assert process.returncode == 0


def test_a_plan_touches_nothing(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    ended = product.run("stack", "plan", "--engine", "embedded")
    assert ended.code == 0, ended.err
    same = product.run("stack", "up", "--plan", "--engine", "embedded")
    assert same.out == ended.out
    assert "planted-secret" not in ended.out
    assert product.records() == []
    assert leftovers("embedded", product) == []


def test_looking_at_nothing_says_so(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    assert "nothing is up" in product.run("stack", "status").err
    for words in (("logs",), ("env",)):
        ended = product.run("stack", *words)
        assert ended.code == 2
        assert "is not up" in ended.err


def test_status_tells_a_death_by_its_exit_code(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    assert product.run("stack", "up", "--engine", "embedded").code == 0
    try:
        (where,) = (product.state / "embedded").rglob("*store-app-*/process")
        pid = int(where.read_text().split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        deadline = time.monotonic() + 10
        while (status := product.run("stack", "status")).code == 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert status.code == 8
        assert "137" in status.out
        reuse = product.run("stack", "up", "--reuse")
        assert reuse.code == 12
        assert "app" in reuse.err
    finally:
        assert product.run("stack", "down").code == 0


def test_the_doctor_tells_the_engine_the_rule_and_what_was_tried(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    ended = product.run("stack", "doctor", "--engine", "embedded")
    assert ended.code == 0
    assert "engine   embedded" in ended.out
    assert "rule     pinned" in ended.out


@pytest.mark.engine
@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_the_doctor_tells_version_and_address_of_a_container_engine(
    tmp_path: Path, engine: str
) -> None:
    ended = Product.at(tmp_path).run("stack", "doctor", "--engine", engine)
    assert ended.code == 0, ended.err
    assert f"engine   {engine} " in ended.out
    assert "url      unix://" in ended.out
    assert "tried" in ended.out


def test_the_python_api_holds_a_stack_for_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = Product.at(tmp_path)
    monkeypatch.setenv("STACKWRIGHT_STATE", str(product.state))
    config = product.project / "stackwright.toml"
    with orchestration.stack_up("store", config=config, engine="embedded") as running:
        assert urllib.request.urlopen(running["app"].url + "/health").read() == b"ok"
        with pytest.raises(KeyError, match="there is postgres:postgres"):
            running.endpoint("nothing")
        assert leftovers("embedded", product)
    assert leftovers("embedded", product) == []
    assert product.records() == []


def test_sigterm_ends_a_block_of_the_python_api_in_order(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    program = (
        "import orchestration, time\n"
        "with orchestration.stack_up(engine='embedded'):\n"
        "    print('up', flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=product.project,
        env={**os.environ, "STACKWRIGHT_STATE": str(product.state)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert leftovers("embedded", product) == []
    assert product.records() == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, -2), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("moment", ["start postgres", "remove"])
def test_a_signal_while_a_block_begins_or_ends_is_not_swallowed_by_except_exception(
    tmp_path: Path, number: signal.Signals, code: int, moment: str
) -> None:
    product = Product.at(tmp_path)
    program = (
        "import orchestration, os\n"
        "from orchestration import session\n"
        "tell = session.Session._tell\n"
        "def told(self, event):\n"
        "    tell(self, event)\n"
        '    name = f\'{getattr(event, "step", None)} {getattr(event, "component", None)}\'\n'
        f"    if type(event).__name__ == 'StepStarted' and name.startswith({moment!r}):\n"
        f"        os.kill(os.getpid(), {int(number)})\n"
        "session.Session._tell = told\n"
        "try:\n"
        "    with orchestration.stack_up(engine='embedded'):\n"
        "        pass\n"
        "except Exception:\n"
        "    pass\n"
        "print('went on')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=product.project,
        env={**os.environ, "STACKWRIGHT_STATE": str(product.state)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    assert "went on" not in ended.stdout
    assert leftovers("embedded", product) == []
    assert product.records() == []


def test_another_repository_gets_the_tasks_by_one_import(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    (product.project / "tasks.py").write_text(
        "from orchestration.tasks import namespace\n\n__all__ = ['namespace']\n"
    )
    environ = {**os.environ, "STACKWRIGHT_STATE": str(product.state)}
    ended = subprocess.run(
        [sys.executable, "-m", "invoke", "stack.up", "--engine", "nothing-known"],
        cwd=product.project,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "there is no engine 'nothing-known'" in ended.stderr
    assert "Traceback" not in ended.stderr
