"""Long answers of an engine, read by a thread of their own: Podman sends not even the headers of a
log before its first line, and whoever waits for it must still be able to stop.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from docker import APIClient
from requests import Response

T = TypeVar("T")
TICK_S: Final = 0.05
"""How often a stop is looked for while nothing comes."""

_JOIN_S: Final = 5.0
_here = threading.local()


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None


class Stream(Generic[T]):
    """The items that `produce` yields, until they end or `until` says so (then `stopped` is set).

    `produce` runs in the thread of the stream; what it raises is raised to the reader. Leaving the
    context closes the response, which tells the engine that nobody listens any more.
    """

    def __init__(self, produce: Callable[[], Iterable[T]], *, until: Callable[[], bool]) -> None:
        self.stopped = False
        self._produce = produce
        self._until = until
        self._items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
        self._response: Response | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="engine stream", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed = True
        response = self._response
        if response is not None:
            # What the thread is blocked in is the system's read: only a shutdown wakes it.
            with suppress(OSError, ValueError, RuntimeError, AttributeError):
                response.raw.shutdown()
            self._thread.join(_JOIN_S)
            response.close()

    def __iter__(self) -> Iterator[T]:
        while not self._stop_asked():
            try:
                item = self._items.get(timeout=TICK_S)
            except queue.Empty:
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def noticed(self, response: Response) -> None:
        """Take the response of the request that `produce` made; close it when nobody waits."""
        self._response = response
        if self._closed:
            response.close()

    def _stop_asked(self) -> bool:
        self.stopped = self._until()
        return self.stopped

    def _run(self) -> None:
        _here.stream = self
        try:
            for item in self._produce():
                self._items.put(item)
                if self._closed:
                    break
        except Exception as error:  # noqa: BLE001 - it is raised where the stream is read
            self._items.put(_End(error))
        else:
            self._items.put(_End(None))


def observe(api: APIClient) -> None:
    """Let streams see the responses that the SDK keeps to itself in its generators."""

    def notice(response: Response, *_: object, **__: object) -> None:
        stream = getattr(_here, "stream", None)
        if isinstance(stream, Stream):
            stream.noticed(response)

    api.hooks["response"].append(notice)


def pieces(response: Response) -> Iterator[bytes]:
    """The body as it arrives."""
    while piece := response.raw.read1(65536):
        yield piece


class Frames:
    """Takes apart what engines interleave: 8 bytes of header (stream, length), then the payload."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The frames that `data` completes, each with its stream: 1 is output, 2 is error."""
        self._buffer += data
        while len(self._buffer) >= 8:
            end = 8 + int.from_bytes(self._buffer[4:8], "big")
            if len(self._buffer) < end:
                return
            yield self._buffer[0], bytes(self._buffer[8:end])
            del self._buffer[:end]
