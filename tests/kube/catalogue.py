"""Which kinds the server knows right now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.kube import custom_kinds
from tests.kube.json_values import Doc, text
from tests.kube.resource import BUILT_IN, Resource
from tests.kube.status_error import UnknownPathError
from tests.kube.store import Store

_BY_KIND: Final = {each.kind: each for each in BUILT_IN}


@dataclass(slots=True)
class Catalogue:
    """The built-in kinds, and those of the established definitions in `store`."""

    store: Store

    def all(self) -> list[Resource]:
        return [*BUILT_IN, *self._custom()]

    def _custom(self) -> Iterator[Resource]:
        for definition in self.store.all(self.kind("CustomResourceDefinition")):
            if custom_kinds.is_established(definition):
                yield from custom_kinds.resources(definition)

    def kind(self, name: str) -> Resource:
        """A built-in kind by its name."""
        return _BY_KIND[name]

    def find(self, group: str, version: str, plural: str) -> Resource:
        """Raises UnknownPathError."""
        return self._one(
            each
            for each in (*BUILT_IN, *self._custom())
            if (each.group, each.version, each.plural) == (group, version, plural)
        )

    def of_key(self, group: str, plural: str) -> Resource:
        """Any version of a resource. Raises UnknownPathError."""
        return self._one(each for each in self.all() if each.key == (group, plural))

    def of_kind(self, api_version: str, kind: str) -> Resource:
        """Raises UnknownPathError."""
        return self._one(
            each for each in self.all() if (each.api_version, each.kind) == (api_version, kind)
        )

    def schema(self, resource: Resource) -> Doc:
        """The schema of a custom kind; {} for built-in ones."""
        if resource.custom:
            for definition in self.store.all(self.kind("CustomResourceDefinition")):
                name = text(definition, "metadata", "name")
                if name == f"{resource.plural}.{resource.group}":
                    return custom_kinds.schema(definition, resource.version)
        return {}

    def _one(self, found: Iterable[Resource]) -> Resource:
        for each in found:
            return each
        raise UnknownPathError
