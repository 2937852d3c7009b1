"""Tokens from a program: the credential plugins of a kubeconfig (`users[].user.exec`).

lightkube's own starts the program once for each of the first requests, knows no `v1` of its
protocol, and lets it outlive whoever waits for it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import suppress
from signal import SIGKILL
from typing import Final

import httpx2

from orchestration.cluster.fields import Fields
from orchestration.cluster.kubeconfig import Entry
from orchestration.errors import ClusterError
from orchestration.model import names_a_secret
from orchestration.printable import one_line
from orchestration.redact import Redactor, spelled_secrets

PATIENCE_S: Final = 60.0
"""How long a plugin may take: some ask a login server across the world."""
EARLY_S: Final = 10.0
"""How long before its end a token is no longer used."""
_LONGEST: Final = 300

_INFO: Final = "KUBERNETES_EXEC_INFO"
_CLUSTER_INFO: Final = (
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority-data",
    "proxy-url",
)


class ExecCredential(httpx2.Auth):
    """Sends the token that the plugin of `user` gave; asks again when it ends or is refused.

    `cluster`: the entry the plugin may be told of. Raises ClusterError from requests, too.
    """

    def __init__(
        self, user: Entry, cluster: Mapping[str, object], environ: Mapping[str, str]
    ) -> None:
        self._user = user
        self._fields = Fields(user.body).table("exec")
        self._cluster = cluster
        self._environ = environ
        self._asking = asyncio.Lock()
        self._token = ""
        self._ends: float | None = None

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """As httpx2 asks for it."""
        if self._ends is not None and time.time() >= self._ends - EARLY_S:
            await self.fetch(instead_of=self._token)
        sent = self._token
        request.headers["Authorization"] = f"Bearer {sent}"
        response = yield request
        if response.status_code == httpx2.codes.UNAUTHORIZED:
            await self.fetch(instead_of=sent)
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    async def fetch(self, *, instead_of: str = "") -> None:
        """Have a token other than `instead_of`; who comes while it is asked for waits for it."""
        async with self._asking:
            if self._token == instead_of:
                status = await self._ask()
                self._token = status.text("token").strip()
                self._ends = status.time("expirationTimestamp")

    async def _ask(self) -> Fields:
        command = [self._program(), *(str(each) for each in self._words("args"))]
        try:
            plugin = await asyncio.create_subprocess_exec(
                *command,
                env=self._variables(),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise self._failed("cannot be started", error.strerror or str(error)) from None
        try:
            async with asyncio.timeout(PATIENCE_S):
                out, err = await plugin.communicate()
        except BaseException as error:
            # With whatever it started, which may hold its output open.
            with suppress(ProcessLookupError):
                os.killpg(plugin.pid, SIGKILL)
            await plugin.wait()
            if isinstance(error, TimeoutError):
                raise self._failed("does not end", f"{PATIENCE_S:g} s have gone") from None
            raise
        if plugin.returncode:
            said = Redactor(self._secrets()).line(err.decode(errors="replace"))[-_LONGEST:]
            raise self._failed(f"ended with {plugin.returncode}", said)
        try:
            given = json.loads(out)
        except ValueError:
            given = None
        status = Fields(given if isinstance(given, Mapping) else {}).table("status")
        if not status.text("token").strip():
            why = "it printed no ExecCredential with a token"
            if status.text("clientCertificateData"):
                why = "it gave a client certificate, which stackwright does not take from plugins"
            raise self._failed("gave no token", why)
        return status

    def _program(self) -> str:
        named = self._fields.text("command")
        if "/" in named:
            path = self._user.place.path.parent / named
            found = str(path) if path.is_file() else None
        else:
            found = shutil.which(named, path=self._environ.get("PATH"))
        if found is None:
            hint = one_line(self._fields.text("installHint"))
            raise self._failed("is not installed", "it is not found on PATH", hint=hint)
        return found

    def _variables(self) -> dict[str, str]:
        spec: dict[str, object] = {"interactive": False}
        if self._fields.get("provideClusterInfo") is True:
            spec["cluster"] = {
                key: self._cluster[key] for key in _CLUSTER_INFO if key in self._cluster
            }
        info = {
            "apiVersion": self._fields.text("apiVersion") or "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "spec": spec,
        }
        own = {each.text("name"): each.text("value") for each in self._fields.tables("env")}
        return {**self._environ, **own, _INFO: json.dumps(info)}

    def _secrets(self) -> Iterator[str]:
        """What the plugin was told and may repeat when it fails."""
        yield from spelled_secrets(str(each) for each in self._words("args"))
        for each in self._fields.tables("env"):
            value = each.text("value")
            yield from (value,) if names_a_secret(each.text("name")) else spelled_secrets((value,))

    def _words(self, key: str) -> list[object]:
        found = self._fields.get(key)
        return found if isinstance(found, list) else []

    def _failed(self, what: str, why: str, *, hint: str = "") -> ClusterError:
        named = self._fields.text("command")
        return ClusterError(
            f"{self._user.where}: the credential plugin `{named}` of user `{self._user.name}` "
            f"{what}",
            why=why,
            fix=hint
            or f"see that `{named}` works in your shell (perhaps you must log in), or "
            "choose another context with `--context NAME`",
        )
