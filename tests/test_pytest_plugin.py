"""The fixture, in a pytest of its own, on a stack of local processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.product import Finished, Product, leftovers
from tests.watched import wait_for

READS = """\
import os
import urllib.request


def test_the_app_serves(stackwright_stack):
    url = stackwright_stack.endpoint("app").url
    assert urllib.request.urlopen(url + "/health").read() == b"ok"
    print("RUN", stackwright_stack.run, flush=True)


def test_every_endpoint_has_all_parts(stackwright_stack):
    store = stackwright_stack["postgres"]
    assert store.dsn == f"postgresql://shop:planted-secret-1@{store.host}:{store.port}/shop"
    assert "planted" not in repr(stackwright_stack)
"""


def begin(product: Product, *words: str, engine: str = "embedded") -> subprocess.Popen[str]:
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("STACKWRIGHT_", "PYTEST_"))
    }
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-s"),
            *("--stackwright-engine", engine, *words),
        ],
        cwd=product.project,
        env={**inherited, "STACKWRIGHT_STATE": str(product.state), **product.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(product: Product, *words: str, engine: str = "embedded") -> Finished:
    process = begin(product, *words, engine=engine)
    out, _ = process.communicate(timeout=120)
    return Finished(code=process.returncode, out=out, err="")


@pytest.fixture
def product(tmp_path: Path) -> Product:
    made = Product.at(tmp_path)
    (made.project / "pytest.ini").write_text("[pytest]\n")
    (made.project / "test_store.py").write_text(READS)
    return made


@pytest.mark.parametrize(
    "engine",
    [
        "embedded",
        pytest.param("podman", marks=pytest.mark.engine),
        pytest.param("docker", marks=pytest.mark.engine),
    ],
)
def test_a_stack_is_there_for_the_tests_and_gone_afterwards(product: Product, engine: str) -> None:
    ended = run(product, engine=engine)
    assert ended.code == 0, ended.out
    assert "2 passed" in ended.out
    assert leftovers(engine, product) == []
    assert product.records() == []


def test_a_stack_that_is_up_is_used_and_stays(product: Product) -> None:
    assert product.run("stack", "up", "--engine", "embedded").code == 0
    (record,) = product.records()
    try:
        ended = run(product)
        assert ended.code == 0, ended.out
        assert f"RUN {record.stem}" in ended.out
        assert product.records() == [record]
    finally:
        assert product.run("stack", "down").code == 0
    assert leftovers("embedded", product) == []


def test_a_stack_that_is_not_what_the_configuration_says_is_not_used(product: Product) -> None:
    assert product.run("stack", "up", "--engine", "embedded").code == 0
    (record,) = product.records()
    settings = product.project / "stackwright.toml"
    settings.write_text(settings.read_text().replace("= 6379", '= 6379\nenv = { A = "b" }'))
    try:
        ended = run(product)
        assert ended.code == 0, ended.out
        assert "redis.env" in ended.out
        assert f"RUN {record.stem}" not in ended.out
        assert product.records() == [record]
    finally:
        assert product.run("stack", "down").code == 0
    assert leftovers("embedded", product) == []


def test_fresh_never_uses_a_stack_that_is_up(product: Product) -> None:
    assert product.run("stack", "up", "--engine", "embedded").code == 0
    (record,) = product.records()
    ended = run(product, "--stackwright-fresh")
    assert product.run("stack", "down").code == 0
    assert ended.code == 0, ended.out
    assert f"RUN {record.stem}" not in ended.out


def test_missing_infrastructure_fails_and_never_skips(product: Product, tmp_path: Path) -> None:
    nowhere = Product(
        project=product.project,
        state=product.state,
        environ={"STACKWRIGHT_ENGINE_URL": f"unix://{tmp_path}/none.sock"},
    )
    ended = run(nowhere, engine="podman")
    assert ended.code == 1
    assert "2 errors" in ended.out
    assert "skipped" not in ended.out
    assert "none.sock" in ended.out


def test_a_stack_that_does_not_come_up_is_told_once_in_each_test_that_needs_it(
    product: Product,
) -> None:
    (product.project / "migrations" / "001.sql").write_text("nonsense;\n")
    ended = run(product)
    assert ended.code == 1
    assert "one-shot migrations failed" in ended.out
    assert "Traceback" not in ended.out
    assert leftovers("embedded", product) == []


def test_logs_are_sections_of_a_failed_test_without_secrets(product: Product) -> None:
    (product.project / "test_store.py").write_text(
        "def test_it(stackwright_stack):\n    assert False\n\n\ndef test_other():\n    assert 0\n"
    )
    ended = run(product)
    assert ended.code == 1
    assert ended.out.count("stackwright log of app") == 1
    assert "listening with postgresql://shop:***@" in ended.out
    assert "planted-secret" not in ended.out
    assert leftovers("embedded", product) == []


def test_overriding_a_fixture_is_the_configuration(product: Product) -> None:
    product.edit("[stacks.store.", "[stacks.other.")
    product.edit(
        "[images.overrides]",
        '[stacks.unused.components.redis]\nimage = "redis:7-alpine"\nports.redis = 6379\n'
        'gate = { kind = "redis" }\nembedded = { kind = "redis" }\n\n[images.overrides]',
    )
    assert run(product).code == 1
    (product.project / "conftest.py").write_text(
        "import pytest\n\n\n@pytest.fixture(scope='session')\ndef stackwright_service():\n"
        "    return 'other'\n"
    )
    ended = run(product)
    assert ended.code == 0, ended.out


def test_xdist_workers_share_one_stack_that_the_controller_removes(product: Product) -> None:
    (product.project / "test_store.py").write_text(
        "import pathlib, pytest\n\n\n"
        "@pytest.mark.parametrize('at', range(6))\n"
        "def test_it(stackwright_stack, worker_id, at):\n"
        "    with pathlib.Path('seen').open('a') as seen:\n"
        "        seen.write(f'{stackwright_stack.run} {worker_id}\\n')\n"
    )
    ended = run(product, "-n", "2")
    assert ended.code == 0, ended.out
    lines = (product.project / "seen").read_text().splitlines()
    assert len({line.split()[0] for line in lines}) == 1
    assert len({line.split()[1] for line in lines}) == 2
    assert leftovers("embedded", product) == []
    assert product.records() == []


def test_under_xdist_a_failure_to_come_up_is_not_repeated_by_every_worker(
    product: Product,
) -> None:
    (product.project / "migrations" / "001.sql").write_text("nonsense;\n")
    ended = run(product, "-n", "2")
    assert ended.code == 1
    assert ended.out.count("one-shot migrations failed") >= 2
    bundles = list((product.project / ".stackwright" / "failures").iterdir())
    assert len(bundles) == 1
    assert leftovers("embedded", product) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_signal_to_pytest_removes_the_stack(
    product: Product, number: signal.Signals, words: tuple[str, ...]
) -> None:
    ready = product.project / "ready"
    (product.project / "test_store.py").write_text(
        "import pathlib, time\n\n\ndef test_it(stackwright_stack):\n"
        f"    pathlib.Path({str(ready)!r}).touch()\n    time.sleep(60)\n"
    )
    process = begin(product, *words)
    deadline = time.monotonic() + 60
    while not ready.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(number)
    out, _ = process.communicate(timeout=30)
    assert ready.exists(), out
    assert process.returncode == 2, out
    assert leftovers("embedded", product) == [], out
    assert product.records() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["start postgres", "remove"])
def test_a_signal_while_the_stack_comes_or_goes_ends_the_session(
    product: Product, number: signal.Signals, moment: str
) -> None:
    file = product.project / "test_store.py"
    file.write_text("def test_it(stackwright_stack): pass\n")
    goes_on = product.project / "test_without.py"
    goes_on.write_text("def test_that_needs_no_stack(): print('WENT', 'ON')\n")
    # Whatever hears of the step sends the signal: by then the product listens to it.
    (product.project / "conftest.py").write_text(
        "import os\n"
        "from orchestration import session\n\n"
        "tell = session.Session._tell\n\n\n"
        "def told(self, event):\n"
        "    tell(self, event)\n"
        '    name = f\'{getattr(event, "step", "")} {getattr(event, "component", "")}\'\n'
        f"    if type(event).__name__ == 'StepStarted' and name.startswith({moment!r}):\n"
        f"        os.kill(os.getpid(), {int(number)})\n\n\n"
        "session.Session._tell = told\n"
    )
    ended = run(product, *(["test_store.py"] if moment == "remove" else []))
    assert ended.code == 2, ended.out
    assert f"stopped by {number.name}" in ended.out
    assert "WENT ON" not in ended.out
    assert leftovers("embedded", product) == []
    assert product.records() == []


SECOND = """\
import pytest
import orchestration


