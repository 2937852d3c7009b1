"""Without the extra `kubernetes`, and without a need for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.shop import Shop
from tests.product import Finished

CLIENT = ("lightkube", "httpx2")
ALL = (*CLIENT, "yaml")
HEAVY = ("lightkube", "httpx2", "asyncio", "yaml")

STACK = """\
[stacks.store.components.app]
image = "python:3.11-slim"
ports.http = 8080
gate = { kind = "tcp", port = "http" }
embedded = { command = ["true"] }

"""


def without(shop: Shop, libraries: tuple[str, ...], *words: str) -> Finished:
    """A command where these are not installed."""
    hidden = shop.product.project.parent / "hidden"
    for name in libraries:
        package = hidden / name
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text(f'raise ImportError("No module named {name}")\n')
    environ = {**shop.product.environ, "PYTHONPATH": str(hidden)}
    return type(shop.product)(
        project=shop.product.project, state=shop.product.state, environ=environ
    ).run(*words)


@pytest.mark.parametrize(
    ("libraries", "words", "code"),
    [
        (CLIENT, ("e2e", "up"), 13),
        (ALL, ("e2e", "up"), 2),
        (ALL, ("e2e", "plan"), 2),
    ],
    ids=["up without a client", "up", "plan"],
)
def test_what_needs_it_says_how_to_get_it(
    shop: Shop, libraries: tuple[str, ...], words: tuple[str, ...], code: int
) -> None:
    ended = without(shop, libraries, *words)
    assert ended.code == code, ended.err
    assert "pip install 'stackwright[kubernetes]'" in ended.err
    assert "Traceback" not in ended.err
    assert shop.left() == []


def test_a_stack_on_kubernetes_needs_it(shop: Shop) -> None:
    shop.product.edit("[e2e.shop]", STACK + "[e2e.shop]")
    ended = without(shop, ALL, "stack", "up", "--engine", "kubernetes")
    assert ended.code == 13, ended.err
    assert "pip install 'stackwright[kubernetes]'" in ended.err
    assert shop.left() == []


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("e2e", "up", "--help"),
        ("stack", "plan", "--engine", "embedded"),
        ("stack", "down"),
    ],
    ids=" ".join,
)
def test_what_does_not_need_it_imports_nothing_of_it(
    shop: Shop, tmp_path: Path, words: tuple[str, ...]
) -> None:
    shop.product.edit("[e2e.shop]", STACK + "[e2e.shop]")
    program = (
        "import atexit, sys\n"
        "from pathlib import Path\n"
        f"heavy = {HEAVY!r}\n"
        "told = lambda: ' '.join(each for each in heavy if each in sys.modules)\n"
        f"atexit.register(lambda: Path({str(tmp_path / 'seen')!r}).write_text(told()))\n"
        "from orchestration.cli import main\n"
        f"sys.exit(main({words!r}))\n"
    )
    process = shop.product.begin_python(program)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert (tmp_path / "seen").read_text() == ""


def test_what_serves_stacks_imports_nothing_of_it() -> None:
    code = (
        "import sys, orchestration.pytest_plugin, orchestration.shared\n"
        "import orchestration.operations.stack\n"
        "print(*(each for each in ('lightkube', 'httpx2', 'orchestration.cluster')"
        " if each in sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ""
