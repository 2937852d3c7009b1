"""What asks whether something is ready: commands, URLs, names of functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from lint.linking.argv import base

_LOCAL: Final = re.compile(
    r"localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.(docker|containers)\.internal", re.IGNORECASE
)
_ASKS: Final = re.compile(
    r"(?:^|_)is_?\w*(?:available|running|healthy|ready|reachable|up)$"
    r"|(?:^|_)(?:available|reachable|healthy|has_docker|has_podman|docker_available)$"
    r"|^(?:is|has|can|check)[A-Z]?\w*(?:Available|Running|Healthy|Ready|Reachable|Docker|Podman)$"
    r"|_(?:available|reachable|running|healthy|ready)$|^which$|^LookPath$|^find_executable$",
    re.IGNORECASE,
)
_WAITS: Final = re.compile(
    r"^_*(?:wait|await|poll|block)_?(?:for|until|on|till|ready|healthy|up)", re.IGNORECASE
)


def asks_availability(name: str) -> bool:
    """Whether a function of that name asks if infrastructure is there."""
    return bool(_ASKS.search(name))


def named_wait(name: str) -> bool:
    """Whether a function that cannot be followed says by its name that it waits."""
    return bool(_WAITS.match(name)) or "untilready" in name.lower()


def local(url: str) -> bool:
    """Whether a URL or address is on this machine, or has a hole where the host stands."""
    return bool(_LOCAL.search(url)) or "://" not in url


def command_probe(words: Sequence[str]) -> str:
    """How a command asks for readiness (`database`, `http`, `tcp`, `exec`), empty: it does not."""
    told = [word for word in words if word]
    if not told:
        return ""
    program = base(told[0])
    if program in ("sh", "bash") and len(told) > 2:
        return command_probe(told[-1].split())
    match program:
        case "pg_isready" | "mysqladmin" | "mariadb-admin" | "psql" | "mysql" | "mongosh" | "mongo":
            return "database"
        case "redis-cli" | "valkey-cli":
            return "database" if any(word.lower() == "ping" for word in told) else ""
        case "curl" | "wget" | "http" | "grpc_health_probe" | "grpcurl":
            urls = [word for word in told[1:] if "://" in word or "localhost" in word]
            return "http" if all(local(url) for url in urls) else ""
        case "nc" | "ncat" | "netcat":
            return "tcp"
        case "rabbitmq-diagnostics" | "kafka-topics.sh" | "cqlsh" | "etcdctl" | "nats" | "mc":
            return "exec"
    return ""


WAITERS: Final = frozenset(
    {
        "wait-for-it",
        "wait-for-it.sh",
        "wait-for",
        "wait-for.sh",
        "wait4x",
        "wait-on",
        "waitforit",
        "wait_for_it.sh",
        "await",
    }
)
"""Programs that wait until an address answers."""
