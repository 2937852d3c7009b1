"""The Python front end: what each form of code becomes."""

from __future__ import annotations

import msgspec
import pytest

from lint.facts import FileFacts, Mention, PortUse
from lint.languages.python import extract
from lint.program import (
    Arg,
    Assign,
    Attr,
    Branches,
    Call,
    Choice,
    Class,
    Closure,
    Define,
    DefineClass,
    Dict,
    Do,
    Each,
    Entry,
    Expr,
    FieldOf,
    Flag,
    Function,
    Glue,
    If,
    Import,
    Index,
    Leave,
    Listing,
    Lit,
    Loop,
    Name,
    Nothing,
    Opaque,
    Param,
    Percent,
    Plus,
    Raise,
    Return,
    Slice,
    Span,
    Stmt,
    Test,
    Try,
    With,
    Yield,
)
from tests.lint.languages.bare import AT, Bare, bare, body

A, B, C, F, G, X, Y = (Name(name) for name in ["a", "b", "c", "f", "g", "x", "y"])


def lit(text: str) -> Lit:
    return Lit(text, AT)


def number(text: str) -> Lit:
    return Lit(text, AT, number=True)


def call(func: Expr, *values: Expr) -> Call:
    return Call(func, tuple(Arg(value) for value in values), AT)


def listing(*values: Expr) -> Listing:
    return Listing(tuple(Arg(value) for value in values))


def define(
    name: str,
    *statements: Stmt,
    params: tuple[Param, ...] = (),
    owner: str = "",
    generator: bool = False,
    labels: tuple[str, ...] = (),
) -> Define:
    function = Function(
        name, params, statements, AT, owner=owner, generator=generator, labels=labels
    )
    return Define(function)


def facts(code: str) -> FileFacts:
    """The facts of code that is all read, and that survive the cache."""
    found = extract(code.encode())
    assert found.unparsable == ()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found
    return found


