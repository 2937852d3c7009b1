"""Shell statements as a program, scripts as facts."""

from __future__ import annotations

import pytest

from lint.facts import Mention, Suppression
from lint.languages.shell import extract, lower
from lint.program import (
    Branches,
    Defer,
    Define,
    Do,
    Go,
    If,
    Leave,
    Lit,
    Loop,
    Name,
    Nothing,
    Opaque,
    Raise,
    Return,
    Run,
    Span,
    Stmt,
    Try,
)
from tests.lint.languages.shell_code import (
    asked,
    assign,
    function,
    glue,
    listing,
    lit,
    name,
    one,
    output,
    ran,
    run,
    shell,
    split,
    stripped,
)

_A, _B, _C = run("a"), run("b"), run("c")
_IS_EMPTY = asked("[", asked("-z", name("X")))


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        ("a && b", If(ran("a"), (_B,))),
        ("a && b && c", If(ran("a"), (If(ran("b"), (_C,)),))),
        ("a || b", Try((_A,), ((_B,),))),
        ("a || b || c", Try((_A,), ((Try((_B,), ((_C,),)),),))),
        ("a || true", Try((_A,), ((),))),
        ("a || :", Try((_A,), ((),))),
        ("a && b || c", Try((If(ran("a"), (_B,)),), ((_C,),))),
        ("a || b && c", If(output(Try((_A,), ((_B,),))), (_C,))),
        ("a || exit 1", Try((_A,), ((Raise(lit("1")),),))),
        ("a || { b; c; }", Try((_A,), ((_B, _C),))),
        ("! a", Do(asked("not", ran("a")))),
        ("a &", Go(ran("a"))),
        ("a && b &", Go(output(If(ran("a"), (_B,))))),
        ("(a; b) &", Go(output(_A, _B))),
    ],
)
def test_a_list_tells_what_runs_after_what(written: str, lowered: Stmt) -> None:
    assert one(written) == lowered


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        ("if a; then b; fi", If(ran("a"), (_B,))),
        ("if a; then b; else c; fi", If(ran("a"), (_B,), (_C,))),
        (
            "if a; then b; elif b; then c; else a; fi",
            If(ran("a"), (_B,), (If(ran("b"), (_C,), (_A,)),)),
        ),
        ("if a; b; then c; fi", If(output(_A, _B), (_C,))),
        ("if ! a; then b; fi", If(asked("not", ran("a")), (_B,))),
        ("if a | b; then c; fi", If(output(_A, _B), (_C,))),
        ('if [ -z "$X" ]; then b; fi', If(_IS_EMPTY, (_B,))),
        ('if [[ -z "$X" ]]; then b; fi', If(_IS_EMPTY, (_B,))),
        ("while a; do b; done", Loop((_B,), test=ran("a"))),
        ("until a; do b; done", Loop((_B,), test=asked("not", ran("a")))),
        ("while read -r x < f; do b; done", Loop((_B,), test=ran("read", "-r", "x"))),
        (
            "for x in a 'b c' $D; do b; done",
            Loop((_B,), Name("x"), listing("a", "b c", split(name("D")))),
        ),
        ("for x; do b; done", Loop((_B,), Name("x"), listing(split(name("@"))))),
        ("for x do b; done", Loop((_B,), Name("x"), listing(split(name("@"))))),
        ("select x in a; do b; done", Loop((_B,), Name("x"), listing("a"))),
        ("for ((i = 0; i < 9; i++)); do b; done", Loop((_B,), Name("i"), Opaque((), "count"))),
        (
            "for i in {1..9}; do b; done",
            Loop((_B,), Name("i"), Opaque((Opaque((), "{1..9}"),), "count")),
        ),
        (
            "for i in $(seq 9); do b; done",
            Loop((_B,), Name("i"), Opaque((output(run("seq", "9")),), "count")),
        ),
        (
            "case $X in a|b) a ;; *) b; c ;; esac",
            Branches(Name("X"), ((_A,), (_B, _C)), ((lit("a"), lit("b")), (lit("*"),))),
        ),
        (
            "case $X in (a) a ;; (*) ;; esac",
            Branches(Name("X"), ((_A,), ()), ((lit("a"),), (lit("*"),))),
        ),
        ("while :; do a && break; done", Loop((If(ran("a"), (Leave("break"),)),), test=ran(":"))),
    ],
)
def test_branches_and_loops_keep_their_tests_and_bodies(written: str, lowered: Stmt) -> None:
    (statement,) = shell(written)
    if isinstance(statement, Loop):
        statement = Loop(statement.body, statement.target, statement.over, statement.test)
    assert statement == lowered


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        ("f() { a; b; }", function("f", _A, _B)),
        ("function f { a; }", function("f", _A)),
        ("function f() (a)", function("f", _A)),
        ("f() { a; } >log", function("f", _A)),
        ("f() { X=1; }", function("f", assign("X", "1"), labels=("global:X",))),
        ("f() { export X=1; }", function("f", assign("X", "1"), labels=("global:X",))),
        ("f() { local X=1; X=2; }", function("f", assign("X", "1"), assign("X", "2"))),
        ("f() ( X=1 )", function("f", assign("X", "1"))),
        ("f() { X=1 a; }", function("f", run("a", env={"X": lit("1")}))),
        ("exit", Return()),
        ("exit 0", Return(lit("0"))),
        ("exit 3", Raise(lit("3"))),
        ("exit $rc", Return(Name("rc"))),
        ("return", Return()),
        ("return 1", Return(lit("1"))),
        ('test -z "$X"', Do(asked("[", "-z", name("X")))),
        ("[ $(a) = b ]", Do(asked("[", asked("=", output(_A), "b")))),
        ("[ ! -f x ]", Do(asked("not", asked("[", asked("-f", "x"))))),
        ("(( i > 3 ))", Do(Opaque((Name("i"),), "arithmetic"))),
        ("source ./x.sh y", run("source", "./x.sh", "y")),
        ('. "$D/x.sh"', run(".", glue(name("D"), "/x.sh"))),
        ("eval a b", run("eval", "a", "b")),
        ("sudo -E docker ps", run("sudo", "-E", "docker", "ps")),
        ("exec a", run("exec", "a")),
        ("time a", run("time", "a")),
    ],
)
def test_functions_and_builtins_are_told_from_commands(written: str, lowered: Stmt) -> None:
    assert one(written) == lowered


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        ("trap 'a; b' EXIT", Defer(output(_A, _B))),
        ('trap "a $X" EXIT INT TERM', Defer(ran("a", split(name("X"))))),
        ("trap a EXIT", Defer(ran("a"))),
        ("trap a 0", Defer(ran("a"))),
        ("trap -- a SIGINT", Defer(ran("a"))),
        ("trap a ERR", Try((), ((_A,),))),
        ("trap a USR1", Do(Opaque((ran("a"),), "trap"))),
        ("trap - EXIT", run("trap", "-", "EXIT")),
        ("trap '' INT", run("trap", Nothing(), "INT")),
    ],
)
def test_a_trap_runs_when_the_script_is_left(written: str, lowered: Stmt) -> None:
    assert one(written) == lowered


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        ("a; b", (_A, _B)),
        ("a | b | c", (_A, _B, _C)),
        ("{ a; b; }", (_A, _B)),
        ("(a; b)", (_A, _B)),
        ("(cd d && a); b", (If(ran("cd", "d"), (_A,)), run("cd", "-"), _B)),
        ("a # b", (_A,)),
        ("a > log 2>&1 b", (run("a", "b"),)),
        ("# a", ()),
        ("", ()),
    ],
)
def test_groups_and_pipes_are_their_commands_in_order(
    written: str, lowered: tuple[Stmt, ...]
) -> None:
    assert shell(written) == lowered


