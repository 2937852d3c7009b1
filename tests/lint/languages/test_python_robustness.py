"""The Python front end: places, comments, what cannot be read, and properties."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lint.facts import FileFacts, Mention, Unparsable
from lint.languages.python import extract
from lint.program import Assign, Call, Class, Define, Do, Function, Glue, If, Lit, Loop, Name, Span
from tests.lint.languages.bare import AT, bare, body, nodes
from tests.lint.languages.python_code import PROGRAMS, Code, Writer

_F = Do(Call(Name("f"), (), AT))
_WORDS = (
    "( ) [ ] { } , : ; . = + - * % @ := ' \" ''' f' f\"{ rb' t' \\ # \r \t \f if else for in while "
    "def class return yield from import as with try except lambda not is await async match case a "
    "b 1 0x 1e print raise del pass \0 é \u2028 {{ $ ` ?"
)
_SOUP = st.lists(st.sampled_from([*_WORDS.split(" "), "\n", "\n    "]), max_size=40).map(" ".join)


def survives(data: bytes) -> FileFacts:
    """The facts, which must pass through the cache unchanged."""
    found = extract(data)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found
    return found


def cut(code: str, at: Span) -> str:
    """The text of a span."""
    lines = code.split("\n")[at.line - 1 : at.end_line]
    lines[-1] = lines[-1][: at.end_column - 1]
    lines[0] = lines[0][at.column - 1 :]
    return "\n".join(lines)


# ---- places


def test_spans_are_those_of_the_whole_call_and_of_the_literal_itself() -> None:
    code = "@d\nclass A:\n\tdef é(self):\n\t\treturn é.f(\n  -1,  # x\n  f\"a{b}\" 'c'\n)\n"
    wanted = (Call, Lit, Glue, Function, Class)
    found = {
        (type(one).__name__, cut(code, one.at))
        for one in nodes(extract(code.encode()).program)
        if isinstance(one, wanted)
    }
    assert found == {
        ("Class", code.removeprefix("@d\n").rstrip("\n")),
        ("Function", code[code.index("def") :].rstrip("\n")),
        ("Call", code[code.index("é.f") :].rstrip("\n")),
        ("Lit", "-1"),
        ("Lit", "a"),
        ("Lit", "'c'"),
        ("Glue", "f\"a{b}\" 'c'"),
    }


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_end_of_a_line_changes_no_place(newline: str) -> None:
    code = "x = '''a\nb'''\n\ny = (1 + \\\n  2)\n\f\nfor z in f(): pass\n"
    assert extract(code.replace("\n", newline).encode()) == extract(code.encode())


def test_a_byte_order_mark_changes_nothing() -> None:
    code = b"# said\nx = 'a'\n"
    assert extract(b"\xef\xbb\xbf" + code) == extract(code)


@settings(max_examples=60, deadline=None)
@given(PROGRAMS, st.integers())
def test_the_text_of_a_span_is_what_the_node_says(
    program: list[tuple[str, Code]], seed: int
) -> None:
    code = Writer(seed).program(program)
    for one in nodes(extract(code.encode()).program):
        if isinstance(one, Call | Lit | Glue):
            alone = extract(f"(\n{cut(code, one.at)}\n)[x]".encode())
            assert alone.unparsable == ()
            (found, *_) = (node for node in nodes(alone.program) if type(node) is type(one))
            assert bare(found) == bare(one)
        elif isinstance(one, Loop | Function) and one.at:
            assert cut(code, one.at).startswith(("for ", "def ", "lambda "))


@settings(max_examples=80, deadline=None)
@given(PROGRAMS, st.integers(), st.integers())
def test_code_means_the_same_however_it_is_formatted(
    program: list[tuple[str, Code]], one: int, other: int
) -> None:
    first, second = (survives(Writer(seed).program(program).encode()) for seed in (one, other))
    assert first.unparsable == second.unparsable == ()
    assert bare(first.program) == bare(second.program)


# ---- comments


def test_comments_are_mentions_and_neighbours_are_one() -> None:
    code = "#!/usr/bin/env python\n# a\n#: b\nx = 1  # c\nf(  # d\n  # e\n)\nif x:\n  pass\n  # f\n"
    assert extract(code.encode()).mentions == (
        Mention("comment", "a\n: b", Span(2, 1, 3, 5)),
        Mention("comment", "c", Span(4, 8, 4, 11)),
        Mention("comment", "d", Span(5, 5, 5, 8)),
        Mention("comment", "e", Span(6, 3, 6, 6)),
        Mention("comment", "f", Span(10, 3, 10, 6)),
    )


def test_a_number_sign_in_a_string_or_an_f_string_is_no_comment() -> None:
    found = extract(b"x = '# a' f'# b {c} # d' \"\"\"\n# e\"\"\"\n'''\n# f'''\n")
    assert [one.kind for one in found.mentions] == ["docstring"]


def test_a_suppression_covers_its_own_line_or_the_next_code() -> None:
    mark = "# stackwright: ignore[some-rule] it is so"
    code = f"""f(
    a,  {mark}
    {mark}

    b,
)  {mark}
{mark}
# more

