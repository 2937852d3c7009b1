"""Go's expressions as the program's."""

from __future__ import annotations

import pytest

from lint.program import (
    Arg,
    Assign,
    Attr,
    Call,
    Dict,
    Expr,
    Flag,
    Index,
    Listing,
    Lit,
    Name,
    Nothing,
    Opaque,
    Param,
    Plus,
    Return,
    Slice,
    Span,
)
from tests.lint.languages.go_code import (
    asked,
    call,
    closure,
    facts,
    listing,
    lit,
    made,
    name,
    num,
    table,
    top,
    value,
)


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        ('"podman-compose"', lit("podman-compose")),
        (r'"a\tb\n\"c\"\\"', lit('a\tb\n"c"\\')),
        (r'"\x41\101\u00e9\U0001F433"', lit("AAé🐳")),
        (r'"\xff\ud800"', lit("��")),
        ('""', lit("")),
        ('`raw \\n "x"`', lit('raw \\n "x"')),
        ("`a\nb`", lit("a\nb")),
        ("'x'", lit("x")),
        (r"'\n'", lit("\n")),
        ("8080", num("8080")),
        ("18_091", num("18091")),
        ("0x1F90", num("8080")),
        ("0b101", num("5")),
        ("0o17", num("15")),
        ("0755", num("0755")),
        ("1.5e3", num("1.5e3")),
        ("-1", num("-1")),
        ("true", Flag(True)),
        ("false", Flag(False)),
        ("nil", Nothing()),
        ("x", Name("x")),
        ("a.b.c", name("a.b.c")),
        ("(x)", Name("x")),
        ("&x", Name("x")),
        ("*x", Name("x")),
        ("x.(T)", Name("x")),
        ("x.(interface{ Stop() error })", Name("x")),
        ("[]string(x)", Name("x")),
        ('[]byte("x")', lit("x")),
        ("map[string]int(nil)", Nothing()),
        ("(*T).Start", name("T.Start")),
        ("!x", asked("not", Name("x"))),
        ("-x", asked("-", Name("x"))),
        ("<-ch", asked("<-", Name("ch"))),
        ("a == b", asked("==", Name("a"), Name("b"))),
        ("a && b && c", asked("and", Name("a"), Name("b"), Name("c"))),
        ("a || b && c", asked("or", Name("a"), asked("and", Name("b"), Name("c")))),
        ("a + b", Plus(Name("a"), Name("b"))),
        ('"a" + b + "c"', Plus(Plus(lit("a"), Name("b")), lit("c"))),
        ("a - b", asked("-", Name("a"), Name("b"))),
        ("m[k]", Index(Name("m"), Name("k"))),
        ("xs[1:]", Slice(Name("xs"), num("1"), None)),
        ("xs[:n]", Slice(Name("xs"), None, Name("n"))),
        ("xs[1:2:3]", Slice(Name("xs"), num("1"), num("2"))),
    ],
)
def test_an_expression_is_lowered(written: str, lowered: Expr) -> None:
    assert value(written) == lowered


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        ("f()", call("f")),
        ("pkg.F(a, 1)", call("pkg.F", Name("a"), num("1"))),
        ("f(xs...)", call("f", Arg(Name("xs"), spread=1))),
        ("string(out)", call("string", Name("out"))),
        ("(*T)(nil)", call("T", Nothing())),
        ("f[int](x)", call("f", Name("x"))),
        ("f[string, pkg.T](x, y)", call("f", Name("x"), Name("y"))),
        ("pkg.F[Config](x)", call("pkg.F", Name("x"))),
        ("New[Config]()", call("New")),
        ("starters[name](ctx)", call(Index(Name("starters"), Name("name")), Name("ctx"))),
        ('starters["pg"](ctx)', call(Index(Name("starters"), lit("pg")), Name("ctx"))),
        ("f[int]", Name("f")),
        ("new(Config)", made("Config")),
        ("new(pkg.Config)", made("pkg.Config")),
        ("new(int)", num("0")),
        ("new(f(x))", call("f", Name("x"))),
        ('new(T{A: "b"})', made("T", A=lit("b"))),
        ('new([]string{"b"})', listing(lit("b"))),
        ("make([]string, 0, len(xs))", Listing(())),
        ("make([]string, 0, f())", Opaque((call("f"),), "make")),
        ("make([]string, n)", Opaque((), "make")),
        ("make(map[string]int, 3)", Dict(())),
        ("make(chan error, 1)", Opaque((), "make")),
    ],
)
def test_a_call_is_lowered(written: str, lowered: Expr) -> None:
    assert value(written) == lowered


def test_a_chain_of_calls_is_lowered_from_the_inside() -> None:
    command = call("exec.Command", lit("podman"), lit("rm"))
    assert value('exec.Command("podman", "rm").Run()') == call(Attr(command, "Run"))


