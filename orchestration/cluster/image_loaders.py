"""How images get to the nodes of a local cluster: one line for each tool that makes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from orchestration.errors import ConfigError
from orchestration.platform import Loader

LoaderName = Literal["kind", "k3d", "minikube", "present"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLoader:
    """A tool. `context`: matches the names of contexts it writes, with the cluster as its group.

    `words`: the command that loads an archive into a cluster; None: there is nothing to do.
    `failed`: what it says when it failed and ends with 0 all the same. `listed`: the command that
    lists the images on the nodes, for one that ends with 0 and says nothing.
    """

    context: re.Pattern[str] | None = None
    words: Callable[[str, str], tuple[str, ...]] | None = None
    failed: re.Pattern[str] | None = None
    listed: Callable[[str], tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where images go: the tool, and the cluster as it knows it."""

    loader: LoaderName
    cluster: str


LOADERS: Final[Mapping[LoaderName, ImageLoader]] = MappingProxyType(
    {
        "kind": ImageLoader(
            context=re.compile(r"kind-(.+)"),
            words=lambda file, name: ("kind", "load", "image-archive", file, "--name", name),
        ),
        "k3d": ImageLoader(
            context=re.compile(r"k3d-(.+)"),
            words=lambda file, name: ("k3d", "image", "import", file, "-c", name),
            # k3d issues 393 and 1484: it ends with 0, and even says that it succeeded.
            failed=re.compile(r"^(?:ERRO\[|FATA\[)|level=(?:error|fatal)", re.M),
        ),
        "minikube": ImageLoader(
            context=re.compile(r"(minikube)"),
            words=lambda file, name: ("minikube", "-p", name, "image", "load", file),
            # minikube issues 21393 and 23471: it ends with 0 and says nothing.
            listed=lambda name: ("minikube", "-p", name, "image", "ls"),
        ),
        "present": ImageLoader(),
    }
)
"""Checked against the manuals of kind v0.23, k3d v5.8 and minikube v1.36; none was at hand."""


def target_of(load: Loader, context: str) -> Target:
    """Which tool brings images to the cluster of `context`. Raises ConfigError."""
    if load != "auto":
        pattern = LOADERS[load].context
        found = pattern.fullmatch(context) if pattern is not None else None
        # A context can be renamed; the tool then knows the cluster by what is left of its name.
        return Target(loader=load, cluster=found[1] if found else context)
    for name, loader in LOADERS.items():
        found = loader.context.fullmatch(context) if loader.context is not None else None
        if found is not None:
            return Target(loader=name, cluster=found[1])
    raise ConfigError(
        f"images cannot be brought to the nodes of context {context}",
        why="by its name it is none of Kind (`kind-…`), k3d (`k3d-…`) or minikube (`minikube`)",
        fix='set `load = "present"` if the nodes see the images of this engine, or have them from '
        'a registry; name the tool (`load = "kind"`) if the context was renamed; or have a '
        "cluster made with `--kind`",
    )