def test_a_trap_inside_a_trap_stands_where_it_is_written() -> None:
    (deferred,), _ = lower("\ntrap 'a\n  b' EXIT")
    assert isinstance(deferred, Defer)
    assert deferred.value == output(
        Do(Run((listing(Lit("a", Span(2, 7, 2, 8))).items[0],), Span(2, 7, 2, 8))),
        Do(Run((listing(Lit("b", Span(3, 3, 3, 4))).items[0],), Span(3, 3, 3, 4))),
    )


def test_a_fragment_gives_the_places_of_its_file() -> None:
    (first, second), _ = lower("a\nb é c", line=10, column=5, indent=2)
    assert isinstance(first, Do)
    assert isinstance(first.value, Run)
    assert first.value.at == Span(10, 5, 10, 6)
    assert isinstance(second, Do)
    assert isinstance(second.value, Run)
    assert [word.value.at for word in second.value.words if isinstance(word.value, Lit)] == [
        Span(11, 3, 11, 4),
        Span(11, 5, 11, 6),
        Span(11, 7, 11, 8),
    ]


def test_a_here_document_stands_where_it_is_written() -> None:
    (statement,), _ = lower("cat <<EOF\nx $Y\n  $(z)\nEOF\n", line=4, indent=2)
    assert isinstance(statement, Do)
    assert isinstance(statement.value, Run)
    glued = statement.value.stdin
    assert repr(glued).count("at=Span(line=6, column=7, end_line=6, end_column=8)") == 2


