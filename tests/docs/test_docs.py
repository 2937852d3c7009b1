"""What the pages say is so."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from invoke.collection import Collection

from lint.config import ExemptionTable, LintTable
from lint.outputs import OUTPUTS
from orchestration import errors
from stackwright import parser
from tasks import namespace
from tests.docs import rule_pages
from tests.docs.cli_page import PAGE, commands, page

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [
    ROOT / line
    for line in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_the_page_of_commands_is_what_the_command_line_says() -> None:
    assert PAGE.read_text() == page(), "mend it: python -m tests.docs.cli_page"


def test_the_pages_of_the_rules_are_what_the_rules_say() -> None:
    written = {path.name: path.read_text() for path in rule_pages.DIRECTORY.glob("*.md")}
    assert written == rule_pages.pages(), "mend it: python -m tests.docs.rule_pages"


def test_every_exit_code_is_in_the_table() -> None:
    table = (ROOT / "docs" / "failures.md").read_text()
    for each in vars(errors).values():
        if isinstance(each, type) and issubclass(each, errors.StackwrightError):
            assert re.search(rf"^\| (\d+, )*{each.exit_code}\b", table, re.M), each.__name__


def tasks(collection: Collection, words: tuple[str, ...] = ()) -> dict[tuple[str, ...], set[str]]:
    found = {
        (*words, task.name.replace("_", "-")): task_flags(task)
        for task in collection.tasks.values()
    }
    for key, below in collection.collections.items():
        found |= tasks(below, (*words, key))
    return found


def task_flags(task: object) -> set[str]:
    arguments = task.get_arguments()  # type: ignore[attr-defined]  # invoke is untyped here
    return {argument.name.replace("_", "-") for argument in arguments}


def test_every_command_is_an_invoke_task_with_the_same_options() -> None:
    menu = tasks(namespace)
    for (_, group, *words), command in commands(parser(), ("stackwright",)):
        options = {
            option.removeprefix("--")
            for action in command._actions
            for option in (action.option_strings or [str(action.dest).removesuffix("s")])
            if option.startswith("--") or not option.startswith("-")
        } - {"help"}
        assert menu.pop((group, "-".join(words))) == options, words
    assert menu == {}


def test_every_task_and_option_has_help() -> None:
    # A look at the arguments takes the help out of the task: ask for them once.
    shown = subprocess.run(
        [sys.executable, "-m", "invoke", "--list", "--list-format=json"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for collection in json.loads(shown.stdout)["collections"]:
        for task in collection["tasks"]:
            assert task["help"], task["name"]
    for (*_, word), command in commands(parser(), ("stackwright",)):
        assert command.description
        assert all(action.help for action in command._actions), word


def test_the_readme_names_the_commands_that_ci_runs() -> None:
    readme, run = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    install = "pip install -q -c constraints.txt '.[embedded,examples,kubernetes]'"
    assert install in readme
    assert install in run
    assert "$ .venv/bin/nox\n" in readme
    assert "exec .venv/bin/nox" in run


LINT_PAGE: Final = (ROOT / "docs" / "lint.md").read_text()


def test_every_option_and_task_on_the_linters_page_exists() -> None:
    known = {
        option
        for _, command in commands(parser(), ("stackwright",))
        for action in command._actions
        for option in action.option_strings
    }
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", re.sub(r" -- owner=", " ", LINT_PAGE)))
    assert named - {"-f", "-d"} <= known
    menu = {".".join(words) for words in tasks(namespace)}
    assert set(re.findall(r"invoke ([a-z.-]+)", LINT_PAGE)) <= menu


def test_every_key_of_the_lint_table_is_on_the_linters_page() -> None:
    for table in (LintTable, ExemptionTable):
        for key, field in table.model_fields.items():
            assert f"`{field.alias or key}`" in LINT_PAGE, key


def test_every_format_is_on_the_linters_page() -> None:
    for each in OUTPUTS:
        assert f"| `{each}` |" in LINT_PAGE


def test_the_hook_is_what_the_linters_page_says() -> None:
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text()
    told = dict(re.findall(r"^(?:- |  )(\w+): (.*)$", hook, re.M))
    assert (told["entry"], told["language"]) == ("stackwright lint", "python")
    assert (told["pass_filenames"], told["require_serial"]) == ("false", "true")
    assert f"id: {told['id']}" in LINT_PAGE
