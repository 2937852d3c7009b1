"""The DataStorage bootstrap as a configuration asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.model import Secret, Text
from orchestration.stack import Build
from tests.stackfile.configured import PASSWORD, WEB, project, stack

BOOTSTRAP = """\
[ports.services.shop]
postgres = 15437
metrics = 19091
[bootstrap.datastorage]
datastorage_image = "ds:1"
user = "general"
env = { A = "general", B = "general" }
skip = ["redis"]
[stacks.shop]
bootstrap = "datastorage"
"""


@pytest.fixture
def sql(tmp_path: Path) -> Path:
    """A migrations directory with two steps, one of them with a way back."""
    directory = tmp_path / "migrations"
    directory.mkdir()
    for name in ("002.up.sql", "002.down.sql", "001.sql", "README.md"):
        (directory / name).write_text("SELECT 1;\n")
    (directory / "003.sql").mkdir()
    return directory


def test_a_bootstrap_comes_first_and_with_the_ports_of_its_service(
    tmp_path: Path, sql: Path
) -> None:
    made = stack(tmp_path, BOOTSTRAP + WEB + 'env = { URL = "${datastorage.url}" }\n')
    assert [each.name for each in made.components] == [
        "postgres",
        "migrations",
        "datastorage",
        "web",
    ]
    assert made.component("postgres").ports[0].host == 15437
    assert [port.host for port in made.component("datastorage").ports] == [None, 19091]
    assert made.component("web").after == ("datastorage",)
    assert made.component("migrations").command[4:] == (
        "-f",
        "/migrations/001.sql",
        "-f",
        "/migrations/002.up.sql",
    )


def test_what_a_stack_says_wins_over_the_general_settings(tmp_path: Path, sql: Path) -> None:
    (tmp_path / "Containerfile").touch()
    made = stack(
        tmp_path,
        BOOTSTRAP
        + """\
[stacks.shop.datastorage]
env = { B = "special" }
skip = []
build = { context = "." }
password = { env = "PW" }
""",
        {"PW": "given"},
    )
    assert [each.name for each in made.components] == [
        "postgres",
        "migrations",
        "redis",
        "datastorage",
    ]
    component = made.component("datastorage")
    assert (component.env["A"], component.env["B"]) == ("general", "special")
    assert component.source == Build(context=tmp_path)
    assert made.component("postgres").env["POSTGRES_USER"] == "general"
    assert made.component("postgres").env["POSTGRES_PASSWORD"] == Secret("given")


def test_a_password_that_nobody_gives_is_that_of_the_run(tmp_path: Path, sql: Path) -> None:
    made = project(tmp_path, BOOTSTRAP)

    def password(given: Secret | None) -> Text:
        return made.stack("shop", {}, given).component("postgres").env["POSTGRES_PASSWORD"]

    assert password(PASSWORD) == PASSWORD
    assert password(None) != password(None)


def test_datastorage_may_need_a_component_of_the_user(tmp_path: Path, sql: Path) -> None:
    made = stack(
        tmp_path,
        BOOTSTRAP + '[stacks.shop.datastorage]\nenv = { WEB = "${web.url}" }\n' + WEB,
    )
    assert [each.name for each in made.components] == [
        "postgres",
        "migrations",
        "web",
        "datastorage",
    ]
    assert made.component("datastorage").after == ("postgres", "migrations", "web")
