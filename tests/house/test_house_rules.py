"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import orchestration
from tests.each_engine import WITHOUT

ROOT: Final = Path(__file__).parents[2]
DRAWERS: Final = {"utils", "helpers", "common", "misc", "base", "core", "types", "manager"}
LONGEST: Final = 400
ROOMS: Final = {
    "docker": {"orchestration/engines/docker_"},
    "httpx2": {
        "orchestration/cluster/channel.py",
        "orchestration/cluster/connection.py",
        "orchestration/cluster/exec_credential.py",
        "orchestration/cluster/http_failure.py",
    },
    "libcst": {"lint/languages/python"},
    "lightkube": {
        "orchestration/cluster/connection.py",
        "orchestration/cluster/http_failure.py",
    },
    "markdown_it": {"lint/languages/markdown"},
    "pydantic": {"orchestration/stackfile", "lint/config.py"},
    "socksio": {
        "orchestration/cluster/connection.py",
        "orchestration/cluster/http_failure.py",
    },
    "rich": {"orchestration/progress/live_progress.py"},
    "tree_sitter": {"orchestration/stackfile", "lint/languages/"},
    "tree_sitter_bash": {"lint/languages/"},
    "tree_sitter_containerfile": {"lint/languages/"},
    "tree_sitter_go": {"lint/languages/"},
    "tree_sitter_toml": {"orchestration/stackfile", "lint/languages/"},
    "yaml": {"orchestration/cluster/yaml_documents.py"},
    "invoke": {
        "orchestration/tasks.py",
        "orchestration/e2e_tasks.py",
        "orchestration/task_outcome.py",
        "lint/tasks.py",
    },
    "pytest": {"orchestration/pytest_plugin.py"},
}
"""Foreign libraries and the one room of each half in which they may be spoken."""


def sources(*tops: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *tops],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


PYTHON: Final = [path for path in sources() if path.suffix == ".py"]
PRODUCT: Final = [
    path for path in sources("orchestration", "lint", "stackwright.py") if path.suffix == ".py"
]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name.partition(".")[0] for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_no_file_is_a_drawer(path: Path) -> None:
    assert path.stem not in DRAWERS


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_no_file_is_too_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_each_foreign_library_is_spoken_in_its_room(path: Path) -> None:
    for library in set(imports(ast.parse(path.read_text()))) & set(ROOMS):
        assert any(name(path).startswith(room) for room in ROOMS[library]), library


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_every_public_thing_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    if path.read_text().strip():
        assert ast.get_docstring(tree), "the module"
    for node in tree.body:
        if isinstance(node, documented[1:]) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_nothing_reads_the_environment_at_import(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(statement):
            text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            assert text not in ("os.environ", "os.getenv"), f"line {statement.lineno}"


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_no_process_is_started_through_a_shell(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.keyword) and node.arg == "shell":
            assert isinstance(node.value, ast.Constant), node.value.lineno
            assert node.value.value is False, node.value.lineno


def test_every_exception_to_a_lint_rule_has_a_reason() -> None:
    for path in PYTHON:
        for at, line in enumerate(path.read_text().splitlines(), start=1):
            for mark in ("# noqa", "# type: ignore"):
                head, found, tail = line.partition(mark)
                if found and head.count('"') % 2 == 0:
                    told = " - " in tail or "# " in tail
                    assert told, f"{name(path)}:{at}: {mark} without a reason"


def test_nothing_heavy_is_imported_for_help() -> None:
    heavy = (
        *("docker", "invoke", "libcst", "markdown_it", "msgspec", "platformdirs", "psutil"),
        *("pydantic", "pytest", "rich", "scramp", "tree_sitter", "yaml"),
    )
    code = (
        "import sys, stackwright, lint.cli; stackwright.parser(); lint.cli.parser(); "
        f"print(*(set({heavy!r}) & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert shown.stdout.strip() == ""


def test_the_sessions_that_ci_runs_are_the_ones_the_readme_promises() -> None:
    assert "nox" in (ROOT / ".ci" / "run").read_text()
    assert "nox" in (ROOT / "README.md").read_text()


def test_no_test_of_an_engine_is_where_none_is_looked_for() -> None:
    rooms = tuple(f"{each}/" for each in WITHOUT)
    for path in PYTHON:
        if name(path).startswith(rooms):
            assert f"{'mark'}.engine" not in path.read_text(), name(path)


def test_versions_are_locked_without_addresses() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert not line or line.startswith("#") or "==" in line
        assert "://" not in line


def test_all_packages_are_shipped() -> None:
    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert shipped["tool"]["setuptools"]["packages"]["find"]["include"] == [
        "orchestration*",
        "lint*",
    ]
    modules = {f"{each}.py" for each in shipped["tool"]["setuptools"]["py-modules"]}
    for path in PRODUCT:
        assert (path.parent / "__init__.py").exists() or name(path) in modules, name(path)


def test_all_data_of_the_packages_is_shipped() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    for package, patterns in data["package-data"].items():
        shipped = {path for pattern in patterns for path in (ROOT / package).glob(pattern)}
        for path in sources(package):
            assert path.suffix == ".py" or path in shipped, name(path)


def test_no_public_name_of_the_package_is_also_a_module_of_it() -> None:
    # Importing the module would replace the name.

    modules = {path.stem for path in PRODUCT if path.parent == ROOT / "orchestration"}
    assert not modules & set(orchestration.__all__)