def lowered(code: str) -> Bare:
    return bare(body(facts(code).program))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a", A),
        ("'x'", lit("x")),
        ("b'x'", lit("x")),
        (r"'\x41\101\u0042\N{LATIN SMALL LETTER C}\q\'' ''", Glue((lit("AABc\\q'"), lit("")), AT)),
        (r"r'\d' '\\'", Glue((lit(r"\d"), lit("\\")), AT)),
        ("'''a\nb\\\nc'''", lit("a\nbc")),
        ("18_080", number("18080")),
        ("0x10", number("16")),
        ("1e1", number("10.0")),
        ("-1", number("-1")),
        ("3j", number("3j")),
        ("True", Flag(True)),
        ("None", Nothing()),
        ("...", Opaque(name="...")),
        ("a.b", Attr(A, "b")),
        ("a[b]", Index(A, B)),
        ("a[b, c]", Index(A, listing(B, C))),
        ("a[b:c]", Slice(A, B, C)),
        ("a[:c:2]", Slice(A, None, C)),
        ("a[1:, b]", Index(A, listing(Opaque((number("1"),)), B))),
        ("a[*b]", Index(A, Listing((Arg(B, spread=1),)))),
        ("f(a)", call(F, A)),
        ("f(a, *b, x=c, **y)", Call(F, (
            Arg(A), Arg(B, spread=1), Arg(C, "x"), Arg(Y, spread=2)), AT)),
        ("f(a for a in b)", call(F, Each(A, B, A))),
        ("a.b(c)[x]", Index(call(Attr(A, "b"), C), X)),
        ("(a or f)(c)", call(Choice((A, F)), C)),
        ("await f(a)", call(F, A)),
        ("'a' 'b' \"c\"", Glue((lit("a"), lit("b"), lit("c")), AT)),
        ("f'a{b}'", Glue((lit("a"), B), AT)),
        ("f'{a}{{}}{b:>{c}}'", Glue((A, lit("{}"), B), AT)),
        ("'a' f'{b}c' 'd'", Glue((lit("a"), B, lit("c"), lit("d")), AT)),
        ("f'{a!r}{b!s}'", Glue((call(Name("repr"), A), B), AT)),
        ("f'{a = }'", Glue((lit("a = "), call(Name("repr"), A)), AT)),
        ("f'plain'", lit("plain")),
        ("f''", lit("")),
        (r"rf'\d{a}'", Glue((lit(r"\d"), A), AT)),
        ("f'{f'{a}'}'", Glue((Glue((A,), AT),), AT)),
        ("t'a{f(b)}'", Opaque((lit("a"), call(F, B)))),
        ("a + b + c", Plus(Plus(A, B), C)),
        ("a + (b + c)", Plus(A, Plus(B, C))),
        ("a + b.x(c)", Plus(A, call(Attr(B, "x"), C))),
        ("a % (b, c)", Percent(A, listing(B, C))),
        ("a / b / c", Test("/", (Test("/", (A, B)), C))),
        ("a - b + c", Plus(Test("-", (A, B)), C)),
        ("a or b or c", Choice((A, B, C))),
        ("a and b and c", Test("and", (A, B, C))),
        ("a or b and c", Choice((A, Test("and", (B, C))))),
        ("a if b else c", Choice((A, C), test=B)),
        ("not a", Test("not", (A,))),
        ("a == b", Test("==", (A, B))),
        ("a not in b", Test("not in", (A, B))),
        ("a is not b", Test("is not", (A, B))),
        ("a < b <= c", Test("< <=", (A, B, C))),
        ("[a, *b]", Listing((Arg(A), Arg(B, spread=1)))),
        ("(a, b)", listing(A, B)),
        ("a, *b", Listing((Arg(A), Arg(B, spread=1)))),
        ("()", listing()),
        ("{a, b}", listing(A, B)),
        ("{a: b, **c}", Dict((Entry(A, B), Entry(None, C)))),
        ("[f(a) for a in b]", Each(A, B, call(F, A))),
        ("{a for a in b}", Each(A, B, A)),
        ("[c for a in b for c in a]", Each(A, B, Each(C, A, C))),
        ("[a for a in b if f(a)]", Each(A, B, Choice((A,), test=call(F, A)))),
        ("{a: b for a, b in c}", Opaque((Each(listing(A, B), C, listing(A, B)),), "dict")),
        ("lambda: a", Closure(Function("<lambda>", (), (Return(A),), AT))),
        ("lambda a, *b, c=x, **y: f", Closure(Function("<lambda>", (
            Param("a"), Param("b", kind="*"), Param("c", X), Param("y", kind="**")),
            (Return(F),), AT))),
    ],
)  # fmt: skip
def test_an_expression_becomes(code: str, expected: Expr) -> None:
    assert lowered(f"x = {code}") == bare([Assign(X, expected)])


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import a.b", [Import("a", "a.b")]),
        ("import a.b as c, x", [Import("c", "a.b"), Import("x", "x")]),
        ("from ..x import y as z", [Import("z", "x", "y", 2)]),
        ("from . import (a, b,)", [Import("a", "", "a", 1), Import("b", "", "b", 1)]),
        ("from ... import a", [Import("a", "", "a", 3)]),
        ("from a.b import *", [Import("*", "a.b", "*")]),
        ("a = b = f()", [Assign(A, call(F)), Assign(B, A)]),
        ("a, b = c = f()", [Assign(C, call(F)), Assign(listing(A, B), C)]),
        ("a = b = None", [Assign(A, Nothing()), Assign(B, Nothing())]),
        ("a.b, c[x] = y", [Assign(listing(Attr(A, "b"), Index(C, X)), Y)]),
        ("a += b", [Assign(A, B, augment=True)]),
        ("a %= b", [Assign(A, Percent(A, B))]),
        ("a //= b", [Assign(A, Test("//", (A, B)))]),
        ("a: int = b", [Assign(A, B)]),
        ("a: int", []),
        ("type A[T] = x", [Assign(Name("A"), X)]),
        ("f(a); g(b);", [Do(call(F, A)), Do(call(G, B))]),
        ("if a: f()\nelif b: g()\nelse: x()", [
            If(A, (Do(call(F)),), (If(B, (Do(call(G)),), (Do(call(X)),)),))]),
        ("while a:\n  f()\nelse:\n  g()", [Loop((Do(call(F)),), test=A, at=AT), Do(call(G))]),
        ("for a, b in c:\n  break\nelse:\n  g()", [
            Loop((Leave("break"),), listing(A, B), C, at=AT), Do(call(G))]),
        ("for a in b:\n  continue", [Loop((Leave("continue"),), A, B, at=AT)]),
        ("try:\n  f()\nexcept A as a:\n  g()\nexcept:\n  x()\nelse:\n  y()\nfinally:\n  b()", [
            Try((Do(call(F)),),
                ((Assign(A, Opaque((Name("A"),))), Do(call(G))), (Do(call(X)),)),
                (Do(call(Y)),), (Do(call(B)),))]),
        ("try:\n  f()\nexcept* A:\n  g()", [Try((Do(call(F)),), ((Do(call(G)),),))]),
        ("with f(a) as b, c:\n  g()", [With(call(F, A), B, (With(C, None, (Do(call(G)),)),))]),
        ("with (a, b as c,):\n  g()", [With(A, None, (With(B, C, (Do(call(G)),)),))]),
        ("async def f():\n  async with a: pass\n  async for b in c: pass", [
            define("f", With(A, None, ()), Loop((), B, C, at=AT))]),
        ("match f(a):\n  case 1 | [b, *_]: g()\n  case {'k': X.y} if c: x()", [
            Branches(call(F, A), ((Do(call(G)),), (If(C, (Do(call(X)),)),)))]),
        ("match a:\n  case b: g()", [Branches(A, ((Assign(B, A), Do(call(G))),))]),
        ("raise f(a) from b", [Raise(call(F, A))]),
        ("raise", [Raise()]),
        ("raise a from f(b)", [Do(Opaque((call(F, B),))), Raise(A)]),
        ("assert a, f(b)", [Do(Test("assert", (A, call(F, B))))]),
        ("del a, f(b)[c]", [Do(Opaque((listing(A, Index(call(F, B), C)),), "del"))]),
        ("del a", []),
        ("pass", []),
        ("'text'; 1; ...", []),
        ("f((a := g(b)))", [Assign(A, call(G, B)), Do(call(F, A))]),
        ("if (a := f()) > b: pass", [Assign(A, call(F)), If(Test(">", (A, B)), ())]),
        ("while (a := f()) > b: pass", [
            Loop((), test=Test(">", (Opaque((call(F),)), B)), at=AT)]),
        ("x = [y for a in b if (y := f(a))]", [
            Assign(X, Each(A, B, Choice((Y,), test=Opaque((call(F, A),)))))]),
    ],
)  # fmt: skip
def test_a_statement_becomes(code: str, expected: list[Stmt]) -> None:
    assert lowered(code) == bare(expected)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("yield", [Yield()]),
        ("yield a", [Yield(A)]),
        ("x = yield a", [Yield(A), Assign(X, Opaque(name="yield"))]),
        ("f((yield a))", [Yield(A), Do(call(F, Opaque(name="yield")))]),
        ("while (yield a): g()", [Loop((Do(call(G)),), test=Opaque((A,), "yield"), at=AT)]),
        ("yield from f(a)", [
            With(call(F, A), Name("<handed on>"), (Yield(Name("<handed on>")),))]),
        ("yield from a", [
            Loop((Yield(Name("<handed on>")),), target=Name("<handed on>"), over=A)]),
    ],
)  # fmt: skip
def test_a_yield_stands_before_its_statement(code: str, expected: list[Stmt]) -> None:
    assert lowered(f"def g():\n  {code}") == bare([define("g", *expected, generator=True)])


