"""Scripts of `package.json` as programs."""

from __future__ import annotations

from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st

from lint.facts import FileFacts
from lint.languages.package_scripts import ARGUMENTS, extract
from lint.program import Arg, Assign, Call, Define, Do, Function, If, Name, Try
from tests.lint.languages.shell_code import NOWHERE, lit, name, ran, run, stripped
from tests.lint.languages.yaml_code import places

MORE = Arg(Name(ARGUMENTS), spread=1)


def facts(source: str) -> FileFacts:
    return extract(dedent(source).encode())


def scripts(source: str) -> dict[str, Function]:
    """By name, without places."""
    program = stripped(facts(f'{{"scripts": {source}}}').program)
    assert program is not None
    return {one.function.name: one.function for one in program.body if isinstance(one, Define)}


def test_each_script_is_a_function_whose_last_command_takes_what_is_handed_on() -> None:
    found = scripts('{"a": "one x && two", "b": "one || true", "c": "", "d": ["no"], "e": "x; y"}')
    assert list(found) == ["a", "b", "e"]
    assert found["a"].body == (If(ran("one", "x"), (run("two", MORE),)),)
    assert found["b"].body == (Try((run("one"),), ((),)),)
    assert found["e"].body == (run("x"), run("y", MORE))


def test_a_script_runs_what_its_name_puts_before_and_behind_it() -> None:
    found = scripts('{"pretest": "up", "test": "jest", "posttest": "down", "pre": "x"}')
    before, main, after = found["test"].body
    assert (before, after) == (
        Do(Call(name("pretest"), (), NOWHERE)),
        Do(Call(name("posttest"), (), NOWHERE)),
    )
    assert main == run("jest", MORE)
    assert found["pretest"].body == (run("up", MORE),)


def test_commands_stand_where_they_are_written() -> None:
    source = '{\n\t"scripts": {\n\t\t"a": "x \\"y z\\" && w",\n\t\t"b": "v"\n\t}\n}\n'
    assert places(facts(source)) == [(3, 9, "x"), (3, 22, "w"), (4, 9, "v")]


def test_the_package_is_known_by_its_name() -> None:
    program = stripped(facts('{"name": "web", "version": "1.2", "scripts": {"a": "b"}}').program)
    assert program is not None
    assert program.body[:2] == (
        Assign(name("npm_package_name"), lit("web")),
        Assign(name("npm_package_version"), lit("1.2")),
    )


def test_only_the_scripts_of_the_package_itself_count() -> None:
    for source in ("", "[]", '"x"', "{}", '{"scripts": []}', '{"x": {"scripts": {"a": "b"}}}'):
        assert facts(source).program is None
        assert not facts(source).unparsable


@given(st.binary(max_size=200))
def test_no_bytes_are_too_much(data: bytes) -> None:
    assert extract(b'{"scripts": {"a": "' + data).language == "npm"
