"""Makefiles: variables, targets, recipes, conditionals."""

from __future__ import annotations

import pytest

from lint.facts import FileFacts, Mention, Suppression
from lint.languages.makefile import extract
from lint.program import (
    Assign,
    Branches,
    Choice,
    Define,
    Do,
    Expr,
    If,
    Lit,
    Name,
    Nothing,
    Opaque,
    Run,
    Span,
    Stmt,
    Try,
)
from tests.lint.languages.shell_code import (
    assign,
    choice,
    function,
    glue,
    lit,
    name,
    output,
    ran,
    run,
    split,
    stripped,
)

_DEFAULT = ("default",)
_BACK = run("cd", "-")


def facts(source: str) -> FileFacts:
    """Of a sound makefile."""
    found = extract(source.encode())
    assert not found.unparsable, found.unparsable
    return found


def module(source: str) -> tuple[Stmt, ...]:
    """A sound makefile, lowered, without spans."""
    program = facts(source).program
    assert program is not None
    return stripped(program).body


def recipe(*lines: str, head: str = "t:") -> tuple[Stmt, ...]:
    """The body of the only target."""
    (defined,) = module(head + "\n" + "".join(f"\t{line}\n" for line in lines))
    assert isinstance(defined, Define)
    return defined.function.body


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("b", "b"),
        ("", Nothing()),
        ("a b   # remark", "a b"),
        ("a\\#b", "a#b"),
        ("$$HOME", "$HOME"),
        ("$(B)", name("B")),
        ("${B}", name("B")),
        ("$(B):$(C)-x", glue(name("B"), ":", name("C"), "-x")),
        ("$(shell git rev-parse $(REF))", output(run("git", "rev-parse", split(name("REF"))))),
        ("$(shell echo $$HOME)", output(run("echo", split(name("HOME"))))),
        ("$(or $(A),b)", choice(name("A"), "b")),
        ("$(if $(A),x,y)", choice("x", "y", test=name("A"))),
        ("$(if $(A),x)", choice("x", Nothing(), test=name("A"))),
        ("$(strip $(A))", name("A")),
        ("$(OBJ:.c=.o)", name("OBJ")),
        ("$(patsubst %.c,%.o,$(S))", output(run("make.patsubst", "%.c", "%.o", name("S")))),
        ("$(addprefix -f ,$(S))", output(run("make.addprefix", "-f ", name("S")))),
        ("$(call up,a)", output(run("make.call", name("up"), "a"))),
        ("$(eval $(S))", Opaque((name("S"),), "eval")),
        ("a \\\n  b", "a b"),
        ("$(unclosed", "$(unclosed"),
    ],
)
def test_a_value_is_what_make_makes_of_it(written: str, value: str | Expr) -> None:
    assert module(f"A := {written}\n") == (assign("A", value),)


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        ("A = b", assign("A", "b")),
        ("A=b", assign("A", "b")),
        ("A ::= b", assign("A", "b")),
        ("A ?= b", Assign(Name("A"), lit("b"), default=True)),
        ("A += b", Assign(Name("A"), lit(" b"), augment=True)),
        ("A += $(B)", Assign(Name("A"), glue(" ", name("B")), augment=True)),
        ("A != cmd x", assign("A", output(run("cmd", "x")))),
        ("export A := b", assign("A", "b")),
        ("override A = b", assign("A", "b")),
        ("A = http://x:1/y", assign("A", "http://x:1/y")),
        ("define A\nb\n\tc\nendef", assign("A", "b\n\tc")),
        ("include a.mk b.mk", run("include", "a.mk", "b.mk")),
        ("-include $(F)", run("include", split(name("F")))),
        ("sinclude a.mk", run("include", "a.mk")),
        ("$(info $(shell cmd))", Do(Opaque((output(run("cmd")),), "info"))),
        (
            "ifdef A\nB = 1\nelse\nB = 2\nendif",
            If(Opaque((name("A"),), "ifdef"), (assign("B", "1"),), (assign("B", "2"),)),
        ),
        (
            "ifeq ($(A),b)\n  B = 1\nendif",
            If(Opaque((glue("(", name("A"), ",b)"),), "ifeq"), (assign("B", "1"),)),
        ),
        (
            "ifdef A\nB = 1\nelse ifdef C\nB = 2\nelse\nB = 3\nendif",
            If(
                Opaque((name("A"),), "ifdef"),
                (assign("B", "1"),),
                (If(Opaque((name("C"),), "ifdef"), (assign("B", "2"),), (assign("B", "3"),)),),
            ),
        ),
    ],
)
def test_what_make_does_while_it_reads_is_the_module_s(written: str, lowered: Stmt) -> None:
    assert module(written + "\n") == (lowered,)