def test_arguments_grown_by_append_reach_the_command_as_a_spread() -> None:
    written = 'exec.CommandContext(ctx, "podman", append([]string{"run"}, args...)...)'
    grown = call("append", listing(lit("run")), Arg(Name("args"), spread=1))
    assert value(written) == call(
        "exec.CommandContext", Name("ctx"), lit("podman"), Arg(grown, spread=1)
    )


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        ("Config{}", made("Config")),
        ("&pkg.Config{A: 1, B: x}", made("pkg.Config", A=num("1"), B=Name("x"))),
        ('Pair{"a", 1}', made("Pair", lit("a"), num("1"))),
        ("List[int]{Head: 1}", made("List", Head=num("1"))),
        ("pkg.List[int]{Head: 1}", made("pkg.List", Head=num("1"))),
        ('[]string{"a", b}', listing(lit("a"), Name("b"))),
        ('[...]string{2: "c"}', listing(lit("c"))),
        ("map[int]int{18120: 8080}", table((num("18120"), num("8080")))),
        ('map[string]string{key: "v"}', table((Name("key"), lit("v")))),
        (
            'map[string][]string{"a": {"b"}}',
            table((lit("a"), listing(lit("b")))),
        ),
        ("[]T{{A: 1}, {A: 2}}", listing(made("T", A=num("1")), made("T", A=num("2")))),
        ("[]*pkg.T{{A: 1}}", listing(made("pkg.T", A=num("1")))),
        ("[][]int{{1}, {2}}", listing(listing(num("1")), listing(num("2")))),
        (
            'map[Key]*Value{{N: 1}: {S: "x"}}',
            table((made("Key", N=num("1")), made("Value", S=lit("x")))),
        ),
        ('Env{"A": "b"}', table((lit("A"), lit("b")))),
        ("struct{ a, b int }{1, 2}", made("struct", a=num("1"), b=num("2"))),
        (
            '[]struct{ name string; args []string }{{"up", []string{"-d"}}}',
            listing(made("struct", name=lit("up"), args=listing(lit("-d")))),
        ),
    ],
)
def test_a_composite_literal_is_lowered(written: str, lowered: Expr) -> None:
    assert value(written) == lowered


def test_a_literal_of_a_type_of_this_file_is_what_that_type_is() -> None:
    declared = "type Steps []Step\ntype Env map[string]Step\ntype Step struct{ Name string }\n"
    steps, env = top(declared + 'var a = Steps{{Name: "x"}}\nvar b = Env{key: {Name: "y"}}')[-2:]
    step = made("Step", Name=lit("x"))
    assert steps == Assign(Name("a"), listing(step))
    assert env == Assign(Name("b"), table((Name("key"), made("Step", Name=lit("y")))))


def test_a_conversion_to_a_type_of_this_file_is_the_value() -> None:
    declared = "type Image string\ntype Args []string\ntype Run func()\ntype T struct{}\n"
    *_, image, args, run, other = top(
        declared + 'var a = Image("pg")\nvar b = Args(x)\nvar c = Run(f)\nvar d = T(x)'
    )
    assert image == Assign(Name("a"), lit("pg"))
    assert args == Assign(Name("b"), Name("x"))
    assert run == Assign(Name("c"), Name("f"))
    assert other == Assign(Name("d"), call("T", Name("x")))


def test_nested_configuration_keeps_every_level() -> None:
    written = """StartContainer(ctx, ContainerConfig{
        Name: "aianalysis_api",
        BuildContext: &BuildConfig{Dockerfile: "api/Dockerfile", Tag: tag},
        Ports: map[int]int{18120: 8080},
        Env: map[string]string{"MODE": "true"},
        HealthCheck: HealthCheckConfig{URL: url, Timeout: 60 * time.Second},
    }, writer)"""
    config = made(
        "ContainerConfig",
        Name=lit("aianalysis_api"),
        BuildContext=made("BuildConfig", Dockerfile=lit("api/Dockerfile"), Tag=Name("tag")),
        Ports=table((num("18120"), num("8080"))),
        Env=table((lit("MODE"), lit("true"))),
        HealthCheck=made(
            "HealthCheckConfig",
            URL=Name("url"),
            Timeout=asked("*", num("60"), name("time.Second")),
        ),
    )
    assert value(written) == call("StartContainer", Name("ctx"), config, Name("writer"))


def test_a_function_literal_is_a_closure_with_its_parameters() -> None:
    assert value('func(t *testing.T, xs ...string) error { return run("a") }') == closure(
        Return(call("run", lit("a"))),
        params=(Param("t", type="testing.T"), Param("xs", kind="*", type="string")),
        returns="error",
    )


def test_a_functional_option_is_a_closure_in_an_argument() -> None:
    assert value("New(WithPort(1), func(c *Config) { c.Port = 2 })") == call(
        "New",
        call("WithPort", num("1")),
        closure(Assign(name("c.Port"), num("2")), params=(Param("c", type="Config"),)),
    )


def test_a_long_sum_is_no_deep_tree() -> None:
    written = " + ".join(f'"{number}"' for number in range(500))
    lowered, depth = value(written), 0
    while isinstance(lowered, Plus):
        lowered, depth = lowered.left, depth + 1
    assert lowered == lit("0")
    assert depth == 9


def test_calls_inside_indexes_and_bounds_are_still_seen() -> None:
    assert value("f()[g():h()]") == Slice(call("f"), call("g"), call("h"))


def test_literals_and_calls_know_where_they_stand_in_characters() -> None:
    found = facts('package p\n\nvar x = run("é", "ö",\n\tstop(`a\nb`))\n')
    assert found.program is not None
    assigned = found.program.body[0]
    assert isinstance(assigned, Assign)
    outer = assigned.value
    assert isinstance(outer, Call)
    assert outer.at == Span(3, 9, 5, 5)
    first, second, third = (arg.value for arg in outer.args)
    assert isinstance(first, Lit)
    assert first.at == Span(3, 13, 3, 16)
    assert isinstance(second, Lit)
    assert second.at == Span(3, 18, 3, 21)
    assert isinstance(third, Call)
    assert third.at == Span(4, 2, 5, 4)
    assert isinstance(third.args[0].value, Lit)
    assert third.args[0].value.at == Span(4, 7, 5, 3)
