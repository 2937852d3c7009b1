"""What engines with containers do beyond the contract of all engines."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from orchestration.errors import ComponentError, ImageError, PortError
from orchestration.model import Life, Mount, PortBinding, PortRequest
from tests.contract.engines import CONTAINERS, Bench, eventually, fetched, marked
from tests.contract.programs import LIVES, Program, fetches, serves

pytestmark = pytest.mark.parametrize("engine", marked(*CONTAINERS), indirect=True, scope="module")


class TestPublishedPorts:
    def test_are_open_on_loopback_only(self, bench: Bench) -> None:
        ports = bench.engine.plan_ports((PortRequest(name="http", container=8000),))
        host = bench.start(serves(8000, "private"), ports=ports).ports[0].host
        assert fetched(host) == "private"
        with closing(socket.socket()) as probe:
            assert probe.connect_ex(("127.0.0.2", host)) != 0

    def test_are_open_to_all_when_asked_for(self, bench: Bench) -> None:
        request = PortRequest(name="http", container=8000, bind="0.0.0.0")  # noqa: S104 - what is tested
        ports = bench.engine.plan_ports((request,))
        host = bench.start(serves(8000, "public"), ports=ports).ports[0].host
        assert fetched(host) == "public"
        with closing(socket.socket()) as probe:
            assert probe.connect_ex(("127.0.0.2", host)) == 0

    def test_on_a_foreign_address_are_refused(self, bench: Bench) -> None:
        binding = PortBinding(name="http", inside=8000, host=18123, bind="203.0.113.9")
        with pytest.raises(PortError) as caught:
            bench.start(LIVES, ports=(binding,))
        assert "203.0.113.9:18123" in caught.value.what
        assert "bind" in caught.value.fix
        assert bench.listed() == ()

    def test_two_of_one_container_port_both_lead_there(self, bench: Bench) -> None:
        one, two = (PortBinding(name=name, inside=8000, host=0) for name in ("one", "two"))
        instance = bench.start(serves(8000, "twice"), ports=(one, replace(two, bind="127.0.0.2")))
        first, second = instance.ports
        assert fetched(first.host) == "twice"
        with closing(socket.socket()) as probe:
            assert probe.connect_ex(("127.0.0.2", second.host)) == 0


ASKS = """
import socket, time
refused = slow = 0
for _ in range(250):
    asked = time.monotonic()
    try:
        socket.getaddrinfo("store", 80)
        socket.getaddrinfo("shop", 80)
    except OSError:
        refused += 1
    slow += time.monotonic() - asked > 4
    time.sleep(0.01)
print(f"asked: {refused} refused, {slow} slow")
"""


class TestNames:
    def test_are_there_while_others_come_and_go(self, bench: Bench) -> None:
        bench.start(LIVES, component="store", aliases=("shop",))
        asking = bench.start(Program(("python3", "-c", ASKS)), component="app")
        while bench.engine.look(asking.id).alive:
            bench.ended(bench.start(Program(("true",)), component="migrations"))
        assert bench.said(asking, "asked") == "asked: 0 refused, 0 slow\n"

    def test_lead_there_after_a_peer_was_started_again(self, bench: Bench) -> None:
        store = bench.start(serves(8000, "still here"), component="store")
        bench.start(LIVES, component="redis")
        fetch = fetches("http://store:8000/").command
        app = bench.start(LIVES, component="app")
        with closing(docker.DockerClient(base_url=bench.engine.info.url)) as somebody:
            somebody.containers.get(store.id).restart(timeout=0)
        eventually(
            lambda: bench.engine.execute(app.id, fetch, timeout=20).output == "still here\n",
            "it was reached by its name",
        )


class TestMounts:
    def test_are_read_only_unless_asked_otherwise(self, bench: Bench, tmp_path: Path) -> None:
        (tmp_path / "note").write_text("from outside\n")
        mount = Mount(source=tmp_path, target="/data")
        program = Program(("sh", "-c", "cat /data/note; touch /data/new || echo refused"))
        log = bench.said(bench.start(program, mounts=(mount,)), "refused")
        assert "from outside" in log
        assert [each.name for each in tmp_path.iterdir()] == ["note"]

    def test_can_be_written_when_asked_for(self, bench: Bench, tmp_path: Path) -> None:
        mount = Mount(source=tmp_path, target="/data", read_only=False)
        program = Program(("sh", "-c", "echo from inside > /data/new"))
        bench.ended(bench.start(program, mounts=(mount,)))
        assert (tmp_path / "new").read_text() == "from inside\n"

    def test_of_one_file_show_that_file(self, bench: Bench, tmp_path: Path) -> None:
        (tmp_path / "app.conf").write_text("level = high\n")
        mount = Mount(source=tmp_path / "app.conf", target="/etc/app.conf")
        instance = bench.start(Program(("cat", "/etc/app.conf")), mounts=(mount,))
        assert bench.said(instance, "level") == "level = high\n"

    def test_of_nothing_are_refused_and_not_made(self, bench: Bench, tmp_path: Path) -> None:
        source = tmp_path / "not-there"
        with pytest.raises(ComponentError) as caught:
            bench.start(LIVES, mounts=(Mount(source=source, target="/data"),))
        assert str(source) in caught.value.what
        assert not source.exists()
        assert bench.listed() == ()


class TestAContainer:
    def test_of_a_missing_image_is_refused_with_the_remedy(self, bench: Bench) -> None:
        launch = replace(bench.launch(LIVES), image=f"localhost/none-{bench.run}:1")
        with pytest.raises(ImageError) as caught:
            bench.engine.start(launch)
        assert launch.image in caught.value.what
        assert "invoke images.build" in caught.value.fix
        assert bench.listed() == ()

    def test_in_a_missing_network_is_not_left_behind(self, bench: Bench) -> None:
        launch = replace(bench.launch(LIVES), network=f"none-{bench.run}")
        with pytest.raises(ComponentError) as caught:
            bench.engine.start(launch)
        assert f"none-{bench.run}" in caught.value.why
        assert bench.listed() == ()

    def test_that_ignores_a_polite_end_is_removed_all_the_same(self, bench: Bench) -> None:
        deaf = Program(("sh", "-c", "trap '' TERM INT; echo deaf; while :; do sleep 1; done"))
        instance = bench.start(deaf)
        bench.said(instance, "deaf")
        bench.engine.remove(bench.resource(instance))
        assert bench.engine.look(instance.id).life is Life.MISSING

    def test_killed_from_inside_says_so(self, bench: Bench) -> None:
        instance = bench.start(Program(("sh", "-c", "sleep 600 & wait")))
        bench.engine.execute(instance.id, ("sh", "-c", "kill -TERM 1; kill -KILL -1"), timeout=20)
        # PID 1 of a container ignores what it does not handle: only its child is gone, and it ends.
        assert bench.ended(instance).life is Life.EXITED

    def test_is_unknown_to_no_thread(self, bench: Bench) -> None:
        """The session is shared: a hundred looks from eight threads meet no stranger's answer."""
        one = bench.start(LIVES)
        two = bench.start(Program(("sh", "-c", "exit 5")))
        bench.ended(two)
        with ThreadPoolExecutor(8) as pool:
            codes = list(
                pool.map(lambda n: bench.engine.look((one, two)[n % 2].id).exit_code, range(100))
            )
        assert codes == [None, 5] * 50
