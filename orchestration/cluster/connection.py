"""The HTTP connections to a cluster: certificates and credentials as lightkube reads them."""

from __future__ import annotations

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

from orchestration.cluster.cluster_access import ClusterAccess
from orchestration.cluster.exec_credential import ExecCredential
from orchestration.errors import ClusterError
from orchestration.printable import one_line

CONNECT_S: Final = 5.0
"""How long a connection may take to come about."""
ANSWER_S: Final = 30.0
"""How long the server may be silent in an ordinary answer."""
IDLE_S: Final = 60.0
"""How long a connection that nobody uses is kept."""

_PEM: Final = ("certificate-authority", "client-certificate", "client-key")


async def open_connection(
    access: ClusterAccess, environ: Mapping[str, str], limit: int
) -> httpx2.AsyncClient:
    """A client that keeps up to `limit` connections, and has as many more as are asked for.

    Nothing is sent yet, but a credential plugin is asked. Raises ClusterError: certificates that
    are none, a plugin that is missing or fails, a user that nobody can act as.
    """
    # A proxy from the environment leads away from this machine.
    trust_env = not access.local
    try:
        with TemporaryDirectory(prefix="stackwright-") as folder:
            cluster = convert(_in_files(access.cluster, Path(folder)), Cluster)
            user = convert(_in_files(access.user, Path(folder)), User)
            verify = verify_cluster(cluster, user, Path, trust_env=trust_env)
            auth = user_auth(user)
    except (ValidationError, ConfigError, ssl.SSLError, OSError, TypeError, ValueError) as error:
        raise _unusable(access, error) from None
    # Go does not ask for what Python 3.13 does: clusters of last year have such certificates.
    verify.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if access.plugin is not None:
        credential = ExecCredential(access.plugin, access.cluster, environ)
        await credential.fetch()
        auth = credential
    return httpx2.AsyncClient(
        base_url=str(access.cluster["server"]),
        verify=verify,
        auth=auth,
        proxy=access.proxy or None,
        trust_env=trust_env,
        headers=[("User-Agent", "stackwright"), ("Accept", "application/json"), *access.headers],
        timeout=httpx2.Timeout(ANSWER_S, connect=CONNECT_S, pool=None),
        limits=httpx2.Limits(max_keepalive_connections=limit, keepalive_expiry=IDLE_S),
    )


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
    return ClusterError(
        f"{where}: the {'certificates' if tls else 'entries'} of context `{access.context.name}` "
        "cannot be used",
        why=one_line(str(error)),
        fix="write the credentials of the cluster anew (`kind export kubeconfig`, your provider's "
        "login)",
    )
