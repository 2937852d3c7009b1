"""What a test session's stack writes and says on the way: closed to others, without secrets."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.errors import ConfigError, ReuseError, StackwrightError
from orchestration.events import Emit, Event, Notice
from orchestration.record import Hold, RunRecord
from orchestration.redact import Redactor
from orchestration.running import RunningStack
from orchestration.session import Session
from orchestration.shared import XdistRun
from orchestration.shared_stack import SharedStack
from orchestration.sharing import join
from orchestration.state import FileRuns, HostOwners
from tests.product import Product
from tests.records import record


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    made = Product.at(tmp_path)
    monkeypatch.setenv("STACKWRIGHT_STATE", str(made.state))
    before = os.umask(0o022)
    yield made
    os.umask(before)


def shared(
    product: Product,
    said: list[str],
    xdist: XdistRun | None = None,
    engine: str | None = "nothing-known",
    service: str = "store",
) -> SharedStack:
    """A stack that cannot be started: no engine has that name."""

    def progress(redact: Redactor) -> Emit:
        def emit(event: Event) -> None:
            if isinstance(event, Notice):
                said.append(redact(event.text))

        return emit

    return SharedStack(
        cwd=product.project,
        service=service,
        engine=engine,
        config=None,
        fresh=False,
        keep=False,
        xdist=xdist,
        progress=progress,
    )


@pytest.mark.parametrize(
    ("variable", "engine"), [("kubernetes", None), ("podman", "kubernetes")], ids=["variable", ""]
)
def test_one_that_is_asked_for_on_kubernetes_is_not_started_here(
    product: Product, monkeypatch: pytest.MonkeyPatch, variable: str, engine: str | None
) -> None:
    monkeypatch.setenv("STACKWRIGHT_ENGINE", variable)
    monkeypatch.setenv("STACKWRIGHT_ENGINE_URL", "unix:///nowhere.sock")
    with pytest.raises(ConfigError) as caught:
        shared(product, [], engine=engine).acquire()
    told = str(caught.value)
    assert "runs on this machine alone, and kubernetes is asked for" in told
    assert ("STACKWRIGHT_ENGINE says so" in told) is (engine is None)


def test_an_engine_that_is_named_goes_before_the_variable(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKWRIGHT_ENGINE", "kubernetes")
    with pytest.raises(ConfigError, match="no engine 'nothing-known'"):
        shared(product, []).acquire()


def test_the_failure_that_workers_share_can_be_read_by_nobody_else(product: Product) -> None:
    workers = [shared(product, [], XdistRun(id="x1", controller=os.getpid())) for _ in range(2)]
    with pytest.raises(ConfigError, match="no engine 'nothing-known'"):
        workers[0].acquire()
    (failed,) = (product.state / "xdist").glob("*.failed")
    assert oct(stat.S_IMODE(failed.stat().st_mode)) == oct(0o600)
    with pytest.raises(StackwrightError, match="no engine 'nothing-known'") as told:
        workers[1].acquire()
    assert workers[1].explain(told.value) == failed.read_text()
    assert failed.read_text().count("error:") == 1


def test_the_failure_of_one_stack_is_not_that_of_another(product: Product) -> None:
    file = product.project / "stackwright.toml"
    file.write_text(
        f"{file.read_text()}\n[stacks.other.components.app]\nimage = 'app:1'\none_shot = true\n"
    )
    xdist = XdistRun(id="x1", controller=os.getpid())
    for service in ("store", "other"):
        with pytest.raises(ConfigError, match="no engine 'nothing-known'"):
            shared(product, [], xdist, service=service).acquire()
    assert len(list((product.state / "xdist").glob("x1.*.failed"))) == 2


def test_one_worker_proves_what_is_kept_up_and_the_others_take_it(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = FileRuns(product.state, HostOwners())
    known.claim(record(key=f"{product.project / 'stackwright.toml'}#store#"))
    proved: list[str] = []

    def prove(session: Session, run: RunRecord, hold: Hold) -> RunningStack:
        joined, _ = join(known, session.workplace.owners, run.run, hold)
        proved.append(run.run)
        return RunningStack.of(joined)

    monkeypatch.setattr(Session, "adopt", prove)
    xdist = XdistRun(id="x1", controller=os.getpid())
    running = [shared(product, [], xdist).acquire() for _ in range(3)]
    assert [each.run for each in running] == ["0a1b2c3d"] * 3
    assert proved == ["0a1b2c3d"]


def test_why_a_stack_is_not_shared_is_told_without_secrets(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"{product.project / 'stackwright.toml'}#store#"
    FileRuns(product.state, HostOwners()).claim(record(key=key))

    def refuse(_session: Session, _run: RunRecord, _hold: Hold) -> None:
        raise ReuseError("it is not healthy", why="said planted-secret-1")

    monkeypatch.setattr(Session, "adopt", refuse)
    said: list[str] = []
    with pytest.raises(ConfigError):
        shared(product, said).acquire()
    assert said == ["it is not healthy (said ***); a stack of its own is started for this session"]
