"""Environments of tox as programs, in INI and in TOML."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint.facts import FileFacts
from lint.languages.tox import extract
from lint.languages.tox_environment import names
from lint.languages.tox_words import ARGUMENTS
from lint.program import (
    Arg,
    Assign,
    Attr,
    Call,
    Choice,
    Defer,
    Define,
    Do,
    Function,
    Glue,
    Listing,
    Name,
    Output,
    Stmt,
    Try,
)
from tests.lint.languages.shell_code import NOWHERE, lit, name, run, stripped
from tests.lint.languages.yaml_code import places

POSARGS = Arg(Name(ARGUMENTS), spread=1)


def facts(source: str) -> FileFacts:
    return extract(dedent(source).lstrip("\n").encode())


def environments(source: str) -> dict[str, Function]:
    """By name, without places."""
    program = stripped(facts(source).program)
    assert program is not None
    return {one.function.name: one.function for one in program.body if isinstance(one, Define)}


def commands(*lines: str) -> tuple[Stmt, ...]:
    """What one environment with these commands does."""
    told = "".join(f"\n    {line}" for line in lines)
    return environments(f"[base]\none = a b\n[testenv]\ncommands ={told}\n")["py"].body


def test_commands_are_words_without_a_shell() -> None:
    assert commands("a 'b c' && d | e", '"x y"z \\', "  w", "# no", "p # note") == (
        run("a", "b c", "&&", "d", "|", "e"),
        run("x yz", "w"),
        run("p"),
    )


def test_a_dash_lets_a_command_fail() -> None:
    assert commands("- a", "-b c", "! d") == tuple(
        Try((one,), ((),)) for one in (run("a"), run("b", "c"), run("d"))
    )


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("{posargs}", (POSARGS,)),
        ("{posargs:t u}", (Arg(lit("t")), Arg(lit("u")))),
        ("--k={posargs}", (Arg(Glue((lit("--k="), name(ARGUMENTS)), NOWHERE)),)),
        ("{toxinidir}/x", (Arg(Glue((name("toxinidir"), lit("/x")), NOWHERE)),)),
        ("{env:A}", (Arg(name("A")),)),
        ("{env:A:b}", (Arg(Choice((name("A"), lit("b")))),)),
        ("{[base]one}", (Arg(lit("a")), Arg(lit("b")))),
        ("'{[base]one}'", (Arg(lit("a b")),)),
        ("a{/}b", (Arg(lit("a/b")),)),
        ("\\{x\\}", (Arg(lit("{x}")),)),
        ("{'a': 1}", (Arg(lit("{a:")), Arg(lit("1}")))),
        ("''", (Arg(lit("")),)),
    ],
)
def test_substitutions(word: str, expected: tuple[Arg, ...]) -> None:
    (only,) = commands(f"run {word}")
    assert only == run("run", *expected)


INI = """
    [tox]
    envlist = py{310,311}-{unit,it}, lint
    [testenv]
    changedir = {toxinidir}/tests
    setenv =
        A = b
        it: C={env:D:e}
    docker = it: pg
    commands_pre = it: up
    commands =
        unit: pytest unit
        it,!unit-lint: pytest it
    commands_post = down
    [testenv:lint]
    changedir =
    setenv =
    commands_post =
    commands =
        ruff
        {[testenv:other]commands}
    [testenv:other]
    commands = only here
    [docker:pg]
    image = postgres:16
    ports =
        5432:5432/tcp