def test_comments_are_mentions_and_here_documents_are_not() -> None:
    found = extract(b"#!/bin/sh\n# uses podman-compose\n# no more\na # b\ncat <<EOF\n# c\nEOF\n")
    assert found.mentions == (
        Mention("comment", "uses podman-compose\nno more", Span(2, 1, 3, 10)),
        Mention("comment", "b", Span(4, 3, 4, 6)),
    )


def test_a_suppression_covers_its_own_line_or_the_next_command() -> None:
    found = extract(
        b"# stackwright: ignore[compose-invocation] old -- owner=me until=2026-01-01\n\n# other\n"
        b"podman-compose up\ndocker-compose up # stackwright: ignore[x] why\n"
    )
    assert found.suppressions == (
        Suppression(("compose-invocation",), "old", "me", "2026-01-01", Span(1, 1, 1, 75), 4),
        Suppression(("x",), "why", "", "", Span(5, 19, 5, 47), 5),
    )


def test_a_bats_test_is_a_function_named_by_its_title() -> None:
    found = extract(b'setup() { a; }\n@test "it runs" {\n  run docker ps\n}\n')
    assert found.program is not None
    assert found.program.labels == ("bats",)
    assert stripped(found.program.body) == (
        function("setup", _A),
        function("it runs", run("run", "docker", "ps"), labels=("bats",)),
    )
    assert isinstance(found.program.body[1], Define)
    assert found.program.body[1].function.at.line == 2


def test_what_cannot_be_read_is_told_and_the_rest_is_lowered() -> None:
    body, unparsable = lower("if a; then\n b x\nf() { c; }\n")
    assert unparsable
    assert stripped(body) == (If(ran("a"), (run("b", "x"), function("f", _C))),)


@pytest.mark.parametrize("written", ["a <<EOF\nnever ends", "a 'b", "a && && b", "a )"])
def test_what_is_no_shell_is_never_passed_over_in_silence(written: str) -> None:
    assert lower(written)[1]


@pytest.mark.parametrize(
    "written",
    [
        "f() {\n  for x\n  do a; done\n}",
        "if a; then (b) \\\nfi",
        "x=$(a | grep -v ^packages$)",
        "cat >f <<EOF || die\nx\nEOF\n",
        "cat <<A <<B\na\nA\nb\nB\n",
        'x="$(cat <<EOF\na "b" $(c)\nEOF\n)"',
        'cat <<EOF\nit\'s "quoted" `a "b"`\nEOF\n',
        "x=$((1 << 2))\na",
        "case $x in *' '*) a ;; \"-x\"*) b ;; esac",
        "a <<'E O F'\nb\nE O F\n",
    ],
)
def test_valid_shell_that_the_grammar_stumbles_over_is_read(written: str) -> None:
    assert lower(written)[1] == ()
