"""The pytest plugin: a stack for the session, ready before the first test that asks for it.

    def test_actions(stackwright_stack):
        url = stackwright_stack.endpoint("datastorage").url

`stackwright_platform` is the same for an E2E platform on Kubernetes. Overriding
`stackwright_service`, `stackwright_engine`, `stackwright_cluster` or `stackwright_config` in a
conftest is the configuration; an option of the same name wins for one run. Missing infrastructure
fails the tests that need it (requirement R11), it never skips them. Under xdist the workers share
one stack or platform, which the controller takes down.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from orchestration.events import Emit, Event
    from orchestration.platform import ClusterChoice
    from orchestration.redact import Redactor
    from orchestration.running import RunningStack
    from orchestration.running_platform import RunningPlatform
    from orchestration.shared import Shared, XdistRun


class _Common(TypedDict):
    """As keyword arguments of `Shared`."""

    cwd: Path
    fresh: bool
    keep: bool
    xdist: XdistRun | None
    progress: Callable[[Redactor], Emit]


_Result = TypeVar("_Result")
_Part = TypeVar("_Part")
_RUN: Final = pytest.StashKey[str]()
_SHARED: Final = pytest.StashKey[dict[str, "Shared[Any]"]]()
_REDACT: Final = pytest.StashKey[dict[str, "Redactor"]]()
_WORKERS = pytest.StashKey[list[Any]]()
_WORKERS_END_S: Final = 0.5
_LOG_LINES: Final = 60
_STACK: Final = "stackwright_stack"
_PLATFORM: Final = "stackwright_platform"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, each also an ini value."""
    group = parser.getgroup("stackwright", "integration stacks (stackwright)")
    for name, metavar, text in (
        ("service", "NAME", "the service, stack or platform to bring up (else the default)"),
        ("engine", "ENGINE", "pin the engine: podman, docker or embedded"),
        ("context", "NAME", "the context of the kubeconfig, for a platform (else its current)"),
        ("kubeconfig", "FILE", "instead of KUBECONFIG and ~/.kube/config, for a platform"),
        ("config", "FILE", "the configuration (else found from the root directory up)"),
    ):
        group.addoption(f"--stackwright-{name}", metavar=metavar, default=None, help=text)
        parser.addini(f"stackwright_{name}", text, default="")
    group.addoption(
        "--stackwright-kind",
        action="store_true",
        help="make a cluster with Kind for this session, for a platform",
    )
    group.addoption(
        "--stackwright-fresh",
        action="store_true",
        help="never use a stack that is already up: start one for this session",
    )
    group.addoption(
        "--stackwright-keep",
        action="store_true",
        help="when the stack does not come up, leave all as it is",
    )


def _setting(config: pytest.Config, name: str) -> str | None:
    option: str | None = config.getoption(f"--stackwright-{name}")
    return option or str(config.getini(f"stackwright_{name}")) or None


@pytest.fixture(scope="session")
def stackwright_service(pytestconfig: pytest.Config) -> str | None:
    """The service or stack to bring up; None for the configuration's default."""
    return _setting(pytestconfig, "service")


@pytest.fixture(scope="session")
def stackwright_engine(pytestconfig: pytest.Config) -> str | None:
    """The engine, when it is pinned."""
    return _setting(pytestconfig, "engine")


@pytest.fixture(scope="session")
def stackwright_cluster(pytestconfig: pytest.Config) -> ClusterChoice | None:
    """The cluster for a platform, when it is not that of the configuration."""
    from orchestration.platform import ClusterChoice

    kind = bool(pytestconfig.getoption("--stackwright-kind"))
    context, file = _setting(pytestconfig, "context"), _setting(pytestconfig, "kubeconfig")
    if not (kind or context or file):
        return None
    kubeconfig = pytestconfig.rootpath / file if file else None
    return ClusterChoice(kind=kind, context=context, kubeconfig=kubeconfig)


@pytest.fixture(scope="session")
def stackwright_config(pytestconfig: pytest.Config) -> Path | None:
    """The configuration file; None to find it from the root directory upward."""
    named = _setting(pytestconfig, "config")
    return pytestconfig.rootpath / named if named else None


@pytest.fixture(scope="session")
def stackwright_stack(
    pytestconfig: pytest.Config,
    stackwright_service: str | None,
    stackwright_engine: str | None,
    stackwright_config: Path | None,
) -> Iterator[RunningStack]:
    """The running stack: `.endpoint("postgres").dsn`, `.url`, `.host`, `.port`.

    A stack that is already up is used when it is what the configuration says and its gates open
    again; otherwise one is started, and taken down at the end of the session.
    """
    from orchestration.shared_stack import SharedStack

    shared = SharedStack(
        **_common(pytestconfig, _STACK),
        service=pytestconfig.getoption("--stackwright-service") or stackwright_service,
        engine=pytestconfig.getoption("--stackwright-engine") or stackwright_engine,
        config=stackwright_config,
    )
    yield from _held(pytestconfig, _STACK, shared)


@pytest.fixture(scope="session")
def stackwright_platform(
    pytestconfig: pytest.Config,
    stackwright_service: str | None,
    stackwright_engine: str | None,
    stackwright_cluster: ClusterChoice | None,
    stackwright_config: Path | None,
) -> Iterator[RunningPlatform]:
    """The running E2E platform: `.endpoint("api").url`, `.namespace`, `.context`, `.kubeconfig`.

    A platform that is already up is used when it is what the configuration says and all of it is
    ready; otherwise one is deployed, and removed at the end of the session.
    """
    from orchestration.shared_platform import SharedPlatform

    shared = SharedPlatform(
        **_common(pytestconfig, _PLATFORM),
        service=pytestconfig.getoption("--stackwright-service") or stackwright_service,
        engine=pytestconfig.getoption("--stackwright-engine") or stackwright_engine,
        cluster=stackwright_cluster,
        config=stackwright_config,
    )
    yield from _held(pytestconfig, _PLATFORM, shared)