def test_a_function_tells_its_parameters_types_decorators_and_what_it_yields() -> None:
    code = """
        @a.b
        @f(x)
        async def g(a, /, b: 'Path | None' = None, *c: int, x: list[str, int]=1,
                    **y) -> dict[str, x.Y]:
            global b, c
            nonlocal a
            def inner(): return a
            yield inner
    """
    expected = Function(
        "g",
        (
            Param("a"),
            Param("b", Nothing(), type="Path | None"),
            Param("c", kind="*", type="int"),
            Param("x", number("1"), type="list[str, int]"),
            Param("y", kind="**"),
        ),
        (define("inner", Return(A)), Yield(Name("inner"))),
        AT,
        decorators=(Attr(A, "b"), call(F, X)),
        generator=True,
        returns="dict[str, x.Y]",
        labels=("global:b", "global:c", "global:a"),
    )
    indented = "if x:\n" + code
    assert lowered(indented) == bare([If(X, (Define(expected),))])


def test_only_the_function_that_yields_is_a_generator() -> None:
    code = "def f():\n  def g():\n    yield\n  x = lambda: (yield)\n"
    closure = Closure(Function("<lambda>", (), (Return(Opaque((), "yield")),), AT))
    inner = define("g", Yield(), generator=True)
    assert lowered(code) == bare([define("f", inner, Assign(X, closure))])


