"""Whatever the bytes and however they are formatted: the Go front end answers, and the same."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.facts import FileFacts
from lint.languages.go import extract
from lint.program import Assign, Call, Define, Do, Lit, Name, Plus, Stmt
from tests.lint.languages.go_code import SUITE, body, call, function, lit, num, stripped

WHOLE = (
    SUITE
    + """
// Config tells what to start.
type Config struct {
\tName  string
\tPorts map[int]int
}

func (c *Config) Start(ctx context.Context, names ...string) (out []byte, err error) {
\targs := []string{"run", "-d", "--name", c.Name}
\tfor host, container := range c.Ports {
\t\targs = append(args, "-p", fmt.Sprintf("%d:%d", host, container))
\t}
\tcmd := exec.CommandContext(ctx, "podman", append(args, names...)...)
\tif out, err = cmd.CombinedOutput(); err != nil {
\t\treturn nil, fmt.Errorf("failed: %w", err)
\t}
\tswitch {
\tcase c.Name == "gateway", len(out) > 0:
\t\twait(ctx, func() error { return ping("é", 18_091) })
\tdefault:
\t\tpanic(`no
name`)
\t}
\treturn
}
"""
)


def lowered(source: bytes) -> tuple[tuple[Stmt, ...], int]:
    """The program without spans, and how many parts could not be read."""
    found = extract(source)
    assert found.program is not None
    return stripped(found.program.body), len(found.unparsable)


# ---- any bytes

PIECES = st.sampled_from(
    [
        *(b"func ", b"type ", b"var x = ", b"const (", b"import ", b"package p\n", b"if ", b"for "),
        *(b"switch ", b"case ", b"select ", b"default:", b"go ", b"defer ", b"return ", b"range "),
        *(b"map[string]int", b"struct", b"interface", b"chan ", b"new(", b"make(", b"[]T", b"..."),
        *(b"{", b"}", b"(", b")", b"[", b"]", b",", b";", b"\n", b":", b":=", b"=", b"+", b"."),
        *(b"x", b"f", b"T", b"1", b'"s"', b"`r", b"'c'", b'"\\x', b"//c\n", b"/*", b"*/", b"iota"),
        *(b"fallthrough\n", b"break\n", b"<-", b"&", b"*", b"\xff", b"\0", b"\xc3\xa9", b"\r\n"),
        *(b"//go:build x\n", b"//go:embed y\n", b"// stackwright: ignore[", b"label: "),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=60).map(b"".join)))
def test_no_bytes_break_it_and_the_facts_survive_the_cache(data: bytes) -> None:
    found = extract(data)
    assert len(found.unparsable) <= 20
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_to_sound_code_breaks_it(data: st.DataObject) -> None:
    sound = WHOLE.encode()
    start = data.draw(st.integers(0, len(sound)))
    end = data.draw(st.integers(start, min(len(sound), start + 20)))
    found = extract(sound[:start] + data.draw(st.binary(max_size=4)) + sound[end:])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found


# ---- formatting

BREAKS = st.sampled_from(["", " ", "\n\t", " // podman-compose up\n", " /* , */ ", "\n\n"])
LITERALS = st.sampled_from(['"a,b"', '"//x"', "`(\n`", "8080", "x", "pkg.X", "nil", "!ok", "a + 1"])


def joined(opening: str, items: list[str], closing: str, data: st.DataObject) -> str:
    """The items in brackets, with line breaks and comments where Go allows them."""
    if not items:
        return opening + closing
    told = opening
    for place, item in enumerate(items):
        told += data.draw(BREAKS) + item
        if place < len(items) - 1:
            told += ","
    after = data.draw(BREAKS)
    return told + ("," + after if "\n" in after or data.draw(st.booleans()) else "") + closing


Tree = tuple[str, tuple["Tree", ...]]
TREES: st.SearchStrategy[Tree] = st.recursive(
    LITERALS.map(lambda text: (text, ())),
    lambda inner: st.tuples(
        st.sampled_from(["f", "pkg.F", "s.a.B", "[]T", "Config", "map", "func"]),
        st.lists(inner, max_size=3).map(tuple),
    ),
    max_leaves=12,
)


def rendered(tree: Tree, data: st.DataObject) -> str:
    head, inner = tree
    items = [rendered(one, data) for one in inner]
    match head:
        case "s.a.B":
            after = data.draw(st.sampled_from(["", "\n\t", " // why\n"]))
            return joined(f"s.{after}a.B(", items, ")", data)
        case "f" | "pkg.F":
            return joined(head + "(", items, ")", data)
        case "[]T":
            return joined("[]T{", items, "}", data)
        case "Config":
            fields = [f"F{place}: {one}" for place, one in enumerate(items)]
            return joined("&Config{", fields, "}", data)
        case "map":
            entries = [f'"{place}": {one}' for place, one in enumerate(items)]
            return joined("map[string]T{", entries, "}", data)
        case "func":
            end = data.draw(st.sampled_from(["\n", "; ", "\n\n", " // why\n"]))
            lines = "".join(f"g({one}){end}" for one in items)
            return "func() {" + data.draw(BREAKS) + lines + "}"
    return head


@settings(max_examples=150, deadline=None)
@given(TREES, st.data())
def test_formatting_an_expression_changes_nothing(tree: Tree, data: st.DataObject) -> None:
    head = "package p\n\nvar x = "
    one = lowered((head + rendered(tree, data) + "\n").encode())
    other = lowered((head + rendered(tree, data) + "\n").encode())
    assert one == other
    assert one[1] == 0


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_blank_lines_comments_and_spaces_between_lines_change_nothing(data: st.DataObject) -> None:
    fillers = st.sampled_from(["", "", "\n", "// note\n", "/* a\nb */\n", "\t\t\n", "  "])
    lines = WHOLE.splitlines(keepends=True)
    told = "".join(
        line if line == "name`)\n" else data.draw(fillers) + line.replace("\t", "    ")
        for line in lines
    )
    assert lowered(told.encode()) == lowered(WHOLE.encode())


def test_windows_line_ends_change_nothing() -> None:
    assert lowered(WHOLE.replace("\n", "\r\n").encode()) == lowered(WHOLE.encode())


# ---- broken files


def test_an_error_in_one_function_leaves_the_others_whole() -> None:
    source = b"""package p