@decorated
def g():
    pass
{mark}
"""
    found = extract(code.encode())
    assert [(one.at.line, one.covers, one.problem) for one in found.suppressions] == [
        (2, 2, ""),
        (3, 5, ""),
        (6, 6, ""),
        (7, 10, ""),
        (13, 0, ""),
    ]


# ---- what cannot be read


@pytest.mark.parametrize(
    ("code", "why", "where"),
    [
        ("print 'a', b", "the print statement of Python 2", Span(2, 1, 2, 13)),
        ("raise A, 'b'", "the raise statement of Python 2", Span(2, 1, 2, 13)),
        ("exec a in b", "the exec statement of Python 2", Span(2, 1, 2, 12)),
        ("x = = 1", "a syntax error", Span(2, 1, 2, 8)),
        ("x = `a`", "'`' is not a valid character in this position", Span(2, 1, 2, 8)),
        ("x = 'a", "unterminated string literal", Span(2, 1, 2, 7)),
        ("x = (1,", "a syntax error", Span(2, 1, 2, 8)),
    ],
)
def test_a_line_that_is_no_python_does_not_hide_the_others(
    code: str, why: str, where: Span
) -> None:
    found = survives(f"f()\n{code}\ndef g():\n  f()\n".encode())
    assert found.unparsable == (Unparsable(f"not Python 3: {why}", where),)
    assert bare(body(found.program)) == bare([_F, Define(Function("g", (), (_F,), AT))])


def test_lines_of_python_2_inside_a_function_do_not_hide_the_function() -> None:
    code = b"def g(a, (b, c)):\n  f()\n  if b:\n    print 'a'\n    print(c)\n  f()  # d\n"
    found = survives(code)
    printed = Do(extract_call("print(c)"))
    function = Function("g", (), (_F, If(Name("b"), (printed,)), _F), AT)
    assert bare(body(found.program)) == bare([Define(function)])
    assert [one.at.line for one in found.unparsable] == [1, 4]
    assert [one.text for one in found.mentions] == ["d"]


def extract_call(code: str) -> Call:
    (statement,) = body(extract(code.encode()).program)
    assert isinstance(statement, Do)
    assert isinstance(statement.value, Call)
    return statement.value


def test_comments_and_suppressions_of_a_block_that_cannot_be_read_are_kept() -> None:
    code = b"if x:\n\ty()\n        z()  # a\n# stackwright: ignore[b] c\nf()\n"
    found = survives(code)
    assert found.unparsable == (
        Unparsable("not Python 3: inconsistent mixing of tabs and spaces", Span(1, 1, 3, 12)),
    )
    assert [one.text for one in found.mentions] == ["a"]
    assert [one.covers for one in found.suppressions] == [5]
    assert bare(body(found.program)) == bare([_F])


@pytest.mark.parametrize(
    ("data", "why", "at", "text"),
    [
        (b"\nx = 'a\xe9\xff'\n", "byte 0xe9 is not utf-8", (2, 7), "a\ufffd\ufffd"),
        (b"x = 'a\0b'", "a NUL byte", (1, 7), "a b"),
        (b"# coding: hex\nx = 'a'", "the encoding 'hex'", (1, 1), "a"),
        (b"# coding: punycode\nx = 'a'", "the encoding 'punycode", (1, 1), "a"),
        (b"# coding: ascii\r\nx = '\xc3\xa9'", "byte 0xc3 is not ascii", (2, 6), "é"),
        ("x = 'é'".encode("utf-16"), "Python does not read UTF-16", (1, 1), "é"),
    ],
)
def test_bytes_that_python_refuses_are_told_and_still_read(
    data: bytes, why: str, at: tuple[int, int], text: str
) -> None:
    found = survives(data)
    (problem,) = found.unparsable
    assert problem.why.startswith(why)
    assert (problem.at.line, problem.at.column) == at
    assert bare(body(found.program)) == bare([Assign(Name("x"), Lit(text, AT))])


@pytest.mark.parametrize(
    "cookie", [b"# -*- coding: latin-1 -*-", b"#!python\n# vim: fileencoding=ISO-8859-1"]
)
def test_a_declared_encoding_is_used(cookie: bytes) -> None:
    found = survives(cookie + b"\nx = '\xe9'\n")
    assert found.unparsable == ()
    assert bare(body(found.program)) == bare([Assign(Name("x"), Lit("é", AT))])


@pytest.mark.parametrize(
    "hostile",
    [
        "(" * 5000,
        "(" * 5000 + ")" * 5000,
        "x = " + "[" * 99 + "]" * 99 + ".a" * 99,
        "f(" * 98 + ")" * 98,
        "-" * 50_000 + "1",
        "not " * 20_000 + "x",
        "lambda: " * 20_000 + "x",
        "a if b else " * 20_000 + "c",
        "a ** " * 2000 + "b",
        "1 + " * 20_000 + "1",
        "a" + "()" * 20_000,
        "a" + "[0]" * 20_000,
        "a" + ".b" * 20_000,
        "import a" + ".b" * 1000,
        "if a: b\n" + "elif a: b\n" * 20_000,
        "match x:\n case " + "[" * 50 + "]" * 50 + ": pass",
        "f'" + "{x:" * 20_000,
        "f'''" + "{x:" * 20_000 + "}" * 20_000 + "'''",
        "".join(" " * at + "if a:\n" for at in range(120)) + " " * 120 + "pass",
    ],
    ids=lambda code: f"{code[:12]!r}x{len(code)}",
)
def test_hostile_nesting_is_told_and_the_rest_is_read(hostile: str) -> None:
    found = survives(f"{hostile}\ndef f(): pass\n".encode())
    assert found.unparsable
    assert not any("report" in one.why for one in found.unparsable)
    assert "f" in [one.name for one in nodes(found.program) if isinstance(one, Function)]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
@example(b"")
@example(b"\\")
@example(b"\xff\xfe\x00")
@example(b"# coding: undefined\n")
@example(b"\f#\r\r\n\t\0")
@example(b"'\\N{NO SUCH NAME} \\ud800 \\U00110000'")
def test_no_bytes_break_it(data: bytes) -> None:
    survives(data)


@settings(max_examples=200, deadline=None)
@given(_SOUP)
@example("f'{f'{'")
@example("class A(:\n  x = 1")
@example("x = 1 if")
def test_no_tokens_break_it(code: str) -> None:
    found = survives(code.encode("utf-8", "replace"))
    assert not any("report" in one.why for one in found.unparsable)
