"""Names that no two runs share (requirement R4: unique image tags)."""

from __future__ import annotations

from uuid import UUID


def short(uuid: UUID) -> str:
    """The first 8 hex digits: enough to tell runs of one host apart, short enough to read."""
    return uuid.hex[:8]


def image_tag(component: str, consumer: str, uuid: UUID) -> str:
    """`localhost/<component>:<consumer>-<8 hex>`, the form of DD-TEST-001 v1.3."""
    return f"localhost/{component}:{consumer}-{short(uuid)}"


def network_name(stack: str, run: str) -> str:
    """The name of a run's network."""
    return f"stackwright-{stack}-{run}"


def instance_name(stack: str, component: str, run: str) -> str:
    """The name of a component's container in a run."""
    return f"{stack}-{component}-{run}"
