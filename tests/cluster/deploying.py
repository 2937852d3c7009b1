"""Deployments to the double of an API server, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.cluster.api import MANAGER
from orchestration.cluster.client import Client, connect
from orchestration.cluster.deploy import deploy
from orchestration.cluster.deploy_event import DeployEvent
from orchestration.cluster.deploy_plan import plan
from orchestration.cluster.deploy_report import DeployReport, ObjectResult
from orchestration.cluster.manifest import Manifest, Place
from orchestration.cluster.retry import Retry
from orchestration.cluster.world import World
from orchestration.model import Failed, NotYet
from orchestration.platform import LIMIT, ClusterChoice
from tests.kube.access import ADMIN_TOKEN
from tests.kube.json_values import Doc, text
from tests.kube.kube_double import KubeDouble
from tests.kube.removal import Removal, delete

AFTER = "stackwright.io/after"


def written(
    doc: Doc, *, namespace: str | None = "shop", line: int = 1, after: str = ""
) -> Manifest:
    """A manifest of `all.yaml`. `namespace`: where it is, None for what has none."""
    metadata: dict[str, object] = {**_table(doc, "metadata")}
    if namespace is not None:
        metadata["namespace"] = namespace
    else:
        metadata.pop("namespace", None)
    if after:
        metadata["annotations"] = {AFTER: after}
    return Manifest(
        api_version=text(doc, "apiVersion"),
        kind=text(doc, "kind"),
        name=text(doc, "metadata", "name"),
        namespace=namespace,
        body={**doc, "metadata": metadata},
        place=Place(path=Path("all.yaml"), line=line),
    )


def namespace(name: str = "shop") -> Manifest:
    """A Namespace."""
    doc: Doc = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    return written(doc, namespace=None)


def _table(doc: Doc, key: str) -> Mapping[str, object]:
    found = doc.get(key)
    return found if isinstance(found, dict) else {}


@dataclass(slots=True)
class Deployed:
    """A deployment that is over, and what it told."""

    report: DeployReport
    events: list[DeployEvent]

    def of(self, name: str) -> ObjectResult:
        """What became of `Kind name`."""
        return next(each for each in self.report.results if each.ref.short == name)

    def reason(self, name: str) -> str:
        """Why it failed or was not ready: the server's word when it was refused."""
        found = self.of(name)
        if found.failure is not None:
            return found.failure.reason
        match found.verdict:
            case Failed(reason) | NotYet(reason):
                return reason
        return ""

    def told(self) -> list[str]:
        """The events about objects: `Applied ConfigMap one`."""
        return [
            f"{type(each).__name__} {each.ref.short}"
            for each in self.events
            if hasattr(each, "ref")
        ]


@dataclass(slots=True)
class Deploying:
    """Deploys to `double`. `act`: called with each event, while the deployment goes on. `settle_s`:
    long, so that no failure is missed on a busy machine; it is over sooner when all has ended.
    `known`: API versions that are discovered before."""

    double: KubeDouble
    home: Path
    deadline_s: float = 30.0
    limit: int = LIMIT
    token: str = ADMIN_TOKEN
    redact: Callable[[str], str] = str
    settle_s: float = 10.0
    known: tuple[str, ...] = ()
    manager: str = MANAGER
    act: Callable[[DeployEvent], None] = field(default=lambda event: None)

    def __call__(self, *manifests: Manifest) -> Deployed:
        """What came of deploying these."""
        events: list[DeployEvent] = []

        def note(event: DeployEvent) -> None:
            events.append(event)
            self.act(event)

        async def run() -> DeployReport:
            path = self.home / "config"
            self.double.write_kubeconfig(path, namespace="shop", token=self.token)
            async with connect(ClusterChoice(kubeconfig=path), environ={}) as client:
                return await self.on(client, manifests, note)

        return Deployed(asyncio.run(run()), events)

    def remove(self, kind: str, name: str, namespace: str = "") -> None:
        """Delete an object of the cluster as somebody else would."""
        resource = self.double.registry.catalogue.kind(kind)
        delete(self.double.registry, resource, self.double.get(kind, name, namespace), Removal())

    async def on(
        self,
        client: Client,
        manifests: tuple[Manifest, ...],
        note: Callable[[DeployEvent], None],
    ) -> DeployReport:
        """The report of a deployment by `client`."""
        kinds = await client.discover(self.known)
        self.double.requests.clear()
        async with World(client) as world:
            return await deploy(
                client,
                world,
                plan(manifests),
                deadline_s=self.deadline_s,
                limit=self.limit,
                on_event=note,
                retry=Retry(first_s=0.001),
                redact=self.redact,
                settle_s=self.settle_s,
                kinds=kinds,
                manager=self.manager,
            )
