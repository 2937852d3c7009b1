"""No secret of a project gets anywhere but to the process that it is for.

What must hold credentials is left out: `stack env`, an endpoint's `dsn`, the state directory
(0700), and the environment of a container, which is how a process is given them. A literal in
`command` is in the process list and in the container's configuration: that is what a command is.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import stat
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.engines.discovery import FoundEngine, Tried
from orchestration.engines.engine_address import Address
from orchestration.model import Label
from orchestration.operations.machine import doctor
from orchestration.state import FileRuns, HostOwners
from orchestration.wiring import Workplace
from tests.product import Finished, Product, client_of, leftovers
from tests.secret_project import Planted, watched

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
FORMATS = pytest.mark.parametrize("form", ["plain", "json", "quiet", "live"])
IN_A_COMMAND = ("command", "gate_command")


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Planted]:
    made = Planted.at(tmp_path)
    yield made
    made.product.run("stack", "down", "--all")


def run(product: Product, form: str, *words: str) -> Finished:
    """As `Product.run`, on a terminal where the format needs one."""
    if form != "live":
        return product.run(*words, "--progress", form)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 500, 0, 0))
    environ = {key: each for key, each in os.environ.items() if not key.startswith("STACKWRIGHT_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration", *words, "--progress", form],
        cwd=product.project,
        env={
            **environ,
            "STACKWRIGHT_STATE": str(product.state),
            "TERM": "xterm",
            **product.environ,
        },
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = bytearray()
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    code = process.wait(60)
    return Finished(code=code, out=shown.decode(errors="replace"), err="")


def break_it(product: Product) -> None:
    product.edit('BROKEN = ""', 'BROKEN = "yes"')


@ON_EVERY_ENGINE
@FORMATS
def test_nothing_that_is_shown_of_a_run_has_a_secret(
    planted: Planted, engine: str, form: str
) -> None:
    product = planted.product
    with watched(planted, besides=IN_A_COMMAND):
        up = run(product, form, "stack", "up", "--engine", engine)
        assert up.code == 0, up.err + up.out
        down = run(product, form, "stack", "down")
        assert down.code == 0, down.err + down.out
    for shown in (up.out, up.err, down.out, down.err):
        assert planted.found_in(shown) == []
    assert "app" in up.out + up.err
    assert leftovers(engine, product) == []


@ON_EVERY_ENGINE
@FORMATS
def test_nothing_that_is_shown_or_kept_of_a_failure_has_a_secret(
    planted: Planted, engine: str, form: str
) -> None:
    product = planted.product
    break_it(product)
    failed = run(product, form, "stack", "up", "--engine", engine)
    assert failed.code == 9, failed.err + failed.out
    assert planted.found_in(failed.out) == []
    assert planted.found_in(failed.err) == []
    assert "HTTP 503" in failed.out + failed.err
    files = dict(product.dumps())
    assert {Path(name).name for name in files} >= {
        *("failure.txt", "failure.json", "timeline.jsonl", "plan.txt"),
        *("app.log", "side.log", "migrate.log", "postgres.log"),
    }
    assert {name: found for name, text in files.items() if (found := planted.found_in(text))} == {}
    assert "told ***" in next(text for name, text in files.items() if name.endswith("app.log"))


@ON_EVERY_ENGINE
def test_nothing_that_is_told_of_a_stack_that_is_up_has_a_secret(
    planted: Planted, engine: str
) -> None:
    product = planted.product
    assert product.run("stack", "up", "--engine", engine).code == 0
    told = {
        words: product.run("stack", *words)
        for words in (
            ("plan", "--engine", engine),
            ("up", "--plan", "--engine", engine),
            ("status",),
            ("status", "--json"),
            ("logs",),
            ("logs", "--tail", "3", "--component", "app"),
            ("clean", "--dry-run"),
            ("doctor", "--engine", engine),
            ("up", "--engine", engine, "--reuse", "--progress", "plain"),
            ("up", "--engine", engine),
        )
    }
    for words, ended in told.items():
        assert ended.code == (4 if words[1:] == ("--engine", engine) and words[0] == "up" else 0)
        assert planted.found_in(ended.out + ended.err) == [], words
    assert "told ***" in told["logs",].out
    # What is there for the asking: everything else that must hold it is a process.
    assert planted.found_in(product.run("stack", "env").out) == ["database"]


@ON_EVERY_ENGINE
def test_a_wreck_tells_no_secret(planted: Planted, engine: str) -> None:
    product = planted.product
    break_it(product)
    assert product.run("stack", "up", "--engine", engine, "--keep").code == 9
    for words in (("status",), ("status", "--json"), ("logs",)):
        ended = product.run("stack", *words)
        assert planted.found_in(ended.out + ended.err) == [], words


@ON_EVERY_ENGINE
def test_a_generated_password_is_shown_nowhere(planted: Planted, engine: str) -> None:
    product = planted.product
    up = product.run("stack", "up", "--service", "made", "--engine", engine, "--progress", "json")
    assert up.code == 0, up.err
    (record,) = product.records()
    password = json.loads(record.read_text())["generated"]
    assert len(password) >= 16
    assert password in product.run("stack", "env", "--service", "made").out
    shown = [up.out, up.err]
    for words in (("status", "--json"), ("logs", "--service", "made"), ("plan",), ("down",)):
        ended = product.run("stack", *words)
        shown += [ended.out, ended.err]
    assert password not in "".join(shown)


@ON_EVERY_ENGINE
def test_what_a_run_keeps_is_its_users_alone(planted: Planted, engine: str) -> None:
    product = planted.product
    umask = os.umask(0o022)
    try:
        break_it(product)
        assert product.run("stack", "up", "--engine", engine, "--keep").code == 9
    finally:
        os.umask(umask)
    for top in (product.state, product.project / ".stackwright"):
        for path in (top, *top.rglob("*")):
            mode = stat.S_IMODE(path.lstat().st_mode)
            assert oct(mode) == oct(0o700 if path.is_dir() else 0o600), path


@ON_CONTAINERS
def test_what_an_engine_keeps_has_no_secret(planted: Planted, engine: str) -> None:
    product = planted.product
    assert product.run("stack", "up", "--engine", engine).code == 0
    chosen: dict[str, str | list[str] | bool] = {
        "label": f"{Label.STATE}={FileRuns(product.state, HostOwners()).identity}"
    }
    client = client_of(engine)
    try:
        containers = client.containers.list(all=True, filters=chosen)
        networks = client.networks.list(filters=chosen)
        images = client.images.list(all=True, filters=chosen)
        assert (len(containers), len(networks)) == (4, 1)
        assert any("VERSION" in json.dumps(each.history()) for each in images)
        for container in containers:
            given = container.attrs["Config"].pop("Env")
            kept = dict(container.attrs)
            if container.labels[Label.COMPONENT] == "app":
                assert planted.found_in(json.dumps(given, ensure_ascii=False)) == [
                    *("by_name", "by_variable", "by_file", "env_file", "in_url", "database")
                ]
            assert (
                planted.found_in(json.dumps(kept, ensure_ascii=False), besides=IN_A_COMMAND) == []
            )
        for each in (*networks, *images):
            assert planted.found_in(json.dumps(each.attrs, ensure_ascii=False)) == []
        for image in images:
            assert planted.found_in(json.dumps(image.history(), ensure_ascii=False)) == []
    finally:
        client.close()


@pytest.mark.parametrize("named", ["environment", "configuration"])
def test_the_password_in_an_engines_address_is_hidden(planted: Planted, named: str) -> None:
    url = f"tcp://me:{planted.secrets['engine_url']}@127.0.0.1:1"
    product = planted.product
    if named == "environment":
        product = Product(
            project=product.project,
            state=product.state,
            environ={**product.environ, "STACKWRIGHT_ENGINE_URL": url},
        )
    else:
        product.edit("[project]", f'[engine]\nurl = "{url}"\n[project]')
    for words in (("up",), ("doctor",), ("plan",), ("clean", "--dry-run")):
        ended = product.run("stack", *words)
        assert planted.found_in(ended.out + ended.err) == [], words
        assert ended.code == (0 if words[0] == "clean" else 3)
        assert words[0] == "clean" or "127.0.0.1:1" in ended.err


def test_the_password_in_the_address_of_an_engine_that_answers_is_hidden(
    planted: Planted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"tcp://me:{planted.secrets['engine_url']}@127.0.0.1:1"
    found = FoundEngine(
        name="docker",
        version="1",
        rule="DOCKER_HOST",
        address=Address(rule="DOCKER_HOST", url=url),
        note=f"found at {url}",
        tried=(Tried(rule="DOCKER_HOST", url=url, outcome="Docker 1"),),
    )
    monkeypatch.setenv("STACKWRIGHT_STATE", str(planted.product.state))
    monkeypatch.chdir(planted.product.project)
    monkeypatch.setattr(Workplace, "find", lambda *_: found)
    assert doctor() == 0
    shown = capsys.readouterr().out
    assert shown.count("tcp://me:***@127.0.0.1:1") == 3
    assert planted.found_in(shown) == []


TESTS = """\
import os


