"""Whole suites as people write them: Ginkgo, testify, TestMain, table tests."""

from __future__ import annotations

import msgspec

from lint.program import (
    Arg,
    Assign,
    Attr,
    Define,
    Do,
    FieldOf,
    Import,
    Name,
    Nothing,
    Param,
    Return,
)
from tests.lint.languages.go_code import (
    SUITE,
    call,
    closure,
    defined,
    function,
    listing,
    lit,
    made,
    module,
    name,
    top,
)


def test_a_ginkgo_suite_is_its_hooks_with_their_closures() -> None:
    create = call("exec.Command", *(lit(one) for one in ("podman", "network", "create", "net")))
    first = closure(
        Do(call(Attr(create, "Run"))),
        Return(Nothing()),
        returns="byte",
    )
    second = closure(Do(call("connect", Name("data"))), params=(Param("data", type="byte"),))
    told = module(SUITE)
    assert told.package == "gateway_test"
    assert told.labels == ("build:integration",)
    assert told.body == (
        Import("exec", "os/exec"),
        Import(".", "github.com/onsi/ginkgo/v2", "*"),
        Assign(Name("_"), call("SynchronizedBeforeSuite", first, second)),
    )


def test_ginkgo_containers_nest() -> None:
    written = """var _ = Describe("gateway", Ordered, func() {
        var client *Client
        BeforeEach(func() { client = NewClient() })
        It("answers", func(ctx SpecContext) {
            Eventually(client.Ping).WithTimeout(time.Minute).Should(Succeed())
        }, SpecTimeout(time.Minute))
    })"""
    eventually = call("Eventually", name("client.Ping"))
    waited = call(Attr(eventually, "WithTimeout"), name("time.Minute"))
    assert top(written) == (
        Assign(
            Name("_"),
            call(
                "Describe",
                lit("gateway"),
                Name("Ordered"),
                closure(
                    Assign(Name("client"), made("Client")),
                    Do(call("BeforeEach", closure(Assign(Name("client"), call("NewClient"))))),
                    Do(
                        call(
                            "It",
                            lit("answers"),
                            closure(
                                Do(call(Attr(waited, "Should"), call("Succeed"))),
                                params=(Param("ctx", type="SpecContext"),),
                            ),
                            call("SpecTimeout", name("time.Minute")),
                        )
                    ),
                ),
            ),
        ),
    )


def test_a_testify_suite_is_methods_on_a_struct_that_embeds_the_suite() -> None:
    written = """type GatewaySuite struct {
        suite.Suite
        stack *Stack
    }
    func (s *GatewaySuite) SetupSuite() { s.stack = Start(s.T()) }
    func TestGateway(t *testing.T) { suite.Run(t, new(GatewaySuite)) }"""
    assert top(written) == (
        defined("GatewaySuite", FieldOf("Suite", "suite.Suite", True), FieldOf("stack", "Stack")),
        function(
            "SetupSuite",
            Assign(name("s.stack"), call("Start", call("s.T"))),
            owner="GatewaySuite",
            receiver="s",
        ),
        function(
            "TestGateway",
            Do(call("suite.Run", Name("t"), made("GatewaySuite"))),
            params=(Param("t", type="testing.T"),),
        ),
    )


def test_test_main_sets_up_runs_and_tears_down_in_order() -> None:
    written = """func TestMain(m *testing.M) {
        stop := start()
        code := m.Run()
        stop()
        os.Exit(code)
    }"""
    assert top(written) == (
        function(
            "TestMain",
            Assign(Name("stop"), call("start")),
            Assign(Name("code"), call("m.Run")),
            Do(call("stop")),
            Do(call("os.Exit", Name("code"))),
            params=(Param("m", type="testing.M"),),
        ),
    )


def test_a_table_test_loops_over_structs_with_named_fields() -> None:
    written = """func TestUp(t *testing.T) {
        for _, tc := range []struct {
            name string
            args []string
        }{
            {"up", []string{"up", "-d"}},
            {name: "down"},
        } {
            t.Run(tc.name, func(t *testing.T) {
                t.Cleanup(func() { stop() })
                exec.Command("podman-compose", tc.args...).Run()
            })
        }
    }"""
    command = call("exec.Command", lit("podman-compose"), Arg(name("tc.args"), spread=1))
    testing = (Param("t", type="testing.T"),)
    (found,) = top(written)
    assert isinstance(found, Define)
    (looped,) = found.function.body
    assert msgspec.structs.asdict(looped) | {"at": None} == {
        "target": Name("tc"),
        "key": None,
        "test": None,
        "at": None,
        "over": listing(
            made("struct", name=lit("up"), args=listing(lit("up"), lit("-d"))),
            made("struct", name=lit("down")),
        ),
        "body": (
            Do(
                call(
                    "t.Run",
                    name("tc.name"),
                    closure(
                        Do(call("t.Cleanup", closure(Do(call("stop"))))),
                        Do(call(Attr(command, "Run"))),
                        params=testing,
                    ),
                )
            ),
        ),
    }


def test_an_errgroup_starts_closures() -> None:
    written = "func f() { g.Go(func() error { return build(ctx) }); return }"
    started = closure(Return(call("build", Name("ctx"))), returns="error")
    assert top(written) == (function("f", Do(call("g.Go", started)), Return()),)
