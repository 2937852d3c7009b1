"""The API of an engine through a socket of our own, which does harm at one call."""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

Harm = Literal["error", "hang", "silence", "cut", "vanish"]
"""What happens at the chosen call: an answer 500; none to this call; none to any from then on; half
of one; the socket is removed and every connection closed.

The engine itself hears of every call but those that get an error or belong to a silence.
"""

_MESSAGE: Final = json.dumps({"message": "chaos: the engine has had an accident"}).encode()
_ERROR: Final = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(_MESSAGE), _MESSAGE)
)
_LONGEST_HEAD: Final = 1 << 20
_PIECE: Final = 1 << 16
_POLL_S: Final = 0.05


class EngineProxy:
    """Serves at `at` what the engine serves at `engine`, both unix sockets.

    `calls`: every request in order, without version, query and ids. At number `nth` (from 1) `harm`
    is done, once; `harmed` is set and `on_harm` called just before. 0 harms nothing.
    """

    def __init__(
        self,
        at: Path,
        engine: Path,
        *,
        nth: int = 0,
        harm: Harm = "error",
        on_harm: Callable[[], None] = lambda: None,
    ) -> None:
        self.calls: list[str] = []
        self.harmed = threading.Event()
        self._at = at
        self._engine = engine
        self._nth = nth
        self._harm = harm
        self._on_harm = on_harm
        self._silent = False
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stopped: threading.Event | None = None

    @contextlib.contextmanager
    def serving(self) -> Iterator[EngineProxy]:
        """Be there."""
        self.listen()
        try:
            yield self
        finally:
            self.vanish()

    def listen(self) -> None:
        """Come (back) into being."""
        self._stopped = stopped = threading.Event()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._at))
        listener.listen(64)
        listener.settimeout(_POLL_S)
        threading.Thread(target=self._accept, args=(listener, stopped), daemon=True).start()

    def vanish(self) -> None:
        """Be gone, and every connection with it."""
        if self._stopped is not None:
            self._stopped.set()
        self._at.unlink(missing_ok=True)
        with self._lock:
            for each in self._open:
                _close(each)
            self._open.clear()

    def heal(self) -> None:
        """End a silence; calls that were not answered never are."""
        self._silent = False

    def _accept(self, listener: socket.socket, stopped: threading.Event) -> None:
        with listener:
            while not stopped.is_set():
                try:
                    client, _ = listener.accept()
                except TimeoutError:
                    continue
                threading.Thread(target=self._serve, args=(client, stopped), daemon=True).start()

    def _serve(self, client: socket.socket, stopped: threading.Event) -> None:
        engine = socket.socket(socket.AF_UNIX)
        with self._lock:
            if stopped.is_set():
                _close(client)
                return
            self._open |= {client, engine}
        try:
            engine.connect(str(self._engine))
            _Conversation(self, client, engine).hold()
        except OSError:
            pass  # either side is gone
        finally:
            with self._lock:
                self._open -= {client, engine}
            _close(client)
            _close(engine)

    def harm_at(self, call: str) -> Harm | None:
        """Count a call; the harm to do at it."""
        with self._lock:
            self.calls.append(call)
            chosen = len(self.calls) == self._nth
        if chosen:
            self._on_harm()
            if self._harm == "silence":
                self._silent = True
            self.harmed.set()
        if chosen and self._harm != "silence":
            return self._harm
        return "silence" if self._silent else None


class _Conversation:
    """One connection: requests are read one by one, answers are passed on as they come."""

    def __init__(self, proxy: EngineProxy, client: socket.socket, engine: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._engine = engine
        self._harm: Harm | None = None

    def hold(self) -> None:
        answers = threading.Thread(target=self._pass_answers, daemon=True)
        answers.start()
        with self._client.makefile("rb") as said:
            while head := _head(said):
                self._harm = self._proxy.harm_at(_call(head))
                forward = self._harm not in ("error", "silence")
                for piece in (head, *_body(said, head)):
                    if forward:
                        self._engine.sendall(piece)
                if self._harm == "vanish":
                    self._proxy.vanish()
                if self._harm == "error":
                    self._client.sendall(_ERROR)
                    return
                if re.search(rb"\r\nupgrade:", head, re.IGNORECASE):
                    while piece := said.read1(_PIECE):
                        self._engine.sendall(piece)

    def _pass_answers(self) -> None:
        with contextlib.suppress(OSError):
            while piece := self._engine.recv(_PIECE):
                if self._harm == "cut":
                    self._client.sendall(piece[: len(piece) // 2])
                    break
                if self._harm not in ("hang", "silence"):
                    self._client.sendall(piece)
        if self._harm not in ("hang", "silence"):
            # Wakes the other direction, which closes both.
            with contextlib.suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)


def _head(said: io.BufferedReader) -> bytes:
    """The request line and headers, with the empty line; nothing at the end."""
    lines = b""
    while (line := said.readline(_LONGEST_HEAD)) and line != b"\r\n":
        lines += line
    return lines + line if line else b""


def _body(said: io.BufferedReader, head: bytes) -> Iterator[bytes]:
    """What follows a head, as it is framed."""
    if re.search(rb"\r\ntransfer-encoding: *chunked", head, re.IGNORECASE):
        size = 1
        while size:
            line = said.readline(_LONGEST_HEAD)
            size = int(line.partition(b";")[0] or b"0", 16)
            yield line + said.read(size + 2)
    elif length := re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE):
        left = int(length[1])
        while left and (piece := said.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece


def _call(head: bytes) -> str:
    """`POST /containers/ID/start`."""
    method, target, *_ = head.decode("latin-1").split(" ", 2)
    path = re.sub(r"^/v[\d.]+", "", target.partition("?")[0])
    return f"{method} {re.sub(r'(sha256:)?[0-9a-f]{12,}', 'ID', path)}"


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
