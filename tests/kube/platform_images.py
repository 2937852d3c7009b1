"""Images of the reference platform, built for one cluster and removed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import uuid4

from orchestration.model import BuildOrder, EngineName
from tests.contract.engines import ENGINES, Button

PLATFORM: Final = Path(__file__).parents[2] / "examples" / "platform"
_SERVICES: Final = PLATFORM / "services"
_LABEL: Final = "io.stackwright.test.images"

SOURCES: Final[Mapping[str, tuple[Path, str]]] = MappingProxyType(
    {
        "migrations": (_SERVICES / "datastorage", "migrations.Containerfile"),
        "datastorage": (_SERVICES, "datastorage/Containerfile"),
        "holmesgpt-api": (_SERVICES, "holmesgpt_api/Containerfile"),
        **dict.fromkeys(
            (
                *("gateway", "notification", "remediationorchestrator", "signalprocessing"),
                *("tekton", "workflowexecution"),
            ),
            (_SERVICES, "stand_in/Containerfile"),
        ),
    }
)
"""Context and Containerfile by the name that the manifests have."""


@contextmanager
def platform_images(engine: EngineName, *names: str) -> Iterator[Mapping[str, str]]:
    """Build these concurrently; what they are called here, by their names in the manifests."""
    run = uuid4().hex[:8]
    labels = {_LABEL: run}
    with ENGINES[engine]() as real:

        def build(name: str) -> str:
            context, containerfile = SOURCES[name]
            tag = f"localhost/{name}:{run}"
            order = BuildOrder(context=context, containerfile=containerfile, tag=tag, labels=labels)
            real.build_image(order, lambda _: None, Button())
            return tag

        try:
            with ThreadPoolExecutor(max(1, len(names))) as pool:
                yield dict(zip(names, pool.map(build, names), strict=True))
        finally:
            for each in real.list_resources(labels):
                real.remove(each)
