"""One pooled session with an engine's API, and its failures in words."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Final

from docker import APIClient
from docker.credentials.errors import StoreError
from docker.errors import APIError, DockerException, create_api_error_from_http_exception
from docker.tls import TLSConfig
from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnection, UnixHTTPConnectionPool
from requests import HTTPError as StatusError
from requests import Response
from requests.exceptions import RequestException, Timeout
from urllib3.exceptions import HTTPError

from orchestration.engines.docker_stream import observe
from orchestration.engines.engine_address import Address
from orchestration.engines.engine_answer import Reply
from orchestration.errors import EngineError

CALL_SECONDS: Final = 30
"""How long an engine may be silent before it counts as dead. A create on a busy machine takes 2."""

_CONNECTIONS: Final = 32


class _Connection(UnixHTTPConnection):
    """The SDK's own leaves a socket behind when nobody listens, and Python warns of it later."""

    def connect(self) -> None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self.timeout)
            connection.connect(self.unix_socket)
        except BaseException:
            connection.close()
            raise
        self.sock = connection


class _Pool(UnixHTTPConnectionPool):
    def _new_conn(self) -> _Connection:  # type: ignore[override]  # - the stubs narrow `timeout`
        return _Connection(self.base_url, self.socket_path, CALL_SECONDS)


class _OnePool(UnixHTTPAdapter):
    """The SDK keeps a pool for each URL ever asked for, so that nearly every call connects anew."""

    def get_connection(
        self,
        url: bytes | str,  # noqa: ARG002 - one pool whatever the URL is the point
        proxies: object = None,  # noqa: ARG002 - nothing stands before a unix socket
    ) -> UnixHTTPConnectionPool:
        with self.pools.lock:
            pool = self.pools.get("")
            if pool is None:
                pool = _Pool("", self.socket_path, CALL_SECONDS, maxsize=self.max_pool_size)
                self.pools[""] = pool
        return pool


class _Client(APIClient):
    def _set_auth_headers(self, headers: dict[str, str]) -> None:
        """A credential helper that is not there must not stop a build that needs none."""
        with suppress(StoreError, DockerException), quiet_helpers():
            super()._set_auth_headers(headers)  # type: ignore[misc]  # - the stubs leave it out


@contextmanager
def quiet_helpers() -> Iterator[None]:
    """The SDK warns of a missing credential helper besides raising StoreError."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="docker-credential-")
        yield


def connect(address: Address, *, api_version: str, timeout: int = CALL_SECONDS) -> APIClient:
    """A session for all threads of this process. Nothing is sent yet, except over ssh."""
    tls: TLSConfig | bool = False
    if address.certificates is not None:
        directory = address.certificates
        tls = TLSConfig(
            client_cert=(str(directory / "cert.pem"), str(directory / "key.pem")),
            ca_cert=str(directory / "ca.pem"),
            verify=address.verify,
        )
    api = _Client(
        address.url, version=api_version, timeout=timeout, tls=tls, max_pool_size=_CONNECTIONS
    )
    # Proxies and .netrc of the environment are for the web, and reading them costs every call.
    api.trust_env = False
    if address.url.startswith("unix://"):
        path = address.url.removeprefix("unix://")
        api.mount(
            "http+docker://",
            _OnePool(f"http+unix://{path}", timeout, max_pool_size=_CONNECTIONS),
        )
    observe(api)
    return api


def reply_through_sdk(address: Address, path: str, *, timeout: float) -> Reply:
    """GET `path` of an address that only the SDK has a transport for."""
    api = connect(address, api_version="1.41", timeout=int(timeout))
    try:
        response = api.get(f"{api.base_url}{path}", timeout=timeout)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(status=response.status_code, headers=headers, body=response.content)
    finally:
        api.close()


def endpoint(api: APIClient, path: str) -> str:
    """The URL of an API path, for the calls that the SDK has no lean form of."""
    return f"{api.base_url}/v{api.api_version}{path}"


def checked(response: Response) -> Response:
    """The response of such a call. Raises APIError where the engine refused, as the SDK does."""
    try:
        response.raise_for_status()
    except StatusError as error:
        with closing(response):
            create_api_error_from_http_exception(error)
    return response


@contextmanager
def answering(url: str) -> Iterator[None]:
    """Whatever goes wrong on the way to the engine or inside it becomes an EngineError.

    The cause is left out on purpose: its text holds the whole request, secrets included.
    """
    try:
        yield
    except APIError as error:
        raise EngineError(
            f"the engine at {url} answered with an error",
            why=explanation(error),
            fix="`stackwright stack doctor` tells what this engine is and can do",
        ) from None
    except (RequestException, DockerException, HTTPError, OSError) as error:
        raise EngineError(
            f"the engine at {url} stopped answering",
            why=explanation(error),
            fix="see whether it still runs (`stackwright stack doctor`), start it, then run "
            "`stackwright stack clean` for what it may still hold",
        ) from None


def explanation(error: BaseException) -> str:
    """What the engine, or the system, says of an error: one line, without the request."""
    match error:
        case APIError():
            return (error.explanation or f"HTTP status {error.status_code}").strip()
        case DockerException():
            return str(error)
        case Timeout():
            return "no answer in time"
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror
        nested = next((each for each in seen.args if isinstance(each, BaseException)), None)
        seen = nested or seen.__cause__ or seen.__context__
    return type(error).__name__
