"""Test frameworks: hooks, tests, skips."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from lint.effects import Skip
from lint.linking import calling, members
from lint.linking.apis.called import Called, Handler
from lint.linking.arguments import Arguments, unknown_arguments
from lint.linking.values import External, Func, Instance, Value, join, known
from lint.program import Span
from lint.text import Text

_GINKGO: Final = r"^(?:github\.com/onsi/ginkgo(?:/v\d+)?(?:/extensions/\w+)?)\."


def _hook(kind: str) -> Handler:
    def handler(called: Called) -> Value | None:
        for func in called.given.functions():
            hooks = getattr(called.machine.hooks, kind)
            hooks.append(lambda func=func: called.run(func))
        return None

    return handler


def _container(called: Called) -> Value | None:
    called.callbacks()
    return None


def _cleanup(called: Called) -> Value | None:
    """`DeferCleanup(f, args…)`, `t.Cleanup(f)`."""
    values = called.given.positional
    if values:
        target, given = values[0], values[1:]

        def late() -> None:
            calling.apply(
                called.machine,
                target,
                called.given.__class__(positional=given),
                called.at,
                called.frame,
            )

        called.machine.cleanups.append(late)
    return None


def _skip(called: Called) -> Value | None:
    reason = called.texts(0, "reason", "msg")
    called.emit(Skip(reason=reason[0] if reason else Text()))
    return None


def _run_subtest(called: Called) -> Value | None:
    called.callbacks()
    return None


def _run_main(called: Called) -> Value | None:
    """`m.Run()`: all tests of the package; what follows in TestMain is teardown."""
    called.machine.tests_now()
    return None


_BEFORE: Final = ("SetupSuite", "BeforeTest", "SetupTest")
_AFTER: Final = ("TearDownTest", "AfterTest", "TearDownSuite")


def _run_suite(called: Called) -> Value | None:
    """testify's `suite.Run(t, new(Suite))`."""
    machine = called.machine
    for shape in called.given.get(1) or ():
        if not isinstance(shape, Instance):
            continue
        of = machine.heap_class[shape.ref]
        if of is None:
            continue
        key = machine.symbols.package_of.get(of.path, "")
        package = machine.symbols.packages.get(key)
        tests = sorted(
            name
            for name in (package.methods.get(of.definition.name, {}) if package else {})
            if name.startswith("Test")
        )
        for phase, names in (("setup", _BEFORE), ("test", tests), ("teardown", _AFTER)):
            with machine.under(phase=phase):
                for name in names:
                    for one in members.of_instance(machine, shape, name):
                        if isinstance(one, Func):
                            called.run(one, unknown_arguments(0))
    return None


def _pytest_skip(called: Called) -> Value | None:
    return _skip(called)


def _import_or_skip(called: Called) -> Value | None:
    told = [name for value in called.given.positional[:1] for name in known(value)]
    del told
    return None


def _usefixtures(called: Called) -> Value:
    return (External("pytest.mark.usefixtures()", called.given.positional),)


def _fixture_value(called: Called) -> Value:
    return join(*(called.machine.fixture(name) for name in known(called.given.get(0) or ())))


def _entry(called: Called) -> Value:
    """A row of a table: kept until the table's body is known."""
    here = called.machine.place(called.frame, called.at)
    return (External("ginkgo.Entry{}", called.given.positional, here),)


def _row(called: Called, body: Func, row: Arguments, at: Span) -> Callable[[], None]:
    def run() -> None:
        calling.call_function(called.machine, body, row, at, called.frame)

    return run


def _table(called: Called) -> Value | None:
    """`DescribeTable("name", body, Entry("a", …), …)`: the body runs for every row."""
    body = next(iter(called.given.functions()), None)
    for value in called.given.positional:
        for shape in value:
            if isinstance(shape, External) and shape.path == "ginkgo.Entry{}" and body:
                row = Arguments(positional=shape.words[1:])
                at = Span(shape.at.line, shape.at.column) if shape.at else called.at
                called.machine.hooks.tests.append(_row(called, body, row, at))
    return None


_T: Final = r"^testing\.(?:T|B|F|TB)\(\)(?:\.T\(\))?\."

EXACT: Final[dict[str, Handler]] = {
    "pytest.skip": _pytest_skip,
    "pytest.mark.usefixtures": _usefixtures,
    "pytest.FixtureRequest().getfixturevalue": _fixture_value,
    "testing.M().Run": _run_main,
    "github.com/stretchr/testify/suite.Run": _run_suite,
    "unittest.SkipTest": _skip,
    "pytest.importorskip": _import_or_skip,
}

PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(_GINKGO + r"(?:BeforeSuite|SynchronizedBeforeSuite)$"), _hook("setup")),
    (re.compile(_GINKGO + r"(?:BeforeEach|BeforeAll|JustBeforeEach)$"), _hook("each")),
    (
        re.compile(
            _GINKGO + r"(?:AfterSuite|SynchronizedAfterSuite|AfterAll|AfterEach"
            r"|JustAfterEach)$"
        ),
        _hook("teardown"),
    ),
    (re.compile(_GINKGO + r"[F]?Entry$"), _entry),
    (re.compile(_GINKGO + r"[F]?DescribeTable$"), _table),
    (re.compile(_GINKGO + r"[FPX]?(?:It|Specify|Entry|DescribeTable|Measure|By)$"), _hook("tests")),
    (re.compile(_GINKGO + r"[FPX]?(?:Describe|Context|When|DescribeSubtree)$"), _container),
    (re.compile(_GINKGO + r"DeferCleanup$"), _cleanup),
    (re.compile(_GINKGO + r"Skip$"), _skip),
    (re.compile(_T + r"(?:Skip|Skipf|SkipNow)$"), _skip),
    (re.compile(_T + r"Cleanup$"), _cleanup),
    (re.compile(_T + r"Run$"), _run_subtest),
    (re.compile(r"suite\.Suite\(\)\.T\(\)\.(?:Skip|Skipf|SkipNow)$"), _skip),
    (re.compile(r"unittest\.(?:case\.)?TestCase\(\)\.skipTest$"), _skip),
)
