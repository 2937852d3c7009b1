"""Ask an address what listens there: two small HTTP requests by hand, because importing a client
library takes longer than the whole search for an engine.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from orchestration.engines.engine_address import Address

PING_SECONDS: Final = 2.0
_SSH_SECONDS: Final = 10.0
_LARGEST: Final = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The engine behind an address. `api_version`: the newest Docker API it speaks."""

    name: Literal["podman", "docker"]
    version: str
    api_version: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody answered who could be used; `outcome` says what happened instead.

    `mute`: somebody is there, and says nothing.
    """

    outcome: str
    mute: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer; names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(address: Address, *, timeout: float = PING_SECONDS) -> Answer | Silence:
    """Who answers at `address` within `timeout` seconds. Never raises for what may listen there."""
    if address.trouble:
        return Silence(address.trouble)
    try:
        ping = fetch(address, "/_ping", timeout=timeout)
        if ping.status != 200:
            said = ping.body.decode(errors="replace").strip().partition("\n")[0][:120]
            return Silence(f"answers with HTTP {ping.status}: {said}")
        return _from_headers(ping.headers) or _from_version(
            fetch(address, "/version", timeout=timeout)
        )
    except (OSError, ValueError) as error:
        mute = isinstance(error, TimeoutError)
        return Silence(_in_words(error, address, timeout), mute=mute)


def describe(address: Address, path: str, *, timeout: float) -> dict[str, object]:
    """The JSON object at `path` of the engine, empty when it does not give one."""
    try:
        found = json.loads(fetch(address, path, timeout=timeout).body)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def fetch(address: Address, path: str, *, timeout: float) -> Reply:
    """GET `path`. Raises OSError when nobody answers, ValueError when it is not HTTP."""
    parts = urlsplit(address.url)
    if parts.scheme == "ssh":
        return _within(_SSH_SECONDS, address, path)
    deadline = time.monotonic() + timeout
    with _connect(address, timeout) as connection:
        # HTTP/1.0, so that the answer is neither chunked nor kept open. Who hangs up at once may
        # have said something before.
        with suppress(BrokenPipeError):
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        received = bytearray()
        while True:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            chunk = connection.recv(65536)
            if not chunk:
                return _parse(bytes(received))
            received += chunk
            if len(received) > _LARGEST:
                raise ValueError("answers without end")


def _connect(address: Address, timeout: float) -> socket.socket:
    parts = urlsplit(address.url)
    if parts.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout)
            connection.connect(address.url.removeprefix("unix://"))
        except BaseException:
            connection.close()
            raise
        return connection
    if parts.scheme not in ("tcp", "http", "https"):
        raise ValueError(f"the scheme {parts.scheme!r} is not supported: unix, tcp or ssh are")
    secured = address.certificates is not None or parts.scheme == "https"
    port = parts.port or (2376 if secured else 2375)
    plain = socket.create_connection((parts.hostname or "localhost", port), timeout)
    if not secured:
        return plain
    try:
        return _tls_context(address).wrap_socket(plain, server_hostname=parts.hostname)
    except BaseException:
        plain.close()
        raise


def _tls_context(address: Address) -> ssl.SSLContext:
    directory = address.certificates or Path()
    authority = directory / "ca.pem"
    context = ssl.create_default_context(cafile=str(authority) if authority.is_file() else None)
    if not address.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if (directory / "cert.pem").is_file():
        context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    return context


def _within(seconds: float, address: Address, path: str) -> Reply:
    """Through the SDK, which has the ssh transport but no limit of time for it."""
    from orchestration.engines.docker_client import reply_through_sdk

    outcome: list[Reply | Exception] = []

    def run() -> None:
        try:
            outcome.append(reply_through_sdk(address, path, timeout=seconds))
        except Exception as error:  # noqa: BLE001 - whatever ssh raises is told by the caller
            outcome.append(error)

    worker = threading.Thread(target=run, name="ssh", daemon=True)
    worker.start()
    worker.join(seconds)
    match outcome:
        case [Reply() as reply]:
            return reply
        case [Exception() as error]:
            raise ValueError(f"not reachable over ssh: {error}")
        case _:
            raise TimeoutError


def _parse(received: bytes) -> Reply:
    head, found, body = received.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    match status_line.split(" ", 2):
        case [protocol, status, *_] if (
            protocol.startswith("HTTP/") and status.isdecimal() and found
        ):
            fields = (line.partition(":") for line in lines)
            headers = {name.strip().lower(): value.strip() for name, _, value in fields}
            return Reply(status=int(status), headers=headers, body=body)
        case _:
            raise ValueError("answers, but not in HTTP")


def _from_headers(headers: Mapping[str, str]) -> Answer | None:
    """A ping takes half a millisecond; Podman needs a fifth of a second for its version."""
    api_version = headers.get("api-version", "")
    if not api_version:
        return None
    if podman := headers.get("libpod-api-version"):
        return Answer(name="podman", version=podman, api_version=api_version)
    product, _, version = headers.get("server", "").partition("/")
    if product == "Docker" and version:
        return Answer(name="docker", version=version.partition(" ")[0], api_version=api_version)
    return None


def _from_version(reply: Reply) -> Answer | Silence:
    match json.loads(reply.body):
        case {"Components": [*components], "ApiVersion": str(api_version)}:
            for component in components:
                match component:
                    case {"Name": "Podman Engine", "Version": str(version)}:
                        return Answer(name="podman", version=version, api_version=api_version)
                    case {"Name": "Engine", "Version": str(version)}:
                        return Answer(name="docker", version=version, api_version=api_version)
    return Silence("answers, but is neither Podman nor Docker")


def _in_words(error: Exception, address: Address, timeout: float) -> str:
    match error:
        case FileNotFoundError():
            return "no such file"
        case PermissionError():
            return f"permission denied: {_permission_remedy(address)}"
        case ConnectionRefusedError():
            return "connection refused: nobody listens there"
        case TimeoutError():
            return f"no answer within {timeout:g} s"
        case json.JSONDecodeError():
            return "answers, but is neither Podman nor Docker"
        case OSError():
            return error.strerror or str(error)
        case _:
            return str(error)


def _permission_remedy(address: Address) -> str:
    if "podman" in address.url:
        return "use `systemctl --user start podman.socket` for one of your own, or sudo"
    return "add yourself to the docker group (`sudo usermod -aG docker $USER`), or use sudo"
