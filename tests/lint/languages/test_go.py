"""A Go file's declarations, comments, labels and ports."""

from __future__ import annotations

import msgspec
import pytest

from lint.facts import FileFacts, Mention, PortUse, Suppression
from lint.languages.go import extract
from lint.program import (
    Assign,
    Define,
    Do,
    FieldOf,
    Import,
    Name,
    Nothing,
    Param,
    Return,
    Span,
    Stmt,
)
from tests.lint.languages.go_code import (
    SUITE,
    call,
    defined,
    facts,
    function,
    listing,
    name,
    top,
)


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        ('import "os/exec"', Import("exec", "os/exec")),
        ('import x "os/exec"', Import("x", "os/exec")),
        ('import _ "embed"', Import("_", "embed")),
        ('import . "github.com/onsi/gomega"', Import(".", "github.com/onsi/gomega", "*")),
        ('import "github.com/onsi/ginkgo/v2"', Import("ginkgo", "github.com/onsi/ginkgo/v2")),
        ('import "gopkg.in/yaml.v3"', Import("yaml", "gopkg.in/yaml.v3")),
        ("import (\n\ta `b/c`\n)", Import("a", "b/c")),
        (
            'import "github.com/testcontainers/testcontainers-go"',
            Import("testcontainers", "github.com/testcontainers/testcontainers-go"),
        ),
        (
            'import "github.com/foo/go-bar-baz"\nvar x = barbaz.New()',
            Import("barbaz", "github.com/foo/go-bar-baz"),
        ),
        (
            'import "github.com/foo/go-boatclient"\n'
            "func f(client *boat.Client) { client.Row(); rest, err := boat.Sink(); rest.Go() }",
            Import("boat", "github.com/foo/go-boatclient"),
        ),
    ],
)
def test_an_import_is_known_by_the_name_that_the_code_uses(written: str, lowered: Stmt) -> None:
    assert top(written)[0] == lowered


def test_a_function_tells_its_parameters_and_results() -> None:
    written = """func Start(
        ctx context.Context, a, b *Config, opts ...Option,
    ) (*Stack, error) { return nil, nil }"""
    params = (
        Param("ctx", type="context.Context"),
        Param("a", type="Config"),
        Param("b", type="Config"),
        Param("opts", kind="*", type="Option"),
    )
    nothing = Return(listing(Nothing(), Nothing()))
    assert top(written) == (function("Start", nothing, params=params, returns="Stack, error"),)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("[]*pkg.T", "pkg.T"),
        ("map[string][]*T", "map[string]T"),
        ("chan error", "chan error"),
        ("func(int) error", "func"),
        ("struct{ a int }", "struct"),
        ("interface{}", "interface"),
        ("List[int]", "List"),
        ("[3]string", "string"),
    ],
)
def test_a_type_is_told_without_pointers_and_brackets(written: str, told: str) -> None:
    (defined,) = top(f"func f(x {written}) {{}}")
    assert isinstance(defined, Define)
    assert defined.function.params == (Param("x", type=told),)


@pytest.mark.parametrize(
    ("receiver", "owner", "inside"),
    [
        ("s *Server", "Server", "s"),
        ("s Server", "Server", "s"),
        ("*Server", "Server", ""),
        ("l *List[T]", "List", "l"),
    ],
)
def test_a_method_knows_its_owner_and_receiver(receiver: str, owner: str, inside: str) -> None:
    lowered = function("Stop", Do(call("f")), owner=owner, receiver=inside)
    assert top(f"func ({receiver}) Stop() {{ f() }}") == (lowered,)


def test_a_generic_function_is_one_without_its_type_parameters() -> None:
    lowered = function("Map", params=(Param("xs", type="T"),), returns="U")
    assert top("func Map[T any, U ~int | ~string](xs []T) []U {}") == (lowered,)