@pytest.mark.parametrize("written", ["export A", "unexport A", "vpath %.c src", "# a", "", "  \t"])
def test_lines_without_effect_are_nothing(written: str) -> None:
    assert module(written + "\n") == ()


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (("a b",), (run("a", "b"),)),
        (("@a", "@ +b"), (run("a"), run("b"))),
        (("-a",), (Try((run("a"),), ((),)),)),
        (("@-a",), (Try((run("a"),), ((),)),)),
        (("a $(X)",), (run("a", split(name("X"))),)),
        (('a "$(X)"',), (run("a", name("X")),)),
        (("a $$X $${Y:-z}",), (run("a", split(name("X")), split(choice(name("Y"), "z"))),)),
        (("$(MAKE) -C sub all",), (run("make", "-C", "sub", "all"),)),
        (("a $@ $<",), (run("a", "t"),)),
        (("a $(shell b)",), (run("a", split(output(run("b")))),)),
        (("a $(or $(X),b)",), (run("a", split(choice(name("X"), "b"))),)),
        (("a $(strip $(X))",), (run("a", split(name("X"))),)),
        (("a \\", "  b"), (run("a", "b"),)),
        (("if a; then \\", "  b; \\", "fi"), (If(ran("a"), (run("b"),)),)),
        (("cd d && a", "b"), (If(ran("cd", "d"), (run("a"),)), _BACK, run("b"))),
        (("# a", "b"), (run("b"),)),
        (("a; \\", ""), (run("a"),)),
    ],
)
def test_a_recipe_is_what_its_shell_runs(lines: tuple[str, ...], body: tuple[Stmt, ...]) -> None:
    assert recipe(*lines) == body


def test_targets_are_functions_with_needs_and_labels() -> None:
    assert module(
        "DEPS := c d\n.PHONY: all b\nall: b $(DEPS) | e ; one\n\ttwo $^\n"
        "b d: $(UNKNOWN)\n\tthree $@\n"
    ) == (
        assign("DEPS", "c d"),
        function(
            "all",
            run("one"),
            run("two", "b", "c", "d"),
            needs=("b", "c", "d", "e"),
            labels=("phony", "default"),
        ),
        function("b", run("three", "b"), needs=("$(UNKNOWN)",), labels=("phony",)),
        function("d", run("three", "d"), needs=("$(UNKNOWN)",)),
    )


def test_pattern_rules_are_functions_named_by_their_pattern() -> None:
    assert module("%.o: %.c\n\tcc x\nout/%: %\n\tcp x\n") == (
        function("%.o", run("cc", "x"), needs=("%.c",)),
        function("out/%", run("cp", "x"), needs=("%",)),
    )


def test_the_default_goal_may_be_named() -> None:
    first, *rest = module(".DEFAULT_GOAL := b\na:\n\tx\nb:\n\ty\n")
    assert first == assign(".DEFAULT_GOAL", "b")
    assert rest == [function("a", run("x")), function("b", run("y"), labels=_DEFAULT)]


def test_rules_for_one_target_are_one_function() -> None:
    assert module("a: b\na:\n\tx\na: c\n") == (
        function("a", run("x"), needs=("b", "c"), labels=_DEFAULT),
    )
    assert module("a::\n\tx\na::\n\ty\n") == (function("a", run("x"), run("y"), labels=_DEFAULT),)
    assert module("ifdef X\na:\n\tx\nelse\na:\n\ty\nendif\n") == (
        function("a", Branches(None, ((run("x"),), (run("y"),))), labels=_DEFAULT),
    )


def test_variables_of_one_target_are_set_in_its_function() -> None:
    assert module("a: export X := 1\na: Y += z\na:\n\tx\n") == (
        function(
            "a",
            assign("X", "1"),
            Assign(Name("Y"), lit(" z"), augment=True),
            run("x"),
            labels=_DEFAULT,
        ),
    )


def test_conditionals_inside_a_recipe_keep_both_branches() -> None:
    assert module("a:\n\tx\nifdef A\n\ty\nelse\n\tz\nendif\n\tw\nB = 1\n") == (
        assign("B", "1"),
        function(
            "a",
            run("x"),
            If(Opaque((name("A"),), "ifdef"), (run("y"),), (run("z"),)),
            run("w"),
            labels=_DEFAULT,
        ),
    )


