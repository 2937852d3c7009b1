"""Watches: what changes, and every way in which they end."""

from __future__ import annotations

import asyncio
import socket
from contextlib import aclosing
from pathlib import Path
from typing import Final

import pytest

from orchestration.cluster.api import ApiError, Change, ChangeKind
from orchestration.cluster.client import Client
from orchestration.cluster.fields import Fields
from tests.cluster.asking import (
    MAPS,
    SPACES,
    Given,
    ask,
    config,
    config_map,
    odd_server,
    refused,
    tokened,
    write_kubeconfig,
)
from tests.kube.access import Allow, User
from tests.kube.kube_double import KubeDouble, kube_double

SOON_S: Final = 20.0


def names(changes: list[Change]) -> list[tuple[ChangeKind, str]]:
    return [(each.kind, Fields(each.body).text("metadata", "name")) for each in changes]


def test_a_watch_tells_what_changes_and_bookmarks(tmp_path: Path) -> None:
    with kube_double(bookmark_s=0.02) as double:
        double.create("Namespace", {"metadata": {"name": "shop"}})

        async def work(client: Client) -> None:
            await client.apply(MAPS, config_map("old"))
            listing = await client.list(MAPS, "shop")
            await client.apply(MAPS, config_map("one", a="1"))
            await client.apply(MAPS, config_map("one", a="2"))
            await client.delete(MAPS, "one", "shop")
            seen: list[Change] = []
            watch = client.watch(MAPS, "shop", resource_version=listing.resource_version)
            async with aclosing(watch) as changes:
                async for change in changes:
                    seen.append(change)
                    if change.kind is ChangeKind.BOOKMARK:
                        break
            assert names(seen[:3]) == [
                (ChangeKind.ADDED, "one"),
                (ChangeKind.MODIFIED, "one"),
                (ChangeKind.DELETED, "one"),
            ]
            assert Fields(seen[1].body).text("data", "a") == "2"
            assert Fields(seen[-1].body).text("metadata", "resourceVersion").isdigit()

        ask(config(double, tmp_path), work)
        (watched,) = (each for each in double.requests.all() if each.verb == "watch")
        assert 290 <= int(watched.query["timeoutSeconds"]) <= 319


def test_a_watch_ends_when_the_server_ends_it(
    plain: KubeDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.cluster.client.WATCH_S", 1)

    async def work(client: Client) -> None:
        listing = await client.list(MAPS, "shop")
        watch = client.watch(MAPS, "shop", resource_version=listing.resource_version)
        async with asyncio.timeout(SOON_S):
            assert [each.kind async for each in watch] == [ChangeKind.BOOKMARK]

    ask(config(plain, tmp_path), work)


def test_a_watch_that_is_too_old_says_so(plain: KubeDouble, tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        await client.apply(MAPS, config_map("one"))
        plain.compact()
        watch = client.watch(MAPS, "shop", resource_version="1")
        error = await refused(anext(watch))
        assert (error.verb, error.code, error.reason) == ("watch", 410, "Expired")
        assert not error.retryable

    ask(config(plain, tmp_path), work)


def test_a_watch_whose_connection_breaks_says_so(double: KubeDouble, tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        watch = client.watch(SPACES, resource_version="0")
        await anext(watch)
        double.drop_watches()
        with pytest.raises(ApiError) as caught:
            async for _ in watch:
                pass
        assert (caught.value.code, caught.value.reason) == (0, "Broken")
        assert caught.value.retryable

    ask(config(double, tmp_path), work)


def test_a_watch_that_is_refused_says_so(plain: KubeDouble, tmp_path: Path) -> None:
    plain.access.tokens["t"] = User(name="ann", rules=(Allow(verbs=("list",)),))

    async def work(client: Client) -> None:
        error = await refused(anext(client.watch(MAPS, "shop", resource_version="1")))
        assert (error.code, error.reason) == (403, "Forbidden")
        assert 'User "ann" cannot watch' in error.message

    ask(tokened(config(plain, tmp_path), "t"), work)


def test_cancelling_who_watches_hangs_up_at_once(double: KubeDouble, tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        begun = asyncio.Event()

        async def watch() -> None:
            async for _ in client.watch(SPACES, resource_version="0"):
                begun.set()

        task = asyncio.create_task(watch())
        async with asyncio.timeout(SOON_S):
            await begun.wait()
            (connection,) = double.server.traffic.streams
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # The double only writes there; what the client's end of it sends is its farewell.
            while not await asyncio.to_thread(_hung_up, connection):
                await asyncio.sleep(0.01)

    ask(config(double, tmp_path), work)


def _hung_up(connection: socket.socket) -> bool:
    try:
        with socket.socket(fileno=socket.dup(connection.fileno())) as duplicate:
            duplicate.setblocking(False)
            # Of TLS its farewell is there; of plain TCP, the end.
            return len(duplicate.recv(1, socket.MSG_PEEK)) <= 1
    except BlockingIOError:
        return False
    except OSError:
        # The double noticed already, and closed its side.
        return True


def test_the_system_looks_after_the_connection_of_a_stream(
    double: KubeDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: list[tuple[int, int]] = []
    original = asyncio.trsock.TransportSocket.setsockopt

    def noted(self: asyncio.trsock.TransportSocket, *given: int) -> None:
        options.append((given[0], given[1]))
        original(self, *given)

    monkeypatch.setattr(asyncio.trsock.TransportSocket, "setsockopt", noted)

    async def work(client: Client) -> None:
        async with aclosing(client.watch(SPACES, resource_version="0")) as watch:
            await anext(watch)

    ask(config(double, tmp_path), work)
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE) in options
    assert (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) in options


def test_a_watch_that_tells_nonsense_is_an_error(tmp_path: Path) -> None:
    path = "/api/v1/namespaces/shop/configmaps"
    lines = b'\n{"type": "ADDED", "object": {"x": "\xc2\x85"}}\n{"type": "SUNG", "object": {}}\n'
    with odd_server({path: Given(body=lines)}) as odd:

        async def work(client: Client) -> None:
            watch = client.watch(MAPS, "shop", resource_version="1")
            assert (await anext(watch)).body == {"x": "\u0085"}
            error = await refused(anext(watch))
            assert (error.reason, error.retryable) == ("Broken", False)

        ask(write_kubeconfig(tmp_path / "config", odd.url), work)


def test_a_slow_watch_is_no_silent_server(
    plain: KubeDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.cluster.connection.ANSWER_S", 0.2)

    async def work(client: Client) -> None:
        listing = await client.list(MAPS, "shop")
        watch = client.watch(MAPS, "shop", resource_version=listing.resource_version)
        first = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0.5)
        assert not first.done()
        await client.apply(MAPS, config_map("one"))
        async with asyncio.timeout(SOON_S):
            assert names([await first]) == [(ChangeKind.ADDED, "one")]
        await watch.aclose()

    ask(config(plain, tmp_path), work)