def test_a_method_with_type_parameters_of_its_own_can_be_read() -> None:
    lowered = function("As", params=(Param("x", type="T"),), owner="Box", receiver="b")
    assert top("func (b *Box) As[T any](x T) {}") == (lowered,)


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        (
            'type T struct {\n\tA, B *int `json:"a"`\n\tC []pkg.D\n}',
            defined("T", FieldOf("A", "int"), FieldOf("B", "int"), FieldOf("C", "pkg.D")),
        ),
        (
            "type S struct {\n\tsuite.Suite\n\t*Base\n\tBox[int]\n}",
            defined(
                "S",
                FieldOf("Suite", "suite.Suite", True),
                FieldOf("Base", "Base", True),
                FieldOf("Box", "Box", True),
            ),
        ),
        (
            "type Engine interface {\n\tio.Closer\n\tStart(ctx context.Context) error\n}",
            defined(
                "Engine",
                FieldOf("Closer", "io.Closer", True),
                FieldOf("Start", "func"),
                bases=(Name("interface"),),
            ),
        ),
        ("type Option func(*Config)", defined("Option", bases=(Name("func"),))),
        ("type Env map[string]string", defined("Env", bases=(Name("map"),))),
        ("type Args []string", defined("Args", bases=(Name("[]"),))),
        ("type Port int", defined("Port", bases=(Name("int"),))),
        ("type Mine pkg.Theirs", defined("Mine", bases=(name("pkg.Theirs"),))),
        ("type Same = pkg.Theirs", Assign(Name("Same"), name("pkg.Theirs"))),
        ("type Box[T any] = pkg.Box[T]", Assign(Name("Box"), name("pkg.Box"))),
    ],
)
def test_a_type_is_lowered(written: str, lowered: Stmt) -> None:
    assert top(written) == (lowered,)


def test_comments_are_mentions_and_lone_neighbours_are_one() -> None:
    found = facts(SUITE + "\nvar x = 1 // podman-compose is gone\n/* one\n * two */\n")
    assert found.mentions == (
        Mention(
            "comment",
            "Package gateway_test runs against real infrastructure.",
            Span(3, 1, 3, 58),
        ),
        Mention("comment", "podman-compose is gone", Span(19, 11, 19, 36)),
        Mention("comment", "one\ntwo", Span(20, 1, 21, 10)),
    )


def test_text_in_literals_is_no_comment() -> None:
    found = facts('package p\nvar a = "http://x" + `// y /* z` + \'"\' + "\\"// q"\n')
    assert found.mentions == ()


def test_a_suppression_speaks_of_its_own_line_or_of_the_next_code() -> None:
    written = """package p

// stackwright: ignore[compose-invocation] legacy -- owner=ana until=2026-01-31
// more

var x = 1
var y = 2 // stackwright: ignore[port-collision] shared
/* stackwright: ignore-file[start-order] generated */
"""
    legacy, shared, generated = facts(written).suppressions
    assert legacy == Suppression(
        ("compose-invocation",), "legacy", "ana", "2026-01-31", Span(3, 1, 3, 80), 6
    )
    assert (shared.rules, shared.covers) == (("port-collision",), 7)
    assert (generated.rules, generated.covers) == (("start-order",), 0)


@pytest.mark.parametrize(
    ("head", "labels"),
    [
        ("//go:build integration && !race\n", ("build:integration && !race",)),
        ("// +build integration,!race e2e\n", ("build:integration && !race || e2e",)),
        ("//go:build e2e\n// +build e2e\n", ("build:e2e",)),
        ("// go:build is a word of this comment\n", ()),
        ("", ()),
    ],
)
def test_a_build_constraint_is_a_label_and_no_comment(head: str, labels: tuple[str, ...]) -> None:
    found = facts(f"{head}\npackage p\n\nfunc f() {{\n\t//go:build no\n}}\n")
    assert found.program is not None
    assert found.program.labels == labels
    assert len(found.mentions) == head.startswith("// go")


def test_constants_that_are_ports_are_told() -> None:
    written = """package p
const (
\tPostgresPort = 15433
\tredis_port = "16379"
\tReportLimit = 3000
\tPortalSize = 4000
\tHealthPath = "/health"
\tBadPort = 99999
)
"""
    assert facts(written).ports == (
        PortUse("PostgresPort", 15433, Span(3, 17, 3, 22)),
        PortUse("redis_port", 16379, Span(4, 15, 4, 22)),
    )


def test_facts_survive_the_cache() -> None:
    found = extract(SUITE.encode() + b"const Port = 1\nfunc broken( {\n")
    packed = msgspec.msgpack.encode(found)
    assert found.unparsable
    assert msgspec.msgpack.decode(packed, type=FileFacts) == found


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    plain = extract(SUITE.encode())
    assert extract(b"\xef\xbb\xbf" + SUITE.encode().replace(b"\n", b"\r\n")) == plain


def test_an_empty_file_has_an_empty_program() -> None:
    found = facts("")
    assert found.program is not None
    assert found.program.body == ()
    assert found.language == "go"