def test_that_compares(stackwright_stack):
    dsn = stackwright_stack["postgres"].dsn
    assert dsn == "postgresql://elsewhere"


def test_that_prints(stackwright_stack, record_property):
    dsn = stackwright_stack["postgres"].dsn
    record_property("address", dsn)
    print("connects to", dsn)
    raise ConnectionError(f"cannot connect to {dsn} with {os.environ['SETTING_SOURCE']}")


def test_that_passes(stackwright_stack):
    print("connected to", stackwright_stack["postgres"].dsn)
"""


@ON_EVERY_ENGINE
@pytest.mark.parametrize("words", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_no_report_of_tests_has_a_secret(
    planted: Planted, engine: str, words: tuple[str, ...]
) -> None:
    ended, junit = run_tests(planted, engine, *words)
    assert ended.code == 1, ended.out
    assert "2 failed, 1 passed" in ended.out
    assert "postgresql://shop:***@" in ended.out
    assert "stackwright log of app" in ended.out
    assert planted.found_in(ended.out + ended.err) == []
    assert planted.found_in(junit) == []
    assert "cannot connect to postgresql://shop:***@" in junit


def test_no_report_of_a_stack_that_failed_has_a_secret(planted: Planted) -> None:
    break_it(planted.product)
    ended, junit = run_tests(planted, "embedded")
    assert "HTTP 503" in ended.out
    assert "HTTP 503" in junit
    assert planted.found_in(ended.out + ended.err + junit) == []


def run_tests(planted: Planted, engine: str, *words: str) -> tuple[Finished, str]:
    product = planted.product
    (product.project / "pytest.ini").write_text("[pytest]\njunit_logging = all\n")
    (product.project / "test_it.py").write_text(TESTS)
    environ = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("STACKWRIGHT_", "PYTEST_"))
    }
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "-l"),
            *("--stackwright-engine", engine, "--junitxml", "junit.xml", *words),
        ],
        cwd=product.project,
        env={**environ, "STACKWRIGHT_STATE": str(product.state), **product.environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    junit = (product.project / "junit.xml").read_text()
    return Finished(code=ended.returncode, out=ended.stdout, err=ended.stderr), junit
