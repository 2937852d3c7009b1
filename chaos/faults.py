"""All injected faults."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.api_faults import api_faults
from chaos.component_faults import component_faults
from chaos.engine_faults import engine_faults
from chaos.host_faults import host_faults
from chaos.trial import Case, EngineName


def faults(engines: tuple[EngineName, ...]) -> Iterator[Case]:
    """All faults on these engines."""
    for engine in engines:
        yield from component_faults(engine)
        yield from host_faults(engine)
        if engine != "embedded":
            yield from engine_faults(engine)
            yield from api_faults(engine)
