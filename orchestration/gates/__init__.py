"""Gates decide whether a component is ready: one look each, no waiting, no state."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from orchestration.gates.exec_gate import ExecGate
from orchestration.gates.http_gate import HttpGate
from orchestration.gates.log_gate import LogGate
from orchestration.gates.postgres_gate import PostgresGate
from orchestration.gates.redis_gate import RedisGate
from orchestration.gates.tcp_gate import TcpGate
from orchestration.ports import Gate

__all__ = ["GATES", "ExecGate", "HttpGate", "LogGate", "PostgresGate", "RedisGate", "TcpGate"]

GATES: Final[Mapping[str, type[Gate]]] = MappingProxyType(
    {
        "exec": ExecGate,
        "http": HttpGate,
        "log": LogGate,
        "postgres": PostgresGate,
        "redis": RedisGate,
        "tcp": TcpGate,
    }
)
"""The `kind` of a gate in the configuration, and its class."""
