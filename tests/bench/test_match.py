"""A whole match of contenders that need no engine: each serves DataStorage's port itself."""

import random
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.contender import TakeDown
from bench.match import WARM_UP, play
from bench.stack_under_test import EngineUnderTest, Images, StackUnderTest
from bench.trial import Trial

IMAGES = Images(postgres="a", redis="b", datastorage="c")
PODMAN = EngineUnderTest(name="podman", socket=Path("/nowhere"))


class Health(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@dataclass(frozen=True)
class StubContender:
    name: str
    note: str = ""
    fault: BaseException | None = None
    blocked: str | None = None
    seen: list[StackUnderTest] = field(default_factory=list)

    def obstacle(self, engine: EngineUnderTest) -> str | None:
        return self.blocked

    def up(self, stack: StackUnderTest) -> TakeDown:
        self.seen.append(stack)
        if self.fault is not None:
            raise self.fault
        server = ThreadingHTTPServer(("127.0.0.1", stack.ports.http), Health)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def down() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return down


@dataclass(frozen=True)
class StubJanitor:
    calls: list[tuple[str, bool]] = field(default_factory=list)

    def clear(self, engine: EngineUnderTest, token: str, interrupted: bool) -> int:
        self.calls.append((token, interrupted))
        return 0


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    (tmp_path / "001_first.sql").write_text("SELECT 1;")
    return tmp_path


def match(
    contenders: list[StubContender], migrations: Path, janitor: StubJanitor
) -> tuple[tuple[Trial, ...], list[Trial]]:
    told: list[Trial] = []
    counted = play(
        contenders,
        {PODMAN: IMAGES},
        migrations,
        rounds=2,
        order=random.Random(1),  # noqa: S311 - an order, not a secret
        tell=told.append,
        clear=janitor.clear,
    )
    return counted, told


def test_every_contender_runs_in_every_round_and_the_warm_up_does_not_count(
    migrations: Path,
) -> None:
    contenders = [StubContender("a"), StubContender("b"), StubContender("c", blocked="missing")]
    janitor = StubJanitor()
    counted, told = match(contenders, migrations, janitor)
    assert sorted((each.contender, each.round) for each in counted) == [
        ("a", 0), ("a", 1), ("b", 0), ("b", 1),
    ]  # fmt: skip
    assert all(each.failure == "" and each.up and each.down for each in counted)
    assert [each.round for each in told].count(WARM_UP) == 2
    tokens = [stack.token for each in contenders for stack in each.seen]
    assert sorted(janitor.calls) == sorted((token, False) for token in tokens)
    assert len(set(tokens)) == 6


def test_a_contender_sees_the_migrations_in_a_directory_that_is_gone_afterwards(
    migrations: Path,
) -> None:
    contender = StubContender("a")
    match([contender], migrations, StubJanitor())
    assert not contender.seen[0].directory.exists()
    assert contender.seen[0].directory.name.startswith(contender.seen[0].token)


def test_a_contender_that_fails_is_a_result_with_its_reason_and_is_cleared_away(
    migrations: Path,
) -> None:
    janitor = StubJanitor()
    counted, _ = match([StubContender("a", fault=ValueError("broken"))], migrations, janitor)
    assert [each.failure for each in counted] == ["ValueError: broken"] * 2
    assert [interrupted for _, interrupted in janitor.calls] == [True] * 3


def test_ctrl_c_stops_the_match_and_clears_away_what_was_in_the_making(migrations: Path) -> None:
    janitor = StubJanitor()
    with pytest.raises(KeyboardInterrupt):
        match([StubContender("a", fault=KeyboardInterrupt())], migrations, janitor)
    assert [interrupted for _, interrupted in janitor.calls] == [True]