def test_a_conditional_after_a_recipe_is_not_part_of_it() -> None:
    assert module("a:\n\tx\n\nifdef A\nB = 1\nendif\n") == (
        If(Opaque((name("A"),), "ifdef"), (assign("B", "1"),)),
        function("a", run("x"), labels=_DEFAULT),
    )


def test_a_variable_that_holds_a_recipe_is_run_where_it_is_written() -> None:
    program = facts(
        "define UP\n@podman run $(1)\n-wait $2\nendef\na:\n\t$(call UP,db,5432)\n"
    ).program
    assert program is not None
    *_, defined = program.body
    assert isinstance(defined, Define)
    assert stripped(defined.function.body) == (
        run("podman", "run", "db"),
        Try((run("wait", "5432"),), ((),)),
    )
    first = defined.function.body[0]
    assert isinstance(first, Do)
    assert isinstance(first.value, Run)
    assert first.value.at.line == 2


def test_a_called_variable_of_one_line_is_filled_in() -> None:
    source = "C = docker exec $(1) $(X)\na:\n\t$(call C,db) ls | wc\n"
    *_, defined = module(source)
    assert defined == function(
        "a", run("docker", "exec", "db", split(name("X")), "ls"), run("wc"), labels=_DEFAULT
    )


def test_one_shell_runs_all_lines() -> None:
    assert module(".ONESHELL:\na:\n\t@cd d\n\t-x \\\n\t  y\n") == (
        function("a", run("cd", "d"), run("x", "y"), _BACK, labels=_DEFAULT),
    )


def test_the_sign_of_recipes_may_be_another() -> None:
    assert module(".RECIPEPREFIX = >\na:\n>x\n")[1:] == (function("a", run("x"), labels=_DEFAULT),)


def test_recipes_stand_where_they_are_written() -> None:
    program = facts("X = 1\na:\n\t@one \\\n\t  two\n").program
    assert program is not None
    defined = program.body[-1]
    assert isinstance(defined, Define)
    assert defined.function.at == Span(2, 1, 4, 7)
    (statement,) = defined.function.body
    assert isinstance(statement, Do)
    assert isinstance(statement.value, Run)
    assert [word.value for word in statement.value.words] == [
        Lit("one", Span(3, 3, 3, 6)),
        Lit("two", Span(4, 4, 4, 7)),
    ]


def test_comments_outside_and_inside_of_recipes_are_told() -> None:
    found = facts(
        "# top\nA = b # value\nt: ## help\n\tx $(A) $$Y # in\n"
        "\t# stackwright: ignore[compose-invocation] old\n\tpodman-compose up\n"
        "\ty # stackwright: ignore[z] why\n"
    )
    assert found.mentions == (
        Mention("comment", "top", Span(1, 1, 1, 6)),
        Mention("comment", "value", Span(2, 7, 2, 14)),
        Mention("comment", "help", Span(3, 4, 3, 11)),
        Mention("comment", "in", Span(4, 13, 4, 17)),
    )
    assert found.suppressions == (
        Suppression(("compose-invocation",), "old", "", "", Span(5, 2, 5, 47), 6),
        Suppression(("z",), "why", "", "", Span(7, 4, 7, 32), 7),
    )


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("a:\n\tx\nwhat is this\n", 3),
        ("ifdef A\nB = 1\n", 1),
        ("endif\n", 1),
        ("else\n", 1),
        ("define A\nb\n", 1),
        ("a:\n\tx\n\tif b; then c\n", 3),
        ("<<<<<<< HEAD\n", 1),
    ],
)
def test_what_cannot_be_read_is_told(source: str, line: int) -> None:
    assert line in {fault.at.line for fault in extract(source.encode()).unparsable}


def test_the_rest_of_a_broken_makefile_is_read() -> None:
    found = extract(b"what is this\na:\n\tx\n$(broken\nb:\n\ty\n")
    assert found.program is not None
    assert stripped(found.program.body)[-2:] == (
        function("a", run("x"), labels=_DEFAULT),
        function("b", run("y")),
    )


def test_a_choice_between_commands_is_a_branch() -> None:
    (statement,) = recipe("$(if $(CI),a x,b)")
    assert isinstance(statement, If)
    assert (statement.then, statement.other) == ((run("a", "x"),), (run("b"),))
    assert isinstance(recipe("a $(if $(CI),-v)")[0], Do)
    assert Choice((lit("-v"), Nothing()), name("MAKE_IF")) in _values(recipe("a $(if $(CI),-v)"))


def _values(body: tuple[Stmt, ...]) -> list[Expr]:
    (statement,) = body
    assert isinstance(statement, Do)
    assert isinstance(statement.value, Run)
    return [word.value for word in statement.value.words]
