"""Kubernetes objects: which ports of the host they take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.facts import FileFacts, PortUse
from lint.languages.compose import resolved
from lint.languages.yaml_nodes import Mapping, Node, Scalar

_LIST: Final = "List"


def manifests(root: Node) -> FileFacts | None:
    """The facts of a Kubernetes object, or of a list of them; None for other documents."""
    objects = [one for one in _objects(root, 0) if one.text("apiVersion") and one.text("kind")]
    if not objects:
        return None
    return FileFacts("yaml", ports=tuple(port for one in objects for port in _ports(one)))


def _objects(root: Node, depth: int) -> Iterator[Mapping]:
    if not isinstance(root, Mapping):
        return
    if root.text("kind") == _LIST and depth < 3:
        for item in root.each("items"):
            yield from _objects(item, depth + 1)
    else:
        yield root


def _name(one: Mapping) -> str:
    metadata = one.mapping("metadata")
    if metadata is None:
        return ""
    return metadata.text("name") or metadata.text("generateName")


def _ports(one: Mapping) -> Iterator[PortUse]:
    """`nodePort` of a Service, `hostPort` of a kind cluster's nodes."""
    kind = one.text("kind")
    if kind == "Service" and (spec := one.mapping("spec")):
        for port in spec.each("ports"):
            yield from _number(_name(one), port, "nodePort")
    if kind == "Cluster" and one.text("apiVersion").startswith("kind."):
        for node in one.each("nodes"):
            for port in node.each("extraPortMappings") if isinstance(node, Mapping) else ():
                yield from _number(one.text("name") or "kind", port, "hostPort")


def _number(name: str, port: Node, key: str) -> Iterator[PortUse]:
    found = port.scalar(key) if isinstance(port, Mapping) else None
    if isinstance(found, Scalar):
        number = resolved(found.text)
        if number.isascii() and number.isdecimal() and 0 < int(number[:6]) < 65_536:
            yield PortUse(name, int(number[:6]), found.at)