@pytest.fixture(scope={scope!r})
def second():
    with orchestration.stack_up(engine="embedded") as running:
        yield running
"""
WAITS = """\
import pathlib, time


def test_it({fixture}):
    pathlib.Path("ready").touch()
    time.sleep(60)


def test_that_comes_next():
    print("WENT", "ON")
"""


@pytest.fixture
def small(tmp_path: Path) -> Product:
    """A project whose stack is one process."""
    made = Product.at(
        tmp_path,
        '[stacks.web.components.app]\ngate = {kind = "log", pattern = "up"}\nembedded = {command = '
        '["python", "-c", "import time; print(\'up\', flush=True); time.sleep(100)"]}\n',
    )
    (made.project / "pytest.ini").write_text("[pytest]\n")
    return made


def terminated_when_ready(product: Product) -> Finished:
    process = begin(product)
    wait_for(product.project / "ready", process)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    return Finished(code=process.returncode, out=out, err="")


def test_sigterm_ends_a_session_whose_stack_comes_from_stack_up(small: Product) -> None:
    (small.project / "conftest.py").write_text(SECOND.format(scope="session"))
    (small.project / "test_it.py").write_text(WAITS.format(fixture="second"))
    ended = terminated_when_ready(small)
    assert ended.code == 2, ended.out
    assert "WENT ON" not in ended.out
    assert leftovers("embedded", small) == []
    assert small.records() == []


def test_sigterm_ends_a_session_whose_stack_up_is_over(small: Product) -> None:
    (small.project / "conftest.py").write_text(SECOND.format(scope="module"))
    (small.project / "test_first.py").write_text(
        "def test_alone(second): pass\n\n\ndef test_both(second, stackwright_stack): pass\n"
    )
    (small.project / "test_it.py").write_text(WAITS.format(fixture="stackwright_stack"))
    ended = terminated_when_ready(small)
    assert ended.code == 2, ended.out
    assert "WENT ON" not in ended.out
    assert leftovers("embedded", small) == []
    assert small.records() == []


def test_sigterm_while_stack_up_starts_ends_the_session(small: Product) -> None:
    (small.project / "conftest.py").write_text(
        "import os\nfrom orchestration import startup\n\nstart = startup.Startup.start\n\n\n"
        "def signalled(*words):\n    os.kill(os.getpid(), 15)\n    start(*words)\n\n\n"
        "startup.Startup.start = signalled\n" + SECOND.format(scope="session")
    )
    (small.project / "test_it.py").write_text(WAITS.format(fixture="second"))
    ended = run(small)
    assert ended.code == 2, ended.out
    assert "WENT ON" not in ended.out
    assert "stopped by SIGTERM" in ended.out
    assert leftovers("embedded", small) == []
    assert small.records() == []