def test_a_class_holds_its_attributes_fields_and_methods() -> None:
    code = """
@a
class X(f(b), c.Y, metaclass=M):
    "Its docstring."
    a = 1
    b: Optional[Path] = None
    c: "Y"
    def f(self): c: int = 1
    @x
    async def g(self): ...
"""
    decorated = Function("g", (Param("self"),), (), AT, decorators=(X,), owner="X")
    expected = Class(
        "X",
        (call(F, B), Attr(C, "Y")),
        (
            Assign(A, number("1")),
            Assign(B, Nothing()),
            define("f", Assign(C, number("1")), params=(Param("self"),), owner="X"),
            Define(decorated),
        ),
        AT,
        (FieldOf("b", "Optional[Path]"), FieldOf("c", "Y")),
        decorators=(A,),
    )
    assert lowered(code) == bare([DefineClass(expected)])


def test_a_long_sum_is_no_deeper_than_its_halves() -> None:
    code = "x = " + " + ".join("a" for _ in range(500))
    found = lowered(code)

    def depth(value: Bare) -> int:
        return 1 + max(map(depth, value), default=0) if isinstance(value, tuple) else 0

    assert depth(found) < 40
    assert str(found).count("'Name', 'a'") == 500


def test_a_long_chain_of_calls_keeps_what_each_call_does() -> None:
    found = str(lowered("x = a" + "".join(f".b(f({at}))" for at in range(150))))
    assert all(f"'{at}'" in found for at in range(150))


def test_a_long_elif_chain_lies_side_by_side() -> None:
    code = "if a == 0: f(0)\n" + "".join(f"elif a == {at}: f({at})\n" for at in range(1, 300))
    (found,) = body(facts(code + "else: g()\n").program)
    assert isinstance(found, Branches)
    assert len(found.blocks) == 301
    assert bare(found.blocks[299]) == bare([Do(call(F, number("299")))])
    assert bare(found.blocks[300]) == bare([Do(call(G))])


def test_strings_that_stand_alone_are_docstrings_where_they_stand() -> None:
    code = '"""One\ntwo."""\ndef f():\n  "a" "b"\n  x = 1\n  """Of x."""\n'
    assert facts(code).mentions == (
        Mention("docstring", "One\ntwo.", Span(1, 1, 2, 8)),
        Mention("docstring", "ab", Span(4, 3, 4, 10)),
        Mention("docstring", "Of x.", Span(6, 3, 6, 14)),
    )
    assert lowered(code) == bare([define("f", Assign(X, number("1")))])


def test_named_constants_that_are_ports_are_told() -> None:
    code = """
POSTGRES_PORT = 15435
REPORT = 15436
class Stack:
    REDIS_PORT: int = 16381
    ports = "16382"
    def f(self):
        port = 1
PORT_OF = 99999
"""
    assert facts(code).ports == (
        PortUse("POSTGRES_PORT", 15435, Span(2, 17, 2, 22)),
        PortUse("REDIS_PORT", 16381, Span(5, 23, 5, 28)),
        PortUse("ports", 16382, Span(6, 13, 6, 20)),
    )
