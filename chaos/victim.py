"""A component that misbehaves as its words say; it runs inside the stack, on Python alone.

`dies CODE AFTER`: it never serves. `answers CODE AFTER`: it dies so many seconds after its first
answer. `flaps`: every second answer is 500. `lies`: 200 with another body. `mute`: it accepts and
says nothing. `serves AFTER`: it listens after so many seconds. `accepts AFTER`: it listens at once,
and hangs up, as a proxy does whose service is not there, and serves after so long (`never`).
`ends AFTER`: it ends well after so many seconds.

Beside it, the files `began`, `serving` and `died` get the moments when it began, was ready first,
and died.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

STAMPS = Path(__file__).parent
BEGINS = "the victim begins"


def main(behaviour: str, *values: str) -> None:
    """Misbehave."""
    print(BEGINS, behaviour, *values, flush=True)
    stamp("began")
    match behaviour, values:
        case "dies", (code, after):
            time.sleep(float(after))
            die(int(code))
        case "answers", (code, after):
            serve(lambda number: True, then=once(lambda: later(int(code), float(after))))
        case "flaps", ():
            serve(lambda number: number % 2 == 0)
        case "lies", ():
            serve(lambda number: True, body=b"something else")
        case "mute", ():
            mute()
        case "serves", (after,):
            time.sleep(float(after))
            serve(lambda number: True)
        case "accepts", (after,):
            serve(lambda number: True, hang_up_for=float("inf" if after == "never" else after))
        case "ends", (after,):
            time.sleep(float(after))
        case _:
            sys.exit(f"there is no behaviour {behaviour} {values}")


def serve(
    well: Callable[[int], bool],
    *,
    body: bytes = b"ok",
    then: Callable[[], None] = lambda: None,
    hang_up_for: float = 0.0,
) -> None:
    """Answer requests one after the other; `well`: whether the answer of that number is a 200."""
    begun = time.monotonic()
    with listening() as server:
        number = 0
        while True:
            connection, _ = server.accept()
            with connection:
                if time.monotonic() - begun < hang_up_for:
                    continue
                stamp("serving")
                if not connection.recv(65536):
                    continue
                status = b"200 OK" if well(number) else b"500 Not Well"
                number += 1
                connection.sendall(
                    b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                    % (status, len(body), body)
                )
            then()


def mute() -> None:
    """Keep every connection open."""
    kept = []
    with listening() as server:
        while True:
            kept.append(server.accept())


def listening() -> socket.socket:
    """A socket on the port that the environment names."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("", int(os.environ["PORT"])))
    server.listen()
    return server


def once(act: Callable[[], None]) -> Callable[[], None]:
    """Do it the first time only."""
    left = [act]
    return lambda: left.pop()() if left else None


def later(code: int, after: float) -> None:
    """Die when the time has come; until then all goes on."""
    if after:
        threading.Timer(after, die, [code]).start()
    else:
        die(code)


def die(code: int) -> NoReturn:
    """End with that exit code; 137 by SIGKILL, where the first process of a container may."""
    stamp("died")
    if code == 128 + signal.SIGKILL:
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.01)
    os._exit(code)


def stamp(name: str) -> None:
    """Write down the moment, once."""
    file = STAMPS / name
    if not file.exists():
        file.write_text(str(time.time()))


if __name__ == "__main__":
    main(*sys.argv[1:])
