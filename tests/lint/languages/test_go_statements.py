"""Go's statements as the program's."""

from __future__ import annotations

import pytest

from lint.program import (
    Assign,
    Branches,
    Defer,
    Do,
    Flag,
    Go,
    If,
    Leave,
    Listing,
    Loop,
    Name,
    Nothing,
    Opaque,
    Plus,
    Raise,
    Return,
    Stmt,
)
from tests.lint.languages.go_code import (
    NOWHERE,
    asked,
    body,
    call,
    closure,
    function,
    listing,
    lit,
    made,
    name,
    num,
    top,
)


def loop(*inner: Stmt, **parts: object) -> Loop:
    return Loop(inner, at=NOWHERE, **parts)  # type: ignore[arg-type]  # Loop's own fields


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        ("f(1)", Do(call("f", num("1")))),
        ("x := 1", Assign(Name("x"), num("1"))),
        ("s.x = f()", Assign(name("s.x"), call("f"))),
        ("a, b = b, a", Assign(listing(Name("a"), Name("b")), listing(Name("b"), Name("a")))),
        ("out, err := f()", Assign(listing(Name("out"), Name("err")), call("f"))),
        ("_ = f()", Assign(Name("_"), call("f"))),
        ('s += "x"', Assign(Name("s"), lit("x"), augment=True)),
        ("n++", Assign(Name("n"), num("1"), augment=True)),
        ("n--", Assign(Name("n"), num("-1"), augment=True)),
        ("var x = 1", Assign(Name("x"), num("1"))),
        ("var x, y = 1, 2", Assign(listing(Name("x"), Name("y")), listing(num("1"), num("2")))),
        ("var x string", Assign(Name("x"), lit(""))),
        ("var x int", Assign(Name("x"), num("0"))),
        ("var x bool", Assign(Name("x"), Flag(False))),
        ("var x error", Assign(Name("x"), Nothing())),
        ("var x func() error", Assign(Name("x"), Nothing())),
        ("var x []string", Assign(Name("x"), listing())),
        ("var x *pkg.T", Assign(Name("x"), made("pkg.T"))),
        ("const x = 1", Assign(Name("x"), num("1"))),
        ("type T = pkg.U", Assign(Name("T"), name("pkg.U"))),
        ("ch <- f()", Do(asked("<-", Name("ch"), call("f")))),
        ("v := <-ch", Assign(Name("v"), asked("<-", Name("ch")))),
        ("go f()", Go(call("f"))),
        ("defer s.Stop(ctx)", Defer(call("s.Stop", Name("ctx")))),
        ("defer func() { f() }()", Defer(call(closure(Do(call("f")))))),
        ("return", Return()),
        ("return x", Return(Name("x"))),
        ("return nil, f()", Return(listing(Nothing(), call("f")))),
        ('panic("no")', Raise(lit("no"))),
        ("os.Exit(1)", Do(call("os.Exit", num("1")))),
        ("{ f() }", Do(call("f"))),
        ("end: f()", Do(call("f"))),
        ("for { f() }", loop(Do(call("f")))),
        ("for ok() { f() }", loop(Do(call("f")), test=call("ok"))),
        ("for range xs { f() }", loop(Do(call("f")), over=Name("xs"))),
        ("for i := range 3 { f() }", loop(Do(call("f")), key=Name("i"), over=num("3"))),
        ("for _, x := range xs {}", loop(target=Name("x"), over=Name("xs"))),
        ("for k, v := range m {}", loop(key=Name("k"), target=Name("v"), over=Name("m"))),
        ("if ok() { f() }", If(call("ok"), (Do(call("f")),))),
        (
            "if a { f() } else if b { g() } else { h() }",
            If(
                Name("a"),
                (Do(call("f")),),
                (If(Name("b"), (Do(call("g")),), (Do(call("h")),)),),
            ),
        ),
    ],
)
def test_a_statement_is_lowered(written: str, lowered: Stmt) -> None:
    assert body(written) == (lowered,)


def test_a_declared_struct_starts_as_an_empty_literal_of_its_type() -> None:
    assert body("var a, b Config") == (
        Assign(Name("a"), made("Config")),
        Assign(Name("b"), made("Config")),
    )


def test_what_an_if_declares_stands_before_it() -> None:
    written = "if err := cmd.Run(); err != nil { return err }"
    assert body(written) == (
        Assign(Name("err"), call("cmd.Run")),
        If(asked("!=", Name("err"), Nothing()), (Return(Name("err")),)),
    )


def test_what_an_else_if_declares_stands_in_the_else() -> None:
    assert body("if a { } else if err := f(); err != nil { g() }") == (
        If(
            Name("a"),
            (),
            (
                Assign(Name("err"), call("f")),
                If(asked("!=", Name("err"), Nothing()), (Do(call("g")),)),
            ),
        ),
    )


def test_a_counting_loop_is_its_start_and_a_loop_that_ends_with_its_step() -> None:
    assert body("for i := 0; i < 30; i++ { probe() }") == (
        Assign(Name("i"), num("0")),
        loop(
            Do(call("probe")),
            Assign(Name("i"), num("1"), augment=True),
            test=asked("<", Name("i"), num("30")),
        ),
    )