func broken() {
\tif ready {
\t\trun("podman")

func whole(x int) { stop(x) }
"""
    told, errors = lowered(source)
    assert errors == 1
    assert isinstance(told[0], Define)
    assert told[0].function.name == "broken"
    assert isinstance(told[1], Define)
    assert told[1].function.body == (Do(call("stop", Name("x"))),)


def test_an_error_is_reported_where_it_stands_and_what_is_around_it_is_lowered() -> None:
    found = extract(b'package p\n\nfunc f() {\n\ta("1")\n\tx := b +\n\tc("2" 3)\n\td()\n}\n')
    assert [one.at.line for one in found.unparsable] == [6]
    assert found.program is not None
    (defined,) = stripped(found.program.body)
    assert isinstance(defined, Define)
    first, *_, last = defined.function.body
    assert first == Do(call("a", lit("1")))
    assert last == Do(call("d"))


def test_what_is_no_go_at_all_is_reported() -> None:
    found = extract(b"This is a letter, and it has no code in it at all.\n" * 50)
    assert 1 <= len(found.unparsable) <= 20


def test_an_unclosed_function_is_still_a_function() -> None:
    told, errors = lowered(b'package p\n\nfunc f() {\n\trun("podman")\n')
    assert errors == 1
    assert told == (function("f", Do(call("run", lit("podman")))),)


# ---- depth

NESTED = {
    "calls": ("f(a, ", ")", "x := %s"),
    "parentheses": ("(", ")", "x := %s"),
    "signs": ("!", "", "x := %s"),
    "literals": ("[]*T{{A: &T{B: ", "}}}", "x := %s"),
    "elided literals": ("{", "}", "x := [][]T%s"),
    "closures": ("f(func() T { return ", " })", "x := %s"),
    "chains": ("", ".a(1)", "x := %s"),
    "sums": ("a + (", ")", "x := %s"),
    "ifs": ("if x { ", " }", "%s"),
    "else ifs": ("if x {} else ", "", "%s"),
    "switches": ("switch { case x(): ", " }", "%s"),
    "falling switches": ("switch { case x: f(); fallthrough; case y: ", " }", "%s"),
    "selects": ("select { case <-c: ", " }", "%s"),
    "blocks": ("{ ", " }", "%s"),
    "constants": ("const ( a = func() { ", " }; b; c )", "%s"),
}


@pytest.mark.parametrize("shape", NESTED)
@pytest.mark.parametrize("depth", [10, 70, 2000])
def test_nesting_is_followed_to_a_depth_and_then_reported(shape: str, depth: int) -> None:
    opening, closing, around = NESTED[shape]
    inner = "y" if around.startswith("x") else "{ f() }"
    code = around % (opening * depth + inner + closing * depth)
    found = extract(f"package p\n\nfunc g() {{\n\t{code}\n}}\n".encode())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found
    if depth != 70:  # some shapes take two levels each, and end there
        assert any("deep" in one.why for one in found.unparsable) == (depth > 1000)


def test_not_every_deep_place_is_reported() -> None:
    deep = "(".join(["f"] * 300) + ")" * 299
    found = extract(("package p\n\n" + f"var x = {deep}\n" * 30).encode())
    assert len(found.unparsable) == 20


def test_a_chain_of_a_hundred_calls_is_followed() -> None:
    (assigned,) = body("x := b" + ".Add(1)" * 100)
    assert isinstance(assigned, Assign)
    links, link = 0, assigned.value
    while isinstance(link, Call):
        assert [arg.value for arg in link.args] == [num("1")]
        links, link = links + 1, link.func.of  # type: ignore[union-attr]  # an Attr
    assert (links, link) == (100, Name("b"))


def test_hundreds_of_operands_are_no_deep_program() -> None:
    (assigned,) = body("x := " + " + ".join(['"a"'] * 700))
    assert isinstance(assigned, Assign)
    waiting, found = [assigned.value], 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, Plus):
            waiting += [one.left, one.right]
        else:
            assert isinstance(one, Lit)
            found += 1
    assert found == 700
