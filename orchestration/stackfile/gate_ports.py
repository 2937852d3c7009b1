"""Which port a gate probes, when its table need not say."""

from __future__ import annotations

from orchestration.stackfile.component_tables import ComponentTable
from orchestration.stackfile.gate_tables import ExecGateTable, LogGateTable


def gate_port(table: ComponentTable) -> str | None:
    """The port named, else the only port of the component, else None."""
    gate = table.gate
    if gate is None:
        return None
    if gate.port is not None:
        return gate.port
    if isinstance(gate, ExecGateTable | LogGateTable) or len(table.ports) != 1:
        return None
    return next(iter(table.ports))


def needs_port(table: ComponentTable) -> bool:
    """Whether the gate looks at a port."""
    return table.gate is not None and not isinstance(table.gate, ExecGateTable | LogGateTable)


def gate_example(table: ComponentTable) -> str:
    """A gate that might do for a component that has none."""
    image = (table.image or "").rpartition("/")[2]
    kind = table.embedded.kind if table.embedded is not None else None
    if image.startswith("postgres") or kind == "postgres":
        return 'gate = { kind = "postgres" }'
    if image.startswith(("redis", "valkey")) or kind == "redis":
        return 'gate = { kind = "redis" }'
    if table.ports:
        port = "http" if "http" in table.ports else next(iter(table.ports))
        return f'gate = {{ kind = "http", port = "{port}", path = "/health" }}'
    return 'gate = { kind = "log", pattern = "ready" }'
