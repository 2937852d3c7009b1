"""The HTTP connections to a cluster: certificates and credentials as lightkube reads them."""

from __future__ import annotations

import re
import ssl
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx2
from lightkube.config.client_adapter import user_auth, verify_cluster
from lightkube.config.models import Cluster, User
from lightkube.core.exceptions import ConfigError
from msgspec import ValidationError, convert
from socksio import SOCKSError

from orchestration.cluster.cluster_access import ClusterAccess
from orchestration.cluster.exec_credential import ExecCredential
from orchestration.cluster.http_failure import UNFIT
from orchestration.errors import ClusterError
from orchestration.printable import one_line

CONNECT_S: Final = 5.0
"""How long a connection may take to come about."""
ANSWER_S: Final = 30.0
"""How long the server may be silent in an ordinary answer."""
IDLE_S: Final = 60.0
"""How long a connection that nobody uses is kept."""

FAILURES: Final = (
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    SOCKSError,
    OSError,
    UnicodeError,
    ClusterError,
    ConfigError,
)
"""What a request may raise when no answer comes, or only half of one."""

_MISTAKES: Final = (ValidationError, ConfigError, httpx2.InvalidURL)
_FIELD: Final = re.compile(rb"(?:[^\x00-\x20\x7f]+(?:[ \t]+[^\x00-\x20\x7f]+)*)?")
_PEM: Final = ("certificate-authority", "client-certificate", "client-key")


async def open_connection(
    access: ClusterAccess, environ: Mapping[str, str], limit: int
) -> httpx2.AsyncClient:
    """A client that keeps up to `limit` connections, and has as many more as are asked for.

    Nothing is sent yet, but a credential plugin is asked. Raises ClusterError: certificates, a
    server or a proxy that are none, a plugin that is missing or fails, a user that nobody can be.
    """
    # A proxy from the environment leads away from this machine.
    trust_env = not access.local
    try:
        server = httpx2.URL(str(access.cluster["server"]))
        with TemporaryDirectory(prefix="stackwright-") as folder:
            cluster = convert(_in_files(access.cluster, Path(folder)), Cluster)
            user = convert(_in_files(access.user, Path(folder)), User)
            verify = verify_cluster(cluster, user, Path, trust_env=trust_env)
            auth = user_auth(user)
        # In UTF-8, as Go sends them.
        others = [(name.encode(), each.encode()) for name, each in access.headers]
    except (*_MISTAKES, ssl.SSLError, OSError, TypeError, ValueError) as error:
        raise _unusable(access, error) from None
    # Go does not ask for what Python 3.13 does: clusters of last year have such certificates.
    verify.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if access.plugin is not None:
        credential = ExecCredential(access.plugin, access.cluster, environ)
        await credential.fetch()
        auth = credential
    try:
        return httpx2.AsyncClient(
            base_url=server,
            verify=verify,
            auth=auth,
            proxy=access.proxy or None,
            trust_env=trust_env,
            headers=[
                (b"User-Agent", b"stackwright"),
                (b"Accept", b"application/json"),
                *others,
            ],
            event_hooks={"request": [_check_fields]},
            timeout=httpx2.Timeout(ANSWER_S, connect=CONNECT_S, pool=None),
            limits=httpx2.Limits(max_keepalive_connections=limit, keepalive_expiry=IDLE_S),
        )
    except (httpx2.InvalidURL, ValueError):
        raise _no_proxy(access) from None


async def _check_fields(request: httpx2.Request) -> None:
    """Before h11 does, whose error has the header in it: a token would stand in a traceback."""
    if not all(_FIELD.fullmatch(value) for _, value in request.headers.raw):
        raise httpx2.LocalProtocolError(UNFIT)


def _in_files(entry: Mapping[str, object], folder: Path) -> dict[str, object]:
    """`entry` with its certificates and keys as files, which is how OpenSSL takes them. lightkube
    would leave the files to the garbage collector, and believe a file before the data."""
    body = dict(entry)
    for key in _PEM:
        data = body.pop(f"{key}-data", None)
        if isinstance(data, str) and data:
            path = folder / key
            path.write_bytes(b64decode(data))
            body[key] = str(path)
    return body


def _unusable(access: ClusterAccess, error: Exception) -> ClusterError:
    where = access.context.kubeconfig or "the service account"
    tls = isinstance(error, ssl.SSLError)
    # Not its own text: a part of the URL may be a password.
    url = isinstance(error, httpx2.InvalidURL)
    return ClusterError(
        f"{where}: the {'certificates' if tls else 'entries'} of context `{access.context.name}` "
        "cannot be used",
        why="`server` is no URL" if url else one_line(str(error)),
        fix="write the credentials of the cluster anew (`kind export kubeconfig`, your provider's "
        "login)",
    )


def _no_proxy(access: ClusterAccess) -> ClusterError:
    """Without the proxy's URL, which may hold a password."""
    name = access.context.name
    what = f"`proxy-url` of context `{name}`" if access.proxy else "a proxy of the environment"
    return ClusterError(
        f"{what} is no URL of a proxy",
        why="a proxy is reached by `http`, `https`, `socks5` or `socks5h`",
        fix="write it as `http://HOST:PORT` or `socks5://HOST:PORT`"
        + ("" if access.proxy else " in HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or unset them"),
    )
