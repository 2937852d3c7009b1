"""The registry of ports from a configuration, with lines where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from orchestration.ports_registry import Claim, PortRange, Registry, Where
from orchestration.shown_path import shown_path
from orchestration.stackfile.mistakes import Source
from orchestration.stackfile.positions import Positions
from orchestration.stackfile.tables import Stackfile


def registry_of(stackfile: Stackfile, source: Source) -> Registry:
    """The registry; its places tell keys and no lines."""
    ports = stackfile.ports
    spans = {kind: [int(each) for each in span.split("-")] for kind, span in ports.ranges.items()}
    return Registry(
        ranges=tuple(
            PortRange(
                kind=kind, first=first, last=last, where=_where(source, "ports", "ranges", kind)
            )
            for kind, (first, last) in spans.items()
        ),
        kinds=MappingProxyType(dict(ports.kinds)),
        claims=tuple(
            Claim(
                service=service,
                name=name,
                port=port,
                where=_where(source, "ports", "services", service, name),
            )
            for service, names in ports.services.items()
            for name, port in names.items()
        ),
        pins=tuple(_pins(stackfile, source)),
    )


def with_lines(registry: Registry, source: Source) -> Registry:
    """The same registry, its places with lines."""
    positions = Positions(source.text)

    def located(where: Where | None) -> Where | None:
        return where and replace(where, line=positions.of(where.key).line)

    return replace(
        registry,
        ranges=tuple(replace(each, where=located(each.where)) for each in registry.ranges),
        claims=tuple(replace(each, where=located(each.where)) for each in registry.claims),
        pins=tuple(replace(each, where=located(each.where)) for each in registry.pins),
    )


def _pins(stackfile: Stackfile, source: Source) -> Iterator[Claim]:
    for stack, table in stackfile.stacks.items():
        for component, declared in table.components.items():
            for name, port in declared.ports.items():
                if isinstance(port.host, int):
                    key = ("stacks", stack, "components", component, "ports", name)
                    yield Claim(
                        service=table.service or stack,
                        name=name,
                        port=port.host,
                        where=_where(source, *key),
                        stack=stack,
                        component=component,
                    )


def _where(source: Source, *key: str) -> Where:
    return Where(file=shown_path(source.file), key=(*source.prefix, *key))
