"""One probe of a container: really done, over its network or inside of it."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from orchestration.model import Executed
from tests.kube.json_values import Doc, child, docs, number, text, texts, value

Execute = Callable[[tuple[str, ...], float], Executed]
"""A command inside of the container, for at most so many seconds."""

_SHOWN: Final = 200
_TIMED_OUT: Final = 124


@dataclass(slots=True)
class Probe:
    """A probe with its thresholds. `sort`: Startup, Readiness or Liveness.

    `holds`: None until so many looks in a row agreed. `told`: what the last failed look said.
    """

    sort: str
    spec: Doc
    container: Doc
    ip: str
    execute: Execute
    next_at: float
    holds: bool | None = None
    told: str = ""
    _in_a_row: int = 0
    _last: bool = False

    def look(self, now: Callable[[], float]) -> bool:
        """Probe once; whether a threshold was reached."""
        trouble = self._trouble()
        well = not trouble
        self._in_a_row = self._in_a_row + 1 if well == self._last else 1
        self._last = well
        self.told = f"{self.sort} probe failed: {trouble}" if trouble else ""
        self.next_at = now() + number(self.spec, "periodSeconds", default=10)
        wanted = "successThreshold" if well else "failureThreshold"
        if self._in_a_row < number(self.spec, wanted, default=1 if well else 3):
            return False
        self.holds = well
        return True

    def _trouble(self) -> str:
        seconds = float(number(self.spec, "timeoutSeconds", default=1))
        if "exec" in self.spec:
            command = tuple(texts(self.spec, "exec", "command"))
            # An engine takes its own time to start a command, on a busy machine half a second.
            done = self.execute(command, seconds + 1)
            if done.exit_code == 0:
                return ""
            if done.exit_code == _TIMED_OUT:
                return f"command timed out after {seconds:g} s"
            return done.output.strip()[:_SHOWN] or f"exit code {done.exit_code}"
        if "httpGet" in self.spec:
            return self._http(child(self.spec, "httpGet"), seconds)
        at = child(self.spec, "tcpSocket")
        try:
            with socket.create_connection((self._host(at), self._port(at)), timeout=seconds):
                return ""
        except OSError as error:
            return f"dial tcp {self._host(at)}:{self._port(at)}: {error}"

    def _http(self, get: Doc, seconds: float) -> str:
        port, path = self._port(get), text(get, "path") or "/"
        url = f"http://{self._host(get)}:{port}{path}"
        headers = {text(each, "name"): text(each, "value") for each in docs(get, "httpHeaders")}
        connection = http.client.HTTPConnection(self._host(get), port, timeout=seconds)
        try:
            connection.request("GET", path, headers={"User-Agent": "kube-probe/1.32", **headers})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return f'Get "{url}": {error}'
        finally:
            connection.close()
        return "" if 200 <= status < 400 else f"HTTP probe failed with statuscode: {status}"

    def _host(self, at: Doc) -> str:
        return text(at, "host") or self.ip

    def _port(self, at: Doc) -> int:
        wanted = value(at, "port")
        for each in docs(self.container, "ports"):
            if text(each, "name") == wanted:
                return number(each, "containerPort")
        return int(str(wanted))
