"""A platform that is up: what E2E tests hold in their hands."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.model import Endpoint
from orchestration.record import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPlatform:
    """A platform of which every object is ready.

    `namespace`, `context` and `kubeconfig` ("" for the usual one) are for tests that ask the
    cluster themselves. `endpoints`: the accesses of the configuration, by their names.
    """

    run: str
    platform: str
    namespace: str
    context: str
    kubeconfig: str
    endpoints: tuple[Endpoint, ...]

    @classmethod
    def of(cls, record: RunRecord, endpoints: tuple[Endpoint, ...]) -> RunningPlatform:
        """The platform that a run keeps up."""
        place = record.place
        return cls(
            run=record.run,
            platform=record.stack,
            namespace=place.namespace,
            context=place.context,
            kubeconfig=place.kubeconfig,
            endpoints=endpoints,
        )

    def endpoint(self, name: str) -> Endpoint:
        """How to reach a Service: an access of the configuration.

        Raises KeyError, naming what there is.
        """
        for endpoint in self.endpoints:
            if endpoint.component == name:
                return endpoint
        known = ", ".join(each.component for each in self.endpoints) or "none"
        raise KeyError(f"no access {name} to platform {self.platform}; there is {known}")

    def __getitem__(self, name: str) -> Endpoint:
        return self.endpoint(name)