def test_a_break_leaves_a_switch_but_a_labelled_one_leaves_the_loop() -> None:
    written = """outer:
    for {
        switch x {
        case 1:
            break
        case 2:
            break outer
        default:
            continue
        }
        break
    }"""
    patterns = ((num("1"),), (num("2"),), ())
    switch = Branches(Name("x"), ((), (Leave("break"),), (Leave("continue"),)), patterns)
    assert body(written) == (loop(switch, Leave("break")),)


def test_a_break_of_a_loop_inside_a_case_is_the_loops() -> None:
    written = "switch { case x: for { break } }"
    assert body(written) == (Branches(Name("x"), ((loop(Leave("break")),), ())),)


def test_a_switch_is_one_of_its_cases_or_none() -> None:
    written = """switch v := f(); v {
    case "a*", b:
        g()
    case h():
        i()
    }"""
    assert body(written) == (
        Assign(Name("v"), call("f")),
        Branches(
            asked("case", Name("v"), call("h")),
            ((Do(call("g")),), (Do(call("i")),), ()),
            ((lit("a[*]"), Name("b")), (call("h"),), ()),
        ),
    )


def test_the_default_of_a_switch_is_tried_last_wherever_it_stands() -> None:
    written = "switch x { default: f(); case 1: g(); fallthrough; case 2: h() }"
    f, g, h = (Do(call(one)) for one in "fgh")
    assert body(written) == (
        Branches(Name("x"), ((g, h), (h,), (f,)), ((num("1"),), (num("2"),), ())),
    )


def test_the_conditions_of_a_switch_without_a_value_are_its_test() -> None:
    written = 'switch { case c.URL != "": f(c.URL); case c.Port > 0: g(); default: return }'
    assert body(written) == (
        Branches(
            asked(
                "case", asked("!=", name("c.URL"), lit("")), asked(">", name("c.Port"), num("0"))
            ),
            ((Do(call("f", name("c.URL"))),), (Do(call("g")),), (Return(),)),
        ),
    )


def test_a_case_that_falls_through_does_what_the_next_one_does() -> None:
    written = "switch x { case 1: f(); fallthrough; case 2: g(); fallthrough; default: h() }"
    f, g, h = (Do(call(one)) for one in "fgh")
    patterns = ((num("1"),), (num("2"),), ())
    assert body(written) == (Branches(Name("x"), ((f, g, h), (g, h), (h,)), patterns),)


def test_a_type_switch_names_the_value_first() -> None:
    assert body("switch v := x.(type) { case *T: v.Stop(); case nil: }") == (
        Assign(Name("v"), Name("x")),
        Branches(Name("x"), ((Do(call("v.Stop")),), (), ())),
    )


def test_a_select_does_one_of_its_communications() -> None:
    written = """select {
    case <-ctx.Done():
        return ctx.Err()
    case v, ok := <-ch:
        f(v)
    case out <- g():
    case <-time.After(time.Second):
    }"""
    assert body(written) == (
        Branches(
            None,
            (
                (Do(asked("<-", call("ctx.Done"))), Return(call("ctx.Err"))),
                (
                    Assign(listing(Name("v"), Name("ok")), asked("<-", Name("ch"))),
                    Do(call("f", Name("v"))),
                ),
                (Do(asked("<-", Name("out"), call("g"))),),
                (Do(asked("<-", call("time.After", name("time.Second")))),),
            ),
        ),
    )


def test_a_receive_from_a_timer_is_a_pause_but_not_where_it_is_one_of_several() -> None:
    assert body("<-time.After(d)") == (Do(call("time.Sleep", name("d"))),)


def test_constants_repeat_their_formula_and_count() -> None:
    written = "const (\n\tfirst = 18000 + iota\n\tsecond\n\t_\n\tfourth\n\tname = `x`\n\tsame\n)"
    values = {
        one.target.id: one.value
        for one in top(written)
        if isinstance(one, Assign) and isinstance(one.target, Name)
    }
    assert values["second"] == Plus(num("18000"), num("1"))
    assert values["fourth"] == Plus(num("18000"), num("3"))
    assert values["same"] == lit("x")


def test_a_package_variable_that_somebody_sets_later_is_unknown_not_empty() -> None:
    assert top("var image string\nvar port int\nvar args []string\nvar stack *Stack") == (
        Assign(Name("image"), Opaque((), "image")),
        Assign(Name("port"), Opaque((), "port")),
        Assign(Name("args"), Listing(())),
        Assign(Name("stack"), made("Stack")),
    )


def test_an_embedded_file_is_no_empty_text() -> None:
    written = (
        "//go:embed compose.yml\nvar one string\n\nvar (\n\t//go:embed sql/*.sql\n\ttwo embed.FS\n)"
    )
    assert top(written) == (
        Assign(Name("one"), Opaque((lit("compose.yml"),), "embed")),
        Assign(Name("two"), Opaque((lit("sql/*.sql"),), "embed")),
    )


def test_named_results_start_empty_and_a_bare_return_returns_them() -> None:
    written = """func f() (cfg *Config, err error) {
        g(func() { return })
        return
    }"""
    assert top(written) == (
        function(
            "f",
            Assign(Name("cfg"), made("Config")),
            Assign(Name("err"), Nothing()),
            Do(call("g", closure(Return()))),
            Return(listing(Name("cfg"), Name("err"))),
            returns="Config, error",
        ),
    )