"""


def test_an_environment_has_what_is_its_own_and_what_is_for_its_factors() -> None:
    found = environments(INI)
    cd = run("cd", Arg(Glue((name("toxinidir"), lit("/tests")), NOWHERE)))
    image = (
        Arg(lit("postgres:16")),
        Arg(lit("pg"), "name"),
        Arg(Listing((Arg(lit("5432:5432/tcp")),)), "ports"),
    )
    assert found["py310-it"].body == (
        Assign(name("A"), lit("b")),
        Assign(name("C"), Choice((name("D"), lit("e")))),
        Do(Call(Attr(name("tox_docker"), "start"), image, NOWHERE)),
        Defer(Output((Do(Call(Attr(name("tox_docker"), "remove"), (Arg(lit("pg")),), NOWHERE)),))),
        Defer(Output((cd, run("down")))),
        cd,
        run("up"),
        run("pytest", "it"),
    )
    assert found["lint"].body == (run("ruff"), run("only", "here"))
    assert run("pytest", "unit") in found["py310-unit"].body


def test_environments_that_do_the_same_are_one_with_all_names() -> None:
    found = environments(INI)
    assert {key: one.labels for key, one in found.items()} == {
        "lint": ("default",),
        "other": (),
        "py310-unit": ("default", "alias:py311-unit"),
        "py310-it": ("default", "alias:py311-it"),
    }


def test_commands_of_ini_stand_where_they_are_written() -> None:
    source = "[testenv]\ncommands = a\n    {[x]y} c\n[x]\ny = b \\\n    d\n"
    assert places(facts(source)) == [(2, 12, "a"), (3, 5, "b")]


def test_comments_are_mentions_and_suppressions() -> None:
    found = facts("# why\n[testenv]\ncommands =\n    # stackwright: ignore[x] y\n    a  # b\n")
    assert [one.text for one in found.mentions] == ["why", "b"]
    assert [one.covers for one in found.suppressions] == [5]


TOML = """
    [tool.tox]
    env_list = ["a", "py311"]

    [tool.tox.env_run_base]
    set_env = { A = "b" }
    commands = [["pytest", { replace = "posargs", default = ["t"], extend = true }]]

    [tool.tox.env.a]
    change_dir = "tests"
    commands_pre = [
        ["docker", "up {env:X}"],
        ["-", "x"],
    ]
    commands = [{ replace = "ref", of = ["env_run_base", "commands"], extend = true }]
    commands_post = [["down", { replace = "env", name = "N", default = "n" }]]
"""


def test_toml_says_the_same_in_lists() -> None:
    found = environments(TOML)
    assert found["a"].body == (
        Assign(name("A"), lit("b")),
        Defer(Output((run("cd", "tests"), run("down", Arg(Choice((name("N"), lit("n")))))))),
        run("cd", "tests"),
        run("docker", Arg(Glue((lit("up "), name("X")), NOWHERE))),
        Try((run("x"),), ((),)),
        run("pytest", "t"),
    )
    assert found["py311"].body == (Assign(name("A"), lit("b")), run("pytest", "t"))
    assert {(11, 5, "docker"), (12, 5, "x"), (6, 13, "pytest")} <= {*places(facts(TOML))}


def test_ini_inside_of_toml_keeps_its_lines() -> None:
    quoted = '[tool.tox]\nlegacy_tox_ini = """\n[testenv]\ncommands = a \\\\\n    b\n    c\n"""\n'
    plain = quoted.replace('"""', "'''").replace("\\\\", "\\")
    for source in (quoted, plain):
        assert places(facts(source)) == [(4, 12, "a"), (6, 5, "c")]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "[metadata]\nname = x\n",
        "[tool:pytest]\ntestenv = docker compose up\n",
        "[tool.poetry]\nname = 'x'\n",
        "[project]\nname = 'x'\n[tool.tox]\nbroken = \n[testenv]\ncommands = a\n",
        "[tox]\nenvlist = a, b\n",
    ],
)
def test_other_files_have_no_program(source: str) -> None:
    assert facts(source).program is None
    assert not facts(source).mentions


def test_lists_of_names() -> None:
    assert list(names("py{39, 310}-{a,b}, c\n d")) == [
        "py39-a", "py39-b", "py310-a", "py310-b", "c", "d",
    ]  # fmt: skip  # a list of names reads best as a paragraph
    assert len(list(names("{a,b,c,d}" * 20))) <= 200


@given(st.text(alphabet="[]{}:=\\\n\t ab-!'\"#tesnvcomad,", max_size=300))
def test_no_text_is_too_much(text: str) -> None:
    for head in ("[testenv]\ncommands = ", "[tool.tox]\n", "[tool.tox]\nlegacy_tox_ini = '''"):
        assert extract((head + text).encode()).language == "tox"