def _common(config: pytest.Config, fixture: str) -> _Common:
    """What both fixtures give to what they share."""

    def progress(redact: Redactor) -> Emit:
        config.stash.setdefault(_REDACT, {})[fixture] = redact
        return _emit(config, redact)

    return {
        "cwd": config.rootpath,
        "fresh": config.getoption("--stackwright-fresh"),
        "keep": config.getoption("--stackwright-keep"),
        "xdist": _xdist_of(config),
        "progress": progress,
    }


def _held(config: pytest.Config, fixture: str, shared: Shared[_Result]) -> Iterator[_Result]:
    """What is running, for the length of the session."""
    _interrupt_on_sigterm()
    running = _told(shared, shared.acquire)
    config.stash.setdefault(_SHARED, {})[fixture] = shared
    yield running
    _told(shared, shared.release)


def _told(shared: Shared[Any], action: Callable[[], _Result]) -> _Result:
    """What `action` gives; its error fails the test with one message and no traceback.

    A signal meanwhile ends the session, as it does in a test.
    """
    from orchestration.errors import StackwrightError, StoppedError

    stopped = False
    try:
        return action()
    except StackwrightError as error:
        failure = shared.explain(error)
        stopped = isinstance(error, StoppedError)
    # Outside of the handler: no "during handling of the above exception" in the report.
    if stopped:
        pytest.exit(failure, returncode=pytest.ExitCode.INTERRUPTED)
    pytest.fail(failure, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the ends of the containers' logs to the report of a failed test.

    Every report is cleared of all secrets: a test that compares an address shows it.
    """
    report = yield
    if report.failed and report.when == "call":
        uses = getattr(item, "fixturenames", ())
        for fixture, shared in item.config.stash.get(_SHARED, {}).items():
            if fixture in uses:
                report.sections.extend(shared.log_sections(_LOG_LINES))
    for redact in item.config.stash.get(_REDACT, {}).values():
        report.sections = _hidden(report.sections, redact)
        report.longrepr = _hidden(report.longrepr, redact)
        report.user_properties = _hidden(report.user_properties, redact)
    return report


def _hidden(value: _Part, redact: Redactor) -> _Part:
    """`value` without secrets: a part of a report, which is texts in pytest's own nouns."""
    cleared: Any
    match value:
        case str():
            cleared = redact(value)
        case list():
            cleared = [_hidden(each, redact) for each in value]
        case tuple():
            cleared = tuple(_hidden(each, redact) for each in value)
        case _:
            cleared = value
            if type(value).__module__.startswith("_pytest."):
                for name, below in vars(value).items():
                    object.__setattr__(value, name, _hidden(below, redact))
    part: _Part = cleared
    return part


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist gives its nodes no type
    """In an xdist controller, for each worker: name the run, and who answers for its stack."""
    config: pytest.Config = node.config
    run = config.stash.setdefault(_RUN, uuid4().hex[:12])
    node.workerinput["stackwright"] = {"id": run, "controller": os.getpid()}
    config.stash.setdefault(_WORKERS, []).append(node.gateway)
    _interrupt_on_sigterm()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Iterator[None]:
    """In an xdist controller: take down what the workers shared, once xdist has ended them.

    It lets an interrupted worker go on for 5 s; with the removal that is too long for CI.
    """
    hurry = Timer(_WORKERS_END_S, _interrupt, [session.config.stash.get(_WORKERS, [])])
    hurry.daemon = True
    if exitstatus == pytest.ExitCode.INTERRUPTED:
        hurry.start()
    try:
        yield
    finally:
        hurry.cancel()
        _end_shared(session.config)


def pytest_keyboard_interrupt() -> None:
    """In an xdist worker: its controller, and the terminal, do not interrupt the teardown again."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        with suppress(ValueError):
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_shared(config: pytest.Config) -> None:
    run = config.stash.get(_RUN, None)
    if run is None:
        return
    from orchestration.errors import StackwrightError, StoppedError
    from orchestration.redact import Redactor
    from orchestration.shared import end_shared

    try:
        end_shared(run, _emit(config, Redactor()))
    except StoppedError as stopped:
        pytest.exit(str(stopped), returncode=pytest.ExitCode.INTERRUPTED)
    except StackwrightError as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.INTERNAL_ERROR)


def _interrupt(gateways: list[Any]) -> None:
    """Ctrl-C for the workers that still run on this machine."""
    for each in gateways:
        if each.spec.popen and each.hasreceiver():
            with suppress(OSError):
                os.kill(each._rinfo().pid, signal.SIGINT)


def _xdist_of(config: pytest.Config) -> XdistRun | None:
    """The xdist run that this process is a worker of."""
    workerinput: dict[str, Any] | None = getattr(config, "workerinput", None)
    if workerinput is None:
        return None
    from orchestration.shared import XdistRun

    return XdistRun(**workerinput["stackwright"])


def _emit(config: pytest.Config, redact: Redactor) -> Emit:
    """Progress for a test session: plain lines to the real terminal, past pytest's capture."""
    from orchestration.progress import choose

    capture = config.pluginmanager.getplugin("capturemanager")
    progress = choose("plain", sys.stderr, os.environ, redact=redact)

    def emit(event: Event) -> None:
        if capture is None:
            progress(event)
            return
        with capture.global_and_fixture_disabled():
            progress(event)

    return emit


def _interrupt_on_sigterm() -> None:
    """SIGTERM ends a session as Ctrl-C does, fixtures and all; pytest by itself would just die."""
    from orchestration.state import raise_on_sigterm

    raise_on_sigterm()
