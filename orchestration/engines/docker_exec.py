"""A command inside a running container."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Final

from docker import APIClient
from docker.errors import APIError
from urllib3.exceptions import ProtocolError

from orchestration.engines.docker_client import CALL_SECONDS, checked, endpoint, explanation
from orchestration.engines.docker_stream import Frames, Stream, pieces
from orchestration.model import Executed

_NOT_FOUND: Final = re.compile(r"not found|no such file", re.I)
_NOT_RUNNABLE: Final = re.compile(
    r"not found|no such file or directory|permission denied|exec format", re.I
)
_NOT_RUNNING: Final = re.compile(r"not running|state improper|no such container|no container", re.I)
_TIMED_OUT: Final = 124
_KILLED: Final = 137


def execute(api: APIClient, instance: str, command: tuple[str, ...], *, timeout: float) -> Executed:
    """Run `command` and wait for at most `timeout` seconds; both streams are its output.

    An engine cannot end what it started this way: a command that outlives its time runs on until
    the container is removed. In a container that is not running the answer is the one a command
    gets that dies with it: 137.
    """
    try:
        session = api.exec_create(instance, list(command))["Id"]
    except APIError as error:
        return _refused(error)
    deadline = time.monotonic() + timeout

    def produce() -> Iterator[bytes]:
        # Without the SDK's request to upgrade the connection the answer is an ordinary one.
        response = api.post(
            endpoint(api, f"/exec/{session}/start"),
            json={"Detach": False, "Tty": False},
            stream=True,
            timeout=(CALL_SECONDS, None),
        )
        yield from pieces(checked(response))

    frames = Frames()
    output = bytearray()
    with Stream(produce, until=lambda: time.monotonic() >= deadline) as stream:
        try:
            for piece in stream:
                for _, payload in frames.feed(piece):
                    output += payload
        except ProtocolError:
            # The container ended under the command; its exit code tells.
            pass
        except APIError as error:
            return _refused(error)
    text = output.decode(errors="replace")
    if stream.stopped:
        return Executed(exit_code=_TIMED_OUT, output=text)
    return Executed(exit_code=_exit_code(api, session, text), output=text)


def _refused(error: APIError) -> Executed:
    text = explanation(error)
    if error.status_code == 404 or _NOT_RUNNING.search(text):
        return Executed(exit_code=_KILLED, output=f"the component is not running: {text}")
    if _NOT_RUNNABLE.search(text):
        return Executed(exit_code=_code_of(text, 126), output=text)
    raise error


def _exit_code(api: APIClient, session: str, text: str) -> int:
    """The end of the output may be seen a moment before the end of the process."""
    for _ in range(100):
        try:
            seen = api.exec_inspect(session)
        except APIError as error:
            if error.status_code == 404:
                return _KILLED
            raise
        code = seen.get("ExitCode")
        if not seen.get("Running") and isinstance(code, int):
            # Docker says 126 of a command that is not there; Pid 0 tells it from an `exit 126`.
            return _code_of(text, code) if code == 126 and not seen.get("Pid") else code
        time.sleep(0.02)
    return _KILLED


def _code_of(text: str, otherwise: int) -> int:
    return 127 if _NOT_FOUND.search(text) else otherwise
